"""What is uncertain in an instance, and how much: each agent's response and each of its event rates.

The distribution of an input comes from the first of these that tells:

1. `low` and `high` of its row, its 5th and 95th percentile;
2. the component fit its row rests on (`trialopt.evidence`): its standard error on the log scale;
3. counts in the instance: Beta(x + 1/2, n - x + 1/2);
4. the arm of the trial its source names, where the evidence library has that arm: as many patients;
5. nothing but a rate: a Beta with that mean, as certain as the patients of `[uncertainty.default]` make it, fewer for
   an assumption. That is our assumption, and is labelled so.

Activities of exactly 0, and event rates of exactly 0 or 1, stay. Numbers of other tables are in `uncertain_cells`.
Inputs vary independently of each other, but for those of the library's joint model (2., too): these share what its
agents share (`trialopt.evidence.shared`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from math import exp, expm1, log

from trialopt.core.distributions import Counted, Distribution, Fitted, Hazard, Scaled
from trialopt.core.inputs import Uncertain
from trialopt.core.instance import Instance
from trialopt.core.uncertainty import Defaults
from trialopt.evidence.shared import together
from trialopt.reading.document import Document, Row
from trialopt.reading.fill import filled
from trialopt.reading.uncertain_library import (
    fit_named,
    patients_behind,
    spread_of_activity,
    spread_of_hazard,
    spread_of_rate,
)

NORMAL_95 = 1.6448536269514722
"""95th percentile of the standard normal distribution."""

LEAST = 1e-6
"""How close to the highest response rate that is possible where it was measured a draw may come."""

NOT_VARIED = "retained activity, sensitivities, prevalences, emergence, dose levels, interactions and backgrounds"


def uncertain_inputs(document: Document, instance: Instance, defaults: Defaults | None = None) -> tuple[Uncertain, ...]:
    """Every agent's uncertain response and events, by agent in table order: response first, then by category.

    `instance` is the document, built.
    """
    return tuple(_Reader(filled(document), instance, defaults or Defaults()).inputs())


def assumed(row: Row) -> bool:
    """Whether a row's numbers are assumed: its confidence says neither read nor recalled."""
    return not row.cells.get("confidence", "").startswith(("read", "recall"))


def ends_said(row: Row) -> tuple[float, float] | None:
    """5th and 95th percentile that a row itself gives its number."""
    if "low" in row.cells and "high" in row.cells:
        return float(row.cells["low"]), float(row.cells["high"])
    return None


def said_between(ends: tuple[float, float]) -> str:
    """What a distribution rests on whose ends the row gives."""
    return f"given: 90 % of it between {ends[0]:g} and {ends[1]:g}"


class _Reader:
    def __init__(self, document: Document, instance: Instance, defaults: Defaults) -> None:
        self._i, self._defaults = instance, defaults
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
        own = [s for s in epochs if (row := rows[s]) is not None and ends_said(row) is not None]
        hazard = [s for s in epochs if s not in own and fits[s] == "hazard" and spread_of_hazard(agent)]
        known = spread_of_activity(agent)
        fits_it = {s: together(_source(row), agent) or (fits[s] == "response" and known) for s, row in rows.items()}
        fitted = [s for s in epochs if s not in (*own, *hazard) and fits_it[s]]
        rest = [s for s in epochs if s not in (*own, *hazard, *fitted)]
        for s in own:
            yield self._of_ends(agent, s, rows[s])
        if hazard:
            yield self._of_hazard(d, agent, hazard)
        by_rate = self._response_rate(d, agent, rest) if rest else None
        if by_rate is not None:
            yield by_rate
        if fitted:
            yield self._of_fit(d, agent, fitted, rest if by_rate is None else [], _source(rows[fitted[0]]))
        elif rest and by_rate is None and (found := self._alone(d, agent, rest, rows)) is not None:
            yield found

    def _of_ends(self, agent: str, s: int, row: Row | None) -> Uncertain:
        """Take the percentiles a row of activity.csv gives: of its log-activity, else of its hazard ratio."""
        assert row is not None
        ends = ends_said(row)
        assert ends is not None
        low, high = ends if "activity" in row.cells else (-log(ends[1]), -log(ends[0]))
        d = self._i.agents.index(agent)
        rate = -expm1(-float(self._i.beta[d, s]))
        middle, sd = (low + high) / 2, (high - low) / (2 * NORMAL_95)
        hazard = "hazard_ratio" in row.cells
        spread = Hazard(-expm1(-middle), sd)
        return Uncertain(agent, None, (s,), rate, spread, "said", said_between(ends), hazard, self._i.epochs[s])

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

    def _of_fit(self, d: int, agent: str, epochs: list[int], rest: list[int], source: str) -> Uncertain:
        rate = -expm1(-float(self._i.beta[d, epochs[0]]))
        found = together(source, agent)
        error, shared = found if found is not None else (spread_of_activity(agent), ())
        assert error is not None
        said = (
            f"{'joint model' if found else 'fitted'}, standard {'deviation' if found else 'error'} {error:.3g} of the "
        )
        said += "logarithm of its activity"
        return Uncertain(agent, None, (*epochs, *rest), rate, Fitted(rate, error), "fit", said, shared=shared)

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
        found = together(_source(row), agent) if ends_said(row) is None and counts is None else None
        if found is not None:
            said = f"joint model, standard deviation {found[0]:.3g} of the logarithm of its events"
            fit = Fitted(rate, found[0])
            return Uncertain(agent, category, tuple(epochs), rate, fit, "fit", said, shared=found[1])
        error = spread_of_rate(agent, category) if fit_named(_source(row)) else None
        if error is not None and ends_said(row) is None:
            said = f"fitted, standard error {error:.3g} of the logarithm of its events"
            return Uncertain(agent, category, tuple(epochs), rate, Fitted(rate, error), "fit", said)
        spread, basis, said = self._counted(row, agent, rate, counts, category, 1.0)
        return Uncertain(agent, category, tuple(epochs), rate, spread, basis, said)

    def _counted(
        self, row: Row, agent: str, rate: float, counts: tuple[float, float] | None, category: str | None, top: float
    ) -> tuple[Distribution, str, str]:
        """Distribution, basis and words of a rate that rests on no fit."""
        if (ends := ends_said(row)) is not None:
            return Scaled.between(*ends, "logit", top), "said", said_between(ends)
        if counts is not None:
            events, patients = rate * counts[1], counts[1]
            return Counted.of_counts(events, patients, top), "counts", f"{events:.4g} of {patients:.0f} patients"
        if (given := row.cells.get("n")) is not None:
            patients = float(given)
            said = f"{100 * rate:.3g} % of {patients:.0f} patients"
            return Counted.of_counts(rate * patients, patients, top), "counts", said
        if (worth := patients_behind(_source(row), agent, rate, category)) is not None:
            # a small difference of two arms tells less: then it is as good as assumed
            worth = max(worth, self._defaults.assumed_patients)
            said = f"worth {worth:.3g} patients of the arm of the trial cited"
            return Counted.of_rate(rate, worth, top), "cited", said
        guess = assumed(row)
        patients = self._defaults.assumed_patients if guess else self._defaults.read_patients
        said = f"our assumption: as certain as {patients:g} patients"
        return Counted.of_rate(rate, patients, top), "assumed" if guess else "rate", said


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
