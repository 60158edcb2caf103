"""Pages of the tables that a person prints: Markdown, and LaTeX for `input`. Names, doses and rounded numbers."""

from __future__ import annotations

import re
from collections.abc import Iterable

from trialopt.output.formats.letters import LETTER, latex
from trialopt.output.formats.pages import pages
from trialopt.output.report.sentences import recommendation, size_reason, sizes
from trialopt.output.under_truths import under_truths
from trialopt.output.views import Grid
from trialopt.record.solution import Solution
from trialopt.record.words import certificate, conflict_in_words


def _sentences(solution: Solution) -> list[tuple[str, list[str]]]:
    """Heading and lines of what is said in sentences."""
    found = []
    if sizes(solution):
        lines = [size_reason(solution, arm) for arm in solution.arms]
        found.append(("What the sizes rest on", lines))
    if (told := under_truths(solution)) is not None:
        found.append((told.title, list(told.sentences)))
    return found


# -- Markdown. ----------------------------------------------------------------------------------------------------


def markdown_files(solution: Solution) -> dict[str, bytes]:
    """One page with all tables."""
    q = solution.question
    parts = [f"# {markdown(q.title or q.name)}\n", f"{markdown(recommendation(solution))}\n"]
    parts += [f"- {markdown(line)}" for line in conflict_in_words(solution)]
    parts.append(f"Instance `{_code(q.name)}`: {certificate(solution)}.\n")
    for title, lines in _sentences(solution):
        parts += [f"## {title}\n", "\n".join(f"- {markdown(line)}" for line in lines) + "\n"]
    parts += [_table(grid) for grid in pages(solution)]
    return {"design.md": "\n".join(parts).encode()}


def _table(grid: Grid) -> str:
    lines = [
        _line(map(markdown, grid.heads)),
        _line("--:" if k in grid.numeric else "---" for k in range(len(grid.heads))),
        *(_line(map(markdown, row)) for row in grid.rows),
    ]
    note = [f"{markdown(grid.note)}\n"] if grid.note else []
    return "\n".join([f"## {markdown(grid.caption)}\n", "\n".join(lines) + "\n", *note])


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _code(text: str) -> str:
    return " ".join(text.split()).replace("`", "'")


def markdown(text: str) -> str:
    """Text that Markdown and HTML show as it is, on one line."""
    plain = " ".join(text.split()).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return re.sub(r"([\\`*_\[\]|#$~])", r"\\\1", plain)


# -- LaTeX: needs the packages longtable and array. ---------------------------------------------------------------

WIDEST = 9
"""A table of more columns is turned."""

BETWEEN = 0.016
"""Share of the line that the space beside a column takes."""

LETTERS = 90
"""Letters of a line in the size of tables, about; bold heads count a tenth more."""


def latex_files(solution: Solution) -> dict[str, bytes]:
    """One file with all tables."""
    q = solution.question
    parts = [
        "% Needs the packages longtable and array; any engine.\n",
        LETTER + "\n",
        rf"\section*{{{latex(q.title or q.name)}}}" + "\n",
        f"{latex(recommendation(solution))}\n",
        *(f"{latex(line)}\\par\n" for line in conflict_in_words(solution)),
        f"Instance {latex(q.name)}: {latex(certificate(solution))}.\n",
    ]
    for title, lines in _sentences(solution):
        items = "\n".join(rf"\item {latex(line)}" for line in lines)
        parts += [rf"\subsection*{{{latex(title)}}}" + "\n", f"\\begin{{itemize}}\n{items}\n\\end{{itemize}}\n"]
    for grid in pages(solution):
        parts += [rf"\subsection*{{{latex(grid.caption)}}}" + "\n", _longtable(grid)]
        parts += [rf"{{\footnotesize {latex(grid.note)}\par}}" + "\n"] if grid.note else []
    return {"design.tex": "\n".join(parts).encode()}


def _longtable(grid: Grid) -> str:
    if len(grid.heads) > WIDEST:
        grid = _turned(grid)
    return "\n".join(
        [
            r"{\footnotesize\setlength{\tabcolsep}{3pt}\setlength{\extrarowheight}{1.5pt}",
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
    return Grid(grid.caption, first, tuple(rest), note=grid.note)


def _columns(grid: Grid) -> str:
    """Widths as shares of the line: what the longest word needs, the rest by how much text a column holds."""
    columns = list(zip(grid.heads, *grid.rows, strict=True))
    whole = 1.0 - BETWEEN * len(columns)
    need = [(1 + max(1.1 * _longest(cells[:1]), _longest(cells[1:]))) / LETTERS for cells in columns]
    text = [sum(min(len(cell), 80) for cell in cells) / len(cells) + 1 for cells in columns]
    spare = max(0.0, whole - sum(need))
    widths = [part + spare * weight / sum(text) for part, weight in zip(need, text, strict=True)]
    shrunk = min(1.0, whole / sum(widths))
    sides = [r"\raggedleft" if k in grid.numeric else r"\raggedright" for k in range(len(columns))]
    return "".join(
        rf">{{{side}\arraybackslash}}p{{{shrunk * width:.3f}\linewidth}}"
        for side, width in zip(sides, widths, strict=True)
    )


def _longest(cells: Iterable[str]) -> int:
    """Letters of the longest word, which LaTeX breaks after a hyphen only; a web address is let stand out."""
    words = (word for cell in cells for word in re.split(r"\s+|(?<=-)", cell) if "://" not in word)
    return min(24, max(map(len, words), default=1))


def _row(cells: Iterable[str]) -> str:
    return f"{' & '.join(cells)} \\\\"
