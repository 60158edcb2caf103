"""Seeded synthetic instances of any size, shaped like the real ones.

Agents come in classes that share targets, resistance and toxicity; mechanisms take activity from whole classes and
exposure to a class selects for them; subgroups differ in prior exposure, biology and frailty; toxicity limits are set
so that they decide which agents fit together. Every row says `synthetic` as its source: the numbers mean nothing
clinically.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from trialopt.core.design import Arm, Design, Dose
from trialopt.evaluation import evaluate
from trialopt.generate import parts
from trialopt.generate.people import Cast, Rows, Size, draw_cast, rounded
from trialopt.reading import build
from trialopt.reading.document import Document, document

__all__ = ["Size", "generate"]


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
    chosen = parts.settings(cast, seed)
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
    unsized = {**chosen, "trial": {"max_arms": cast.size.arms}}
    instance = replace(build(document("control", unsized, tables)), control=None)
    given = {epoch: tuple(Dose(agent) for agent in names) for epoch, names in parts.control(cast).items()}
    predicted = evaluate(instance, Design((Arm("A1", cast.subgroups, given),))).arms[0].coverage[:, 0]
    return [rounded(np.clip(rate * rng.uniform(0.9, 1.1), 0.02, 0.9)) for rate in predicted.tolist()]
