"""One cell of text: as a number, as an id, as a list of epochs."""

from __future__ import annotations

import math
import re

from trialopt.core.vocabulary import MOST, Field, Range

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2}([,' \u00a0\u202f])\d{3}(\1\d{3})*(\.\d+)?")
_POINTS = re.compile(r"[+-]?[1-9]\d{0,2}((\.\d{3})+,\d+|(\.\d{3}){2,})")
"""Numbers in groups of three digits: `12,500`, `2 500`, `1,250,000.5`; and `12.500,00`, `1.250.000`."""
_DECIMAL_COMMA = re.compile(r"[+-]?\d*,\d+([eE][+-]?\d+)?")
_PERCENT = re.compile(r"([+-]?\d+(\.\d*)?) ?%")
_INFINITE = re.compile(r"[+-]?(nan|inf|infinity|#num!|#div/0!)", re.IGNORECASE)
_ID = re.compile(r"[a-z0-9]+(_[a-z0-9]+)*")


class CellError(ValueError):
    """What is wrong with a value, and what would be right."""

    def __init__(self, sentence: str, right: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.right = right


def wanted(range: Range, whole: bool = False, blank: bool = False) -> str:
    """Say which numbers are allowed."""
    text = f"give a {'whole ' if whole else ''}number {range}".rstrip()
    return f"{text}, or leave the cell blank" if blank else text


def _without_thousands(text: str) -> str:
    """The number as it is to be written."""
    if _POINTS.fullmatch(text):
        return text.replace(".", "").replace(",", ".")
    return re.sub(r"[,' \u00a0\u202f]", "", text)


def number(text: str, column: Field) -> float:
    """Read the number of a cell. Raises `CellError` for anything else or out of range."""
    whole = column.kind == "count"
    right = wanted(column.range, whole, blank=not column.required)
    if _THOUSANDS.fullmatch(text) or _POINTS.fullmatch(text):
        right = f"write {_without_thousands(text)}"
        if re.fullmatch(r"[^,.]*,\d{3}", text):
            right += f", or {text.replace(',', '.')} if the comma is a decimal one"
        raise CellError(f"{text!r} has a separator of thousands", right)
    if _DECIMAL_COMMA.fullmatch(text):
        raise CellError(f"{text!r} has a decimal comma", f"write {text.replace(',', '.')}")
    if percent := _PERCENT.fullmatch(text):
        raise CellError(f"{text!r} is a percentage", f"write {float(percent[1]) / 100:.10g}")
    if _INFINITE.fullmatch(text):
        raise CellError(f"{text!r} is not a finite number", right)
    if not _NUMBER.fullmatch(text):
        raise CellError(f"{text!r} is not a number", right)
    value = float(text)
    if not math.isfinite(value):
        raise CellError(f"{text!r} is not a finite number", right)
    if whole and value != int(value):
        raise CellError(f"{text} is not a whole number", right)
    check_range(value, text, column, right)
    return value


def check_range(value: float, text: str, field: Field, right: str) -> None:
    """Raise `CellError` for a number out of the range of its field."""
    if field.kind == "count" and value > MOST:
        raise CellError(f"{text} is out of range", f"give a whole number of at most {MOST}")
    if not field.range.holds(value):
        raise CellError(f"{text} is out of range", right)


def check_id(text: str) -> None:
    """Raise `CellError` unless the text is a lower_snake id other than `none`."""
    if text == "none":
        raise CellError("'none' is reserved for disease with no listed mechanism", "use another id")
    if not _ID.fullmatch(text):
        snake = snaked(text)
        like = f"write it like {snake!r}" if snake else "write it with lower-case letters, digits and _"
        raise CellError(f"{text!r} is not a lower_snake id", like)


def snaked(text: str) -> str:
    """Make a lower_snake id of a text; empty when nothing of it can stay."""
    return re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")


def parts(text: str) -> list[str]:
    """Split a `;`-separated list."""
    return [part.strip() for part in text.split(";") if part.strip()]
