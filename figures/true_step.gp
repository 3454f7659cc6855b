# T5d: the true critical step nears the mean-field one like the inverse of the effective dimension.
figure_size = "12.5cm,7.4cm"
load "style.gp"
set output "true_step.tex"
data = "../evidence/true_step.dat"
stats data index "marks" using 1 name "slope" nooutput
stats data index "marks" using 2 name "constant" nooutput
stats data index "marks" using 3 name "slope_spread" nooutput
stats data index "marks" using 4 name "constant_spread" nooutput

set logscale xy
set xrange [4:2e4]
set yrange [2e-5:3]
set xlabel 'effective dimension $2/\mathrm{CV}(S)^2$ at $\eta^*$'
set ylabel '$|\eta_{\mathrm{true}}-\eta^*|\,/\,\eta^*$' offset 0.5,0
set lmargin at screen 0.14
set format '$10^{%T}$'
set key left bottom
fit_line(x, s, c) = exp(c)*x**s
plot data index "levels" using 2:3 with points pointtype 7 pointsize 0.6 linecolor rgb blue \
       title 'two levels', \
     [40:4e3] fit_line(x, slope_max, constant_max) with lines linetype 1 linewidth 1 \
       title sprintf('fitted slope $%.3f$', slope_max), \
     data index "spread" using 2:3 with points pointtype 4 pointsize 0.6 linecolor rgb vermillion \
       title 'spread spectrum', \
     [200:1.5e4] fit_line(x, slope_spread_max, constant_spread_max) with lines linetype 2 linewidth 1 \
       title sprintf('fitted slope $%.3f$', slope_spread_max), \
     [10:1.5e4] 0.15*x**-1 with lines linetype 4 title 'slope $-1$'
