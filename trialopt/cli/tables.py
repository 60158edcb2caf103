"""Tables as the evidence commands print them: to a file, as JSON, or in columns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    import pandas as pd


def tell(frame: pd.DataFrame, output: Path | None, force: bool, as_json: bool, hidden: tuple[str, ...] = ()) -> None:
    """Write one table to a file, or print it as JSON, or as a table without the hidden columns."""
    if output is not None:
        from trialopt.output.formats import write_new

        write_new({output: frame.to_csv(index=False, lineterminator="\n").encode()}, force)
        typer.echo(f"{output} written", err=True)
    elif as_json:
        typer.echo(_as_text(_records(frame)))
    else:
        tell_all({"": frame.drop(columns=list(hidden))}, as_json)


def tell_all(
    sections: Mapping[str, pd.DataFrame], as_json: bool, lines: Iterable[str] = (), about: pd.DataFrame | None = None
) -> None:
    """Print tables under their titles below some lines; as JSON, the tables by title and first what they are about."""
    if as_json:
        first = {} if about is None else _records(about)[0]
        typer.echo(_as_text(first | {title: _records(frame) for title, frame in sections.items()}))
        return
    from trialopt.output.terminal.console import show as shown

    typer.echo("".join(f"{line}\n" for line in lines), nl=False)
    shown(partial(_parts, sections))


def _parts(sections: Mapping[str, pd.DataFrame], width: int) -> Iterator[Any]:
    from pandas.api.types import is_numeric_dtype

    from trialopt.output.terminal.console import grid

    for title, frame in sections.items():
        if title:
            yield f"\n{title}\n"
        if frame.empty:
            yield "none"
            continue
        right = [name for name in frame.columns if is_numeric_dtype(frame[name].dtype)]
        rows = [["" if cell is None else _text(cell) for cell in row.values()] for row in _records(frame)]
        yield grid([str(name) for name in frame.columns], rows, width, right=right)


def _text(cell: object) -> str:
    return f"{cell:.6g}" if isinstance(cell, float) else str(cell)


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    from trialopt.decision.differences import records_of

    return records_of(frame)


def _as_text(data: object) -> str:
    import json

    return json.dumps(data, indent=1, ensure_ascii=False, default=str)
