export SUSPALIGN_TRIALS_FACTOR=0.0156 SUSPALIGN_SOURCE=/tmp/wt/muta OPENBLAS_NUM_THREADS=1
cd /tmp/muta-new/c; rm -f out.txt
for b in 1 0; do nice ./run-$b batch-$b.list out.txt; done; date -u >> done.txt
