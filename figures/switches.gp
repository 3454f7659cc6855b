# P5: the alignment as the noise of SGD is switched off and on, on three spectra.
figure_size = "14.5cm,11.5cm"
load "style.gp"
set output "switches.tex"
data = "../evidence/switches.dat"
stats data index "marks" using 1 name "phase" nooutput

set multiplot
set lmargin at screen 0.12
set rmargin at screen 0.97
set tmargin at screen 0.95
set bmargin at screen 0.60
set xrange [0:3*phase_max]
set yrange [0:1.12]
set ytics 0.25
set format y '$%.2f$'
set xlabel 'step $t$'
set ylabel 'alignment' offset 0.5,0
set arrow 1 from phase_max,0 to phase_max,1.12 nohead linetype 4
set arrow 2 from 2*phase_max,0 to 2*phase_max,1.12 nohead linetype 4
set label 1 'SGD' at 0.5*phase_max,1.06 center
set label 2 'GD' at 1.5*phase_max,1.06 center
set label 3 'SGD' at 2.5*phase_max,1.06 center
set key at 1.95*phase_max,0.75 right top
plot data index "phases_spread" using 1:3 with lines linecolor rgb "#E6BFA6" linewidth 0.5 \
       title 'spread, one run', \
     data index "phases_levels" using 1:2 with lines linetype 1 title 'two levels', \
     data index "phases_spread" using 1:2 with lines linetype 2 title 'spread', \
     data index "phases_power_law" using 1:2 with lines linetype 3 title 'power law'
unset arrow
unset label
unset key

set tmargin at screen 0.46
set bmargin at screen 0.11
set lmargin at screen 0.12
set rmargin at screen 0.51
set xrange [0:60]
set logscale y
set yrange [1e-12:1e2]
set ytics 1e3
set format y '$10^{%T}$'
set xlabel 'steps after the switch to GD'
set ylabel '$R_t=D_t/B_t$' offset 0.5,0
plot for [name in "levels spread power_law"] data index "off_".name using 1:3 with lines \
       linetype 5, \
     for [name in "levels spread power_law"] data index "off_".name using 1:4 with lines \
       linetype 5, \
     data index "off_levels" using 1:2 with lines linetype 1, \
     data index "off_spread" using 1:2 with lines linetype 2, \
     data index "off_power_law" using 1:2 with lines linetype 3

set lmargin at screen 0.64
set rmargin at screen 0.97
set xrange [0:100]
set xtics 25
set yrange [1e-5:1]
set ytics 10
set xlabel 'steps of SGD from the minimum'
set ylabel '$\hat\alpha_t-\alpha_\infty$' offset 0.5,0
plot for [name in "levels spread power_law"] data index "on_".name using 1:3 with lines linetype 5, \
     data index "on_levels" using 1:2 with lines linetype 1, \
     data index "on_spread" using 1:2 with lines linetype 2, \
     data index "on_power_law" using 1:2 with lines linetype 3
unset multiplot
