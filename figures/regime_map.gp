# T1, T2, R1: where the mean-field alignment falls and rises in one step.
figure_size = "12.5cm,7.6cm"
load "style.gp"
set output "regime_map.tex"
data = "../evidence/regime_map.dat"
stats data index "marks" using 1 name "alpha_c" nooutput
top = 2.0
clipped(y) = y > top ? top : y
from = alpha_c_max
centre = 0.5*(1+from)

set xrange [0:1]
set yrange [0:top]
set xlabel 'alignment $\alpha$ before the step'
set ylabel 'step size $\eta\,/\,(2/\lambda_1)$'
set lmargin at screen 0.13
set xtics 0.2
set ytics 0.5
unset key
unset grid
set object 1 rectangle from 0,0 to from,top fillcolor rgb fill_light fillstyle solid noborder behind
set object 2 rectangle from from,0 to 1,top fillcolor rgb fill_dark fillstyle solid noborder behind
set label 1 'falls: $\eta<\eta^*(\alpha)$' at 0.44,0.15 center front
set label 2 'rises: $\eta>\eta^*(\alpha)$' at 0.25,1.4 center front
set label 3 'falls at every' at centre,1.5 center front
set label 4 'step size' at centre,1.37 center front
set label 5 '($\Delta\le0$)' at centre,1.22 center front
set label 6 '$\eta^*(\alpha)$' at 0.545,1.08 right front textcolor rgb blue
set label 7 '$\alpha_c$' at from,top*1.05 center front
set arrow 1 from from,0 to from,top nohead linetype 4 front
set arrow 2 from 0,1 to 1,1 nohead linetype 5 front
plot data index "curve" using 1:(clipped($2)):(top) with filledcurves linecolor rgb fill_middle, \
     data index "curve" using 1:2 with lines linetype 1 linewidth 2
