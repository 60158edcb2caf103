"""Which limits bind, and what one more unit of each buys: by solving again, never by prices of a relaxation.

A limit binds when the best design is worth more once that limit alone is one unit looser. Gains are of single changes;
they do not add up. Loosening more limits at once never makes the best design worse. So all limits of a group are
loosened together first: when that gains nothing, no limit of the group binds. Else the better design shows which
limits it needs looser; those are tried one by one, and the rest of the group together again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields

import pandas as pd

from trialopt.core.design import Design
from trialopt.core.instance import Instance
from trialopt.core.limit_families import FAMILIES
from trialopt.core.run import PROVEN_TO, Monitor
from trialopt.decision.differences import differences
from trialopt.decision.solving import Answer, best
from trialopt.evaluation import Evaluation, evaluate
from trialopt.limits.relaxing import Group, Relaxation, needed, relaxations, relaxed, set_words

BINDS, TOGETHER, CLOSE, GAINS_NOTHING, OPEN = "binds", "only together", "close to its limit", "gains nothing", "open"
"""What is known of a limit: it binds; several gain more when loosened together than any of them alone; at least 90 %
used, yet loosening it gains nothing; loosening it gains nothing; not settled."""


@dataclass(frozen=True)
class LimitGain:
    """One limit, or several loosened at once, and what one more unit of it buys.

    Attributes
    ----------
    words, family, subgroup, epoch, category
        Which limit; `None` where it is not one subgroup's, epoch's or category's own.
    limits
        How many limits are loosened: 1 for a limit by itself.
    state
        `binds`, `only together`, `close to its limit`, `gains nothing` (of the trial's own limits) or `open`.
    now, to, used
        The limit, the limit one unit looser, and what the recommended design takes of it, in the limit's own unit;
        `None` for rules, which are left out, and for several limits at once.
    gained
        Value of the best design then, minus that of the recommended one; `None` when not known.
    patients
        Change in all patients; `None` for an unsized trial.
    instead
        What that design does differently, in words.
    gap
        Most that the gain could be larger than stated.
    note
        Why it is open.
    """

    words: str
    family: str
    limits: int
    state: str
    now: float | None = None
    to: float | None = None
    used: float | None = None
    gained: float | None = None
    patients: int | None = None
    instead: tuple[str, ...] = ()
    gap: float | None = None
    subgroup: str | None = None
    epoch: str | None = None
    category: str | None = None
    note: str = ""


@dataclass(frozen=True)
class Binding:
    """Every limit that binds, that the design is close to, or that is not settled; loosening any other gains nothing.

    `examined` counts all limits and rules; `solved` the changed questions that were solved.
    """

    rows: tuple[LimitGain, ...]
    examined: int
    solved: int
    complete: bool
    missing: tuple[str, ...] = ()

    @property
    def table(self) -> pd.DataFrame:
        """One row a limit, or several loosened at once."""
        names = [field.name for field in fields(LimitGain)]
        rows = [{**row.__dict__, "instead": "; ".join(row.instead)} for row in self.rows]
        return pd.DataFrame(rows, columns=names).astype({"patients": "Int64"})

    def of(self, *states: str) -> list[LimitGain]:
        """Rows of some states, those that gain most first."""
        return sorted((row for row in self.rows if row.state in states), key=lambda row: -(row.gained or 0.0))


def binding_limits(
    instance: Instance, design: Design, monitor: Monitor, families: Callable[[str], bool] = lambda family: True
) -> Binding:
    """Find the limits that bind a design, the best of the instance; of some `families` only, if asked for.

    Stops when the monitor says so, and then says what is missing.
    """
    groups = [group for group in relaxations(instance) if families(group.leaves[0].limit.family)]
    search = _Search(instance, design, monitor)
    for group in groups:
        search.visit(group)
    return Binding(
        rows=tuple(search.rows),
        examined=sum(len(group.leaves) for group in groups),
        solved=search.solved,
        complete=not search.missing,
        missing=tuple(search.missing),
    )


def later(family: str) -> bool:
    """Whether a family is one of the few that one process looks into beside the agents, about as long as those take."""
    return FAMILIES[family].later


def earlier(family: str) -> bool:
    """Whether a family is one of the many that another process looks into meanwhile."""
    return not later(family)


def joined(first: Binding, second: Binding) -> Binding:
    """What was found of some families, with what was found of the others."""
    return Binding(
        rows=(*first.rows, *second.rows),
        examined=first.examined + second.examined,
        solved=first.solved + second.solved,
        complete=first.complete and second.complete,
        missing=(*first.missing, *second.missing),
    )


class _Search:
    """The limits looked into so far."""

    def __init__(self, instance: Instance, design: Design, monitor: Monitor) -> None:
        self._instance, self._design, self._monitor = instance, design, monitor
        self._base = evaluate(instance, design)
        self.rows: list[LimitGain] = []
        self.missing: list[str] = []
        self.solved = 0

    def visit(self, node: Relaxation | Group, known: Answer | None = None) -> float:
        """Settle every limit of a group; returns the most that any of it gains. `known` answers all at once."""
        if isinstance(node, Relaxation):
            return self._alone(node, known)
        most, left = 0.0, node
        while left.parts:
            answer = known or self._solve(left.leaves)
            known = None
            if answer is None or answer.value is None or not answer.proven:
                return max([most, *(self.visit(part) for part in left.parts)])
            if not self._gains(answer):
                self._nothing(left.leaves)
                return most
            some = self._needed(left.leaves, answer)
            most = max(most, answer.value - self._base.value)
            if len(some) == 1:
                self.rows.append(self._row(some, BINDS, answer))
                left = left.without(some[0])
                continue
            place = len(self.rows)
            parts = [part for part in left.parts if any(leaf in part.leaves for leaf in some)]
            within = answer if len(parts) == 1 else None
            gained = max(self.visit(part, within) for part in parts)
            if answer.value - self._base.value > gained + PROVEN_TO:
                self.rows.insert(place, self._row(some, TOGETHER, answer))
            left = Group(tuple(part for part in left.parts if part not in parts))
        return most

    def _solve(self, group: Sequence[Relaxation]) -> Answer | None:
        if self._monitor.stop() is not None:
            return None
        self._monitor.report(doing=f"limits: {set_words(group)}")
        self.solved += 1
        return best(relaxed(self._instance, group), self._monitor, enough=self._base.value + PROVEN_TO)

    def _gains(self, answer: Answer) -> bool:
        return answer.value is not None and answer.value > self._base.value + PROVEN_TO

    def _needed(self, group: Sequence[Relaxation], answer: Answer) -> Sequence[Relaxation]:
        """Which limits of the group the better design needs looser."""
        design = answer.design
        if design is None:
            return group
        evaluation = evaluate(relaxed(self._instance, group), design)
        some = needed(self._instance, group, evaluation, lambda other: evaluate(other, design))
        return some or group

    def _alone(self, one: Relaxation, known: Answer | None = None) -> float:
        """Loosen one limit by itself; what that gains."""
        answer = known or self._solve([one])
        if answer is None or not answer.proven:
            why = self._monitor.stop() or "" if answer is None else answer.stopped
            self.missing.append(one.words)
            self.rows.append(self._row([one], OPEN, answer, note=why))
        elif self._gains(answer):
            self.rows.append(self._row([one], BINDS, answer))
            return self.rows[-1].gained or 0.0
        else:
            self._nothing([one])
        return 0.0

    def _nothing(self, group: Sequence[Relaxation]) -> None:
        """Limits that gain nothing: those that the design is close to, and the trial's own, are listed all the same."""
        for one in group:
            close = one.close(self._base)
            if close or one.limit.of.told:
                self.rows.append(self._row([one], CLOSE if close else GAINS_NOTHING))

    def _row(self, group: Sequence[Relaxation], state: str, answer: Answer | None = None, note: str = "") -> LimitGain:
        first = group[0].limit
        single = first if len(group) == 1 else None
        gained, gap = (None, None) if state == OPEN else (0.0, PROVEN_TO)
        instead: tuple[str, ...] = ()
        patients = None
        if answer is not None and answer.design is not None and answer.value is not None:
            gained, gap = answer.value - self._base.value, answer.gap
            instead = tuple(differences(self._design, answer.design))
            patients = _more_patients(self._base, evaluate(relaxed(self._instance, group), answer.design))
        return LimitGain(
            words=set_words(group),
            family=first.family,
            limits=len(group),
            state=state,
            now=single.scale.value if single and single.scale else None,
            to=group[0].to if single else None,
            used=group[0].used(self._base) if single else None,
            gained=gained,
            patients=patients,
            instead=instead,
            gap=gap,
            note=note,
            **self._where(group),
        )

    def _where(self, group: Sequence[Relaxation]) -> dict[str, str | None]:
        """Subgroup, epoch and category of a group, where it has just one."""
        places = [dict(zip(one.limit.of.scope, one.limit.about, strict=False)) for one in group]
        found = {axis: {place[axis] for place in places if axis in place} for axis in ("subgroup", "epoch", "category")}
        return {axis: names.pop() if len(names) == 1 else None for axis, names in found.items()}


def patients_of(evaluation: Evaluation) -> int | None:
    """All patients of a design, controls included; `None` where it has no sizes."""
    sizes = [arm.size for arm in evaluation.arms if arm.size is not None]
    return sum(s.patients + s.control_patients for s in sizes) if len(sizes) == len(evaluation.arms) > 0 else None


def _more_patients(base: Evaluation, other: Evaluation) -> int | None:
    before, after = patients_of(base), patients_of(other)
    return None if before is None or after is None else after - before
