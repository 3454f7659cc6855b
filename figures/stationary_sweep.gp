# T5a, T5b: the stationary alignment of the paper's sweep over the gap ratio, without simulation.
figure_size = "15cm,7.2cm"
load "style.gp"
set output "stationary_sweep.tex"
data = "../evidence/stationary_sweep.dat"

set multiplot
set logscale x
set xrange [4:650]
set xtics (5, 10, 20, 50, 100, 200, 500)
set xlabel 'gap ratio $m$'
set tmargin at screen 0.95
set bmargin at screen 0.18

set lmargin at screen 0.105
set rmargin at screen 0.49
set yrange [0.4:1.02]
set ytics 0.1
set format y '$%.1f$'
set ylabel 'stationary alignment' offset 0.5,0
set key right bottom
plot data index "sweep" using 1:($3-$4):($3+$4) with filledcurves linecolor rgb fill_dark \
       title '$\mathbb{E}\,\alpha\pm\mathrm{sd}\,\alpha$, exact', \
     data index "sweep" using 1:2 with lines linetype 2 title 'mean field $\alpha_\infty$', \
     data index "sweep" using 1:3 with linespoints linetype 1 pointtype 7 pointsize 0.35 \
       title '$\mathbb{E}\,\alpha$, exact'

set lmargin at screen 0.62
set rmargin at screen 0.985
set logscale y
set ytics 1e-3,10
set format y '$10^{%T}$'
set ylabel '$\mathrm{sd}\,\alpha$ and $\alpha_\infty-\mathbb{E}\,\alpha$' offset 0,0
set yrange [2e-4:0.2]
set key left bottom
plot data index "sweep" using 1:4 with linespoints linetype 1 pointtype 7 pointsize 0.35 \
       title '$\mathrm{sd}$, stationary', \
     data index "sweep" using 1:6 with lines linetype 4 linewidth 1.6 \
       title '$\mathrm{sd}$, window', \
     data index "sweep" using 1:($2-$3) with linespoints linetype 2 pointtype 6 pointsize 0.4 \
       title '$\alpha_\infty-\mathbb{E}\,\alpha$'
unset multiplot
