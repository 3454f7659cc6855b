# What all figures share.  A script sets figure_size ("width,height") and loads this file, which
# is found by GNUPLOT_LIB; it runs in the folder where the figures go, beside evidence/.
set encoding utf8
eval sprintf("set terminal cairolatex pdf input color colortext rounded linewidth 2 dashlength 1 size %s", figure_size)

# The palette of M. Okabe and K. Ito, told apart by the colour-blind; each line also has its own
# dash pattern and width, which is what remains of it in grey.
black = "#000000"
blue = "#0072B2"
vermillion = "#D55E00"
green = "#009E73"
grey = "#888888"

set linetype 1 linecolor rgb blue linewidth 1.5 dashtype solid
set linetype 2 linecolor rgb vermillion linewidth 1.5 dashtype (12,6)
set linetype 3 linecolor rgb green linewidth 1.2 dashtype (14,5,2,5)
set linetype 4 linecolor rgb black linewidth 0.8 dashtype (3,4)
set linetype 5 linecolor rgb grey linewidth 0.5 dashtype solid
set linetype cycle 5

# Fills, from light to dark in grey too.
fill_light = "#EEF5FA"
fill_middle = "#FBE3C0"
fill_dark = "#B5D5E8"

set border 3 linecolor rgb "#222222" linewidth 0.5
set tics nomirror out scale 0.6 textcolor rgb black
set xtics offset 0,0.35
set xlabel offset 0,0.7
set grid linecolor rgb "#CCCCCC" linewidth 0.35 dashtype solid
# Left-aligned texts after their samples: their widths in TeX are not known here.
set key Left reverse samplen 2.5 spacing 1.2 noopaque
set style fill solid 1.0 noborder

# A distance of tics, 1, 2 or 5 times a power of ten, that puts three to six of them on the range.
power(x) = 10.0**floor(log10(x))
tics_for(range) = range/power(range) < 2 ? 0.5*power(range) : range/power(range) < 4 ? power(range) : 2*power(range)
