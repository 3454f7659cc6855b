# P1, P2: chi_1 along gradient descent and SGD on the toy model.
figure_size = "14.5cm,7.8cm"
load "style.gp"
set output "toy_alignment.tex"
data = "../evidence/toy_alignment.dat"
stats data index "marks" using 1 name "limit" nooutput

set logscale x
set xrange [1:3e4]
set format x '$10^{%T}$'
set yrange [0:1.05]
set ytics 0.25
set format y '$%.2f$'
set xlabel 'step $t$'
set ylabel '$\chi_1$' offset 0.5,0
set lmargin at screen 0.10
set rmargin at screen 0.97
set bmargin at screen 0.16
set key at 1.3,0.62 left top
plot data index "curves" using 1:3 with lines linecolor rgb "#7FB6D6" linewidth 0.6 \
       title 'SGD, one run', \
     data index "curves" using 1:4 with lines linetype 2 \
       title 'SGD, mean field $\hat\alpha_t^{1/2}$', \
     data index "curves" using 1:5 with lines linetype 3 title 'SGD, mean of runs', \
     data index "curves" using 1:2 with lines linetype 1 title 'GD'
