#!/usr/bin/env python3
"""Seconds of one run of SGD on a quadratic in its eigenbasis, by plain NumPy: d = 500, k = 50, and
as many steps as the argument says (30000).  The least of five runs."""
import sys
import time

import numpy as np

D, K = 500, 50


def one_run(steps, seed):
    place = np.arange(D) / D
    lam = np.where(np.arange(D) < K, 10.0 - place, 1.0 - 0.5 * place)
    move = 0.1 * lam
    kept, spread = 1.0 - move, move * 1.0
    rng = np.random.default_rng(seed)
    g = np.ones(D)
    alpha = np.empty(steps)
    for t in range(steps):
        g = kept * g - spread * rng.standard_normal(D)
        square = g * g
        dominant = square[:K].sum()
        alpha[t] = dominant / (dominant + square[K:].sum())
    return alpha


def main():
    steps = int(sys.argv[1]) if len(sys.argv) > 1 else 30000
    best = float("inf")
    for seed in range(5):
        start = time.perf_counter()
        one_run(steps, seed)
        best = min(best, time.perf_counter() - start)
    print(best)


if __name__ == "__main__":
    main()
