"""One run of many solves: what is kept is taken, the rest is done and kept, and how far it is is told."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from typing import Any

from trialopt import __version__
from trialopt.core.run import Monitor
from trialopt.many.executor import Executor, Work
from trialopt.many.store import Json, Store

PATIENCE = 0.1
"""Seconds between two looks at whether to stop."""


def named(question: str, what: str, options: Mapping[str, Any]) -> str:
    """Key of an answer: the digest of its question, what is asked of it, and all that may change the answer.

    The version of trialopt is part of it: what another version found is not taken for what this one would find.
    """
    content = {"question": question, "what": what, "options": dict(options), "trialopt": __version__}
    return hashlib.sha256(json.dumps(content, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


@dataclass(frozen=True)
class Job:
    """One solve: its place among the others, its key (`named`), and the question that `work` gets."""

    number: int
    key: str
    question: Any
    digest: str = ""
    """Of the question, kept beside its answer."""


def answers(
    work: Work,
    jobs: Iterable[Job],
    place: Executor,
    monitor: Monitor,
    *,
    total: int,
    store: Store | None = None,
    gap: float | None = None,
    seconds: float | None = None,
    doing: str = "solves",
) -> Iterator[tuple[Job, Json]]:
    """Yield each job with its answer, as they come; jobs of one key are solved once.

    Parameters
    ----------
    work
        What is done with a question.
    jobs
        Made one by one while others are being solved.
    place
        Where solves are done, from `executor`.
    monitor
        Carries the limits of the whole run and the wish to stop. When it stops, no further job is yielded and what
        is in hand is given up.
    total
        Number of jobs, for the estimate of the time left.
    store
        Where finished solves are kept and looked for.
    gap, seconds
        Limits of each solve; default those of the run.

    Raises
    ------
    RuntimeError
        When a solve fails, or a worker process ends by itself.
    """
    line = _Line(monitor, total, doing, place.where)
    yield from _Run(work, place, monitor, Store() if store is None else store, gap, seconds, line).through(iter(jobs))


@dataclass
class _Line:
    """How far the run is, in a line."""

    monitor: Monitor
    total: int
    doing: str
    where: str
    done: int = 0
    kept: int = 0
    fresh: int = 0
    began: float | None = None
    """Second of the run in which the first solve was handed over."""

    def tell(self) -> None:
        taken = f", {self.kept} of them kept from before" if self.kept else ""
        self.monitor.report(doing=f"{self.done} of {self.total} {self.doing}{taken}, {self.where}{self._left()}")

    def _left(self) -> str:
        open_ = self.total - self.done
        if not self.fresh or self.began is None or open_ <= 0:
            return ""
        left = (self.monitor.seconds - self.began) * open_ / self.fresh
        return f", about {_spoken(left)} left"


def _spoken(seconds: float) -> str:
    if seconds < 100:
        return f"{max(1, round(seconds))} s"
    return f"{round(seconds / 60)} min" if seconds < 100 * 60 else f"{seconds / 3600:.1f} h"


@dataclass
class _Run:
    work: Work
    place: Executor
    monitor: Monitor
    store: Store
    gap: float | None
    seconds: float | None
    line: _Line

    def through(self, jobs: Iterator[Job]) -> Iterator[tuple[Job, Json]]:
        hand: dict[Future[Json], tuple[str, float]] = {}
        """What is being solved: key, and the second it was handed over."""
        waiting: dict[str, list[Job]] = {}
        more = True
        self.line.tell()
        try:
            while more or hand:
                if self.monitor.stop() is not None:
                    return
                room = self.place.room if more else 0
                while more and len(hand) < room and self.monitor.stop() is None:
                    job = next(jobs, None)
                    if job is None:
                        more = False
                    elif job.key in waiting:
                        waiting[job.key].append(job)
                    elif (known := self.store.get(job.key, self.seconds)) is not None:
                        self.line.kept += 1
                        yield self._told(job), known
                    else:
                        waiting[job.key] = [job]
                        hand[self._begun(job)] = job.key, self.monitor.seconds
                for future in wait(hand, timeout=PATIENCE, return_when=FIRST_COMPLETED).done:
                    key, since = hand.pop(future)
                    jobs_of = waiting.pop(key)
                    answer = self._kept(jobs_of[0], future, since)
                    self.line.fresh += len(jobs_of)
                    for job in jobs_of if answer is not None else ():
                        yield self._told(job), answer or {}
        finally:
            if hand:
                self.place.abandon(hand)

    def _begun(self, job: Job) -> Future[Json]:
        if self.line.began is None:
            self.line.began = self.monitor.seconds
        return self.place.submit(self.work, job.question, self.monitor.part(self.gap, self.seconds))

    def _told(self, job: Job) -> Job:
        self.line.done += 1
        self.line.tell()
        return job

    def _kept(self, job: Job, future: Future[Json], since: float) -> Json | None:
        """The answer, kept unless the wish to stop cut it short: then `None`."""
        try:
            answer = future.result()
        except BrokenProcessPool:
            raise RuntimeError(
                f"a worker process ended by itself (out of memory?) with {self.line.done} of {self.line.total} "
                f"{self.line.doing} done; fewer --workers need less memory, and what is kept is not done again"
            ) from None
        stopped = answer.get("stopped")
        if stopped == "interrupted" or (stopped and self.monitor.stop() is not None):
            return None
        self.store.put(
            job.key,
            answer,
            question=job.digest,
            what=self.work.__name__.strip("_"),
            seconds=self.monitor.seconds - since,
            time_limit=self.seconds,
        )
        return answer
