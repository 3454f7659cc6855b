# Exact laws of the alignment.
