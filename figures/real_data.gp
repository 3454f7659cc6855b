# D1: one step of SGD on the data, in both readings, in a low and in a high state of a run.
figure_size = "15cm,7.2cm"
load "style.gp"
set output "real_data.tex"
data = "../evidence/real_data.dat"
stats data index "marks" using 1 name "first" nooutput
stats data index "marks" using 2 name "low" nooutput
stats data index "marks" using 3 name "star" nooutput
stats data index "marks" using 4 name "second" nooutput
stats data index "marks" using 5 name "high" nooutput
stats data index "low" using 1:3 name "reach" nooutput
stats data index "high" using 1:3 name "beyond" nooutput

set multiplot
set xlabel 'step size $\eta\,/\,(2/\lambda_1)$'
set tmargin at screen 0.91
set bmargin at screen 0.18
set arrow 1 from graph 0,first 0 to graph 1,first 0 nohead linecolor rgb black linewidth 0.5 back
set format x '$%g$'
set format y '$%g$'
set key left top

set lmargin at screen 0.115
set rmargin at screen 0.50
set xtics tics_for(reach_max_x)
set ylabel 'change of the alignment' offset 0.5,0
set title sprintf('step %.0f: low regime, $\alpha=%.3f$', first_max, low_max) offset 0,-0.5
set arrow 2 from star_max,first 0 to star_max,graph 0.5 nohead linetype 4
set label 1 '$\eta^*$' at star_max,graph 0.55 center
set ytics tics_for(reach_max_y)
plot data index "low" using 1:2 with lines linetype 1 title 'mean field, $\hat\alpha-\alpha$', \
     data index "low" using 1:3 with lines linetype 2 title 'true, $\bar\alpha-\alpha$'
unset key

unset arrow 2
unset label 1
unset ylabel
set xtics tics_for(beyond_max_x)
set ytics tics_for(-beyond_min_y)
set lmargin at screen 0.60
set rmargin at screen 0.985
set title sprintf('step %.0f: high regime, $\alpha=%.3f$', second_max, high_max) offset 0,-0.5
plot data index "high" using 1:2 with lines linetype 1, \
     data index "high" using 1:3 with lines linetype 2
unset multiplot
