# P4: loss, alignment and distance from the switch for SGD, Dom-SGD and Bulk-SGD.
figure_size = "15cm,13cm"
load "style.gp"
set output "dominant_stalls.tex"
data = "../evidence/dominant_stalls.dat"
stats data index "marks" using 1 name "switch" nooutput
stats data index "marks" using 2 name "last" nooutput
stats data index "marks" using 3 name "level" nooutput
stats data index "sgd" using 4 name "start" nooutput
stats data index "after" using 7 name "least" nooutput

set multiplot
set lmargin at screen 0.12
set rmargin at screen 0.97
set xrange [0:last_max]
set xtics tics_for(last_max)
set format x ''
set arrow 1 from switch_max,graph 0 to switch_max,graph 1 nohead linetype 4

set tmargin at screen 0.98
set bmargin at screen 0.60
set logscale y
set format y '$10^{%T}$'
set yrange [least_min/2:2*start_max]
set ylabel 'loss' offset 0.5,0
set key at graph 0.99,0.70 right top maxrows 3
plot data index "sgd" using ($1 <= switch_max ? $1 : NaN):4 with lines linetype 5 linewidth 1 title 'one run of SGD', \
     data index "after" using 1:6 with lines linetype 2 title 'Dom-SGD', \
     data index "after" using 1:5 with lines linetype 1 title 'SGD', \
     data index "after" using 1:7 with lines linetype 3 title 'Bulk-SGD', \
     data index "after" using 1:3 every 6 with points pointtype 6 pointsize 0.5 linecolor rgb black title 'mean of runs', \
     data index "after" using 1:2 every 6 with points pointtype 6 pointsize 0.5 linecolor rgb black notitle, \
     data index "after" using 1:4 every 6 with points pointtype 6 pointsize 0.5 linecolor rgb black notitle
unset key
unset logscale y

set tmargin at screen 0.55
set bmargin at screen 0.39
set format y '$%.1f$'
set yrange [0.4:1.05]
set ytics 0.2
set ylabel '$\chi$' offset 0.5,0
set arrow 2 from 0,level_max to last_max,level_max nohead linetype 4
set key at graph 0.98,0.08 right bottom
plot data index "sgd" using 1:2 with lines linetype 5 linewidth 1 title '$\chi_t$ of that run', \
     data index "sgd" using 1:3 with lines linetype 2 title 'its moving average'
unset arrow 2
unset key

set tmargin at screen 0.34
set bmargin at screen 0.10
set format x '$%g$'
set logscale y
set format y '$10^{%T}$'
set yrange [0.01:30]
set ytics auto
set xlabel 'step $t$'
set ylabel 'distance' offset 0.5,0
plot data index "after" using 1:11 with lines linetype 1, \
     data index "after" using 1:12 with lines linetype 2, \
     data index "after" using 1:13 with lines linetype 3, \
     data index "after" using 1:8 every 6 with points pointtype 6 pointsize 0.5 linecolor rgb black, \
     data index "after" using 1:9 every 6 with points pointtype 6 pointsize 0.5 linecolor rgb black, \
     data index "after" using 1:10 every 6 with points pointtype 6 pointsize 0.5 linecolor rgb black
unset multiplot
