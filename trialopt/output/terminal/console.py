"""Tables on a terminal of any width."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from rich import box
from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from trialopt.core import CLOSED_PIPE
from trialopt.output.views import TIE, View, drawn
from trialopt.output.voices import Screen
from trialopt.record.solution import Question
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
    favoured: int | None = None,
    keys: int = 1,
) -> RenderableType:
    """Draw a table at most `width` wide. Heads in `right` are set to the right; `sections` end after those rows.

    Where the page is too narrow, the `favoured` column is widened before the others. Where even its longest words do
    not fit, the columns are drawn in several tables, each with the first `keys` columns.
    """
    body = [[cell if isinstance(cell, Cell) else Cell(cell) for cell in row] for row in rows]
    columns = [[head, *(row[k].text for row in body)] for k, head in enumerate(heads)]
    ends, aligned, made = set(sections), set(right), list[RenderableType]()
    for part in _parts([_least(column) for column in columns], width, keys):
        widths = _widths([columns[k] for k in part], width, favoured)
        side: list[Literal["left", "right"]] = ["right" if heads[k] in aligned else "left" for k in part]
        one = Table(
            box=box.SIMPLE, show_edge=False, pad_edge=True, padding=(0, 1), header_style="bold", show_lines=lines
        )
        for k, size, justify in zip(part, widths, side, strict=True):
            one.add_column(Text(_broken(heads[k], size)), justify=justify, width=size, no_wrap=True)
        for number, row in enumerate(body):
            cells = [(row[k], size) for k, size in zip(part, widths, strict=True)]
            texts = (Text(_broken(cell.text, size), "bold red" if cell.marked else "") for cell, size in cells)
            one.add_row(*texts, end_section=number in ends)
        made += ["", one] if made else [one]
    return made[0] if len(made) == 1 else Group(*made)


KEYS = frozenset({"arm", "subgroup", "subgroups", "epoch", "month", "look", "milestone"})
"""Columns that say what a row is of, where they come first."""


def table(view: View, question: Question, width: int, *, sections: Iterable[int] = ()) -> RenderableType:
    """Draw a view with names and doses."""
    made = drawn(view, Screen(question))
    body = [[Cell(cell, (k, n) in made.emphasised) for n, cell in enumerate(row)] for k, row in enumerate(made.rows)]
    keys = next((k for k, column in enumerate(view.columns) if column.key not in KEYS), 1)
    right = [made.heads[k] for k in made.numeric]
    return grid(made.heads, body, width, right=right, sections=sections, keys=max(1, keys))


def _least(column: Sequence[str]) -> int:
    """Narrowest width of a column that breaks no word."""
    return max(len(piece.rstrip(" ")) for cell in column for line in cell.split("\n") for piece in pieces(line))


def _parts(least: Sequence[int], width: int, keys: int) -> list[list[int]]:
    """Which columns stand in which table: all in one, if no word breaks; the first `keys` are in each."""
    first, made = list(range(min(keys, len(least)))), list[list[int]]()
    for k in range(len(first), len(least)):
        wider = [*(made[-1] if made else first), k]
        if made and EDGE + sum(least[n] + GAP for n in wider) > width:
            made.append([*first, k])
        elif made:
            made[-1] = wider
        else:
            made.append(wider)
    return made or [first]


def _broken(text: str, width: int) -> str:
    return "\n".join(fold(line, width) for line in text.split("\n")).replace(TIE, " ")


def _widths(columns: Sequence[Sequence[str]], width: int, favoured: int | None = None) -> list[int]:
    """Width of each column: as wide as it likes, else at least its longest word, else an even cut of the widest."""
    texts = [[line for cell in column for line in cell.split("\n")] for column in columns]
    natural = [max(len(line) for line in lines) for lines in texts]
    least = [_least(column) for column in columns]
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
        wants = [favoured] if favoured in wants else wants
        for k in sorted(wants, key=lambda k: widths[k])[:spare]:
            widths[k] += 1
    return widths
