"""Lists of designs, printed and as files of a folder."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeVar

import typer

from trialopt.cli.errors import DONE, INFEASIBLE, STOPPED, STOPPED_EMPTY

if TYPE_CHECKING:
    import pandas as pd
    from rich.console import RenderableType

    from trialopt.figures.picture import Picture


class Listed(Protocol):
    """A list of designs."""

    @property
    def complete(self) -> bool:
        """Whether it has all that were asked for, or all there are."""

    def to_json(self) -> str:
        """The list as text."""


L = TypeVar("L", bound=Listed)


def folder_for(out: Path | None) -> None:
    """Refuse a file where a folder is asked for, before anything is computed."""
    if out is not None and out.exists() and not out.is_dir():
        raise NotADirectoryError(f"{out} is a file; --out takes a folder")


def write_list(
    found: Listed,
    folder: Path,
    name: str,
    frames: Mapping[str, pd.DataFrame],
    figure: Callable[[], Picture] | None = None,
) -> None:
    """Write the record, its tables as CSV, and a figure where matplotlib is installed."""
    from importlib.util import find_spec

    from trialopt.export.delimited import encode
    from trialopt.files import write_bytes, write_text

    for table, frame in frames.items():
        write_bytes(folder / f"{table}.csv", encode(frame))
    write_text(folder / name, found.to_json())
    if figure is not None and find_spec("matplotlib"):
        figure().write(folder / f"{Path(name).stem}.svg")


def told_list(
    found: L,
    count: int,
    parts: Callable[[L, int], Iterable[RenderableType]],
    instance: str,
    out: Path | None,
    *,
    as_json: bool,
    quiet: bool,
) -> typer.Exit:
    """Print a list of `count` designs, say where it was written, and return the exit to raise."""
    if as_json:
        typer.echo(found.to_json(), nl=False)
    else:
        from trialopt.show.console import show

        show(lambda width: parts(found, width))
    if not count and found.complete and not quiet:
        typer.echo(f"trialopt explain {instance} says why", err=True)
    if out is not None and not quiet:
        typer.echo(f"written to {out}", err=True)
    if not count:
        return typer.Exit(INFEASIBLE if found.complete else STOPPED_EMPTY)
    return typer.Exit(DONE if found.complete else STOPPED)
