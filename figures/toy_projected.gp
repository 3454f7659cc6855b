# P3: loss and distance after SGD is switched to its projections, on the toy model.
figure_size = "14.5cm,7.4cm"
load "style.gp"
set output "toy_projected.tex"
data = "../evidence/toy_projected.dat"
stats data index "marks" using 1 name "at" nooutput
stats data index "marks" using 2 name "share" nooutput

set multiplot
set tmargin at screen 0.95
set bmargin at screen 0.17
set xrange [0:29]
set xtics 10
set xlabel 'steps after the switch $/\,10^3$'
set logscale y

set lmargin at screen 0.11
set rmargin at screen 0.52
set yrange [1e-3:10]
set format y '$10^{%T}$'
set ylabel '$\mathbf{E}\,L_t$ / its value at the switch' offset 0.5,0
set key at graph 0.04,0.03 left bottom
set arrow 1 from 0,share_max to 29,share_max nohead linetype 4
set label 1 '$\mathbf{E}\,L_D$' at 28.5,share_max*1.7 right
plot data index "run" using (($1-at_max)/1e3):2 every 2 with lines linecolor rgb "#DDDDDD" \
       linewidth 0.4 notitle, \
     data index "expected" using (($1-at_max)/1e3):2 with lines linetype 1 title 'SGD', \
     data index "expected" using (($1-at_max)/1e3):3 with lines linetype 2 title 'Dom-SGD', \
     data index "expected" using (($1-at_max)/1e3):4 with lines linetype 3 title 'Bulk-SGD'

unset arrow
unset label
unset key
set label 1 'SGD and Bulk-SGD' at 28.5,0.42 right
set label 2 'Dom-SGD' at 28.5,0.038 right
set lmargin at screen 0.64
set rmargin at screen 0.97
set yrange [1e-2:2]
set ylabel 'distance from the switch' offset 0.5,0
plot data index "expected" using (($1-at_max)/1e3):5 with lines linetype 1, \
     data index "expected" using (($1-at_max)/1e3):6 with lines linetype 2, \
     data index "expected" using (($1-at_max)/1e3):7 with lines linetype 3
unset multiplot
