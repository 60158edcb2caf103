"""Fits the constants marked `calibrated` to the control arms; arguments: patients, steps."""

from __future__ import annotations

import sys
from dataclasses import replace

import numpy as np
from scipy.optimize import least_squares

from trialopt.replay.calibrate import calibration
from trialopt.replay.table import constants, populations

NAMES = (
    "growth",
    "kill",
    "late_measured",
    "contrast",
    "shared_spread",
    "own_spread",
    "escape_retained",
    "escape_spread",
    "immunofixation",
)
FACTORS = (
    ("newly_diagnosed", "sensitivity"),
    ("newly_diagnosed", "growth"),
    ("newly_diagnosed", "escape"),
    ("late_relapse", "sensitivity"),
)
BETWEEN = {"response": 3.0, "complete": 3.0, "mrd": 3.0, "median_pfs": 0.06}
"""What trials of one regimen differ by beyond sampling (assumption): points, and log of months."""


def settings(x):
    values = np.exp(x).tolist()
    c = replace(constants(), **dict(zip(NAMES, values[: len(NAMES)], strict=True)))
    found = dict(populations())
    for (name, field), value in zip(FACTORS, values[len(NAMES) :], strict=True):
        found[name] = replace(found[name], **{field: value})
    return c, found


def misses(x, n):
    """Each outcome's distance from what was published, in standard errors, and a weak pull to the start."""
    found = []
    for cell in calibration(*settings(x), n=n):
        if cell.outcome == "median_pfs":
            se = np.log(cell.high / cell.low) / 3.92
            found.append(np.log(cell.played / cell.published) / np.hypot(se, BETWEEN[cell.outcome]))
        else:
            se = (cell.high - cell.low) / 3.92
            found.append((cell.played - cell.published) / np.hypot(se, BETWEEN[cell.outcome]))
    return np.array([*found, *((x - START) / 1.5)])


START = np.log([*(getattr(constants(), n) for n in NAMES), *(getattr(populations()[p], f) for p, f in FACTORS)])


if __name__ == "__main__":
    n = int(sys.argv[1]) if len(sys.argv) > 1 else 1500
    best = least_squares(
        misses, START, args=(n,), loss="soft_l1", diff_step=0.03, x_scale=0.3, max_nfev=int(sys.argv[2]), verbose=2
    )
    for name, value in zip((*NAMES, *FACTORS), np.exp(best.x), strict=True):
        print(f"{name} {value:.4g}")
    print("loss", best.cost)
    for cell in calibration(*settings(best.x), n=8000):
        told = f"{cell.published:6.1f} ({cell.low:5.1f} to {cell.high:5.1f}) played {cell.played:6.1f}"
        print(f"{cell.arm:14} {cell.outcome:10} {told} {'' if cell.within else '<-'}")
