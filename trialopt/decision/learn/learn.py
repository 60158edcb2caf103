"""`learn`: draws, solves and regressions, from a document to a `Learning`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import scipy

from trialopt.core.design import Design
from trialopt.core.handed import draws_asked, numbers, texts
from trialopt.core.inputs import Cell, Input, Uncertain, chances, rates_of
from trialopt.core.instance import Floats, Instance
from trialopt.core.run import Limits, Monitor
from trialopt.core.truths import ACTIVITY, TOXICITY
from trialopt.decision.differences import ended, listed_instance
from trialopt.decision.learn.learning import Learning, Part
from trialopt.decision.learn.solves import Solved, solve_each, telling, values_of
from trialopt.decision.learn.study import Study, studies_of, study_name, worth_of
from trialopt.decision.learn.worth import Worth, given, of_all, of_inputs
from trialopt.decision.solving import best
from trialopt.decision.stability import NoDesign
from trialopt.many import Executor, Store, executor
from trialopt.reading import Document, asked_of, build
from trialopt.reading.overrides import Overrides, apply

DRAWS = 200
"""Truths where neither the command nor the instance says how many."""

SIZES = (20, 40, 80, 160)
"""Patients of the studies that are valued where none is asked for."""

TOLD = 40
"""Patients of those that are told in words."""

FIRST = 3
"""Inputs for which that is done."""


def learn(
    question: Document | str | Path,
    *,
    draws: int | None = None,
    seed: int | None = None,
    studies: Sequence[str] = (),
    sizes: Sequence[int] = SIZES,
    workers: int | None = 1,
    scheduler: str | None = None,
    store: str | Path | None = None,
    gap: float = 1e-4,
    monitor: Monitor | None = None,
) -> Learning:
    """Find out what it is worth to know the uncertain inputs of an instance before choosing.

    Parameters
    ----------
    question
        An instance folder, a scenario file, the name of a shipped one, or a document.
    draws, seed
        Possible truths; default those of its `[uncertainty]`, else 200 with seed 1.
    studies, sizes
        Inputs to study (`AGENT.response`, `AGENT.CATEGORY`) and the patients of each; by default the three inputs that
        are worth most.
    workers, scheduler, store
        Where truths are solved and kept, as in `trialopt.sweep`.
    gap
        Relative gap of each solve.
    monitor
        Carries progress, a time limit of all together and the wish to stop.

    Raises
    ------
    InputErrors, WrongInput
        For an instance that cannot be read, or a study of what is not uncertain in it.
    NoDesign
        Where the instance has no design, or none was found in time.
    TooLarge
        Outside the engine's reach.
    """
    limits = Limits(gap)  # refuses what is no limit, also beside a monitor
    monitor = monitor or Monitor(limits)
    draws_asked(draws, seed)
    studies, sizes = texts(studies, "studies"), numbers(sizes, "sizes", whole=True)
    document = asked_of(question)
    drawn = _drawn(document, draws, seed)
    whole = build(drawn)
    alone = build(apply(drawn, Overrides(settings=("uncertainty.default.arm_deviation=0",))))
    assert alone.truths is not None
    sizes = tuple(sizes) or SIZES
    asked = studies_of(alone.truths.inputs, studies, sizes)
    every: Answer | None = None
    with Store(store) as kept, executor(workers, scheduler, imports=__name__) as place:
        found, first, why = _solved(alone, place, kept, monitor, gap, "parts of the truths")
        if whole.sha256 == alone.sha256:
            every = found, first
        elif not why:
            others, other, why = _solved(whole, place, kept, monitor, gap, "parts of the truths with deviations")
            every = None if why else (others, other)
    return _learning(document, whole, alone, found, first, every, asked, sizes, monitor, ended(monitor) if why else "")


def _drawn(document: Document, draws: int | None, seed: int | None) -> Document:
    """The document with truths whose mean is the objective."""
    known = document.settings.get("uncertainty", {})
    own = known if isinstance(known, Mapping) else {}
    texts = ["uncertainty.objective=mean"]
    if draws is not None or "draws" not in own:
        texts.append(f"uncertainty.draws={draws or DRAWS}")
    if seed is not None:
        texts.append(f"uncertainty.seed={seed}")
    return apply(document, Overrides(settings=tuple(texts)))


Answer = tuple[Solved, Design]


def _solved(
    instance: Instance, place: Executor, kept: Store, monitor: Monitor, gap: float, doing: str
) -> tuple[Solved, Design, str]:
    """Best designs of all truths, and of each; and why not of all."""
    monitor.report(doing="the best design for all truths")
    first = best(instance, monitor, gap=gap)
    if first.design is None:
        raise NoDesign(first.nothing)
    found, why = solve_each(instance, place, kept, monitor, gap, doing)
    if not found.rows:
        raise NoDesign(False)
    return found, first.design, why


def _learning(
    document: Document,
    whole: Instance,
    alone: Instance,
    found: Solved,
    first: Design,
    every: Answer | None,
    asked: Sequence[Study],
    sizes: Sequence[int],
    monitor: Monitor,
    why: str,
) -> Learning:
    truths = alone.truths
    assert truths is not None
    some = replace(alone, truths=truths.pick(found.rows))
    table = values_of(some, (first, *found.designs))
    evpi, most = _evpi(found, table)
    of_every = None if every is None else _evpi(every[0], values_of(_picked(whole, every[0]), (every[1],)))
    rows = np.array(found.rows, dtype=np.int64)
    chosen = telling(table)
    means = _Told(alone, truths.inputs, truths.seed, truths.numbers[rows], table[:, chosen])
    means.used = {
        dose.agent
        for k in chosen
        for arm in (first, *found.designs)[k].arms
        for doses in arm.sequence.values()
        for dose in doses
    }
    inputs = list(means.each())
    groups = list(means.groups({p.name: p.worth for p in inputs}))
    told = None if asked else TOLD if TOLD in sizes else sizes[0]
    if not asked:
        leading = [p for p in sorted(inputs, key=lambda p: -p.worth.value) if p.study and p.worth.value > 0][:FIRST]
        asked = studies_of(truths.inputs, [p.study for p in leading], sizes)
    parts = (*inputs, *groups, *means.studies(asked))
    often = np.bincount(np.array(found.of_row), minlength=len(found.designs)) / len(rows)
    order = np.argsort(-often, kind="stable").tolist()
    return Learning(
        instance=listed_instance(build(document)),
        seed=truths.seed,
        asked=len(truths),
        done=len(rows),
        value=float(table[:, 0].mean()),
        evpi=evpi,
        most=most,
        evpi_all=None if of_every is None else of_every[0],
        most_all=None if of_every is None else of_every[1],
        design=first,
        chosen=tuple((found.designs[k], float(often[k]), float(table[:, 1 + k].mean())) for k in order),
        parts=parts,
        told=told,
        burden=alone.trial.toxicity_weight > 0,
        ended=why,
        seconds=monitor.seconds,
    )


def _picked(instance: Instance, found: Solved) -> Instance:
    assert instance.truths is not None
    return replace(instance, truths=instance.truths.pick(found.rows))


def _evpi(found: Solved, table: Floats) -> tuple[Worth, float]:
    """EVPI from the best values found, and the most it can be by the bounds."""
    top = np.maximum(found.value, table.max(axis=1))
    return of_all(top, table[:, 0]), float(np.maximum(found.bound, top).mean() - table[:, 0].mean())


class _Told:
    """What inputs tell of the values (N, K) of some designs, the first one the best without knowing more."""

    def __init__(self, instance: Instance, inputs: Sequence[Input], seed: int, numbers: np.ndarray, table: Floats):
        self._i, self._inputs, self._table = instance, inputs, table
        self._rates = rates_of(inputs, seed, numbers)
        self._scores = np.column_stack(
            [scipy.special.ndtri(chances(one, seed, numbers)) for one in inputs] or [np.empty(0)]
        )
        self.used: set[str] = set()
        """Agents of those designs."""

    def each(self) -> Iterator[Part]:
        """Inputs that the values of the designs depend on."""
        for k, one in enumerate(self._inputs):
            if self._counts(one):
                low, high = one.spread.quantile(np.array([0.05, 0.95])).tolist()
                detail = f"90 % between {low:.3g} and {high:.3g}; {one.said}"
                yield Part("input", one.name, self._worth([k]), detail, study_name(one) or "")

    def groups(self, alone: Mapping[str, Worth]) -> Iterator[Part]:
        """Groups of two inputs or more: all of an agent, of a class, about a mechanism.

        A group is worth at least what the best of its inputs is worth `alone`.
        """
        i = self._i
        of_agent = {agent: i.classes[c] for agent, c in zip(i.agents, i.agent_class.tolist(), strict=True)}
        members: dict[tuple[str, str], list[int]] = {}
        for k, one in enumerate(self._inputs):
            if not self._counts(one):
                continue
            if one.agent in of_agent:
                members.setdefault(("agent", one.agent), []).append(k)
            class_ = of_agent.get(one.agent, one.agent)
            if class_:
                members.setdefault(("class", class_), []).append(k)
            if isinstance(one, Cell) and one.mechanism:
                members.setdefault(("mechanism", one.mechanism), []).append(k)
        for (kind, name), own in members.items():
            if len(own) > 1:
                ways = (self._worth(own), *(alone[self._inputs[k].name] for k in own))
                yield Part(kind, name, max(ways, key=lambda worth: worth.value), f"{len(own)} inputs")

    def studies(self, asked: Sequence[Study]) -> Iterator[Part]:
        """Planned studies."""
        known: dict[int, Floats] = {}
        for study in asked:
            k = study.input
            if k not in known:
                known[k] = given(self._scores[:, [k]], self._table)
            worth = worth_of(study, self._rates[:, k], known[k])
            yield Part("study", study.name, worth, study.words, study.name, study.size)

    def _worth(self, columns: list[int]) -> Worth:
        return of_inputs(given(self._scores[:, columns], self._table))

    def _counts(self, one: Input) -> bool:
        """Whether the value of a design among those rests on an input."""
        burden = self._i.trial.toxicity_weight > 0
        if isinstance(one, Uncertain):
            return one.agent in self.used and (burden or one.category is None)
        if one.array in TOXICITY:
            return burden and one.array != "background"
        matching = self._i.agents_matching(one.agent) if one.agent else None
        about = matching is None or any(self._i.agents[d] in self.used for d in np.flatnonzero(matching))
        return one.array in ACTIVITY and about
