"""Tables on a terminal of any width."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from rich import box
from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from trialopt.core import CLOSED_PIPE
from trialopt.output.views import TIE, Ids, View, drawn
from trialopt.record.words import fold, pieces

# -- Where tables are drawn: as wide as the terminal, as wide as they need when piped, never cut short. -----------

UNLIMITED = 10_000
"""Width when piped: nothing is wrapped."""


class _Console(Console):
    def on_broken_pipe(self) -> None:
        """End in silence when nobody reads any more."""
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(CLOSED_PIPE)


def console(*, stderr: bool = False) -> Console:
    """Make a console for stdout or stderr. `COLUMNS` sets the width; a pipe gets no colour and no line breaks."""
    stream = sys.stderr if stderr else sys.stdout
    asked = os.environ.get("COLUMNS", "")
    width = int(asked) if asked.isdigit() and int(asked) > 0 else None
    if width is None and not stream.isatty():
        width = UNLIMITED
    return _Console(stderr=stderr, width=width, markup=False, emoji=False, highlight=False)


def show(parts: Callable[[int], Iterable[RenderableType]]) -> None:
    """Print on stdout the parts that `parts(width)` draws for the console's width, an empty line after each table."""
    out = console()
    for part in parts(out.width):
        out.print(part, soft_wrap=False)


# -- One table drawn to fit a page: words and ids are broken where a reader would, and only when they must be.

GAP = 3
"""Characters between two columns."""

EDGE = 1
"""Characters before the first column."""


@dataclass(frozen=True)
class Cell:
    """Text of one cell, which may have lines of its own, and whether it is marked (bold red on a terminal)."""

    text: str
    marked: bool = False


def grid(
    heads: Sequence[str],
    rows: Iterable[Sequence[str | Cell]],
    width: int,
    *,
    right: Iterable[str] = (),
    lines: bool = False,
    sections: Iterable[int] = (),
) -> Table:
    """Draw a table at most `width` wide. Heads in `right` are set to the right; `sections` end after those rows."""
    body = [[cell if isinstance(cell, Cell) else Cell(cell) for cell in row] for row in rows]
    widths = _widths([[head, *(row[k].text for row in body)] for k, head in enumerate(heads)], width)
    made = Table(box=box.SIMPLE, show_edge=False, pad_edge=True, padding=(0, 1), header_style="bold", show_lines=lines)
    ends = set(sections)
    aligned = set(right)
    for head, size in zip(heads, widths, strict=True):
        side = "right" if head in aligned else "left"
        made.add_column(Text(_broken(head, size)), justify=side, width=size, no_wrap=True)  # type: ignore[arg-type]
    for number, row in enumerate(body):
        made.add_row(
            *(Text(_broken(c.text, size), "bold red" if c.marked else "") for c, size in zip(row, widths, strict=True)),
            end_section=number in ends,
        )
    return made


def table(view: View, width: int, *, sections: Iterable[int] = ()) -> Table:
    """Draw a view with ids as they stand in the files."""
    made = drawn(view, Ids())
    body = [[Cell(cell, (k, n) in made.emphasised) for n, cell in enumerate(row)] for k, row in enumerate(made.rows)]
    return grid(made.heads, body, width, right=[made.heads[k] for k in made.numeric], sections=sections)


def _broken(text: str, width: int) -> str:
    return "\n".join(fold(line, width) for line in text.split("\n")).replace(TIE, " ")


def _widths(columns: Sequence[Sequence[str]], width: int) -> list[int]:
    """Width of each column: as wide as it likes, else at least its longest word, else an even cut of the widest."""
    texts = [[line for cell in column for line in cell.split("\n")] for column in columns]
    natural = [max(len(line) for line in lines) for lines in texts]
    least = [max(len(piece.rstrip(" ")) for line in lines for piece in pieces(line)) for lines in texts]
    room = max(len(columns), width - EDGE - GAP * len(columns))
    if sum(natural) <= room:
        return natural
    widths = least
    while sum(widths) > room:
        widest = max(widths)
        widths = [w - 1 if k == widths.index(widest) else w for k, w in enumerate(widths)]
    while (spare := room - sum(widths)) > 0:
        wants = [k for k, w in enumerate(widths) if w < natural[k]]
        if not wants:
            break
        for k in sorted(wants, key=lambda k: widths[k])[:spare]:
            widths[k] += 1
    return widths
