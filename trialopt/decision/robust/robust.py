"""`robust`: every row solved and proven, and the highest confidence found, from a document to a `Robustness`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from trialopt.core import WrongInput
from trialopt.core.digest import digest
from trialopt.core.handed import draws_asked, numbers
from trialopt.core.instance import Instance
from trialopt.core.run import Limits, Monitor
from trialopt.decision.differences import ended, listed_instance
from trialopt.decision.robust.judged import HIGHEST, ROW, answered
from trialopt.decision.robust.robustness import Robustness
from trialopt.decision.robust.rows import CONFIDENCE, TAIL, Asked, Row, asked_rows, question_of, row_of
from trialopt.evaluation.under_truths import FRESH
from trialopt.many import Executor, Job, Store, answers, executor, named
from trialopt.reading import Document, asked_of, build
from trialopt.reading.overrides import Overrides, apply

DRAWS = 200
"""Truths where neither the command nor the instance says how many."""

GAP = 1e-3
"""Relative gap of each row: differences between rows are told in three decimals."""

CONFIDENCES = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95)
TAILS = (1.0, 0.5, 0.25, 0.1, 0.05)


def robust(
    question: Document | str | Path,
    *,
    confidences: Sequence[float] = CONFIDENCES,
    tails: Sequence[float] = TAILS,
    draws: int | None = None,
    seed: int | None = None,
    workers: int | None = 1,
    scheduler: str | None = None,
    store: str | Path | None = None,
    gap: float = GAP,
    time_limit: float | None = None,
    monitor: Monitor | None = None,
) -> Robustness:
    """Find out what limits held with confidence, and a good worst case, cost.

    Each row changes one thing of the question as asked: `confidences` that of the limits, `tails` the objective to the
    mean over so large a worst share (1 is the mean of all). The truths are the same in all rows.

    Parameters
    ----------
    question
        An instance folder, a scenario file, the name of a shipped one, or a document.
    draws, seed
        Possible truths; default those of its `[uncertainty]`, else 200 with seed 1.
    workers, scheduler, store
        Where rows are solved and kept, as in `trialopt.sweep`.
    gap, time_limit
        Limits of each solve.
    monitor
        Carries progress, a time limit of all together and the wish to stop.

    Raises
    ------
    InputErrors, WrongInput
        For an instance that cannot be read, or a share that is none.
    """
    monitor = monitor or Monitor(Limits(gap))
    Limits(gap, time_limit)  # refuses what is no limit
    draws_asked(draws, seed)
    confidences, tails = numbers(confidences, "confidences"), numbers(tails, "tails")
    document = asked_of(question)
    base = build(_drawn(document, draws, seed))
    asked = asked_rows(confidences, tails)
    with Store(store) as kept, executor(workers, scheduler, imports=__name__) as place:
        run = _Run(base, place, kept, monitor, gap, time_limit)
        rows, held, stops = run.first(asked)
        if held and asked_for(asked, CONFIDENCE):
            rows |= run.rows([*asked, Asked(CONFIDENCE, held / run.draws, highest=True)], rows)
    order = sorted(rows, key=_place)
    wanted = len(asked) + bool(held and asked_for(asked, CONFIDENCE))
    assert base.truths is not None
    return Robustness(
        instance=listed_instance(build(document)),
        rows=tuple(rows[one] for one in order),
        held=held,
        stops=stops,
        draws=run.draws,
        seed=base.truths.seed,
        fresh=FRESH,
        wanted=wanted,
        gap=gap,
        ended=ended(monitor) if monitor.stop() is not None else "",
        where=place.where,
        kept=run.taken,
        seconds=monitor.seconds,
    )


def asked_for(asked: Iterable[Asked], kind: str) -> bool:
    """Whether any row of a kind is asked for."""
    return any(one.kind == kind for one in asked)


def _place(asked: Asked) -> tuple[int, float]:
    """Order of rows: as given, confidences upwards, worst shares downwards."""
    level = asked.level or 0.0
    return (1, level) if asked.kind == CONFIDENCE else (2, -level) if asked.kind == TAIL else (0, 0.0)


def _drawn(document: Document, draws: int | None, seed: int | None) -> Document:
    """The document with truths."""
    own = document.settings.get("uncertainty", {})
    texts = []
    if draws is not None or not isinstance(own, Mapping) or "draws" not in own:
        texts.append(f"uncertainty.draws={draws or DRAWS}")
    if seed is not None:
        texts.append(f"uncertainty.seed={seed}")
    return apply(document, Overrides(settings=tuple(texts)))


class _Run:
    """Solves of one base question."""

    def __init__(
        self, base: Instance, place: Executor, kept: Store, monitor: Monitor, gap: float, seconds: float | None
    ) -> None:
        if base.truths is None:
            raise WrongInput(f"{base.name}: no truths are drawn; give --draws a number above 0")
        self._base, self._place, self._kept, self._monitor = base, place, kept, monitor
        self._gap, self._seconds = gap, seconds
        self.draws = len(base.truths)
        self.taken = 0

    def first(self, asked: Sequence[Asked]) -> tuple[dict[Asked, Row], int | None, tuple[str, ...]]:
        """Rows, and beside them the most truths in which limits can hold and what stops it there."""
        sure = asked_for(asked, CONFIDENCE)
        jobs = [*([self._highest()] if sure else []), *self._jobs(asked)]
        held: int | None = None if sure else 0
        stops: tuple[str, ...] = ()
        rows: dict[Asked, Row] = {}
        for job, answer in self._answers(jobs):
            if job.number == 0:
                held = None if answer["stopped"] else int(answer["held"])
                stops = tuple(answer["stops"])
            else:
                rows[asked[job.number - 1]] = row_of(asked[job.number - 1], answer)
        return rows, held, stops

    def rows(self, asked: Sequence[Asked], known: dict[Asked, Row]) -> dict[Asked, Row]:
        """Rows that are not known yet."""
        jobs = [job for job in self._jobs(asked) if asked[job.number - 1] not in known]
        found = self._answers(jobs)
        return {asked[job.number - 1]: row_of(asked[job.number - 1], answer) for job, answer in found}

    def _jobs(self, asked: Sequence[Asked]) -> Iterator[Job]:
        for number, one in enumerate(asked, start=1):
            yield self._job(number, ROW, question_of(self._base, one))

    def _highest(self) -> Job:
        return self._job(0, HIGHEST, question_of(self._base, Asked(CONFIDENCE, 1.0)))

    def _job(self, number: int, what: str, question: Instance) -> Job:
        sha256 = digest(question)
        return Job(number, named(sha256, f"robust {what}", {"gap": self._gap}), (what, question), sha256)

    def _answers(self, jobs: list[Job]) -> Iterator[tuple[Job, Any]]:
        before = len(self._kept)
        done = 0
        for job, answer in answers(
            answered,
            jobs,
            self._place,
            self._monitor,
            total=len(jobs),
            store=self._kept,
            gap=self._gap,
            seconds=self._seconds,
            doing="rows",
        ):
            done += 1
            yield job, answer
        self.taken += done - (len(self._kept) - before)
