# L4, R2: where the mean-field and the true change of the alignment differ in sign.
figure_size = "15cm,7.4cm"
load "style.gp"
set output "readings.tex"
data = "../evidence/readings.dat"
stats data index "marks" using 1 name "turn" nooutput

set multiplot
set tmargin at screen 0.91
set bmargin at screen 0.18

set lmargin at screen 0.11
set rmargin at screen 0.50
set xrange [0:2]
set yrange [-0.5:0.5]
set xtics 0.5
set ytics 0.2
set format x '$%g$'
set format y '$%.1f$'
set xlabel 'step size $\eta/\eta^*$'
set ylabel 'change of the alignment' offset 0.5,0
set title 'low regime' offset 0,-0.5
set key left top
set arrow 1 from 0,0 to 2,0 nohead linecolor rgb black linewidth 0.5 front
set arrow 2 from 1,-0.5 to 1,0 nohead linetype 4 front
set arrow 3 from turn_max,-0.5 to turn_max,0 nohead linetype 4 front
set label 1 '$\eta^*$' at 0.97,-0.45 right front
set label 2 '$\eta_{\mathrm{true}}$' at turn_max-0.03,-0.45 right front
plot data index "band" using 1:($2-$4):($2+$4) with filledcurves linecolor rgb fill_dark \
       title '$\hat\alpha-\alpha\pm\frac12\mathrm{CV}(S)$', \
     data index "band" using 1:2 with lines linetype 1 title 'mean field, $\hat\alpha-\alpha$', \
     data index "band" using 1:3 with lines linetype 2 title 'true, $\bar\alpha-\alpha$'
unset arrow
unset label
unset key
unset grid

set lmargin at screen 0.60
set rmargin at screen 0.985
set xrange [0.5:24.5]
set yrange [0.5:16.5]
set xtics (1, 5, 10, 15, 20)
set ytics (1, 4, 8, 12, 16)
set format y '$%g$'
set xlabel 'bulk directions $d-k$'
set ylabel 'dominant directions $k$' offset 1,0
set title 'high regime, $\Delta<0$' offset 0,-0.5
set label 1 'true alignment' at 17.5,5 center front
set label 2 'falls at every step' at 17.5,3.9 center front
set label 3 'rises at some step' at 13.6,13.2 left front
set label 4 'rises at some' at 13.6,10.2 left front
set label 5 'step ${}<2/\lambda_1$' at 13.6,9.1 left front
set arrow 1 from 13.3,13.2 to 9.5,13.2 linecolor rgb black linewidth 0.5 size screen 0.01,20 front
set arrow 2 from 13.3,9.7 to 3.5,9.7 linecolor rgb black linewidth 0.5 size screen 0.01,20 front
plot data index "cells" using ($3 == 0 ? $1 : NaN):2:(0.5):(0.5) with boxxyerror \
       linecolor rgb fill_light, \
     data index "cells" using ($3 == 1 ? $1 : NaN):2:(0.5):(0.5) with boxxyerror \
       linecolor rgb fill_middle, \
     data index "cells" using ($3 == 2 ? $1 : NaN):2:(0.5):(0.5) with boxxyerror \
       linecolor rgb fill_dark
unset multiplot
