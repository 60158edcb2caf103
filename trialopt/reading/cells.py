"""One cell of text: as a number, as an id, as a list of epochs."""

from __future__ import annotations

import math
import re

from trialopt.core.vocabulary import MOST, Field, Range
from trialopt.reading.numerals import EITHER, PERCENT, POINTS, SHARES, THOUSANDS, of_percent, plain, without_thousands

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_DECIMAL_COMMA = re.compile(r"[+-]?\d*,\d+([eE][+-]?\d+)?")
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


def number(text: str, column: Field) -> float:
    """Read the number of a cell. Raises `CellError` for anything else or out of range."""
    if not text.isascii() or not _NUMBER.fullmatch(text):
        text = plain(text, column)
        if not _NUMBER.fullmatch(text):
            raise no_number(text, column)
    whole = column.kind == "count"
    right = wanted(column.range, whole, blank=not column.required)
    value = float(text)
    if not math.isfinite(value):
        raise CellError(f"{text!r} is not a finite number", right)
    if whole and value != int(value):
        raise CellError(f"{text} is not a whole number", right)
    check_range(value, text, column, right)
    return value


def no_number(text: str, column: Field, *, setting: bool = False) -> CellError:
    """What is wrong with a text that is no plain number, and what it may be meant to be.

    A `setting` is written as a number of TOML: it is never left blank, and a percentage is no number of it.
    """
    whole = column.kind == "count"
    right = wanted(column.range, whole, blank=not column.required and not setting)
    if THOUSANDS.fullmatch(text) or POINTS.fullmatch(text):
        right = f"write {without_thousands(text)}"
        if EITHER.fullmatch(text):
            right += f", or {text.replace(',', '.').rstrip('0').removesuffix('.')} if the comma is a decimal one"
        return CellError(f"{text!r} has a separator of thousands", right)
    if _DECIMAL_COMMA.fullmatch(text):
        return CellError(f"{text!r} has a decimal comma", f"write {text.replace(',', '.')}")
    if percent := PERCENT.fullmatch(text):
        if column.own_unit in SHARES and not setting:
            return CellError(f"{text} is out of range", f"give a percentage {column.range.percent()}")
        return CellError(f"{text!r} is a percentage", f"write {of_percent(percent[0])}")
    if _INFINITE.fullmatch(text):
        return CellError(f"{text!r} is not a finite number", right)
    return CellError(f"{text!r} is not a {'whole ' if whole and setting else ''}number", right)


def check_range(value: float, text: str, field: Field, right: str) -> None:
    """Raise `CellError` for a number out of the range of its field."""
    if field.kind == "count" and value > MOST:
        raise CellError(f"{text} is out of range", f"give a whole number of at most {MOST}")
    if field.range.holds(value):
        return
    high = math.inf if field.range.high is None else field.range.high
    share = of_percent(text) if 3 <= value <= 100 and field.kind == "number" else ""
    if share and high <= 3 and field.range.holds(float(share)):
        raise CellError(f"{text} is out of range", f"{right}; {text} % is {share}")
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
