# T4: the alignment along SGD at a constant step, and the critical step crossing the step.
figure_size = "15cm,10.5cm"
load "style.gp"
set output "two_phases.tex"
data = "../evidence/two_phases.dat"
stats data index "marks" using 1 name "turn" nooutput
stats data index "marks" using 3 name "limit" nooutput
stats data index "marks" using 4 name "step" nooutput

set multiplot
set lmargin at screen 0.11
set rmargin at screen 0.97
set logscale x
set xrange [1:1e4]

set tmargin at screen 0.95
set bmargin at screen 0.44
set format x ''
set logscale y
set yrange [1e-5:5]
set format y '$10^{%T}$'
set ylabel 'alignment' offset 0.5,0
set key at 1.15,4e-3 left top
set label 1 '$\alpha_\infty$' at 1.2,limit_max*2 left
set label 2 '$t_1$' at turn_max,5*1.8 center
set arrow 1 from 1,limit_max to 1e4,limit_max nohead linetype 5
set arrow 2 from turn_max,1e-5 to turn_max,5 nohead linetype 4
plot data index "ensemble" using 1:2:4 with filledcurves linecolor rgb fill_dark \
       title 'runs, 5 to 95\,\%', \
     data index "ensemble" using 1:3 with lines linetype 3 linewidth 1.6 \
       title 'runs, median', \
     data index "mean_field" using 1:2 with lines linetype 1 title 'mean field $\hat\alpha_t$'

unset label
unset key
unset arrow
set tmargin at screen 0.40
set bmargin at screen 0.125
unset logscale y
set yrange [0.96:1.08]
set format x '$10^{%T}$'
set format y '$%.2f$'
set ytics 0.04
set xlabel 'step $t$'
set ylabel '$\eta^*_t/\eta$' offset 1,0
set arrow 1 from 1,1 to 1e4,1 nohead linecolor rgb black linewidth 0.5 back
set arrow 2 from turn_max,0.96 to turn_max,1.08 nohead linetype 4
set label 1 '$\eta<\eta^*_t$: falls' at 7,1.04 center
set label 2 '$\eta>\eta^*_t$: rises' at 700,1.04 center
plot data index "mean_field" using 1:($3/step_max) with lines linetype 2
unset multiplot
