"""Fits the constants marked `calibrated` to the control arms; arguments: patients, generations.

A search without derivatives (CMA-ES: Hansen N, arXiv 1604.00772, with full rank updates): medians of simulated times
move in steps of visits, and finite differences of them lead nowhere. Six earlier fits ended where they did.
"""

from __future__ import annotations

import sys
from dataclasses import replace

import numpy as np

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

STEP = 0.12
"""Standard deviation of the first generation, on the log scale."""


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


def loss(x, n):
    """Sum of `sqrt(1 + z^2) - 1` over the misses z: large ones count by their size, not by its square."""
    return float((np.sqrt(1 + misses(x, n) ** 2) - 1).sum())


START = np.log([*(getattr(constants(), n) for n in NAMES), *(getattr(populations()[p], f) for p, f in FACTORS)])


def search(n, generations):
    """Best point and its loss."""
    size, rng = len(START), np.random.default_rng(7)
    many = 4 + int(3 * np.log(size))
    weights = np.log(many / 2 + 0.5) - np.log(np.arange(1, many // 2 + 1))
    weights /= weights.sum()
    mass = 1 / (weights**2).sum()
    c_path, c_step = (4 + mass / size) / (size + 4 + 2 * mass / size), (mass + 2) / (size + mass + 5)
    c_one = 2 / ((size + 1.3) ** 2 + mass)
    c_rank = min(1 - c_one, 2 * (mass - 2 + 1 / mass) / ((size + 2) ** 2 + mass))
    damping = 1 + c_step + 2 * max(0.0, np.sqrt((mass - 1) / (size + 1)) - 1)
    usual = np.sqrt(size) * (1 - 1 / (4 * size) + 1 / (21 * size**2))
    mean, step, shape = START.copy(), STEP, np.eye(size)
    path, path_step = np.zeros(size), np.zeros(size)
    best = mean, loss(mean, n)
    print("start", best[1], flush=True)
    for generation in range(generations):
        values, vectors = np.linalg.eigh(shape)
        root = vectors * np.sqrt(np.maximum(values, 1e-12))
        drawn = rng.standard_normal((many, size)) @ root.T
        losses = np.array([loss(mean + step * y, n) for y in drawn])
        order = np.argsort(losses)
        if losses[order[0]] < best[1]:
            best = mean + step * drawn[order[0]], float(losses[order[0]])
        chosen = drawn[order[: len(weights)]]
        moved = weights @ chosen
        mean = mean + step * moved
        back = vectors @ ((vectors.T @ moved) / np.sqrt(np.maximum(values, 1e-12)))
        path_step = (1 - c_step) * path_step + np.sqrt(c_step * (2 - c_step) * mass) * back
        path = (1 - c_path) * path + np.sqrt(c_path * (2 - c_path) * mass) * moved
        spread = chosen.T @ (weights[:, None] * chosen)
        shape = (1 - c_one - c_rank) * shape + c_one * np.outer(path, path) + c_rank * spread
        step *= np.exp(c_step / damping * (np.linalg.norm(path_step) / usual - 1))
        print(generation, round(best[1], 3), round(step, 4), np.exp(best[0]).tolist(), flush=True)
    return best


if __name__ == "__main__":
    found, cost = search(int(sys.argv[1]), int(sys.argv[2]))
    for name, value in zip((*NAMES, *FACTORS), np.exp(found), strict=True):
        print(f"{name} {value:.4g}")
    print("loss", cost)
    for cell in calibration(*settings(found), n=8000):
        told = f"{cell.published:6.1f} ({cell.low:5.1f} to {cell.high:5.1f}) played {cell.played:6.1f}"
        print(f"{cell.arm:14} {cell.outcome:10} {told} {'' if cell.within else '<-'}")
