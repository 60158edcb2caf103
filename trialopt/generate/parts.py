"""Settings and tables of a synthetic instance."""

from __future__ import annotations

from typing import Any

import numpy as np

from trialopt.generate.people import CATEGORIES, MAINTENANCE, AgentClass, Cast, Rows, rounded

POWER = 0.8
TARGET_DIFFERENCE = 0.15


def settings(cast: Cast, seed: int) -> dict[str, Any]:
    """`trial.toml`. A sized trial has a target and no_harm; patients, months and budget are left to the user."""
    size = cast.size
    trial: dict[str, Any] = {"max_arms": size.arms, "carry": size.carry}
    if size.sized:
        trial.update(power=POWER, target_difference=TARGET_DIFFERENCE, no_harm=True)
    support = [c.name for c in cast.classes if c.support]
    cellular = [c.name for c in cast.classes if c.cellular]
    rules: dict[str, Any] = {
        "one_per_class": [c.name for c in cast.classes if not c.support],
        "alone": cellular,
        "once": cellular,
    }
    if len(cast.classes) > 1:
        rules["requires"] = {cast.classes[1].name: support}
    return {
        "format": 1,
        "title": f"Synthetic: {size.agents} agents, {size.subgroups} subgroups, {size.arms} arms, "
        f"{size.epochs} epochs, {size.mechanisms} mechanisms, seed {seed}",
        "trial": trial,
        "epoch": [
            {
                "id": epoch,
                "cycles": 12 if epoch == MAINTENANCE else 6,
                "weight": 0.5 if n == 0 else 0.5 / max(1, size.epochs - 1),
                "max_agents": 2 if epoch == MAINTENANCE else 4 if n == 0 else 3,
            }
            for n, epoch in enumerate(cast.epochs)
        ],
        "control": control(cast),
        "rules": rules,
    }


def control(cast: Cast) -> dict[str, list[str]]:
    """A doublet that is easy to bear, the support and one other; in maintenance the other alone."""
    usual = list(cast.agents[:1])
    others = [(a, c) for a, c in zip(cast.agents[1:], cast.class_of[1:], strict=True) if not c.cellular]
    if others:
        usual.append(min(others, key=lambda other: _worst(cast.class_of[0], other[1]))[0])
    return {epoch: usual[-1:] if epoch == MAINTENANCE else usual for epoch in cast.epochs}


def _worst(a: AgentClass, b: AgentClass) -> float:
    """Rate of the most frequent event of two classes together, about."""
    return max(a.profile.get(e, 0.0) + b.profile.get(e, 0.0) for e in CATEGORIES)


CYCLES_IN_A_COURSE = 40
"""A cellular therapy is paid once: about as much as this many cycles of another agent."""


def agents(rng: np.random.Generator, cast: Cast) -> Rows:
    """Response rates scattered around the class's, hazard ratios, costs, and epochs for cellular therapy."""
    rows: Rows = []
    for agent, c in zip(cast.agents, cast.class_of, strict=True):
        orr = rounded(np.clip(c.response * rng.uniform(0.75, 1.25), 0.02, 0.9))
        hazard_ratio = rounded(rng.uniform(0.55, 0.9))
        cost = round(float(rng.uniform(500, 12_000)))
        rows.append(
            {
                "agent": agent,
                "class": c.name,
                "orr": orr,
                "hazard_ratio": hazard_ratio,
                "cost_per_cycle": "" if c.cellular else cost,
                "cost_per_course": cost * CYCLES_IN_A_COURSE if c.cellular else "",
                "epochs": ";".join(e for e in cast.epochs if e != MAINTENANCE) if c.cellular else "",
            }
        )
    return rows


def activity(rng: np.random.Generator, cast: Cast) -> Rows:
    """Hazard ratios in maintenance, where agents delay progression rather than induce response."""
    if MAINTENANCE not in cast.epochs:
        return []
    return [
        {"agent": agent, "epoch": MAINTENANCE, "hazard_ratio": rounded(rng.uniform(0.5, 0.85))}
        for agent, c in zip(cast.agents, cast.class_of, strict=True)
        if not c.cellular
    ]


def levels(rng: np.random.Generator, cast: Cast) -> Rows:
    """A reduced level of every second agent: it spares more toxicity than it loses activity."""
    rows: Rows = []
    for agent in cast.agents[::2]:
        less = rng.uniform(0.55, 0.85)
        levels = {"standard": (1.0, 1.0), "reduced": (rounded(less), rounded(less * rng.uniform(0.7, 0.95)))}
        rows += [
            {"agent": agent, "level": level, "activity_factor": activity, "toxicity_factor": toxicity}
            for level, (activity, toxicity) in levels.items()
        ]
    return rows


def interactions(rng: np.random.Generator, cast: Cast) -> Rows:
    """Synergy of the support with four classes; two classes that weaken each other and add infections."""
    classes = cast.classes
    rows: Rows = [
        {"a": classes[0].name, "b": c.name, "activity": rounded(rng.uniform(0.02, 0.15))} for c in classes[1:5]
    ]
    if len(classes) > 7:
        rows.append({"a": classes[6].name, "b": classes[7].name, "activity": -0.05, "toxicity:infection": 0.05})
    return rows


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


LIMIT = 0.32
HAEMATOLOGICAL_LIMIT = 0.4
FRAIL_LIMIT = 0.32
MAINTENANCE_LIMIT = 0.25
CUMULATIVE_NEUROPATHY = 0.4


def categories() -> Rows:
    """A limit for every category; neuropathy has one over all epochs too, because it stays."""
    accepted = ("neutropenia", "thrombocytopenia", "infection")
    return [
        {
            "category": c,
            "background": 0.02,
            "limit": HAEMATOLOGICAL_LIMIT if c in accepted else LIMIT,
            "cumulative_limit": CUMULATIVE_NEUROPATHY if c == "neuropathy" else "",
        }
        for c in CATEGORIES
    ]


def limits(cast: Cast) -> Rows:
    """Lower limits for the frail, and in maintenance, which lasts."""
    rows: Rows = [
        {"category": c, "subgroup": g, "epoch": "", "limit": FRAIL_LIMIT}
        for g, frail in zip(cast.subgroups, cast.frail, strict=True)
        if frail
        for c in ("infection", "neutropenia")
    ]
    if MAINTENANCE in cast.epochs:
        rows += [
            {"category": c, "subgroup": "", "epoch": MAINTENANCE, "limit": MAINTENANCE_LIMIT}
            for c in ("fatigue", "diarrhoea")
        ]
    return rows


def toxicity(rng: np.random.Generator, cast: Cast) -> Rows:
    """A rate for every agent and category: the class's, scattered, or little."""
    rows: Rows = []
    for agent, c in zip(cast.agents, cast.class_of, strict=True):
        for category in CATEGORIES:
            rate = c.profile.get(category, 0.015) * rng.uniform(0.6, 1.4)
            rows.append({"agent": agent, "category": category, "epoch": "", "probability": rounded(rate)})
    return rows


def susceptibility(rng: np.random.Generator, cast: Cast) -> Rows:
    """The frail have more infections, fatigue and cardiac events."""
    return [
        {"subgroup": g, "category": c, "susceptibility": rounded(rng.uniform(1.1, 1.5))}
        for g, frail in zip(cast.subgroups, cast.frail, strict=True)
        if frail
        for c in ("infection", "fatigue", "cardiac")
    ]
