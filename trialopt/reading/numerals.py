"""Numbers as people write them, made plain: percent, decimal commas, separators of thousands.

Only what has one reading is changed. `12,500` has two (twelve and a half, or twelve thousand five hundred) and is
left for `cells.number` to ask about.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal, InvalidOperation

from trialopt.core.vocabulary import Field

THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2}([,' \u00a0\u202f])\d{3}(\1\d{3})*(\.\d+)?")
POINTS = re.compile(r"[+-]?[1-9]\d{0,2}((\.\d{3})+,\d+|(\.\d{3}){2,})")
"""Numbers in groups of three digits: `12,500`, `2 500`, `1,250,000.5`; and `12.500,00`, `1.250.000`."""
GROUPS = re.compile(r"[+-]?[1-9]\d{0,2}([.' \u00a0\u202f])\d{3}(\1\d{3})*(,\d+)?")
"""The same where decimals stand after a comma: `12.500,00`, `2 500,5`."""
EITHER = re.compile(r"[+-]?[1-9]\d{0,2},\d{3}")
EITHER_POINT = re.compile(r"[+-]?[1-9]\d{0,2}\.\d{3}")
"""One mark and three digits after it: of thousands or of decimals."""
DECIMAL_COMMA = re.compile(r"[+-]?(\d*,\d+|\d+,)([eE][+-]?\d+)?([ \u00a0\u202f]?%)?")
DECIMAL_POINT = re.compile(r"[+-]?(\d*\.\d+|\d+\.)([eE][+-]?\d+)?([ \u00a0\u202f]?%)?")
PERCENT = re.compile(r"([+-]?(\d+\.?\d*|\.\d+))[ \u00a0\u202f]?%")

SHARES = ("share", "probability", "factor")
"""Units in which `45%` is 0.45."""
MONEY = "money"
CURRENCY = "$€£ \u00a0\u202f"
"""Marks that may stand before or after an amount of money."""


def without_thousands(text: str) -> str:
    """The number without its separators, decimals after a point."""
    if POINTS.fullmatch(text):
        return text.replace(".", "").replace(",", ".")
    return re.sub(r"[,' \u00a0\u202f]", "", text)


def of_percent(text: str) -> str:
    """The share that a percentage (with or without its sign) is."""
    share = format(Decimal(text.removesuffix("%").strip()).scaleb(-2), "f")
    return share.rstrip("0").rstrip(".") if "." in share else share


def plain(text: str, column: Field, decimal: str = ".") -> str:
    """Text of a cell of numbers with a point for the decimals and nothing else, where it has one reading.

    `decimal` is the mark of the whole file. Percentages must lie in the column's range; anything else is returned as
    it is.
    """
    if column.own_unit == MONEY:
        text = text.strip(CURRENCY)
    if decimal == "," and DECIMAL_COMMA.fullmatch(text) and not EITHER.fullmatch(text):
        text = text.replace(",", ".")
    elif column.own_unit == MONEY and _is_grouped(text, decimal):
        text = re.sub(r"[.' \u00a0\u202f]", "", text).replace(",", ".") if decimal == "," else without_thousands(text)
    if text.endswith("%") and column.own_unit in SHARES and PERCENT.fullmatch(text):
        try:
            share = of_percent(text)
        except InvalidOperation:
            return text
        return share if column.range.holds(float(share)) else text
    return text


def _is_grouped(text: str, decimal: str) -> bool:
    """Whether a number is in groups of three digits and in nothing else."""
    if decimal == ",":
        return bool(GROUPS.fullmatch(text)) and not EITHER_POINT.fullmatch(text)
    return bool(THOUSANDS.fullmatch(text) or POINTS.fullmatch(text)) and not EITHER.fullmatch(text)


def decimal_mark(cells: Iterable[str]) -> str:
    """Decimal mark of a semicolon file from its cells of numbers: `,`, `.`, or blank where they do not tell.

    Where both marks stand for decimals the file is not consistent, and the answer is a point: commas are asked about.
    """
    comma = point = False
    for text in cells:
        if "," in text:
            comma = comma or bool(DECIMAL_COMMA.fullmatch(text) and not EITHER.fullmatch(text))
            comma = comma or bool(re.fullmatch(r"[+-]?[1-9]\d{0,2}(\.\d{3})+,\d+", text))
        if "." in text:
            point = point or bool(DECIMAL_POINT.fullmatch(text) and not EITHER_POINT.fullmatch(text))
            point = point or bool(re.fullmatch(r"[+-]?[1-9]\d{0,2}(,\d{3})+\.\d+", text))
    return "." if point else "," if comma else ""
