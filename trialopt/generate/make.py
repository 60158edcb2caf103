"""A synthetic instance of any size, reproducible from its seed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from trialopt.generate import parts
from trialopt.generate.people import CATEGORIES, MAINTENANCE, AgentClass, Cast, Rows, Size, draw_cast, rounded
from trialopt.reading.document import Document, document

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


def generate(size: Size, seed: int) -> Document:
    """Make a synthetic document; the same size and seed (>= 0) make the same one.

    A trial with `sized` or `levels` has the same agents, disease and subgroups as the one without.

    Raises
    ------
    ValueError
        For sizes that make no instance.
    """
    size.check()
    rng = np.random.default_rng(seed)
    cast = draw_cast(rng, size)
    tables: dict[str, Rows] = {
        "agents": parts.agents(rng, cast),
        "activity": parts.activity(rng, cast),
        "categories": parts.categories(),
        "limits": parts.limits(cast),
        "toxicity": parts.toxicity(rng, cast),
        "mechanisms": parts.mechanisms(rng, cast),
        "retained": parts.retained(rng, cast),
        "emergence": parts.emergence(rng, cast),
        "subgroups": parts.subgroups(rng, cast),
        "prevalence": parts.prevalence(rng, cast),
        "sensitivity": parts.sensitivity(rng, cast),
        "susceptibility": parts.susceptibility(rng, cast),
        "reach": parts.reach(rng, cast),
        "interactions": parts.interactions(rng, cast),
        "contraindicated": parts.contraindicated(rng, cast),
    }
    if size.levels:
        tables["levels"] = parts.levels(rng, cast)
    chosen = settings(cast, seed)
    if size.sized:
        observed = _control_rates(np.random.default_rng([seed, 1]), cast, chosen, tables)
        for row, rate in zip(tables["subgroups"], observed, strict=True):
            row["control_rate"] = rate
    for rows in tables.values():
        for row in rows:
            row.update(source="synthetic", confidence="assumption")
    return document(f"synthetic_{size.agents}_{size.subgroups}_{size.arms}_{size.epochs}_{seed}", chosen, tables)


def _control_rates(
    rng: np.random.Generator, cast: Cast, chosen: dict[str, Any], tables: dict[str, Rows]
) -> list[float]:
    """Response rates as if observed: those predicted for the control regimen, scattered by up to a tenth."""
    from trialopt.core.design import Arm, Design, Dose
    from trialopt.evaluation import evaluate
    from trialopt.reading import build

    unsized = {**chosen, "trial": {"max_arms": cast.size.arms}}
    instance = replace(build(document("control", unsized, tables)), control=None)
    given = {epoch: tuple(Dose(agent) for agent in names) for epoch, names in control(cast).items()}
    predicted = evaluate(instance, Design((Arm("A1", cast.subgroups, given),))).arms[0].coverage[:, 0]
    return [rounded(np.clip(rate * rng.uniform(0.9, 1.1), 0.02, 0.9)) for rate in predicted.tolist()]
