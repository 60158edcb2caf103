"""Response: activity of each agent on disease with no listed mechanism, from all arms together."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from itertools import combinations

import numpy as np
import pandas as pd

from trialopt.evidence import library
from trialopt.evidence.arms import latest_reports, response_arms
from trialopt.evidence.component import Arms, Fit, Prior, Structure, fit, rates

STEROID = "corticosteroid"
ERA, ERA_ZERO, ERA_SD = "era_per_decade", 2012.0, 0.2
KINDS = ("with a corticosteroid", "without")


def pair_of(a: str, b: str) -> tuple[str, str]:
    """Return two classes in alphabetical order."""
    return (a, b) if a <= b else (b, a)


def class_pairs(agents: Iterable[str], classes: dict[str, str]) -> list[tuple[str, str]]:
    """Pairs of classes in a regimen, one for each pair of agents of different classes."""
    return [pair_of(classes[a], classes[b]) for a, b in combinations(agents, 2) if classes[a] != classes[b]]


def structure_for(arms: pd.DataFrame, extra: Iterable[str] = ()) -> Structure:
    """Parameters needed for these arms, and for further regimens (``;``-separated) to be predicted."""
    classes = library.class_of()
    regimens = [library.agent_ids(text) for text in [*arms["agents"], *extra]]
    components = tuple(sorted({agent for regimen in regimens for agent in regimen}))
    names = tuple(sorted({classes[agent] for agent in components}))
    pairs = tuple(sorted({pair for regimen in regimens for pair in class_pairs(regimen, classes)}))
    populations = library.table("populations")
    return Structure(
        components=components,
        component_class=tuple(names.index(classes[agent]) for agent in components),
        classes=names,
        pairs=pairs,
        pair_kind=tuple(0 if STEROID in pair else 1 for pair in pairs),
        kinds=KINDS,
        factors=(*populations["population"], ERA),
        factor_mean=(*populations["log_factor"], 0.0),
        factor_sd=(*populations["log_factor_sd"], ERA_SD),
        trials=tuple(dict.fromkeys(arms["trial_id"])),
    )


@cache
def _population_shares() -> dict[str, dict[str, float]]:
    out: dict[str, dict[str, float]] = {}
    for _, row in library.table("population_mechanisms").iterrows():
        out.setdefault(row["population"], {})[row["mechanism"]] = float(row["share"])
    return out


def mechanism_shares(population: str, override: str = "") -> dict[str, float]:
    """Share of a population with each mechanism; ``override`` is like ``t11_14=1;crbn=0``."""
    shares = dict(_population_shares().get(population, {}))
    for part in library.agent_ids(override):
        name, value = part.split("=")
        shares[name] = float(value)
    total = sum(shares.values())
    if total > 1.0:
        # A trial that selects for one mechanism: the others keep their share of the rest.
        fixed = {part.split("=")[0] for part in library.agent_ids(override)}
        rest = 1.0 - sum(shares[name] for name in fixed)
        others = sum(value for name, value in shares.items() if name not in fixed)
        shares = {n: v if n in fixed else v * rest / others for n, v in shares.items()}
    return shares


def retained_table(components: tuple[str, ...]) -> dict[tuple[str, str], float]:
    """``retained`` by (mechanism, agent); an agent's own row wins over its class's."""
    classes = library.class_of()
    rows = library.table("retained")
    given = {(row["mechanism"], row["key"]): float(row["retained"]) for _, row in rows.iterrows()}
    out = {}
    for mechanism in dict.fromkeys(rows["mechanism"]):
        for agent in components:
            value = given.get((mechanism, agent), given.get((mechanism, classes[agent]), 1.0))
            out[mechanism, agent] = value
    return out


def arms_for(frame: pd.DataFrame, structure: Structure) -> Arms:
    """Turn arms into counts, mechanism shares and loadings of a structure."""
    classes = library.class_of()
    retained = retained_table(structure.components)
    mechanisms = list(dict.fromkeys(mechanism for mechanism, _ in retained))
    column = {name: i for i, name in enumerate(structure.components)}
    pair_column = {pair: len(column) + i for i, pair in enumerate(structure.pairs)}
    weight = np.zeros((len(frame), 1 + len(mechanisms)))
    loading = np.zeros((len(frame), 1 + len(mechanisms), len(column) + len(pair_column)))
    for i, (_, row) in enumerate(frame.iterrows()):
        shares = mechanism_shares(row["population"], row["mechanism_share"])
        weight[i, 1:] = [shares.get(name, 0.0) for name in mechanisms]
        weight[i, 0] = 1.0 - weight[i, 1:].sum()
        agents = library.agent_ids(row["agents"])
        for k, mechanism in enumerate([None, *mechanisms]):
            keep = {a: 1.0 if mechanism is None else retained[mechanism, a] for a in agents}
            for agent in agents:
                loading[i, k, column[agent]] += keep[agent]
            for a, b in combinations(agents, 2):
                if classes[a] != classes[b]:
                    loading[i, k, pair_column[pair_of(classes[a], classes[b])]] += keep[a] * keep[b]
    factor = np.zeros((len(frame), len(structure.factors)))
    for i, name in enumerate(frame["population"]):
        factor[i, structure.factors.index(name)] = 1.0
    years = frame["published"].str[:4].astype(float).to_numpy()
    factor[:, structure.factors.index(ERA)] = (years - ERA_ZERO) / 10.0
    trials = {name: i for i, name in enumerate(structure.trials)}
    return Arms(
        events=frame["responders"].to_numpy(dtype=np.float64),
        n=frame["n"].to_numpy(dtype=np.float64),
        weight=weight,
        loading=loading,
        factor=factor,
        trial=np.array([trials.get(name, 0) for name in frame["trial_id"]], dtype=np.int64),
    )


def fit_response(frame: pd.DataFrame, prior: Prior, extra: Iterable[str] = ()) -> Fit:
    """Fit the component model to arms; ``extra`` regimens get parameters too, from the prior alone if need be."""
    structure = structure_for(frame, extra)
    return fit(arms_for(frame, structure), structure, prior)


def fit_library(prior: Prior | None = None) -> tuple[Fit, pd.DataFrame]:
    """Fit all usable arms of the library, one report for each patient group; return the fit and its arms."""
    frame = latest_reports(response_arms()).reset_index(drop=True)
    return fit_response(frame, prior or Prior()), frame


def predict(
    regimens: list[str],
    population: str,
    year: int = 2024,
    *,
    draws: int = 2000,
    seed: int = 1,
    prior: Prior | None = None,
) -> pd.DataFrame:
    """Response rate of regimens (``;``-separated agent ids) in a population, from all of the library.

    Returns
    -------
    DataFrame
        regimen, rate (median), low and high (90 %), for the true rate in a new trial: parameters and the spread of
        trials, without the sampling of a finite arm.

    Raises
    ------
    ValueError
        If an agent or the population is not in the library.
    """
    known = library.class_of()
    for agent in {a for text in regimens for a in library.agent_ids(text)}:
        if agent not in known:
            raise ValueError(f"no agent {agent!r} in the library; there are: {', '.join(sorted(known))}")
    if population not in set(library.table("populations")["population"]):
        raise ValueError(
            f"no population {population!r}; there are: {', '.join(library.table('populations')['population'])}"
        )
    prior = prior or Prior()
    frame = latest_reports(response_arms()).reset_index(drop=True)
    found = fit_response(frame, prior, regimens)
    base = {
        "population": population,
        "mechanism_share": "",
        "published": str(year),
        "n": 1,
        "responders": 0,
        "trial_id": "",
    }
    wanted = pd.DataFrame([{**base, "agents": text} for text in regimens])
    rng = np.random.default_rng(seed)
    effect = rng.normal(0.0, prior.trial_sd, (draws, 1)) + rng.normal(0.0, prior.arm_sd, (draws, len(wanted)))
    drawn = rates(found.draws(draws, seed), found.structure, len(frame), arms_for(wanted, found.structure), effect)
    low, middle, high = np.quantile(drawn, [0.05, 0.5, 0.95], axis=0)
    return pd.DataFrame({"regimen": regimens, "rate": middle, "low": low, "high": high})
