"""Where tables are drawn: as wide as the terminal, as wide as they need when piped, never cut short."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable

from rich.console import Console, RenderableType

UNLIMITED = 10_000
"""Width when piped: nothing is wrapped."""


def console(*, stderr: bool = False) -> Console:
    """Make a console for stdout or stderr. `COLUMNS` sets the width; a pipe gets no colour and no line breaks."""
    stream = sys.stderr if stderr else sys.stdout
    asked = os.environ.get("COLUMNS", "")
    width = int(asked) if asked.isdigit() and int(asked) > 0 else None
    if width is None and not stream.isatty():
        width = UNLIMITED
    return Console(stderr=stderr, width=width, markup=False, emoji=False, highlight=False)


def show(parts: Callable[[int], Iterable[RenderableType]]) -> None:
    """Print on stdout the parts that `parts(width)` draws for the console's width, an empty line after each table."""
    out = console()
    for part in parts(out.width):
        out.print(part, soft_wrap=False)


def printable(text: str) -> str:
    """Drop control characters, so that a title from a file cannot steer the terminal."""
    return "".join(letter if letter.isprintable() or letter == "\n" else " " for letter in text)
