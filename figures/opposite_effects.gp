# T3: what one step does to the two parts of the loss.
figure_size = "12.5cm,7.2cm"
load "style.gp"
set output "opposite_effects.tex"
data = "../evidence/opposite_effects.dat"
stats data index "marks" using 2 name "from" nooutput
stats data index "marks" using 3 name "to" nooutput
low = -0.06
high = 0.06

set xrange [0:1.2]
set yrange [low:high]
set xlabel 'step size $\eta\,/\,(2/\lambda_1)$'
set ylabel 'loss change, in $v/\lambda_D$' offset 0.5,0
set lmargin at screen 0.15
set format y '$%.2f$'
set xtics 0.2
set ytics 0.02
unset key
set object 1 rectangle from from_max,low to to_max,high fillcolor rgb fill_middle \
  fillstyle solid noborder behind
set arrow 1 from 0,0 to 1.2,0 nohead linecolor rgb black linewidth 0.5 back
set label 1 '$\eta_D$' at from_max,high*1.1 center
set label 2 '$\eta_B$' at to_max,high*1.1 center
set label 3 'opposite effects' at 0.5*(from_max+to_max),0.75*high center front
set label 4 '$\mathbb{E}[\Delta L_D]$' at 0.265,0.024 left front textcolor rgb vermillion
set label 5 '$\mathbb{E}[\Delta L_B]$' at 0.63,-0.022 left front textcolor rgb blue
plot data index "curve" using 1:2 with lines linetype 2, \
     data index "curve" using 1:3 with lines linetype 1
