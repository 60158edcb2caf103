"""Response: activity of each agent on disease with no listed mechanism, from all arms together."""

from __future__ import annotations

import io
from collections.abc import Iterable
from functools import cache
from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd

from trialopt.core.catalog import write_bytes
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


# -- Does the response fit hold: residuals by trial, and each trial predicted with itself left out. ---------------


def residuals(found: Fit, frame: pd.DataFrame) -> pd.DataFrame:
    """Observed and fitted rates of every fitted arm, in percent.

    ``fitted`` leaves out what the fit gave to the trial and the arm; ``trial_effect`` is that of the trial on the log
    of activity with its standard error; ``z`` is the arm's deviation over the spread the model expects of it.
    """
    at = found.structure.offsets(len(frame))
    zero = np.zeros((1, len(frame)))
    fitted = rates(found.mode[None], found.structure, len(frame), found.arms, zero)[0]
    scatter = np.hypot(found.prior.trial_sd, found.prior.arm_sd)
    raw = -np.log1p(-fitted)
    spread = np.sqrt((np.exp(-raw) * raw * scatter) ** 2 + fitted * (1.0 - fitted) / found.arms.n)
    effect, deviation = found.mode[at["trial"]], np.sqrt(np.diag(found.covariance))[at["trial"]]
    observed = found.arms.events / found.arms.n
    return pd.DataFrame(
        {
            "trial_id": frame["trial_id"],
            "arm": frame["arm"],
            "population": frame["population"],
            "n": found.arms.n.astype(int),
            "observed": 100.0 * observed,
            "fitted": 100.0 * fitted,
            "residual": 100.0 * (observed - fitted),
            "z": (observed - fitted) / spread,
            "trial_effect": effect[found.arms.trial],
            "trial_effect_se": deviation[found.arms.trial],
        }
    )


def leave_one_trial_out(frame: pd.DataFrame, prior: Prior, *, draws: int = 1000, seed: int = 11) -> pd.DataFrame:
    """Predict each trial's arms from all other trials, earlier and later.

    Columns: trial_id, arm, left_out (median, percent), left_out_low, left_out_high (90 %, with sampling), inside.
    """
    parts = []
    for number, trial in enumerate(dict.fromkeys(frame["trial_id"])):
        mine = frame["trial_id"] == trial
        wanted, rest = frame[mine].reset_index(drop=True), frame[~mine].reset_index(drop=True)
        found = fit_response(rest, prior, wanted["agents"])
        rng = np.random.default_rng(seed + number)
        effect = rng.normal(0.0, prior.trial_sd, (draws, 1)) + rng.normal(0.0, prior.arm_sd, (draws, len(wanted)))
        drawn = rates(
            found.draws(draws, seed + number), found.structure, len(rest), arms_for(wanted, found.structure), effect
        )
        size = wanted["n"].to_numpy(dtype=np.int64)
        shown = rng.binomial(size, np.clip(drawn, 0.0, 1.0)) / size
        low, high = np.quantile(shown, [0.05, 0.95], axis=0)
        observed = (wanted["responders"] / wanted["n"]).to_numpy()
        parts.append(
            pd.DataFrame(
                {
                    "trial_id": trial,
                    "arm": wanted["arm"],
                    "left_out": 100.0 * np.median(drawn, axis=0),
                    "left_out_low": 100.0 * low,
                    "left_out_high": 100.0 * high,
                    "inside": np.where((observed >= low) & (observed <= high), "y", "n"),
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


# -- The calibration plot of the backtest. ------------------------------------------------------------------------


def calibration_plot(predictions: pd.DataFrame, path: Path) -> None:
    """Observed against predicted response, one point a predictable trial, with 90 % intervals; and the gain.

    Raises
    ------
    ImportError
        If matplotlib is not installed.
    """
    from matplotlib.figure import Figure

    rows = predictions[predictions["predictable"]]
    figure = Figure(figsize=(9.0, 4.5), layout="constrained")
    left, right = figure.subplots(1, 2)
    point = 100.0 * rows["component"]
    reach = [point - 100.0 * rows["low"], 100.0 * rows["high"] - point]
    left.errorbar(100.0 * rows["observed"], point, yerr=[part.clip(lower=0.0) for part in reach], fmt="o", alpha=0.7)
    left.plot([0, 100], [0, 100], color="grey", linewidth=1)
    left.set(xlabel="observed response, %", ylabel="predicted from earlier trials, %", xlim=(0, 100), ylim=(0, 100))
    paired = rows[rows["gain"].notna()]
    right.plot(100.0 * paired["gain"], 100.0 * paired["component_gain"], "o", alpha=0.7)
    right.plot([-10, 45], [-10, 45], color="grey", linewidth=1)
    right.set(xlabel="observed gain over control, points", ylabel="predicted gain, points")
    drawn = io.BytesIO()
    figure.savefig(drawn, format=path.suffix[1:].lower())
    write_bytes(path, drawn.getvalue())
