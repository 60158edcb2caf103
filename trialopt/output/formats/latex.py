r"""LaTeX: the tables for `\input` into a protocol; needs the packages `longtable` and `array`, nothing else.

Letters beyond Latin need LuaLaTeX or XeLaTeX and a font that has them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

import pandas as pd

from trialopt.output.formats.numbers import cell_text, heading, is_numeric, shown_cells
from trialopt.record.solution import Solution
from trialopt.record.words import certificate

_SPECIAL = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "#": r"\#",
    "%": r"\%",
    "_": r"\_\allowbreak{}",
    "^": r"\textasciicircum{}",
    "~": r"\textasciitilde{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': r"\textquotedbl{}",
    "'": r"\textquotesingle{}",
    "`": r"\textasciigrave{}",
    "-": "{-}",
    "[": "{[}",
    "]": "{]}",
    "*": "{*}",
    "@": r"@\allowbreak{}",
}
"""What LaTeX reads as a command or joins into a ligature -> the same sign as text."""

LONGEST_WORD = 20
"""A longer word may be broken after every so many letters, so that no cell runs over its column."""

WIDEST = 8
"""A table of more columns is turned."""

TEXT_WIDTH = 0.92
"""Share of the line that the columns of a table fill together; the rest is the space between them."""


def files(solution: Solution) -> dict[str, bytes]:
    """One file with all tables. Numbers have six decimals."""
    q = solution.question
    parts = [
        r"% \usepackage{longtable,array,textcomp}" + "\n",
        rf"\section*{{{escaped(q.title or q.name)}}}" + "\n",
        f"Instance {escaped(q.name)}: {escaped(certificate(solution))}.\n",
    ]
    for line in solution.conflict:
        parts.append(f"{escaped(line)}\\par\n")
    for name, frame in solution.tables:
        parts += [rf"\subsection*{{{heading(name)}}}" + "\n", _table(shown_cells(frame))]
    return {"design.tex": "\n".join(parts).encode()}


def _table(frame: pd.DataFrame) -> str:
    if len(frame.columns) > WIDEST:
        frame = _turned(frame)
    rows = [[cell_text(cell) for cell in row] for row in frame.itertuples(index=False, name=None)]
    columns = [str(column) for column in frame.columns]
    return "\n".join(
        [
            r"{\footnotesize\setlength{\tabcolsep}{3pt}",
            rf"\begin{{longtable}}{{{_columns(columns, rows, is_numeric(frame))}}}",
            r"\hline",
            _row(rf"\textbf{{{escaped(column)}}}" for column in columns),
            r"\hline\endhead",
            *(_row(map(escaped, row)) for row in rows),
            r"\hline",
            r"\end{longtable}}",
            "",
        ]
    )


def _turned(frame: pd.DataFrame) -> pd.DataFrame:
    """One row a column: what is too wide for a page is long instead."""
    first, *names = [str(column) for column in frame.columns]
    columns = [frame[first].astype(str).tolist(), *(map(cell_text, frame[name]) for name in names)]
    head, *rows = [list(column) for column in columns]
    texts = [[name, *row] for name, row in zip(names, rows, strict=True)]
    return pd.DataFrame(texts, columns=[first, *head], dtype=object)


def _columns(columns: list[str], rows: list[list[str]], numeric: list[bool]) -> str:
    """Widths as shares of the line, by the longest cell of each column, none below a few letters."""
    longest = [
        min(40, max(9, len(column), *(len(row[k]) for row in rows))) if rows else 8 for k, column in enumerate(columns)
    ]
    total = sum(longest)
    sides = [r"\raggedleft" if right else r"\raggedright" for right in numeric]
    return "".join(
        rf">{{{side}\arraybackslash}}p{{{TEXT_WIDTH * width / total:.3f}\linewidth}}"
        for side, width in zip(sides, longest, strict=True)
    )


def _row(cells: Iterable[str]) -> str:
    return f"{' & '.join(cells)} \\\\"


def escaped(text: str) -> str:
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
