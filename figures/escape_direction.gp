# N4: shares of E L by direction at escape, and what the flat ones hold of it for other spectra.
figure_size = "15cm,7.8cm"
load "style.gp"
set output "escape_direction.tex"
data = "../evidence/escape_direction.dat"
set multiplot
set tmargin at screen 0.96
set bmargin at screen 0.16
set lmargin at screen 0.10
set rmargin at screen 0.58
set logscale xy
set xrange [0.9:230]
set yrange [1e-4:2]
set format x '$%g$'
set format y '$10^{%T}$'
set xlabel 'direction $i$, of curvature $1/i$'
set ylabel 'share of $\mathbb{E}L$' offset 0,0
set key at 1,1.2e-4 left bottom
plot data index "shares" using 1:2 with lines linetype 1 title 'SGD at $1.2\,\eta_c$', \
     data index "simulated" using 1:2 with points pointtype 7 pointsize 0.45 linecolor rgb black \
       title 'simulated', \
     data index "shares" using 1:3 with lines linetype 3 title 'SGD at $\eta_c$', \
     data index "shares" using 1:4 with lines linetype 4 title 'in proportion to curvature', \
     data index "shares" using 1:($5 > 1e-5 ? $5 : NaN) with linespoints linetype 2 \
       pointtype 4 pointsize 0.5 title 'gradient descent at $1.2\cdot2/\lambda_1$'

set lmargin at screen 0.68
set rmargin at screen 0.985
unset logscale
set xrange [0.25:3]
set yrange [0:1]
set xtics 0.5
set ytics 0.2
set format y '$%.1f$'
set xlabel 'power $p$ of $\lambda_i=i^{-p}$'
set ylabel 'share outside the ten sharpest' offset 0,0
set key at 3,0.98 right top
plot data index "powers" using 1:2 with lines linetype 1 title '$b=1$', \
     data index "powers" using 1:3 with lines linetype 2 title '$b=16$', \
     data index "powers" using 1:4 with lines linetype 3 title '$b=256$', \
     data index "powers" using 1:5 with lines linetype 4 title 'curvature'
unset multiplot
