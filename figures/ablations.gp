# T1 and T4 with and without one of their hypotheses.
figure_size = "14cm,12cm"
load "style.gp"
set output "ablations.tex"
data = "../evidence/ablations.dat"
set linetype 4 linecolor rgb black linewidth 1.0 dashtype (2,5)

set multiplot
set lmargin at screen 0.125
set rmargin at screen 0.97
set key right bottom

set tmargin at screen 0.97
set bmargin at screen 0.60
set xrange [0:2]
set xtics 0.5
set xlabel 'step size $\eta\,/\,(2/\lambda_{\max})$'
set ylabel 'change of $\hat\alpha$' offset 0.5,0
set yrange [-0.5:0.6]
set ytics 0.25
set format y '$%.2f$'
set arrow 1 from 0,0 to 2,0 nohead linecolor rgb black linewidth 0.5 back
set key at graph 0.99,0.44 right top
plot data index "steps" using 1:2 with lines linetype 1 title 'all hypotheses', \
     data index "steps" using 1:3 with lines linetype 2 title 'biased noise', \
     data index "steps" using 1:4 with lines linetype 3 title 'not the top $k$', \
     data index "steps" using 1:5 with lines linetype 4 title 'a tie'

unset arrow
set tmargin at screen 0.48
set bmargin at screen 0.11
set xrange [0:200]
set xtics 50
set xlabel 'step $t$'
set logscale y
set yrange [1e-5:2]
set ytics auto
set format y '$10^{%T}$'
set ylabel 'alignment $\hat\alpha_t$' offset -0.5,0
set key at graph 0.99,0.42 right top
plot data index "runs" using 1:2 with lines linetype 1 title 'all hypotheses', \
     data index "runs" using 1:3 with lines linetype 2 title 'a varying step', \
     data index "runs" using 1:4 with lines linetype 3 title 'bulk starts below its level', \
     data index "runs" using 1:5 with lines linetype 4 title 'not the top $k$'
unset multiplot
