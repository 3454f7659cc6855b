# T3: the interval of opposite effects opens as the problem gets ill-conditioned.
figure_size = "12.5cm,7.2cm"
load "style.gp"
set output "interval_gap.tex"
data = "../evidence/interval_gap.dat"
stats data index "marks" using 1 name "opening" nooutput
stats data index "marks" using 2 name "sufficient" nooutput
low = 0.02
high = 500

set logscale xy
set xrange [10:1e5]
set yrange [low:high]
set xlabel 'gap ratio $m=\lambda_k/\lambda_{k+1}$'
set ylabel 'step size $\eta\,/\,(2/\lambda_1)$' offset 0.5,0
set lmargin at screen 0.13
set format '$10^{%T}$'
unset key
set arrow 1 from opening_max,low to opening_max,high nohead linetype 5
set arrow 2 from sufficient_max,low to sufficient_max,high nohead linetype 4 front
set label 1 'opens at' at opening_max/1.2,60 right front
set label 6 sprintf('$m=%.0f$', opening_max) at opening_max/1.2,22 right front
set label 2 sprintf('sure to be open from $m=%.0f$', sufficient_max) at sufficient_max*1.15,0.06 \
  left front
set label 3 'opposite effects' at 6e3,0.9 center front
set label 4 '$\eta_B$' at 1.5e4,90 right front textcolor rgb blue
set label 5 '$\eta_D$' at 6e4,0.13 right front textcolor rgb vermillion
plot data index "curve" using ($3 > $2 ? $1 : NaN):2:3 with filledcurves \
       linecolor rgb fill_middle, \
     data index "curve" using 1:3 with lines linetype 1, \
     data index "curve" using 1:2 with lines linetype 2
