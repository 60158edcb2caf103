"""Fits the constants marked `calibrated` to the control arms; arguments: patients, steps."""

from __future__ import annotations

import sys
from dataclasses import replace

import numpy as np
from scipy.optimize import minimize

from trialopt.replay.calibrate import calibration
from trialopt.replay.table import constants, populations

NAMES = ("growth", "kill", "contrast", "shared_spread", "own_spread", "escape_retained", "immunofixation")
FACTORS = ("newly_diagnosed", "late_relapse")
BETWEEN = {"response": 5.0, "complete": 4.0, "mrd": 4.0, "median_pfs": 0.10}
"""What trials of one regimen differ by beyond sampling (assumption): points, and log of months."""


def settings(x):
    c = replace(constants(), **dict(zip(NAMES, np.exp(x[: len(NAMES)]).tolist(), strict=True)))
    found = dict(populations())
    for name, value in zip(FACTORS, np.exp(x[len(NAMES) :]).tolist(), strict=True):
        found[name] = replace(found[name], sensitivity=value)
    return c, found


def loss(x, n):
    total = 0.0
    for cell in calibration(*settings(x), n=n):
        if cell.outcome == "median_pfs":
            se = np.log(cell.high / cell.low) / 3.92
            z = np.log(cell.played / cell.published) / np.hypot(se, BETWEEN[cell.outcome])
        else:
            z = (cell.played - cell.published) / np.hypot((cell.high - cell.low) / 3.92, BETWEEN[cell.outcome])
        total += z * z if abs(z) < 2 else 4 * abs(z) - 4
    return total + 0.5 * float(((x - START) / 0.7) @ ((x - START) / 0.7))


START = np.log([*(getattr(constants(), name) for name in NAMES), *(populations()[f].sensitivity for f in FACTORS)])

if __name__ == "__main__":
    n = int(sys.argv[1]) if len(sys.argv) > 1 else 1500
    best = minimize(
        loss,
        START,
        args=(n,),
        method="Nelder-Mead",
        options={
            "maxfev": int(sys.argv[2]),
            "initial_simplex": START + np.vstack([np.zeros(len(START)), 0.3 * np.eye(len(START))]),
        },
    )
    for name, value in zip((*NAMES, *FACTORS), np.exp(best.x), strict=True):
        print(f"{name} {value:.4g}")
    print("loss", best.fun)
    for cell in calibration(*settings(best.x), n=8000):
        told = f"{cell.published:6.1f} ({cell.low:5.1f} to {cell.high:5.1f}) played {cell.played:6.1f}"
        print(f"{cell.arm:14} {cell.outcome:10} {told} {'' if cell.within else '<-'}")
