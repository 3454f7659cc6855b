# T1, T2: the change of the mean-field alignment in one step, in a low and in a high state.
figure_size = "12.5cm,7.2cm"
load "style.gp"
set output "drift.tex"
data = "../evidence/drift.dat"
stats data index "marks" using 1 name "low" nooutput
stats data index "marks" using 2 name "high" nooutput
stats data index "marks" using 3 name "star" nooutput

set xrange [0:2]
set xlabel 'step size $\eta\,/\,(2/\lambda_1)$'
set ylabel '$\hat\alpha(\eta)-\alpha$' offset 0,0
set lmargin at screen 0.13
set xtics 0.5
set ytics 0.1
set format y '$%.1f$'
unset key
set label 1 sprintf('low regime, $\alpha=%.2f$', low_max) at 1.98,0.055 right \
  textcolor rgb blue
set label 2 sprintf('high regime, $\alpha=%.2f$', high_max) at 1.98,-0.245 right \
  textcolor rgb vermillion
set arrow 1 from 0,0 to 2,0 nohead linecolor rgb black linewidth 0.5 back
set arrow 2 from star_max,graph 0 to star_max,0 nohead linetype 4
set label 3 '$\eta^*$' at star_max,graph 0.06 left offset 0.6,0
plot data index "curve" using 1:2 with lines linetype 1, \
     data index "curve" using 1:3 with lines linetype 2, \
     '+' using (star_max):(0) every ::0::0 with points pointtype 7 pointsize 0.5 linecolor rgb blue
