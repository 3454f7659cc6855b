# N6: cyclical steps in a valley that flattens along its floor.
figure_size = "14cm,10cm"
load "style.gp"
set output "cyclical_steps.tex"
data = "../evidence/cyclical_steps.dat"
set multiplot
set lmargin at screen 0.12
set rmargin at screen 0.97
set xrange [0:400]
set xtics 80

set tmargin at screen 0.96
set bmargin at screen 0.46
set format x ''
set yrange [0:1.05]
set ytics 0.2
set format y '$%.1f$'
set ylabel 'sharpness $h_2/h_2(0)$' offset 1,0
set key at 398,0.97 right top
plot data index "runs" using 1:3:5 with filledcurves linecolor rgb fill_dark \
       title 'SGD, cyclical: interval of the median', \
     data index "runs" using 1:4 with lines linetype 1 title 'SGD, cyclical: median', \
     data index "runs" using 1:6 with lines linetype 3 title 'SGD, constant lowest step', \
     data index "runs" using 1:7 with lines linetype 2 title 'gradient descent, cyclical'

set tmargin at screen 0.42
set bmargin at screen 0.12
set format x '$%g$'
set xlabel 'step $t$'
set yrange [0:1.2]
set ytics 0.5
set ylabel '$\eta$ in $2/h_1$' offset 1,0
unset key
set arrow 1 from 0,1 to 400,1 nohead linecolor rgb black linewidth 0.5 back
plot data index "runs" using 1:2 with lines linetype 1
unset multiplot
