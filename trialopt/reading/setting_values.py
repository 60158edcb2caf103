"""The values of trial.toml: each kind of setting checked, and put into the form in which it counts."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from trialopt.core.settings import SPENDING_FAMILIES, spending_of
from trialopt.core.vocabulary import Field
from trialopt.reading.cells import CellError, check_range, no_number, wanted


def shown(value: object) -> str:
    """A TOML value as it may be written in a message."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Mapping):
        return "a table"
    if isinstance(value, list):
        return f"[{', '.join(map(shown, value))}]"
    return repr(value) if isinstance(value, str) else str(value)


def _number(value: object, setting: Field) -> float:
    right = wanted(setting.range)
    if isinstance(value, str):
        raise no_number(value, setting, setting=True)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise CellError(f"{shown(value)} is not a number", right)
    if not abs(value) <= sys.float_info.max:
        raise CellError(f"{value} is not a finite number", right)
    check_range(value, str(value), setting, right)
    return float(value)


def _count(value: object, setting: Field) -> int:
    right = wanted(setting.range, whole=True)
    if isinstance(value, str):
        raise no_number(value, setting, setting=True)
    if isinstance(value, bool) or not isinstance(value, int):
        raise CellError(f"{shown(value)} is not a whole number", right)
    check_range(value, str(value), setting, right)
    return value


def _flag(value: object, setting: Field) -> bool:
    if not isinstance(value, bool):
        raise CellError(f"{shown(value)} is neither true nor false", "write true or false, without quotes")
    return value


def _text(value: object, setting: Field) -> str:
    if not isinstance(value, str) or not value.strip():
        raise CellError(f"{shown(value)} is not a text", 'write a text in quotes, "..."')
    return value.strip()


def _choice(value: object, setting: Field) -> str:
    if value not in setting.choices:
        quoted = " or ".join(f'"{choice}"' for choice in setting.choices)
        raise CellError(f"{shown(value)} is not known", f"write {quoted}")
    return str(value)


def _items(value: object, setting: Field) -> tuple[str, ...]:
    if not isinstance(value, list | tuple) or not all(isinstance(item, str) for item in value):
        raise CellError(f"{shown(value)} is not a list of ids", 'write ["one", "another"]')
    return tuple(value)


def _numbers(value: object, setting: Field) -> tuple[float, ...]:
    if not isinstance(value, list | tuple) or not value:
        raise CellError(f"{shown(value)} is not a list of numbers", "write [0.5, 0.75]")
    return tuple(_number(each, setting) for each in value)


def _spending(value: object, setting: Field) -> str:
    if not isinstance(value, str) or spending_of(value) is None:
        quoted = " or ".join(f'"{word}"' for word in setting.choices)
        ranges = ", ".join(f"{name} {range_}" for name, range_ in SPENDING_FAMILIES.values())
        raise CellError(f"{shown(value)} is not known", f"write {quoted} ({ranges})")
    return value


def _pairs(value: object, setting: Field) -> tuple[tuple[str, str], ...]:
    right = 'write [["one", "another"]]'
    if not isinstance(value, list | tuple):
        raise CellError(f"{shown(value)} is not a list of pairs", right)
    for pair in value:
        if not isinstance(pair, list | tuple) or len(pair) != 2 or not all(isinstance(p, str) for p in pair):
            raise CellError(f"{shown(pair)} is not a pair of ids", right)
    return tuple((str(one), str(other)) for one, other in value)


def _orders(value: object, setting: Field) -> tuple[tuple[str, str], ...]:
    right = 'write [{ item = "one", after = "another" }]'
    if not isinstance(value, list | tuple):
        raise CellError(f"{shown(value)} is not a list of item and after", right)
    for entry in value:
        ids = isinstance(entry, Mapping) and all(isinstance(v, str) for v in entry.values())
        if not ids or set(entry) != {"item", "after"}:
            raise CellError(f"{shown(entry)} does not give item and after", right)
    return tuple((entry["item"], entry["after"]) for entry in value)


def _lists(value: object, setting: Field) -> tuple[tuple[str, ...], ...]:
    right = 'write [["one", "another"]]'
    if not isinstance(value, list | tuple):
        raise CellError(f"{shown(value)} is not a list of lists", right)
    for ids in value:
        if not isinstance(ids, list | tuple) or not all(isinstance(p, str) for p in ids) or len(set(ids)) < 2:
            raise CellError(f"{shown(ids)} is not a list of two ids or more", right)
    return tuple(tuple(dict.fromkeys(map(str, ids))) for ids in value)


@dataclass(frozen=True)
class ItemIn:
    """An item asked for, or barred, in some epochs."""

    item: str
    epochs: tuple[str, ...]


def _uses(value: object, setting: Field) -> tuple[str | ItemIn, ...]:
    right = 'write ["one", { item = "another", epochs = ["an_epoch"] }]'
    if not isinstance(value, list | tuple) or not all(isinstance(entry, str | Mapping) for entry in value):
        raise CellError(f"{shown(value)} is not a list of ids", 'write ["one", "another"]')
    found: list[str | ItemIn] = []
    for entry in value:
        if isinstance(entry, str):
            found.append(entry)
            continue
        if set(entry) != {"item", "epochs"} or not isinstance(entry["item"], str) or not _texts(entry["epochs"]):
            raise CellError(f"{shown(entry)} does not give an item and its epochs", right)
        found.append(ItemIn(entry["item"], tuple(entry["epochs"])))
    return tuple(found)


def _texts(value: object) -> bool:
    """Whether a value is a list of texts with something in it."""
    return isinstance(value, list | tuple) and bool(value) and all(isinstance(text, str) for text in value)


def _needs(value: object, setting: Field) -> Mapping[str, Any] | tuple[Mapping[str, Any], ...]:
    if isinstance(value, Mapping):
        return value
    right = 'write [{ item = "one", any = ["another"], epochs = ["an_epoch"] }]'
    if not isinstance(value, list | tuple):
        raise CellError(f"{shown(value)} is not a table", "write its keys under a header in brackets")
    for entry in value:
        good = isinstance(entry, Mapping) and {"item", "any"} <= set(entry) <= {"item", "any", "epochs"}
        lists = [_texts(value) for key, value in entry.items() if key != "item"] if good else []
        if not good or not all(lists) or not isinstance(entry["item"], str):
            raise CellError(f"{shown(entry)} does not give an item, any of which it needs and perhaps epochs", right)
    return tuple(value)


def _table(value: object, setting: Field) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise CellError(f"{shown(value)} is not a table", "write its keys under a header in brackets")
    return value


def _tables(value: object, setting: Field) -> list[Mapping[str, Any]]:
    if not isinstance(value, list | tuple) or not all(isinstance(entry, Mapping) for entry in value):
        raise CellError(f"{shown(value)} is not a list of tables", "write each under its own header in double brackets")
    return list(value)


KINDS: Mapping[str, Callable[[object, Field], Any]] = {
    "number": _number,
    "count": _count,
    "flag": _flag,
    "text": _text,
    "id": _text,
    "ref": _text,
    "choice": _choice,
    "items": _items,
    "numbers": _numbers,
    "spending": _spending,
    "pairs": _pairs,
    "orders": _orders,
    "lists": _lists,
    "uses": _uses,
    "needs": _needs,
    "table": _table,
    "tables": _tables,
}
"""Kind of a setting -> what checks its value. Raises `CellError`."""
