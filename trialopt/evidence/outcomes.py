"""Response, complete response and MRD negativity of a regimen, fitted together.

For outcome k of an arm, with ``Lambda_k = sum_d beta_dk``, additive over agents as in the model (Bliss)::

    P_k = ceiling * (1 - exp(-(scale * Lambda_k) ** power_k * own_k))

``power`` of response is 1; ``ln beta_dk`` is the sum of its class, the agent, and what class and agent have of their
own in outcome k, so that agents learn from their class and the depth of an agent from its responses. An agent loses
activity where patients are refractory to it or its like, and gains with its dose. ``scale`` holds the population,
lines of therapy, refractoriness, extramedullary disease, design, the year, and what one trial and one arm have of
their own.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from trialopt.evidence import library
from trialopt.evidence.library import all_classes as classes
from trialopt.evidence.posterior import ROUNDS, Described, Observations, Posterior, Terms, dense, fit

Array = NDArray[np.float64]
OUTCOMES = ("response", "complete", "mrd")
ERA_ZERO = 2016.0
MONTHS = 18.0
LINES = 2.0
BCMA = "bcma"
T_CELL = ("_car_t", "_bispecific")
"""Endings of the classes that redirect T cells; they share a term, so that a new one starts from the others."""

GROUPS = {
    "class": (0.8, 10.0), "agent": (0.4, 20.0), "class_own": (0.5, 10.0), "agent_own": (0.3, 20.0),
    "trial": (0.15, 5.0), "arm": (0.08, 5.0), "trial_own": (0.1, 5.0), "arm_own": (0.08, 5.0),
}  # fmt: skip
"""Groups of parameters: standard deviation before data, and the members that guess is worth."""

FREEDOM = 4.0
"""Degrees of freedom of what trials and arms have of their own in a prediction; ours."""

FACTORS = {
    "newly_diagnosed": (0.3, 0.3), "late_relapse": (-0.2, 0.2), "triple_class_exposed": (-0.3, 0.25),
    "lines": (-0.2, 0.2), "lenalidomide": (-0.2, 0.2), "anti_cd38": (-0.2, 0.2), "extramedullary": (-0.4, 0.3),
    "steroid": (0.0, 0.2), "early_phase": (0.0, 0.15), "observational": (0.0, 0.15), "decade": (0.1, 0.15),
}  # fmt: skip
"""Covariates on the whole activity, log scale: mean and standard deviation before data."""


MRD_KINDS = {"1e-4": (0.5, 0.3), "with_complete": (-0.2, 0.2)}
"""MRD negativity counted otherwise than at 1e-5 in all patients, log scale: mean and standard deviation before data."""


def outcome_arms() -> pd.DataFrame:
    """Arms of the joint model, oldest first: what was given to whom, and response, CR and MRD negativity in percent."""
    frame = library.table("outcome_arms")
    return frame[frame["use"] == "y"].reset_index(drop=True)


def given(text: str) -> dict[str, float]:
    """Read ``a;b*0.5`` as agents and the share of patients who got each."""
    parts = (part.split("*") for part in text.split(";") if part)
    return {part[0]: float(part[1]) if len(part) > 1 else 1.0 for part in parts}


def numbers(text: str) -> dict[str, float]:
    """Read ``name=number;name=number``."""
    return {name: float(value) for name, value in (part.split("=") for part in text.split(";") if part)}


def new_terms() -> Terms:
    """Parameters with their groups, before any arm is described."""
    terms = Terms()
    for name, (spread, weight) in GROUPS.items():
        terms.add_group(name, spread, weight)
    return terms


def _resisted(agent: str, family: str, refractory: dict[str, float]) -> tuple[float, float]:
    """Shares of patients refractory to an agent (or its class, if only that is known) and to another of its class.

    Exposure to BCMA therapy counts half.
    """
    if BCMA in family:
        return 0.5 * refractory.get(BCMA, 0.0), 0.0
    others = [share for name, share in refractory.items() if name != agent and classes().get(name) == family]
    return max(refractory.get(agent, 0.0), refractory.get(family, 0.0)), max(others, default=0.0)


def _component(
    terms: Terms, agent: str, outcome: str, dose: float, resisted: tuple[float, float]
) -> list[tuple[int, float]]:
    name = agent.split("@")[0]
    family = classes()[name]
    out = [
        (terms.alone("level", -1.0, 1.0), 1.0),
        (terms.of(f"class:{family}", "class"), 1.0),
        (terms.of(f"agent:{agent}", "agent"), 1.0),
    ]
    if family.endswith(T_CELL):
        out.append((terms.alone("t_cell", 1.0, 0.7), 1.0))
    if outcome != "response":
        out += [
            (terms.alone(f"level:{outcome}", -1.0, 1.0), 1.0),
            (terms.of(f"class:{family}:{outcome}", "class_own"), 1.0),
            (terms.of(f"agent:{agent}:{outcome}", "agent_own"), 1.0),
        ]
    if dose != 1.0:
        out.append((terms.alone("dose", 0.4, 0.3), float(np.log(dose))))
    if resisted[0]:
        out.append((terms.alone("resisted", -0.5, 0.3), resisted[0]))
    if resisted[1]:
        out.append((terms.alone("crossed", -0.25, 0.25), resisted[1]))
    return out


def _factors(terms: Terms, row: pd.Series) -> list[tuple[int, float]]:
    refractory = numbers(row["refractory"])
    lines = LINES if pd.isna(row["lines"]) or row["lines"] == 0 else max(float(row["lines"]), 1.0)
    agents = given(row["agents"])
    steroids = sum(x for agent, x in agents.items() if classes()[agent.split("@")[0]] == "corticosteroid")
    steroid = float(steroids > 0 and sum(agents.values()) > steroids)
    values = {
        row["population"]: 1.0,
        "lines": float(np.log(lines / LINES)),
        "lenalidomide": refractory.get("lenalidomide", 0.0),
        "anti_cd38": refractory.get("anti_cd38", 0.0),
        "extramedullary": float(row["extramedullary"]),
        "steroid": steroid,
        "early_phase": float(row["design"] in ("1/2", "2")),
        "observational": float(row["design"] == "observational"),
        "decade": (float(str(row["published"])[:4]) - ERA_ZERO) / 10.0,
    }
    return [(terms.alone(f"factor:{name}", *FACTORS[name]), x) for name, x in values.items() if x and name in FACTORS]


def _own(terms: Terms, row: pd.Series, outcome: str) -> list[tuple[int, float]]:
    """Terms of a deep outcome alone: how long it was followed, and newly diagnosed patients."""
    if outcome == "response":
        return []
    months = MONTHS if pd.isna(row["months"]) else max(float(row["months"]), 2.0)
    out = [(terms.alone("months", 0.3, 0.2), float(np.log(months / MONTHS)))]
    if row["population"] == "newly_diagnosed":
        out.append((terms.alone("newly_diagnosed:deep", 0.0, 0.3), 1.0))
    if outcome == "mrd" and row["mrd_kind"]:
        out.append((terms.alone(f"mrd:{row['mrd_kind']}", *MRD_KINDS[row["mrd_kind"]]), 1.0))
    return out


def observe(
    frame: pd.DataFrame, terms: Terms, outcomes: Iterable[str] = OUTCOMES, *, known: bool = True
) -> tuple[Observations, pd.DataFrame]:
    """Describe arms to the engine, one row for each arm and outcome.

    Parameters
    ----------
    known
        Take only outcomes that were counted, with the arm's trial and own effects; else every outcome, without them.

    Returns
    -------
    tuple
        The observations, and their key: arm (position in ``frame``), outcome.
    """
    rows: list[Described] = []
    key = []
    for place, (_, row) in enumerate(frame.iterrows()):
        for outcome in outcomes:
            percent = row[outcome] if known else 0.0
            n = row["mrd_n"] if known and outcome == "mrd" and pd.notna(row["mrd_n"]) else row["n"]
            if pd.isna(percent) or pd.isna(n):
                continue
            doses, refractory = numbers(row["dose"]), numbers(row["refractory"])
            agents = given(row["agents"])
            parts = [
                _component(
                    terms, agent, outcome, doses.get(agent, 1.0),
                    _resisted(agent, classes()[agent.split("@")[0]], refractory),
                )
                for agent in agents
            ]  # fmt: skip
            inner, outer = _factors(terms, row), _own(terms, row, outcome)
            if known:
                inner += [
                    (terms.of(f"trial:{row['trial_id']}", "trial"), 1.0),
                    (terms.of(f"arm:{row['arm']}", "arm"), 1.0),
                ]
                outer += [
                    (terms.of(f"trial:{row['trial_id']}:{outcome}", "trial_own"), 1.0),
                    (terms.of(f"arm:{row['arm']}:{outcome}", "arm_own"), 1.0),
                ]
            power = -1 if outcome == "response" else terms.alone(f"power:{outcome}", 1.5, 0.3)
            ceiling = terms.alone("ceiling", 2.9, 0.25)
            key.append((place, outcome))
            rows.append((np.rint(percent * n / 100.0), n, list(agents.values()), parts, inner, outer, power, ceiling))
    return dense(rows, len(terms.index)), pd.DataFrame(key, columns=["place", "outcome"])


def fit_outcomes(frame: pd.DataFrame, extra: pd.DataFrame | None = None, *, rounds: int = ROUNDS) -> Posterior:
    """Fit all outcomes of arms; ``extra`` arms get terms too, from the prior where nothing speaks for them."""
    terms = new_terms()
    observe(frame, terms)
    if extra is not None:
        observe(extra, terms, known=False)
    seen, _ = observe(frame, terms)
    return fit(seen, terms, rounds=rounds)
