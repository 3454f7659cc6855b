# P1, P2: gradient descent and one run of SGD on the toy model, in the plane.
figure_size = "14.5cm,7.2cm"
load "style.gp"
set output "toy_paths.tex"
data = "../evidence/toy_paths.dat"

set multiplot
set tmargin at screen 0.95
set bmargin at screen 0.17
set yrange [0:1.05]
set ytics 0.25
set format y '$%.2f$'
set xlabel '$x$ (dominant)'

set lmargin at screen 0.10
set rmargin at screen 0.50
set ylabel '$y$ (bulk)' offset 0.5,0
set xrange [-0.1:1.05]
set xtics 0.25
set format x '$%.2f$'
set label 1 'start' at 1.0,0.93 right
plot data index "sgd" using 1:2 with points pointtype 7 pointsize 0.12 linecolor rgb vermillion \
       notitle, \
     data index "gd" using 1:2 with lines linetype 1 notitle, \
     '+' using (1):(1) every ::0::0 with points pointtype 7 pointsize 0.5 linecolor rgb black notitle

unset label
unset ylabel
set format y ''
set lmargin at screen 0.59
set rmargin at screen 0.97
set xrange [-0.08:0.08]
set xtics 0.04
set key at graph 0.62,0.42 left top
plot data index "sgd" using 1:2 with points pointtype 7 pointsize 0.22 linecolor rgb vermillion \
       title 'SGD', \
     data index "gd" using 1:2 with lines linetype 1 title 'GD'
unset multiplot
