"""Pages of the tables for protocol drafts: Markdown, and LaTeX for `input`. Numbers have six decimals."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator

from trialopt.output.simulation_views import grids
from trialopt.output.under_truths import under_truths
from trialopt.output.views import Exact, Grid, drawn, tables
from trialopt.record.solution import Solution
from trialopt.record.words import certificate


def _grids(solution: Solution) -> Iterator[Grid]:
    return (drawn(view, Exact()) for view in tables(solution).values())


# -- Markdown. ----------------------------------------------------------------------------------------------------


def markdown_files(solution: Solution) -> dict[str, bytes]:
    """One page with all tables."""
    q = solution.question
    parts = [f"# {markdown(q.title or q.name)}\n", f"Instance `{_code(q.name)}`: {certificate(solution)}.\n"]
    parts += [f"- {markdown(line)}" for line in solution.conflict]
    said = [f"- {markdown(arm.sizing['sentence'])}" for arm in solution.arms if "sentence" in arm.sizing]
    parts += ["## What the sizes rest on\n", "\n".join(said) + "\n"] if said else []
    parts += [_table(grid) for grid in (*_grids(solution), *_simulated(solution))]
    if (told := under_truths(solution)) is not None:
        parts += [f"## {told.title}\n", *(f"- {markdown(line)}" for line in told.sentences), ""]
        parts += [_table(grid) for grid in told.tables]
    return {"design.md": "\n".join(parts).encode()}


def _table(grid: Grid) -> str:
    lines = [
        _line(map(markdown, grid.heads)),
        _line("--:" if k in grid.numeric else "---" for k in range(len(grid.heads))),
        *(_line(map(markdown, row)) for row in grid.rows),
    ]
    return "\n".join([f"## {grid.caption}\n", "\n".join(lines) + "\n"])


def _simulated(solution: Solution) -> list[Grid]:
    """Tables of the simulation beside the record, where there is one."""
    return [] if solution.simulation is None else grids(solution.simulation)


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _code(text: str) -> str:
    return " ".join(text.split()).replace("`", "'")


def markdown(text: str) -> str:
    """Text that Markdown and HTML show as it is, on one line."""
    plain = " ".join(text.split()).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return re.sub(r"([\\`*_\[\]|#$~])", r"\\\1", plain)


# -- LaTeX: needs the packages longtable and array; letters beyond Latin need LuaLaTeX or XeLaTeX and a font of them.

_SPECIAL = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "#": r"\#", "%": r"\%",
    "_": r"\_\allowbreak{}", "^": r"\textasciicircum{}", "~": r"\textasciitilde{}", "<": r"\textless{}",
    ">": r"\textgreater{}", "|": r"\textbar{}", '"': r"\textquotedbl{}", "'": r"\textquotesingle{}",
    "`": r"\textasciigrave{}", "-": "{-}", "[": "{[}", "]": "{]}", "*": "{*}", "@": r"@\allowbreak{}",
}  # fmt: skip
"""What LaTeX reads as a command or joins into a ligature -> the same sign as text."""

LONGEST_WORD = 20
"""A longer word may be broken after every so many letters, so that no cell runs over its column."""

WIDEST = 8
"""A table of more columns is turned."""

TEXT_WIDTH = 0.92
"""Share of the line that the columns of a table fill together; the rest is the space between them."""


def latex_files(solution: Solution) -> dict[str, bytes]:
    """One file with all tables."""
    q = solution.question
    parts = [
        r"% \usepackage{longtable,array,textcomp}" + "\n",
        rf"\section*{{{latex(q.title or q.name)}}}" + "\n",
        f"Instance {latex(q.name)}: {latex(certificate(solution))}.\n",
    ]
    parts += [f"{latex(line)}\\par\n" for line in solution.conflict]
    for grid in (*_grids(solution), *_simulated(solution)):
        parts += [rf"\subsection*{{{latex(grid.caption)}}}" + "\n", _longtable(grid)]
    return {"design.tex": "\n".join(parts).encode()}


def _longtable(grid: Grid) -> str:
    if len(grid.heads) > WIDEST:
        grid = _turned(grid)
    return "\n".join(
        [
            r"{\footnotesize\setlength{\tabcolsep}{3pt}",
            rf"\begin{{longtable}}{{{_columns(grid)}}}",
            r"\hline",
            _row(rf"\textbf{{{latex(head)}}}" for head in grid.heads),
            r"\hline\endhead",
            *(_row(map(latex, row)) for row in grid.rows),
            r"\hline",
            r"\end{longtable}}",
            "",
        ]
    )


def _turned(grid: Grid) -> Grid:
    """One row a column: what is too wide for a page is long instead."""
    first, *rest = zip(grid.heads, *grid.rows, strict=True)
    return Grid(grid.caption, first, tuple(rest))


def _columns(grid: Grid) -> str:
    """Widths as shares of the line, by the longest cell of each column, none below a few letters."""
    columns = zip(grid.heads, *grid.rows, strict=True)
    longest = [min(40, max(9, *map(len, cells))) if grid.rows else 8 for cells in columns]
    total = sum(longest)
    sides = [r"\raggedleft" if k in grid.numeric else r"\raggedright" for k in range(len(longest))]
    return "".join(
        rf">{{{side}\arraybackslash}}p{{{TEXT_WIDTH * width / total:.3f}\linewidth}}"
        for side, width in zip(sides, longest, strict=True)
    )


def _row(cells: Iterable[str]) -> str:
    return f"{' & '.join(cells)} \\\\"


def latex(text: str) -> str:
    """Text that LaTeX sets as it is, on one line, with places to break long words."""
    words = " ".join(_printable(text).split()).split(" ")
    return " ".join(_word(word) for word in words)


def _word(word: str) -> str:
    parts = [word[k : k + LONGEST_WORD] for k in range(0, len(word), LONGEST_WORD)]
    return r"\allowbreak{}".join(re.sub(".", _sign, part) for part in parts)


def _sign(match: re.Match[str]) -> str:
    return _SPECIAL.get(match[0], match[0])


def _printable(text: str) -> str:
    return "".join(" " if unicodedata.category(sign)[0] == "C" else sign for sign in text)
