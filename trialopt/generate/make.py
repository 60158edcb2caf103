"""Put one synthetic document together."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from trialopt.generate import agents, disease, subgroups, toxicity
from trialopt.generate.people import Cast, Rows, draw_cast, rounded
from trialopt.generate.size import Size
from trialopt.generate.trial import control, settings
from trialopt.reading.document import Document, document


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
        "agents": agents.agents(rng, cast),
        "activity": agents.activity(rng, cast),
        "categories": toxicity.categories(),
        "limits": toxicity.limits(cast),
        "toxicity": toxicity.toxicity(rng, cast),
        "mechanisms": disease.mechanisms(rng, cast),
        "retained": disease.retained(rng, cast),
        "emergence": disease.emergence(rng, cast),
        "subgroups": subgroups.subgroups(rng, cast),
        "prevalence": disease.prevalence(rng, cast),
        "sensitivity": subgroups.sensitivity(rng, cast),
        "susceptibility": toxicity.susceptibility(rng, cast),
        "reach": subgroups.reach(rng, cast),
        "interactions": agents.interactions(rng, cast),
        "contraindicated": subgroups.contraindicated(rng, cast),
    }
    if size.levels:
        tables["levels"] = agents.levels(rng, cast)
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
    from trialopt.design import Arm, Design, Dose
    from trialopt.evaluation import evaluate
    from trialopt.reading import build

    unsized = {**chosen, "trial": {"max_arms": cast.size.arms}}
    instance = replace(build(document("control", unsized, tables)), control=None)
    given = {epoch: tuple(Dose(agent) for agent in names) for epoch, names in control(cast).items()}
    predicted = evaluate(instance, Design((Arm("A1", cast.subgroups, given),))).arms[0].coverage[:, 0]
    return [rounded(np.clip(rate * rng.uniform(0.9, 1.1), 0.02, 0.9)) for rate in predicted.tolist()]
