"""Names in pictures: measured, folded where a reader would break them, and cut before they collide."""

from __future__ import annotations

import re
from functools import lru_cache

import matplotlib as mpl
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import text_to_path

from trialopt.design import Dose
from trialopt.solution import Question
from trialopt.words import name

LEADING = 1.25
"""Height of a line over the size of its type."""

CUT = "…"


def dose_name(question: Question, dose: Dose) -> str:
    """Agent and level in words: `Carfilzomib mg56`."""
    agent = name(question, dose.agent)
    return agent if dose.level == "standard" else f"{agent} {re.sub('(?<=[a-z])_(?=[a-z])', ' ', dose.level)}"


def points(text: str, size: float, *, bold: bool = False) -> float:
    """Width of a line of text, points."""
    family = mpl.rcParams["font.family"]
    return _points(text, size, bold, tuple(family) if not isinstance(family, str) else (family,))


@lru_cache(maxsize=4096)
def _points(text: str, size: float, bold: bool, family: tuple[str, ...]) -> float:
    font = FontProperties(family=list(family), size=size, weight="bold" if bold else "normal")
    return float(text_to_path.get_text_width_height_descent(text, font, ismath=False)[0])


def folded(text: str, width: float, size: float, *, most: int = 3, bold: bool = False) -> list[str]:
    """Lines of a text, none wider than `width` points and no more than `most`; the rest is cut off."""
    lines = [""]
    for piece in re.findall(r"[^ _@/-]*[ _@/-]+|[^ _@/-]+", text):
        for part in _narrow(piece, width, size, bold):
            if lines[-1] and points((lines[-1] + part).rstrip(), size, bold=bold) > width:
                lines.append("")
            lines[-1] += part
            if len(lines) > most:
                break
    lines = [line.strip() for line in lines]
    if len(lines) <= most:
        return lines
    last = lines[most - 1]
    while last and points(last + CUT, size, bold=bold) > width:
        last = last[:-1]
    return [*lines[: most - 1], last + CUT]


def cut(text: str, width: float, size: float, *, bold: bool = False) -> str:
    """One line of a text, cut where it is wider than `width` points."""
    return folded(text, width, size, most=1, bold=bold)[0]


def _narrow(piece: str, width: float, size: float, bold: bool) -> list[str]:
    """A word in parts that fit."""
    if points(piece.rstrip(), size, bold=bold) <= width:
        return [piece]
    parts = [""]
    for letter in piece:
        if parts[-1] and points(parts[-1] + letter, size, bold=bold) > width:
            parts.append("")
        parts[-1] += letter
    return parts
