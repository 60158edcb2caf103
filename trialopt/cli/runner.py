"""The one way a command asks, shows and saves.

`told` around it all turns wrong input into a message; `follow` searches under a monitor; `finish` writes, shows,
remarks and ends with the exit code. A command says only what it asks, which parts it shows and which files it writes.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import typer

from trialopt.cli.errors import FAILED, told
from trialopt.cli.progress import Count, Progress, finishing, stops
from trialopt.core.beside import CannotWrite, try_folder

if TYPE_CHECKING:
    from trialopt.core.instance import Instance
    from trialopt.core.run import Monitor
    from trialopt.record.solution import Solution

GAP = 1e-4
"""Relative gap at which a search stops unless `--gap` says another."""

GOES_ON = "the same command again goes on from here"
"""Remark on a run of many solves that was stopped and kept what it had done."""

SMALLEST_GAP = 1e-6
"""Bounds are proven up to the solver's tolerance, so no smaller gap can be."""

Found = TypeVar("Found")
Parts = Callable[[int], Iterable[Any]]
"""What a console of a given width shows."""


@dataclass
class Runner:
    """What the shared options of a command say, and one call of it.

    Attributes
    ----------
    out, force
        Folder to write to, and whether a run of another question there may be replaced; that it can be written to is
        tried before anything is computed.
    as_json, quiet
        Print JSON in the place of tables; print no progress and no remarks.
    gap, time_limit, node_limit, profile
        Limits of each search, as in `trialopt.core.run.Limits`.
    interrupted
        Whether Ctrl-C was pressed in any search; those after it take what comes at once.
    """

    out: Path | None = None
    as_json: bool = False
    quiet: bool = False
    gap: float = GAP
    time_limit: float | None = None
    node_limit: int | None = None
    profile: str = "default"
    force: bool = False
    interrupted: bool = False
    unwritten: list[str] = field(default_factory=list)
    """What could not be written though it was found, a line each."""

    @contextmanager
    def told(self) -> Iterator[None]:
        """Tell what is wrong with the input in a line, and refuse first what can be refused before computing."""
        with told():
            if self.out is not None:
                try_folder(self.out)
            if self.gap < SMALLEST_GAP:
                typer.echo(f"a gap below {SMALLEST_GAP:g} cannot be proven: stopping at {SMALLEST_GAP:g}", err=True)
                self.gap = SMALLEST_GAP
            yield

    def reserve(self, record: str, question: str) -> None:
        """Refuse, before the search, a folder in which the run would replace another's. Raises `CannotWrite`."""
        if self.out is not None:
            from trialopt.core.run_folder import Part, check

            check(self.out, {"": Part(record, question)}, force=self.force)

    def keep(self, write: Callable[[], object]) -> None:
        """Write what was found; what cannot be written is told of in the end, once it was shown."""
        try:
            with finishing():
                write()
        except (CannotWrite, OSError) as error:
            self.unwritten.append(str(error))

    def follow(self, work: Callable[[Monitor], Found], name: str = "") -> Found:
        """Search with progress shown, under the limits; Ctrl-C asks the search to stop and keep what it has.

        A `name` is printed before.
        """
        from trialopt.core.run import Limits, Monitor

        self.remark(f"{name}:" if name else "")
        with Progress(self.quiet) as progress:
            monitor = Monitor(Limits(self.gap, self.time_limit, self.node_limit, self.profile), progress)
            monitor.interrupted = self.interrupted
            with stops(monitor):
                try:
                    return work(monitor)
                finally:
                    self.interrupted = monitor.interrupted

    def count(self, work: Callable[[Monitor], Found], *, whole: bool = False) -> Found:
        """Do many solves with their number and the time left shown; the time limit is that of each, or of the `whole`.

        Ctrl-C ends it at once with what is finished.
        """
        from trialopt.core.run import Limits, Monitor

        with Count(self.quiet) as progress:
            monitor = Monitor(
                Limits(self.gap, self.time_limit if whole else None, self.node_limit, self.profile), progress
            )
            with stops(monitor, "what is finished"), self._heard():
                return work(monitor)

    @contextmanager
    def _heard(self) -> Iterator[None]:
        """Take note of solves that could not be kept, to be told of in the end; other warnings go their way."""
        from trialopt.many import NotKept

        with warnings.catch_warnings():
            warnings.simplefilter("always", NotKept)
            others = warnings.showwarning

            def note(message: Warning | str, category: type[Warning], *where: Any, **more: Any) -> None:
                if issubclass(category, NotKept):
                    self.unwritten.append(str(message))
                else:
                    others(message, category, *where, **more)

            warnings.showwarning = note
            yield

    def solve(self, instance: Instance, name: str = "", method: str = "auto") -> Solution:
        """Solve an instance."""
        from trialopt.decision.solving import solve

        return self.follow(lambda monitor: solve(instance, method=method, monitor=monitor), name)

    def remark(self, text: str) -> None:
        """Print a line on stderr, unless quiet or empty."""
        if text and not self.quiet:
            typer.echo(text, err=True)

    def finish(
        self,
        parts: Parts,
        text: Callable[[], str],
        code: int,
        *,
        write: Callable[[Path], object] | None = None,
        remarks: Iterable[str] = (),
    ) -> NoReturn:
        """Write into the folder asked for, print tables or JSON, remark, and end with the exit code.

        What could not be written is shown all the same; the code is that of a failure then.
        """
        before = len(self.unwritten)
        with finishing():
            if self.out is not None and write is not None:
                self.keep(partial(write, self.out))
            done = self.out is not None and len(self.unwritten) == before
            if self.as_json:
                typer.echo(text(), nl=False)
            else:
                from trialopt.output.terminal.console import show

                show(parts)
            for remark in (*remarks, f"written to {self.out}" if done else ""):
                self.remark(remark)
            for line in self.unwritten:
                typer.echo(line, err=True)
        raise typer.Exit(FAILED if self.unwritten else code)
