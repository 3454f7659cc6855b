# T5c: the exact law of the alignment, after one step and in the stationary state, and runs.
figure_size = "15cm,7.4cm"
load "style.gp"
set output "law.tex"
data = "../evidence/law.dat"

set multiplot
set xrange [0:1]
set xtics 0.2
set xlabel 'alignment'
set format x '$%.1f$'
set tmargin at screen 0.95
set bmargin at screen 0.18

set lmargin at screen 0.095
set rmargin at screen 0.49
set yrange [0:6]
set ytics 2
set format y '$%g$'
set ylabel 'density' offset 0.5,0
set key left top
plot data index "next_sample" using 1:2 with boxes fillstyle solid linecolor rgb fill_dark \
       title 'runs, next step', \
     data index "next_curve" using 1:2 with lines linetype 1 title 'exact, next step', \
     data index "stationary_sample" using 1:2 with points pointtype 6 pointsize 0.45 \
       linecolor rgb vermillion title 'runs, stationary', \
     data index "stationary_curve" using 1:2 with lines linetype 2 title 'exact, stationary'

set lmargin at screen 0.60
set rmargin at screen 0.985
set yrange [0:1]
set ytics 0.2
set format y '$%.1f$'
set ylabel 'distribution function' offset 0.5,0
unset key
set label 1 'next step' at 0.30,0.62 right front textcolor rgb blue
set label 2 'stationary' at 0.77,0.3 left front textcolor rgb vermillion
plot data index "next_sample" using 3:4 with points pointtype 7 pointsize 0.35 linecolor rgb black, \
     data index "next_curve" using 1:3 with lines linetype 1, \
     data index "stationary_sample" using 3:4 with points pointtype 6 pointsize 0.45 \
       linecolor rgb vermillion, \
     data index "stationary_curve" using 1:3 with lines linetype 2
unset multiplot
