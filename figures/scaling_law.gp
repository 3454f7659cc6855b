# S1: how deep and how late the turn is, against the size of the start.
figure_size = "15cm,7cm"
load "style.gp"
set output "scaling_law.tex"
data = "../evidence/scaling_law.dat"
stats data index "marks" using 1 name "depth" nooutput
stats data index "marks" using 2 name "delay" nooutput
stats data index "curve" using 2 name "alpha" nooutput
stats data index "curve" using 5 name "turn" nooutput
last = 1e6

set multiplot
set logscale x
set xrange [1:last]
set format x '$10^{%T}$'
set xtics 1,100
set xlabel 'size $R$ of the start'
set tmargin at screen 0.95
set bmargin at screen 0.185
set key left bottom

set lmargin at screen 0.11
set rmargin at screen 0.50
set logscale y
set yrange [1e-12:10]
set ytics 1e-12,1000
set format y '$10^{%T}$'
set ylabel '$\min_t\hat\alpha_t$' offset 1,0
plot data index "curve" using 1:3:4 with filledcurves linecolor rgb fill_dark title 'proven bounds', \
     data index "curve" using 1:2 with lines linetype 1 title 'computed', \
     [10:last] 0.05*alpha_min*(x/last)**depth_max with lines linetype 4 linewidth 1.4 \
       title sprintf('slope $%.2f$', depth_max)

set lmargin at screen 0.60
set rmargin at screen 0.98
unset logscale y
set yrange [0:100]
set ytics 20
set format y '$%g$'
set ylabel '$t_1$ (steps)' offset 1,0
set key left top
plot data index "curve" using 1:6:7 with filledcurves linecolor rgb fill_dark title 'proven bounds', \
     data index "curve" using 1:5 with steps linetype 1 linewidth 1 title 'computed', \
     [10:last] turn_max-16+delay_max*log(x/last) with lines linetype 4 linewidth 1.4 \
       title sprintf('slope $%.2f$ in $\ln R$', delay_max)
unset multiplot
