# N3: growth of E L per step against the step size, and the threshold against the batch size.
figure_size = "15cm,7.4cm"
load "style.gp"
set output "mean_square_stability.tex"
data = "../evidence/mean_square_stability.dat"

set multiplot
set tmargin at screen 0.95
set bmargin at screen 0.18

set lmargin at screen 0.10
set rmargin at screen 0.53
set xrange [0:1.1]
set yrange [0.3:1.6]
set xtics 0.2
set ytics 0.2
set format x '$%g$'
set format y '$%.1f$'
set xlabel 'step size $\eta$ in $2/\lambda_1$'
set ylabel 'growth of $\mathbb{E}L$ in a step' offset 1,0
set key at 0.02,0.33 left bottom
set arrow 1 from 0,1 to 1.1,1 nohead linecolor rgb black linewidth 0.5 back
plot data index "batch_1" using 1:2 with lines linetype 1 title '$\varrho$, $b=1$', \
     data index "batch_8" using 1:2 with lines linetype 2 title '$b=8$', \
     data index "batch_64" using 1:2 with lines linetype 3 title '$b=64$', \
     data index "walks" using 1:2:3 with yerrorbars pointtype 7 pointsize 0.45 \
       linecolor rgb black linewidth 0.7 title 'simulated mean, $b=1$', \
     data index "walks" using 1:4 with points pointtype 6 pointsize 0.55 \
       linecolor rgb black linewidth 0.7 title 'typical run, $b=1$'
unset arrow

set lmargin at screen 0.63
set rmargin at screen 0.985
set logscale x
set xrange [1:1e4]
set yrange [0:1.05]
set xtics autofreq
set format x '$10^{%T}$'
set xlabel 'batch size $b$'
set ylabel '$\eta_c$ in $2/\lambda_1$' offset 1,0
set key at 1e4,0.05 right bottom
set arrow 1 from 1,1 to 1e4,1 nohead linecolor rgb black linewidth 0.5 back
plot data index "threshold" using 1:3:4 with filledcurves linecolor rgb fill_dark title 'proved bounds', \
     data index "threshold" using 1:2 with lines linetype 1 title '$\eta_c$'
unset multiplot
