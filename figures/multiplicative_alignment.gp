# N5: the mean-field alignment under noise that the loss makes, beside T4's noise that stays.
figure_size = "15cm,7.4cm"
load "style.gp"
set output "multiplicative_alignment.tex"
data = "../evidence/multiplicative_alignment.dat"

set multiplot
set tmargin at screen 0.95
set bmargin at screen 0.18
set yrange [0:1.03]
set ytics 0.2
set format y '$%.1f$'

set lmargin at screen 0.10
set rmargin at screen 0.50
set logscale x
set xrange [1:3000]
set format x '$10^{%T}$'
set xlabel 'step $t$'
set ylabel 'mean-field alignment $\hat\alpha_t$' offset 0,0
set key at 2500,0.30 right bottom
plot data index "run" using ($1 > 0 ? $1 : NaN):2 with lines linetype 1 title 'own noise (N5)', \
     data index "run" using ($1 > 0 ? $1 : NaN):3 with lines linetype 2 title 'frozen noise (T4)'

set lmargin at screen 0.61
set rmargin at screen 0.985
set xrange [1e-4:3]
set xlabel 'step size $\eta/\eta_c$'
set ylabel 'limit $A$ of $\hat\alpha_t$' offset 0,0
set key at 1.4,0.06 right bottom samplen 1 width -4
set arrow 1 from 1,0.4 to 1,1.03 nohead linetype 4 back
plot data index "limit" using 1:2 with lines linetype 1 title 'own noise', \
     data index "limit" using 1:3 with lines linetype 2 title 'frozen noise', \
     data index "limit" using 1:4 with lines linetype 3 title 'proved bound', \
     data index "walks" using 1:2 with points linetype 1 pointtype 6 title '$\alpha_t$ in a run'
unset multiplot
