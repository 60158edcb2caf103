"""How uncertain a number is: from its fit, its counts, its source, or an assumption.

    Counted    Beta of a rate: what counts, or a number of patients they stand for, leave open
    Fitted     the log-activity (or tau) `-ln(1 - rate)` is log-normal: intervals of the component fits are so
    Hazard     the log-activity is normal: it is minus a log hazard ratio, and a ratio above 1 is possible

Source: ours; Beta(x + 1/2, n - x + 1/2) is the posterior of a proportion under the prior of Jeffreys (1946).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from math import log
from typing import Protocol

import numpy as np
from scipy.special import betainc, betaincinv, ndtr, ndtri

from trialopt.core.instance import Floats
from trialopt.evidence import library

HIGHEST = 1 - 1e-9
"""Rates are kept below 1, where log-activity is infinite."""

JEFFREYS = 0.5
"""Added to each of the two counts of a proportion."""


class Spread(Protocol):
    """Distribution of a rate."""

    def quantile(self, probability: Floats) -> Floats:
        """Rates below which the distribution has these probabilities (0..1)."""

    def below(self, rate: float) -> float:
        """Probability that the rate is at most this."""

    def words(self) -> str:
        """Name the distribution."""


@dataclass(frozen=True)
class Counted:
    """Beta(a, b) of a rate, cut off at `top` (a response rate that the agent cannot exceed where it was measured)."""

    a: float
    b: float
    top: float = 1.0

    @staticmethod
    def of_counts(events: float, patients: float, top: float = 1.0) -> Counted:
        """After Jeffreys."""
        return Counted(events + JEFFREYS, patients - events + JEFFREYS, top)

    @staticmethod
    def of_rate(rate: float, patients: float, top: float = 1.0) -> Counted:
        """With the rate as its mean, as certain as that many patients make it."""
        return Counted(rate * patients, (1 - rate) * patients, top)

    def quantile(self, probability: Floats) -> Floats:
        """Rates at these probabilities."""
        room = betainc(self.a, self.b, self.top)
        rate: Floats = np.clip(betaincinv(self.a, self.b, probability * room), 0.0, self.top * HIGHEST)
        return rate

    def below(self, rate: float) -> float:
        """Probability of at most this rate."""
        inside = min(max(rate, 0.0), self.top)
        return float(betainc(self.a, self.b, inside) / betainc(self.a, self.b, self.top))

    def words(self) -> str:
        """Name the distribution."""
        cut = "" if self.top > 0.9999 else f" below {100 * self.top:.3g} %"
        return f"Beta({self.a:.4g}, {self.b:.4g}){cut}"


@dataclass(frozen=True)
class Fitted:
    """Log-activity log-normal about the rate given, with `sd` of its logarithm."""

    rate: float
    sd: float

    def quantile(self, probability: Floats) -> Floats:
        """Rates at these probabilities."""
        activity = -np.log1p(-self.rate) * np.exp(self.sd * ndtri(probability))
        rate: Floats = np.minimum(-np.expm1(-activity), HIGHEST)
        return rate

    def below(self, rate: float) -> float:
        """Probability of at most this rate."""
        if rate <= 0:
            return 0.0
        ratio = np.log1p(-min(rate, HIGHEST)) / np.log1p(-self.rate)
        return float(ndtr(np.log(ratio) / self.sd))

    def words(self) -> str:
        """Name the distribution."""
        return f"log-normal on the log scale, sd {self.sd:.3g}"


@dataclass(frozen=True)
class Hazard:
    """Log-activity normal about that of the rate given, with `sd`; the share of the hazard removed may be negative."""

    rate: float
    sd: float

    def quantile(self, probability: Floats) -> Floats:
        """Rates at these probabilities."""
        rate: Floats = np.minimum(-np.expm1(np.log1p(-self.rate) - self.sd * ndtri(probability)), HIGHEST)
        return rate

    def below(self, rate: float) -> float:
        """Probability of at most this rate."""
        return float(ndtr((np.log1p(-self.rate) - np.log1p(-min(rate, HIGHEST))) / self.sd))

    def words(self) -> str:
        """Name the distribution."""
        return f"normal log hazard ratio, sd {self.sd:.3g}"


OTHER_NAMES = {"anemia": "anaemia", "thromboembolism": "venous_thromboembolism", "neurotoxicity": "icans"}
"""Categories of the shipped instances that the library calls otherwise."""

FITTED = ("fitted:", "Component fit of the evidence library")
"""How the source of a fitted row begins."""

OF_HAZARDS = ("fitted_hazard.csv", "log hazard ratios add")
"""What the source of a row says that rests on the fit of hazard ratios, not of response."""

_TRIAL = re.compile(r"\[([^\[\]]+)\]")


def fit_named(source: str) -> str:
    """Return the fit a row rests on: `response` (or toxicity), `hazard`, or an empty text for none."""
    if not any(words in source for words in FITTED):
        return ""
    return "hazard" if any(words in source for words in OF_HAZARDS) else "response"


def spread_of_activity(agent: str) -> float | None:
    """Return the standard error of the logarithm of an agent's fitted log-activity; `None` if it has none."""
    return _errors("fitted_activity", "agent").get((agent,))


def spread_of_hazard(agent: str) -> tuple[float, float] | None:
    """Return minus the log of an agent's fitted hazard ratio in maintenance, and its standard error; `None` if none."""
    frame = library.table("fitted_hazard")
    for row in frame[(frame["context"] == "maintenance") & (frame["agent"] == agent)].to_dict("records"):
        return -log(float(row["hazard_ratio"])), float(row["se_log"])
    return None


def spread_of_rate(agent: str, category: str) -> float | None:
    """Return the standard error of the logarithm of an agent's fitted tau of a category; `None` if it has none."""
    found = _errors("fitted_toxicity", "agent", "category")
    return found.get((agent, category), found.get((agent, OTHER_NAMES.get(category, category))))


def patients_behind(source: str, agent: str, rate: float, category: str | None = None) -> float | None:
    """Patients a rate is worth, from the arm of the trial its source names in brackets; `None` if none is found.

    That arm had the agent (for a response rate: only it) and a rate `p` of `n` patients. Where the rate given is
    `p`, that is `n`. Where it is less, it is what `p` leaves over a background of `p - rate`, known no better than an
    arm of the same size tells: the variance is the sum of both, and the patients are those that give a proportion
    that variance.
    """
    found: tuple[float, float] | None = None
    for trial in _TRIAL.findall(source):
        found = found or _arms(category).get((trial, agent))
    if found is None or not 0 < rate < 1:
        return None
    patients, observed = found
    ground = observed - rate if observed - rate > AS_PRINTED else 0.0
    observed = observed if ground else rate
    variance = (observed * (1 - observed) + ground * (1 - ground)) / patients
    return rate * (1 - rate) / variance


AS_PRINTED = 0.006
"""Rates this close are the same: published percentages are rounded."""


@cache
def _errors(table: str, *key: str) -> dict[tuple[str, ...], float]:
    rows = library.table(table).to_dict("records")
    return {tuple(str(row[column]) for column in key): float(row["se_log"]) for row in rows}


@cache
def _arms(category: str | None) -> dict[tuple[str, str], tuple[float, float]]:
    """(trial, agent) -> patients and rate, of the arm with the fewest other agents."""
    if category is None:
        frame = library.single_agent_arms().rename(columns={"orr_pct": "pct"})
        frame = frame[~frame["agents"].str.contains(";")]
    else:
        frame = library.adverse_events()
        frame = frame[frame["category"].isin((category, OTHER_NAMES.get(category, category)))]
    frame = frame[frame["n"].notna() & frame["pct"].notna() & (frame["n"] > 0)]
    found: dict[tuple[str, str], tuple[float, float]] = {}
    rows = [(library.agent_ids(str(row["agents"])), row) for row in frame.to_dict("records")]
    for agents, row in sorted(rows, key=lambda pair: len(pair[0])):
        for agent in agents:
            found.setdefault((str(row["trial"]), agent), (float(row["n"]), float(row["pct"]) / 100))
    return found
