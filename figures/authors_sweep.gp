# The authors' sweep, run by run, beside the exact law.
figure_size = "15cm,11cm"
load "style.gp"
set output "authors_sweep.tex"
data = "../evidence/authors_sweep.dat"

set multiplot
set logscale x
set xrange [4:650]
set xtics (5, 10, 20, 50, 100, 200, 500)
left = 0.095; middle_left = 0.485; middle_right = 0.605; right = 0.99

set tmargin at screen 0.97
set bmargin at screen 0.60
set lmargin at screen left
set rmargin at screen middle_left
set yrange [-4:4]
set ytics 1
set ylabel 'average: $z$ of a run' offset 1,0
unset key
plot "+" using 1:(-2.0):(2.0) with filledcurves linecolor rgb fill_light, \
     "+" using 1:(-1.0):(1.0) with filledcurves linecolor rgb fill_dark, \
     0 with lines linetype 4, \
     data index "runs" using 1:3 with points linetype 1 pointtype 7 pointsize 0.35

set lmargin at screen middle_right
set rmargin at screen right
set yrange [0.8:1.2]
set ytics 0.1
set format y '$%.1f$'
set ylabel 'variance over its expectation' offset 0.5,0
plot 1 with lines linetype 4, \
     data index "runs" using 1:9 with points linetype 1 pointtype 7 pointsize 0.35

set tmargin at screen 0.47
set bmargin at screen 0.115
set xlabel 'gap ratio $m$'
set lmargin at screen left
set rmargin at screen middle_left
set yrange [0:1.05]
set ytics 0.2
set ylabel '$R^2$ of the decay phase' offset 1,0
set key right bottom at graph 0.99, 0.02
plot data index "runs" using 1:($8 >= 0 ? $8 : 1/0) with points linetype 2 pointtype 6 pointsize 0.4 notitle, \
     data index "runs" using 1:($6 >= 0 ? $7 : 1/0) with points linetype 1 pointtype 7 pointsize 0.35 notitle, \
     data index "exact" using 1:8 with linespoints linetype 2 pointtype 6 pointsize 0.05 title 'cubic', \
     data index "exact" using 1:7 with linespoints linetype 1 pointtype 7 pointsize 0.05 title 'exponential'

set lmargin at screen middle_right
set rmargin at screen right
set yrange [0:0.4]
set ytics 0.1
set ylabel 'rate [1/step]' offset 0.5,0
set key right top at graph 0.99, 0.98
plot data index "runs" using 1:($6 >= 0 ? $6 : 1/0) with points linetype 1 pointtype 7 pointsize 0.35 title 'runs', \
     data index "exact" using 1:6 with lines linetype 2 title '$\mathbb{E}\,\alpha_t$'
unset multiplot
