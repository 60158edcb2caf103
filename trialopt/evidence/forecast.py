"""What a regimen would do in a new trial: response, CR, MRD, hazard ratio and adverse events, with intervals.

Everything comes from the shipped draws of the posterior (``outcome_posterior.npz``), and is predictive: the deviations
of a trial and of its arm are in the intervals, the sampling of its patients only where their number is given.
"""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from zlib import crc32

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from trialopt.evidence import events, library, outcomes, surrogate
from trialopt.evidence.posterior import Posterior, Terms, deviations, rates

Array = NDArray[np.float64]
FILE = library.DATA / "outcome_posterior.npz"
DRAWS, SEED = 500, 20261127
LEVELS = {"low_90": 0.05, "low_50": 0.25, "median": 0.5, "high_50": 0.75, "high_90": 0.95}
YEAR = 2025
TRANSPLANT = {"": "", "eligible": "y", "ineligible": "n"}


@dataclass(frozen=True)
class Setting:
    """Patients a prediction is for where the caller does not say: lines, refractory shares, control, months treated."""

    lines: float
    refractory: str
    design: str
    control: str
    months: float


SETTINGS = {
    "newly_diagnosed": Setting(0, "", "3", "VRd", 18),
    "early_relapse": Setting(2, "lenalidomide=0.4;anti_cd38=0.05", "3", "Rd", 12),
    "late_relapse": Setting(3, "lenalidomide=0.85;anti_cd38=0.3", "1/2", "Pd", 7),
    "triple_class_exposed": Setting(5, "lenalidomide=0.9;anti_cd38=0.9", "1/2", "Pd", 6),
}
"""Typical patients of the library's arms since 2016, by population."""


def fit_all(draws: int = DRAWS, seed: int = SEED) -> dict[str, Array]:
    """Fit outcomes, hazard ratios and events of the library and return the arrays to ship; seeded."""
    arms = outcomes.outcome_arms()
    treated, controls = surrogate.contrasts(arms)
    found = outcomes.fit_outcomes(latest(arms), pd.concat([treated, controls], ignore_index=True))
    hazards = surrogate.fit_hazards(found, arms)
    rng = np.random.default_rng([seed, 2])
    shipped = _pack("outcomes", found, found.draws(draws, seed))
    shipped["hazards:draws"] = rng.multivariate_normal(
        hazards.mean, hazards.covariance, draws, method="cholesky"
    ).astype(np.float16)
    shipped["hazards:names"] = np.array(json.dumps(hazards.names))
    for number, category in enumerate(events.categories()):
        fitted = events.fit_events(events.event_arms(category))
        shipped |= _pack(f"events:{category}", fitted, fitted.draws(draws, seed + number + 1))
    return shipped


def latest(arms: pd.DataFrame) -> pd.DataFrame:
    """Arms with only the last report of each group of patients."""
    last = arms[arms["patient_group"] != ""].drop_duplicates("patient_group", keep="last")
    return pd.concat([arms[arms["patient_group"] == ""], last]).sort_index().reset_index(drop=True)


def _pack(name: str, found: Posterior, drawn: Array) -> dict[str, Array]:
    """Draws of all terms but the effects of single trials and arms, with their names and the groups' spreads."""
    keep = [term for term in found.terms.index if not term.startswith(("trial:", "arm:"))]
    columns = [found.terms.index[term] for term in keep]
    return {
        f"{name}:draws": drawn[:, columns].astype(np.float16),
        f"{name}:names": np.array(json.dumps(keep)),
        f"{name}:spread": np.array(json.dumps({group: round(value, 6) for group, value in found.spread.items()})),
    }


def save(shipped: dict[str, Array], path: Path) -> None:
    """Write the arrays; the same arrays give the same bytes."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, array in shipped.items():
            memory = io.BytesIO()
            np.lib.format.write_array(memory, np.asarray(array), allow_pickle=False)
            archive.writestr(zipfile.ZipInfo(f"{name}.npy"), memory.getvalue(), zipfile.ZIP_DEFLATED)


@cache
def _shipped() -> dict[str, Array]:
    with np.load(FILE, allow_pickle=False) as archive:
        return {name: archive[name] for name in archive.files}


def spreads(name: str) -> dict[str, float]:
    """Return the spreads of the groups of one shipped fit: ``outcomes`` or ``events:CATEGORY``."""
    return dict(json.loads(str(_shipped()[f"{name}:spread"])))


def loaded(name: str, terms: Terms) -> tuple[Terms, Array, dict[str, float]]:
    """Terms as shipped, their draws and the spreads; ``terms`` carries the groups."""
    file, spread = _shipped(), spreads(name)
    for term in json.loads(str(file[f"{name}:names"])):
        terms.index[term] = len(terms.index)
        terms.group.append("")
        terms.mean.append(0.0)
    return terms, file[f"{name}:draws"].astype(np.float64), spread


def widened(theta: Array, terms: Terms, spread: dict[str, float]) -> Array:
    """Draws with columns for terms the shipped fit never met (a new agent or class), from their priors.

    The numbers of a term are keyed by its name, so that they are the same whatever else is asked for.
    """
    more = []
    for name, i in terms.index.items():
        if i >= theta.shape[1]:
            normal = np.random.default_rng([SEED + 3, crc32(name.encode())]).standard_normal(len(theta))
            more.append(terms.mean[i] + spread.get(terms.group[i], terms.spread[terms.group[i]]) * normal)
    return np.column_stack([theta, *more])


def outcome_rates(arms: pd.DataFrame) -> tuple[Array, pd.DataFrame]:
    """Predictive draws of response, CR and MRD of the arms of one new trial, and the key of the columns."""
    terms, theta, spread = loaded("outcomes", outcomes.new_terms())
    outcomes.observe(arms, terms, known=False)
    seen, key = outcomes.observe(arms, terms, known=False)
    theta = widened(theta, terms, spread)
    arm, deep = [str(place) for place in key["place"]], list(key["outcome"])
    both = [f"{a}:{b}" for a, b in zip(arm, deep, strict=True)]
    labels = {"trial": [""] * len(arm), "arm": arm, "trial_own": deep, "arm_own": both}
    return rates(theta, seen, deviations(seen, theta, spread, labels, SEED, outcomes.FREEDOM)), key


def event_rates(agents: str, population: str, months: float, category: str, transplant: str = "") -> Array:
    """Predictive draws of the probability of a severe event within so many months on treatment.

    ``transplant``: y where newly diagnosed patients are meant for one, n where they are unfit for it.
    """
    terms, theta, spread = loaded(f"events:{category}", events.new_terms())
    row = {
        "trial_id": "new",
        "agents": agents,
        "population": population,
        "months": months,
        "category": category,
        "laboratory": "n",
        "routine": "n",
        "transplant": transplant,
        "events": 0.0,
        "n": 1.0,
    }
    wanted = pd.DataFrame([row])
    events.observe(wanted, terms, known=False)
    seen = events.observe(wanted, terms, known=False)
    theta = widened(theta, terms, spread)
    return rates(theta, seen, deviations(seen, theta, spread, {"trial": ["new"], "arm": ["new"]}, SEED))[:, 0]


def hazard_ratios(arms: pd.DataFrame, complete: Array) -> Array:
    """Predictive draws of the hazard ratio of the first arm against the second, given draws of the CR of both."""
    names, drawn = tuple(json.loads(str(_shipped()["hazards:names"]))), _shipped()["hazards:draws"].astype(np.float64)
    arm, control = arms.iloc[[0]], arms.iloc[[1]]
    rng = np.random.default_rng([SEED, 4])
    wanted = tuple(dict.fromkeys([*names, *surrogate.names_of(arm, control)]))
    more = surrogate.CLASS_SD * rng.standard_normal((len(drawn), len(wanted) - len(names)))
    drawn = np.column_stack([drawn, more])
    weights = np.repeat(surrogate.design(arm, control, np.zeros(1), wanted), len(drawn), axis=0)
    weights[:, 1] = complete[:, 0] - complete[:, 1]
    return np.asarray(
        np.exp((weights * drawn).sum(axis=1) + surrogate.TRIAL_SD * rng.standard_normal(len(drawn))), dtype=np.float64
    )


def arms_wanted(
    regimens: list[str], population: str, setting: Setting, extramedullary: float, year: int
) -> pd.DataFrame:
    """Describe regimens (``;``-joined agents) in a population as arms of one new trial."""
    return pd.DataFrame([
        {"arm": text, "trial_id": "new", "agents": text, "versus": "", "role": "arm", "dose": "",
         "population": population, "lines": setting.lines,
         "refractory": setting.refractory, "extramedullary": extramedullary, "design": setting.design,
         "months": surrogate.MONTHS, "n": 1.0,
         "mrd_n": np.nan, "mrd_kind": "", "published": str(year)} for text in regimens
    ])  # fmt: skip


def predict(
    regimen: str, population: str, *, control: str = "", lines: float | None = None, refractory: str | None = None,
    extramedullary: float = 0.0, months: float | None = None, patients: int | None = None, year: int = YEAR,
    transplant: str = "",
) -> pd.DataFrame:  # fmt: skip
    """Predict the outcomes of a regimen in a new trial.

    Parameters
    ----------
    regimen, control
        Agents joined by plus or comma, abbreviations as in ``library.agents_named``; the control
        defaults to the population's usual one.
    lines, refractory
        Median lines before, and shares refractory as ``lenalidomide=0.8;anti_cd38=0.2``; by default
        the population's usual ones.
    months
        Months on treatment, for adverse events.
    patients
        Size of the arm: adds the sampling of so many patients to the intervals of rates.
    transplant
        Of newly diagnosed patients: ``eligible`` or ``ineligible``, for adverse events; by default both.

    Returns
    -------
    DataFrame
        outcome, unit (percent or ratio), median, low_50, high_50, low_90, high_90, against, note. One row an outcome.

    Raises
    ------
    ValueError
        For an unknown agent or population, or ``transplant`` after a relapse.
    """
    if population not in SETTINGS:
        raise ValueError(f"no population {population!r}; there are: {', '.join(SETTINGS)}")
    if transplant not in TRANSPLANT or (transplant and population != "newly_diagnosed"):
        raise ValueError("transplant is eligible or ineligible, and of newly_diagnosed patients only")
    base = SETTINGS[population]
    setting = replace(
        base, lines=base.lines if lines is None else lines,
        refractory=base.refractory if refractory is None else refractory,
        control=control or base.control, months=months or base.months,
    )  # fmt: skip
    given = ";".join(library.agents_named(regimen))
    arms = arms_wanted(
        [given, ";".join(library.agents_named(setting.control))], population, setting, extramedullary, year
    )
    drawn, key = outcome_rates(arms)
    rows = [_row(name, "percent", 100.0 * _sampled(drawn[:, i], patients), note=_unseen(given, name))
            for i, (place, name) in enumerate(zip(key["place"], key["outcome"], strict=True))
            if place == 0]  # fmt: skip
    deep = drawn[:, (key["outcome"] == "complete").to_numpy()]
    rows.append(_row("hazard_ratio", "ratio", hazard_ratios(arms, deep), against=setting.control))
    treated = given.replace("high_dose_melphalan", "melphalan")
    for category in events.categories():
        if not events.causing(treated, category):
            continue
        shown = _sampled(event_rates(treated, population, setting.months, category, TRANSPLANT[transplant]), patients)
        rows.append(_row(category, "percent", 100.0 * shown, note=_unseen(treated, category)))
    return pd.DataFrame(rows)


def _sampled(rate: Array, patients: int | None) -> Array:
    if patients is None:
        return rate
    rng = np.random.default_rng([SEED, 5])
    return np.asarray(rng.binomial(patients, np.clip(rate, 0.0, 1.0)) / patients, dtype=np.float64)


def _row(name: str, unit: str, drawn: Array, *, against: str = "", note: str = "") -> dict[str, object]:
    return {
        "outcome": name,
        "unit": unit,
        **{level: float(np.quantile(drawn, q)) for level, q in LEVELS.items()},
        "against": against,
        "note": note,
    }


def _unseen(agents: str, name: str) -> str:
    """Agents of a regimen that no fitted arm gave, and that are imputed from their class."""
    key = "outcomes" if name in outcomes.OUTCOMES else f"events:{name}"
    known = json.loads(str(_shipped()[f"{key}:names"]))
    counted = agents.split(";") if key == "outcomes" else events.causing(agents, name)
    missing = [agent for agent in counted if f"agent:{agent}" not in known]
    return f"imputed from the class: {', '.join(missing)}" if missing else ""
