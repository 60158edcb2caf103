"""What is uncertain in an instance, and how much: each agent's response and each of its event rates.

The distribution of an input comes from the first of these that tells:

1. the component fit its row rests on (`trialopt.evidence`): its standard error on the log scale;
2. counts in the instance: Beta(x + 1/2, n - x + 1/2);
3. the arm of the trial its source names, where the evidence library has that arm: as many patients;
4. nothing but a rate: a Beta with that mean, as certain as `READ` patients make it, or `ASSUMED` for an assumption.
   That is our assumption, and is labelled so.

Activities of exactly 0, and event rates of exactly 0 or 1, stay. Retained activity, sensitivities, prevalences,
emergence, dose levels, interactions, backgrounds and hazard ratios of the progression-free-survival endpoint are not
varied, and inputs vary independently of each other.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache
from math import exp, expm1, log

from trialopt.core.instance import Instance
from trialopt.decision.stability.draws import Counted, Fitted, Hazard, Spread, Uncertain
from trialopt.evidence import library
from trialopt.reading import Document, Row
from trialopt.reading.fill import filled

READ = 30
"""Patients a published rate without patients is taken to rest on: our assumption."""

ASSUMED = 20
"""Patients an assumed rate is taken to be worth: our assumption."""

LEAST = 1e-6
"""How close to the highest response rate that is possible where it was measured a draw may come."""

NOT_VARIED = "retained activity, sensitivities, prevalences, emergence, dose levels, interactions and backgrounds"

OTHER_NAMES = {"anemia": "anaemia", "thromboembolism": "venous_thromboembolism", "neurotoxicity": "icans"}
"""Categories of the shipped instances that the library calls otherwise."""

FITTED = ("fitted:", "Component fit of the evidence library")
"""How the source of a fitted row begins."""

OF_HAZARDS = ("fitted_hazard.csv", "log hazard ratios add")
"""What the source of a row says that rests on the fit of hazard ratios, not of response."""

_TRIAL = re.compile(r"\[([^\[\]]+)\]")

AS_PRINTED = 0.006
"""Rates this close are the same: published percentages are rounded."""


def uncertain_inputs(document: Document, instance: Instance) -> tuple[Uncertain, ...]:
    """Every uncertain input of an instance, by agent in table order: response first, then events by category.

    `instance` is the document, built.
    """
    return tuple(_Reader(filled(document), instance).inputs())


class _Reader:
    def __init__(self, document: Document, instance: Instance) -> None:
        self._i = instance
        tables = document.tables
        self._agents = {row.cells["agent"]: row for row in tables.get("agents", ())}
        self._activity = {(row.cells["agent"], row.cells["epoch"]): row for row in tables.get("activity", ())}
        self._events = {
            (row.cells["agent"], row.cells["category"], row.cells.get("epoch", "")): row
            for row in tables.get("toxicity", ())
        }

    def inputs(self) -> Iterator[Uncertain]:
        for d, agent in enumerate(self._i.agents):
            yield from self._responses(d, agent)
            for e, category in enumerate(self._i.categories):
                yield from self._rates(d, agent, e, category)

    def _responses(self, d: int, agent: str) -> Iterator[Uncertain]:
        """One input of each fit, and one that carries every other epoch: the response rate, else the fit, else own."""
        i = self._i
        epochs = [s for s in range(len(i.epochs)) if i.usable[d, s] and i.beta[d, s] != 0]
        rows = {s: self._activity.get((agent, i.epochs[s])) for s in epochs}
        fits = {s: fit_named(_source(row)) for s, row in rows.items()}
        hazard = [s for s in epochs if fits[s] == "hazard" and spread_of_hazard(agent)]
        fitted = [s for s in epochs if fits[s] == "response" and spread_of_activity(agent)]
        rest = [s for s in epochs if s not in hazard and s not in fitted]
        if hazard:
            yield self._of_hazard(d, agent, hazard)
        by_rate = self._response_rate(d, agent, rest) if rest else None
        if by_rate is not None:
            yield by_rate
        if fitted:
            yield self._of_fit(d, agent, fitted, rest if by_rate is None else [])
        elif rest and by_rate is None and (found := self._alone(d, agent, rest, rows)) is not None:
            yield found

    def _of_hazard(self, d: int, agent: str, epochs: list[int]) -> Uncertain:
        known = spread_of_hazard(agent)
        assert known is not None
        activity, error = known
        i = self._i
        own = float(i.beta[d, epochs[0]])
        rate = -expm1(-own)
        said = f"fitted hazard ratio {exp(-activity):.3g}, standard error of its logarithm {error:.3g}"
        spread = Hazard(rate, error * abs(own / activity))
        return Uncertain(agent, None, tuple(epochs), rate, spread, "fit", said, True, i.epochs[epochs[0]])

    def _of_fit(self, d: int, agent: str, epochs: list[int], rest: list[int]) -> Uncertain:
        error = spread_of_activity(agent)
        assert error is not None
        rate = -expm1(-float(self._i.beta[d, epochs[0]]))
        said = f"fitted, standard error {error:.3g} of the logarithm of its activity"
        return Uncertain(agent, None, (*epochs, *rest), rate, Fitted(rate, error), "fit", said)

    def _response_rate(self, d: int, agent: str, epochs: list[int]) -> Uncertain | None:
        """Take the response rate of agents.csv; `None` where there is none, or it is 0."""
        i, row = self._i, self._agents[agent]
        counts = _counts(row, "responders")
        rate = float(row.cells["orr"]) if "orr" in row.cells else counts[0] / counts[1] if counts else 0.0
        if rate <= 0:
            return None
        where = row.cells.get("orr_in")
        if where is None:
            spread, basis, said = self._counted(row, agent, rate, counts, None, 1.0)
            return Uncertain(agent, None, tuple(epochs), rate, spread, basis, said)
        g = i.subgroups.index(where)
        kept = i.sensitivity[g, d] * i.retained[d]
        top = (1 - float(i.prevalence[g][kept == 0].sum())) * (1 - LEAST)
        spread, basis, said = self._counted(row, agent, rate, counts, None, top)
        return Uncertain(
            agent, None, tuple(epochs), rate, spread, basis, said, False, "", where, i.prevalence[g].copy(), kept
        )

    def _alone(self, d: int, agent: str, epochs: list[int], rows: Mapping[int, Row | None]) -> Uncertain | None:
        """Take the log-activity of epochs of an agent that has neither a response rate nor a fit."""
        i = self._i
        for s in epochs:
            rate, row = -expm1(-float(i.beta[d, s])), rows[s]
            if rate > 0 and row is not None:
                spread, basis, said = self._counted(row, agent, rate, None, None, 1.0)
                hazard = "hazard_ratio" in row.cells
                return Uncertain(
                    agent, None, tuple(epochs), rate, spread, basis, said, hazard, i.epochs[s] if hazard else ""
                )
        return None

    def _rates(self, d: int, agent: str, e: int, category: str) -> Iterator[Uncertain]:
        """One input of each row with counts or a fit of its own; an epoch's row without them moves with the first."""
        i = self._i
        left = [s for s in range(len(i.epochs)) if i.usable[d, s] and 0 < i.event_rate[d, e, s] < 1]
        own = {s: row for s in left if (row := self._events.get((agent, category, i.epochs[s]))) is not None}
        base = self._events.get((agent, category, ""))
        for s, row in own.items():
            if _counts(row, "events") is not None:
                left.remove(s)
                yield replace(self._event(row, agent, category, [s]), epoch=i.epochs[s])
        if not left:
            return
        anchor = next((s for s in left if s not in own), left[0])
        row = own.get(anchor, base)
        if base is not None and 0 < _number(base, "probability", "events") < 1:
            row = base
        if row is None:
            return
        yield self._event(row, agent, category, left)

    def _event(self, row: Row, agent: str, category: str, epochs: list[int]) -> Uncertain:
        counts = _counts(row, "events")
        rate = _number(row, "probability", "events")
        error = spread_of_rate(agent, category) if fit_named(_source(row)) else None
        if error is not None:
            said = f"fitted, standard error {error:.3g} of the logarithm of its events"
            return Uncertain(agent, category, tuple(epochs), rate, Fitted(rate, error), "fit", said)
        spread, basis, said = self._counted(row, agent, rate, counts, category, 1.0)
        return Uncertain(agent, category, tuple(epochs), rate, spread, basis, said)

    def _counted(
        self, row: Row, agent: str, rate: float, counts: tuple[float, float] | None, category: str | None, top: float
    ) -> tuple[Spread, str, str]:
        """Distribution, basis and words of a rate that rests on no fit."""
        if counts is not None:
            events, patients = rate * counts[1], counts[1]
            return Counted.of_counts(events, patients, top), "counts", f"{events:.4g} of {patients:.0f} patients"
        if (given := row.cells.get("n")) is not None:
            patients = float(given)
            said = f"{100 * rate:.3g} % of {patients:.0f} patients"
            return Counted.of_counts(rate * patients, patients, top), "counts", said
        if (worth := patients_behind(_source(row), agent, rate, category)) is not None:
            worth = max(worth, ASSUMED)  # a small difference of two arms tells less: then it is as good as assumed
            said = f"worth {worth:.3g} patients of the arm of the trial cited"
            return Counted.of_rate(rate, worth, top), "cited", said
        assumed = not row.cells.get("confidence", "").startswith(("read", "recall"))
        patients = ASSUMED if assumed else READ
        said = f"our assumption: as certain as {patients} patients"
        return Counted.of_rate(rate, patients, top), "assumed" if assumed else "rate", said


def _source(row: Row | None) -> str:
    return "" if row is None else row.cells.get("source", "")


def _counts(row: Row, part: str) -> tuple[float, float] | None:
    """Events and patients of a row that gives both."""
    if part in row.cells and "n" in row.cells and float(row.cells["n"]) > 0:
        return float(row.cells[part]), float(row.cells["n"])
    return None


def _number(row: Row, rate: str, part: str) -> float:
    if rate in row.cells:
        return float(row.cells[rate])
    return float(row.cells[part]) / float(row.cells["n"])


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
