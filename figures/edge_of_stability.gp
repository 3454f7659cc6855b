# P6, P7: loss of gradient descent and of SAM at their edges, and of their projected steps.
figure_size = "15cm,7cm"
load "style.gp"
set output "edge_of_stability.tex"
data = "../evidence/edge_of_stability.dat"

set multiplot
set tmargin at screen 0.90
set bmargin at screen 0.17
set logscale y
set format y '$10^{%T}$'
set xlabel 'step $t$'
set format x '$%g$'

set lmargin at screen 0.10
set rmargin at screen 0.51
stats data index "gd_after" using 1 name "gd" nooutput
set xrange [0:gd_max]
set xtics tics_for(gd_max)
set ylabel 'loss' offset 0.5,0
set title 'gradient descent, $\eta=2/\lambda_1$' offset 0,-0.5
set arrow 1 from gd_min,graph 0 to gd_min,graph 1 nohead linetype 4
set key at graph 0.03,0.05 left bottom
plot data index "gd_before" using 1:2 with lines linetype 5 linewidth 1.2 notitle, \
     data index "gd_after" using 1:3 with lines linetype 2 title 'Dom-GD', \
     data index "gd_after" using 1:2 with lines linetype 1 title 'GD', \
     data index "gd_after" using 1:4 with lines linetype 3 title 'Bulk-GD'

set lmargin at screen 0.59
set rmargin at screen 0.985
stats data index "sam_after" using 1 name "sam" nooutput
set xrange [0:sam_max]
set xtics tics_for(sam_max)
unset ylabel
set title 'SAM' offset 0,-0.5
set arrow 1 from sam_min,graph 0 to sam_min,graph 1 nohead linetype 4
plot data index "sam_before" using 1:2 with lines linetype 5 linewidth 1.2 notitle, \
     data index "sam_after" using 1:3 with lines linetype 2 title 'Dom-SAM', \
     data index "sam_after" using 1:2 with lines linetype 1 title 'SAM', \
     data index "sam_after" using 1:4 with lines linetype 3 title 'Bulk-SAM'
unset multiplot
