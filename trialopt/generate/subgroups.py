"""Subgroups: shares, prior exposure, who stays on protocol, who must not be given what."""

from __future__ import annotations

import numpy as np

from trialopt.generate.people import Cast, Rows, rounded

PATIENTS_PER_MONTH = 30.0
"""Whole trial, about."""


def subgroups(rng: np.random.Generator, cast: Cast) -> Rows:
    """Unequal shares; in a sized trial patients turn up in proportion to them."""
    rows: Rows = []
    for g, share in zip(cast.subgroups, rng.dirichlet(np.full(len(cast.subgroups), 4.0)), strict=True):
        row: dict[str, object] = {"subgroup": g, "share": rounded(share + 0.01)}
        if cast.size.sized:
            row["accrual_per_month"] = rounded(0.5 + PATIENTS_PER_MONTH * share)
        rows.append(row)
    return rows


def sensitivity(rng: np.random.Generator, cast: Cast) -> Rows:
    """What prior exposure left of a class's activity."""
    rows: Rows = []
    for g in cast.subgroups:
        for c in cast.classes[1:]:
            if rng.random() < 0.2:
                rows.append({"subgroup": g, "key": c.name, "sensitivity": rounded(rng.uniform(0.3, 0.9))})
    return rows


def reach(rng: np.random.Generator, cast: Cast) -> Rows:
    """Each epoch loses 5 to 20 % of those who were still on protocol."""
    rows: Rows = []
    for g in cast.subgroups:
        left = 1.0
        for epoch in cast.epochs[1:]:
            left *= rng.uniform(0.8, 0.95)
            rows.append({"subgroup": g, "epoch": epoch, "reach": rounded(left)})
    return rows


def contraindicated(rng: np.random.Generator, cast: Cast) -> Rows:
    """No cellular therapy for the frail; in some subgroups two classes not together."""
    cellular = [c.name for c in cast.classes if c.cellular]
    rows: Rows = [
        {"subgroup": g, "key": name}
        for g, frail in zip(cast.subgroups, cast.frail, strict=True)
        if frail
        for name in cellular
    ]
    if len(cast.classes) > 3:
        pair = {"key": cast.classes[2].name, "with": cast.classes[3].name}
        rows += [{"subgroup": g, **pair} for g in cast.subgroups if rng.random() < 0.3]
    return rows
