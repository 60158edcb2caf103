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

from collections.abc import Iterator, Mapping
from dataclasses import replace
from math import exp, expm1

from trialopt.core.instance import Instance
from trialopt.decision.stability import spreads
from trialopt.decision.stability.draws import Uncertain
from trialopt.decision.stability.spreads import Counted, Fitted, Hazard, Spread
from trialopt.reading import Document, Row
from trialopt.reading.fill import filled

READ = 30
"""Patients a published rate without patients is taken to rest on: our assumption."""

ASSUMED = 20
"""Patients an assumed rate is taken to be worth: our assumption."""

LEAST = 1e-6
"""How close to the highest response rate that is possible where it was measured a draw may come."""

NOT_VARIED = "retained activity, sensitivities, prevalences, emergence, dose levels, interactions and backgrounds"


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
        fits = {s: spreads.fit_named(_source(row)) for s, row in rows.items()}
        hazard = [s for s in epochs if fits[s] == "hazard" and spreads.spread_of_hazard(agent)]
        fitted = [s for s in epochs if fits[s] == "response" and spreads.spread_of_activity(agent)]
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
        known = spreads.spread_of_hazard(agent)
        assert known is not None
        activity, error = known
        i = self._i
        own = float(i.beta[d, epochs[0]])
        rate = -expm1(-own)
        said = f"fitted hazard ratio {exp(-activity):.3g}, standard error of its logarithm {error:.3g}"
        spread = Hazard(rate, error * abs(own / activity))
        return Uncertain(agent, None, tuple(epochs), rate, spread, "fit", said, True, i.epochs[epochs[0]])

    def _of_fit(self, d: int, agent: str, epochs: list[int], rest: list[int]) -> Uncertain:
        error = spreads.spread_of_activity(agent)
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
        error = spreads.spread_of_rate(agent, category) if spreads.fit_named(_source(row)) else None
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
        if (worth := spreads.patients_behind(_source(row), agent, rate, category)) is not None:
            worth = max(worth, ASSUMED)  # a small difference of two arms tells less: then it is as good as assumed
            return (
                Counted.of_rate(rate, worth, top),
                "cited",
                f"worth {worth:.3g} patients of the arm of the trial cited",
            )
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
