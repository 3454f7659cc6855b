# N2: alignments of the noise of n samples.
figure_size = "15cm,7.6cm"
load "style.gp"
set output "finite_samples.tex"
data = "../evidence/finite_samples.dat"
stats data index "marks" using 5 name "flat" nooutput
stats data index "marks" using 6 name "power" nooutput

set multiplot
set tmargin at screen 0.90
set bmargin at screen 0.18
set logscale xy
set xrange [2:4096]
set format x '$10^{%T}$'
set format y '$10^{%T}$'
set xlabel 'samples $n$'

set lmargin at screen 0.10
set rmargin at screen 0.52
set yrange [1e-3:1e6]
set ylabel 'directional alignment $a$' offset 0.5,0
set title '$d=32$, and $d=8$' offset 0,-0.5
set key at 2.3,6e5 left top
set arrow 1 from 2,1 to 4096,1 nohead linecolor rgb black linewidth 0.5 back
set arrow 2 from 2,2 to 4096,2 nohead linecolor rgb black linewidth 0.5 back
set arrow 3 from 32,1e-3 to 32,5e3 nohead linetype 4 front
set label 1 '$n=d$' at 36,3e3 left front
plot data index "flat" using 1:($4 > 1e-3 ? $4 : 1e-3):5 with filledcurves linecolor rgb fill_light \
       title 'worst state found', \
     data index "flat" using 1:($2 > 1e-3 ? $2 : 1e-3):3 with filledcurves linecolor rgb fill_dark \
       title 'drawn state', \
     data index "small_flat" using 1:5 with lines linetype 1 title 'worst, $d=8$', \
     data index "flat" using 1:($1 > 2 ? $1-1 : NaN) with lines linetype 2 title '$n-1$'
unset label
unset arrow

set lmargin at screen 0.62
set rmargin at screen 0.985
unset logscale y
set yrange [0:6]
set ytics 1
set format y '$%g$'
set ylabel 'loss alignment $\mu$' offset 0,0
set title 'all states, $d=32$' offset 0,-0.5
set key at 3500,5.9 right top
set arrow 1 from 2,1 to 4096,1 nohead linecolor rgb black linewidth 0.5 back
set arrow 2 from 400,power_max to 4096,power_max nohead linetype 2 back
plot data index "power" using 1:6:7 with filledcurves linecolor rgb fill_middle \
       title '$\lambda_i=1/i$', \
     data index "flat" using 1:6:7 with filledcurves linecolor rgb fill_dark title '$\lambda_i=1$', \
     data index "power" using 1:6 with lines linetype 2 notitle, \
     data index "power" using 1:7 with lines linetype 2 notitle
unset multiplot
