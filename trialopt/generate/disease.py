"""Resistance: mechanisms, what they leave of each class, what selects for them, and how common they are."""

from __future__ import annotations

import numpy as np

from trialopt.generate.people import Cast, Rows, rounded

KINDS = ("genetic", "cytogenetic", "antigen", "microenvironment", "immune", "transport", "metabolism")

MOST_RESISTANT = 0.75
"""Largest share of a subgroup whose disease is driven by listed mechanisms."""


def mechanisms(rng: np.random.Generator, cast: Cast) -> Rows:
    """Some have a seed: clones too small to see."""
    return [
        {"mechanism": m, "kind": KINDS[n % len(KINDS)], "seed": rounded(rng.choice([0.0, 0.005, 0.01]))}
        for n, m in enumerate(cast.mechanisms)
    ]


def retained(rng: np.random.Generator, cast: Cast) -> Rows:
    """Little is left of the classes a mechanism hits, most of a few others, all of the rest."""
    rows: Rows = []
    for n, m in enumerate(cast.mechanisms):
        hit = {c.name for c in cast.hit(n)}
        for c in cast.classes:
            if c.name in hit:
                rows.append({"mechanism": m, "key": c.name, "retained": rounded(rng.uniform(0.0, 0.35))})
            elif rng.random() < 0.15:
                rows.append({"mechanism": m, "key": c.name, "retained": rounded(rng.uniform(0.5, 0.9))})
    return rows


def emergence(rng: np.random.Generator, cast: Cast) -> Rows:
    """Exposure to the main class that a mechanism hits selects for it."""
    return [
        {"mechanism": m, "key": hit[0].name, "multiplier": rounded(rng.uniform(1.2, 2.2))}
        for n, m in enumerate(cast.mechanisms)
        if (hit := cast.hit(n))
    ]


def prevalence(rng: np.random.Generator, cast: Cast) -> Rows:
    """A typical share of each mechanism, scattered over subgroups."""
    typical = rng.uniform(0.01, 0.1, size=len(cast.mechanisms))
    rows: Rows = []
    for g in cast.subgroups:
        drawn = typical * rng.lognormal(0.0, 0.6, size=len(cast.mechanisms))
        drawn *= min(1.0, MOST_RESISTANT / max(drawn.sum(), 1e-9))
        rows += [
            {"subgroup": g, "mechanism": m, "prevalence": rounded(p)}
            for m, p in zip(cast.mechanisms, drawn, strict=True)
        ]
    return rows
