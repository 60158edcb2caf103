"""Seeded synthetic instances of any size, shaped like the real ones.

Agents come in classes that share targets, resistance and toxicity; mechanisms take activity from whole classes;
subgroups differ in prior exposure, biology and frailty; toxicity limits are set so that they decide which agents
fit together. Every row says `synthetic` as its source: the numbers mean nothing clinically.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from trialopt.reading.document import Document, document

CATEGORIES = (
    "neutropenia", "thrombocytopenia", "anaemia", "infection", "neuropathy", "cardiac", "diarrhoea", "fatigue",
    "thrombosis", "rash", "crs", "hypertension",
)  # fmt: skip

EPOCHS = ("induction", "consolidation", "maintenance", "second_line", "third_line", "fourth_line")

Rows = list[dict[str, object]]


@dataclass(frozen=True)
class Size:
    """How large an instance to make. `levels` gives half of the agents a second dose level."""

    agents: int = 26
    subgroups: int = 6
    arms: int = 3
    epochs: int = 3
    mechanisms: int = 13
    levels: bool = False
    sized: bool = False
    carry: float = 0.0


@dataclass(frozen=True)
class _Class:
    """What the agents of one class have in common."""

    name: str
    response: float
    profile: dict[str, float]
    support: bool
    cellular: bool


def generate(size: Size, seed: int) -> Document:
    """Make a synthetic document. Raises `ValueError` for sizes that make no instance."""
    if min(size.agents, size.subgroups, size.arms, size.epochs) < 1 or size.mechanisms < 0:
        raise ValueError("agents, subgroups, arms and epochs are at least 1, mechanisms at least 0")
    if size.epochs > len(EPOCHS):
        raise ValueError(f"at most {len(EPOCHS)} epochs")
    rng = np.random.default_rng(seed)
    classes = _classes(rng, max(3, round(size.agents / 2.2)))
    of_agent = [classes[n % len(classes)] for n in range(size.agents)]
    agents = [f"agent_{n + 1:02d}" for n in range(size.agents)]
    subgroups = [f"subgroup_{n + 1:02d}" for n in range(size.subgroups)]
    mechanisms = [f"mechanism_{n + 1:02d}" for n in range(size.mechanisms)]
    epochs = EPOCHS[: size.epochs]
    frail = rng.random(size.subgroups) < 0.35
    tables: dict[str, Rows] = {
        "agents": _agents(rng, agents, of_agent, size),
        "activity": _maintenance(rng, agents, of_agent, epochs),
        "categories": _categories(),
        "limits": _limits(subgroups, frail, epochs),
        "toxicity": _toxicity(rng, agents, of_agent),
        "mechanisms": _mechanisms(rng, mechanisms),
        "retained": _retained(rng, mechanisms, classes),
        "emergence": _emergence(rng, mechanisms, classes),
        "subgroups": _subgroups(rng, subgroups, size),
        "prevalence": _prevalence(rng, subgroups, mechanisms),
        "sensitivity": _sensitivity(rng, subgroups, classes),
        "susceptibility": _susceptibility(rng, subgroups, frail),
        "reach": _reach(rng, subgroups, epochs),
        "interactions": _interactions(rng, classes),
        "contraindicated": _contraindicated(rng, subgroups, frail, classes),
    }
    if size.levels:
        tables["levels"] = _levels(rng, agents)
    for rows in tables.values():
        for row in rows:
            row.update(source="synthetic", confidence="assumption")
    name = f"synthetic_{size.agents}_{size.subgroups}_{size.arms}_{size.epochs}_{seed}"
    return document(name, _settings(size, epochs, classes, agents, of_agent, seed), tables)


def _settings(
    size: Size, epochs: tuple[str, ...], classes: list[_Class], agents: list[str], of_agent: list[_Class], seed: int
) -> dict[str, Any]:
    backbone = [a for a, c in zip(agents, of_agent, strict=True) if not c.cellular][:2]
    trial: dict[str, Any] = {"max_arms": size.arms, "carry": size.carry}
    if size.sized:
        trial.update(power=0.8, target_difference=0.15, no_harm=True)
    support = [c.name for c in classes if c.support]
    cellular = [c.name for c in classes if c.cellular]
    return {
        "format": 1,
        "title": f"Synthetic instance, seed {seed}",
        "trial": trial,
        "epoch": [
            {
                "id": epoch,
                "cycles": 12 if epoch == "maintenance" else 6,
                "weight": 0.5 if n == 0 else 0.5 / max(1, len(epochs) - 1),
                "max_agents": 2 if epoch == "maintenance" else 4 if n == 0 else 3,
            }
            for n, epoch in enumerate(epochs)
        ],
        "control": {epochs[0]: backbone},
        "rules": {
            "one_per_class": [c.name for c in classes if not c.support],
            "alone": cellular,
            "once": cellular,
            "requires": {classes[1].name: support} if support else {},
        },
    }


def _classes(rng: np.random.Generator, count: int) -> list[_Class]:
    classes = []
    for n in range(count):
        heavy = rng.choice(len(CATEGORIES), size=3, replace=False)
        profile = {CATEGORIES[c]: float(rng.uniform(0.06, 0.22)) for c in heavy}
        support, cellular = n == 0, n == 5
        response = 0.12 if support else 0.65 if cellular else float(rng.uniform(0.15, 0.45))
        classes.append(_Class(f"class_{n + 1:02d}", response, profile, support, cellular))
    return classes


def _rounded(value: float) -> float:
    return round(float(value), 4)


def _agents(rng: np.random.Generator, agents: list[str], of_agent: list[_Class], size: Size) -> Rows:
    rows: Rows = []
    for agent, c in zip(agents, of_agent, strict=True):
        rows.append(
            {
                "agent": agent,
                "class": c.name,
                "orr": _rounded(np.clip(c.response * rng.uniform(0.75, 1.25), 0.02, 0.9)),
                "hazard_ratio": _rounded(rng.uniform(0.55, 0.9)),
                "cost_per_cycle": round(float(rng.uniform(500, 12_000))),
                "epochs": ";".join(EPOCHS[n] for n in range(size.epochs) if EPOCHS[n] != "maintenance")
                if c.cellular
                else "",
            }
        )
    return rows


def _maintenance(rng: np.random.Generator, agents: list[str], of_agent: list[_Class], epochs: tuple[str, ...]) -> Rows:
    if "maintenance" not in epochs:
        return []
    return [
        {"agent": agent, "epoch": "maintenance", "hazard_ratio": _rounded(rng.uniform(0.5, 0.85))}
        for agent, c in zip(agents, of_agent, strict=True)
        if not c.cellular
    ]


def _levels(rng: np.random.Generator, agents: list[str]) -> Rows:
    rows: Rows = []
    for agent in agents[::2]:
        rows.append({"agent": agent, "level": "standard", "activity_factor": 1.0, "toxicity_factor": 1.0})
        less = rng.uniform(0.55, 0.85)
        rows.append(
            {
                "agent": agent,
                "level": "reduced",
                "activity_factor": _rounded(less),
                "toxicity_factor": _rounded(less * rng.uniform(0.7, 0.95)),
            }
        )
    return rows


def _categories() -> Rows:
    return [
        {
            "category": c,
            "background": 0.02,
            "limit": 0.4 if c in ("neutropenia", "thrombocytopenia", "infection") else 0.32,
            "cumulative_limit": 0.4 if c == "neuropathy" else "",
        }
        for c in CATEGORIES
    ]


def _limits(subgroups: list[str], frail: np.ndarray, epochs: tuple[str, ...]) -> Rows:
    rows: Rows = [
        {"category": c, "subgroup": g, "epoch": "", "limit": 0.32}
        for g, weak in zip(subgroups, frail, strict=True)
        if weak
        for c in ("infection", "neutropenia")
    ]
    if "maintenance" in epochs:
        rows += [{"category": c, "subgroup": "", "epoch": "maintenance", "limit": 0.25} for c in ("fatigue", "diarrhoea")]
    return rows


def _toxicity(rng: np.random.Generator, agents: list[str], of_agent: list[_Class]) -> Rows:
    rows: Rows = []
    for agent, c in zip(agents, of_agent, strict=True):
        for category in CATEGORIES:
            rate = c.profile.get(category, 0.015) * rng.uniform(0.6, 1.4)
            rows.append({"agent": agent, "category": category, "epoch": "", "probability": _rounded(rate)})
    return rows


def _mechanisms(rng: np.random.Generator, mechanisms: list[str]) -> Rows:
    kinds = ("genetic", "cytogenetic", "antigen", "microenvironment", "immune", "transport", "metabolism")
    return [
        {"mechanism": m, "kind": kinds[n % len(kinds)], "seed": _rounded(rng.choice([0.0, 0.005, 0.01]))}
        for n, m in enumerate(mechanisms)
    ]


def _hit(n: int, classes: list[_Class]) -> list[_Class]:
    """Classes a mechanism acts on: each mechanism has a main one, every third a second one."""
    main = classes[1 + n % (len(classes) - 1)]
    return [main, classes[1 + (n * 5 + 2) % (len(classes) - 1)]] if n % 3 == 0 else [main]


def _retained(rng: np.random.Generator, mechanisms: list[str], classes: list[_Class]) -> Rows:
    rows: Rows = []
    for n, m in enumerate(mechanisms):
        hit = {c.name for c in _hit(n, classes)}
        for c in classes:
            if c.name in hit:
                rows.append({"mechanism": m, "key": c.name, "retained": _rounded(rng.uniform(0.0, 0.35))})
            elif rng.random() < 0.15:
                rows.append({"mechanism": m, "key": c.name, "retained": _rounded(rng.uniform(0.5, 0.9))})
    return rows


def _emergence(rng: np.random.Generator, mechanisms: list[str], classes: list[_Class]) -> Rows:
    return [
        {"mechanism": m, "key": _hit(n, classes)[0].name, "multiplier": _rounded(rng.uniform(1.2, 2.2))}
        for n, m in enumerate(mechanisms)
    ]


def _subgroups(rng: np.random.Generator, subgroups: list[str], size: Size) -> Rows:
    shares = rng.dirichlet(np.full(len(subgroups), 4.0))
    rows: Rows = []
    for g, share in zip(subgroups, shares, strict=True):
        row: dict[str, object] = {"subgroup": g, "share": _rounded(share + 0.01)}
        if size.sized:
            row.update(
                accrual_per_month=_rounded(0.5 + 30 * share), control_rate=_rounded(rng.uniform(0.25, 0.45))
            )
        rows.append(row)
    return rows


def _prevalence(rng: np.random.Generator, subgroups: list[str], mechanisms: list[str]) -> Rows:
    typical = rng.uniform(0.01, 0.1, size=len(mechanisms))
    rows: Rows = []
    for g in subgroups:
        drawn = typical * rng.lognormal(0.0, 0.6, size=len(mechanisms))
        drawn *= min(1.0, 0.75 / max(drawn.sum(), 1e-9))
        rows += [
            {"subgroup": g, "mechanism": m, "prevalence": _rounded(p)} for m, p in zip(mechanisms, drawn, strict=True)
        ]
    return rows


def _sensitivity(rng: np.random.Generator, subgroups: list[str], classes: list[_Class]) -> Rows:
    rows: Rows = []
    for g in subgroups:
        for c in classes[1:]:
            if rng.random() < 0.2:
                rows.append({"subgroup": g, "key": c.name, "sensitivity": _rounded(rng.uniform(0.3, 0.9))})
    return rows


def _susceptibility(rng: np.random.Generator, subgroups: list[str], frail: np.ndarray) -> Rows:
    return [
        {"subgroup": g, "category": c, "susceptibility": _rounded(rng.uniform(1.1, 1.5))}
        for g, weak in zip(subgroups, frail, strict=True)
        if weak
        for c in ("infection", "fatigue", "cardiac")
    ]


def _reach(rng: np.random.Generator, subgroups: list[str], epochs: tuple[str, ...]) -> Rows:
    rows: Rows = []
    for g in subgroups:
        left = 1.0
        for epoch in epochs[1:]:
            left *= rng.uniform(0.8, 0.95)
            rows.append({"subgroup": g, "epoch": epoch, "reach": _rounded(left)})
    return rows


def _interactions(rng: np.random.Generator, classes: list[_Class]) -> Rows:
    rows: Rows = []
    for c in classes[1:5]:
        rows.append({"a": classes[0].name, "b": c.name, "activity": _rounded(rng.uniform(0.02, 0.15))})
    if len(classes) > 7:
        rows.append(
            {"a": classes[6].name, "b": classes[7].name, "activity": -0.05, "toxicity:infection": 0.05},
        )
    return rows


def _contraindicated(
    rng: np.random.Generator, subgroups: list[str], frail: np.ndarray, classes: list[_Class]
) -> Rows:
    cellular = [c.name for c in classes if c.cellular]
    rows: Rows = [
        {"subgroup": g, "key": name} for g, weak in zip(subgroups, frail, strict=True) if weak for name in cellular
    ]
    if len(classes) > 3:
        rows += [
            {"subgroup": g, "key": classes[2].name, "with": classes[3].name} for g in subgroups if rng.random() < 0.3
        ]
    return rows
