"""JSON files of results read back: parsed with care, and held against their schema with every problem at its place.

Of JSON Schema (draft 2020-12) as much as our own schemas use: `type`, `properties`, `required`,
`additionalProperties`, `items`, `minItems`, `maxItems`, `enum`, `const`, `pattern` and bounds of numbers.
"""

from __future__ import annotations

import json
import math
import re
import stat
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

LARGEST_FILE = 256 * 2**20
"""Bytes of the largest file that is read; records have a few hundred kilobytes."""

LARGEST = 1e15
"""No number of a trial is larger; larger ones would overflow what is computed from them."""

MOST = 50
"""Problems that are listed; the others are counted."""

_DEEP = 100
"""Deepest nesting that is read."""

_TYPES: dict[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "null": (type(None),),
}
_WORDS = {"object": "an object", "array": "a list", "string": "a text", "integer": "a whole number"}
_WORDS |= {"number": "a number", "boolean": "true or false", "null": "null"}


class NotJson(ValueError):
    """Text that is no JSON we read: why, and in which line where that is known (else 0)."""

    def __init__(self, words: str, line: int = 0) -> None:
        self.words, self.line = words, line
        super().__init__(f"line {line}: {words}" if line else words)


def text_of(path: Path) -> str:
    """Text of a plain UTF-8 file. Raises `OSError`, or `NotJson` for what is no plain file, too large or not UTF-8."""
    about = path.stat()
    if not stat.S_ISREG(about.st_mode):
        raise NotJson("no plain file")
    if about.st_size > LARGEST_FILE:
        raise NotJson(f"{about.st_size / 2**20:.0f} MB, more than any result has ({LARGEST_FILE / 2**20:.0f} MB)")
    try:
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise NotJson("not UTF-8 text; save it as UTF-8") from None


def parsed(text: str) -> Any:
    """Data of a JSON text. Raises `NotJson`, also for endless numbers and for keys given twice."""
    try:
        data = json.loads(text, parse_constant=_no_number, object_pairs_hook=_once)
    except json.JSONDecodeError as error:
        raise NotJson(f"not JSON ({error.msg})", error.lineno) from None
    except RecursionError:
        raise NotJson(f"nested deeper than {_DEEP} levels") from None
    except NotJson:
        raise
    except ValueError as error:  # integers of more digits than Python reads
        raise NotJson(f"a number is too long ({str(error).split(':')[0].split(';')[0]})") from None
    _check_depth(data)
    return data


def problems(data: Any, schema: Mapping[str, Any], place: str = "") -> Iterator[str]:
    """What is wrong with data, a sentence each that begins with its place, such as `arms[0].sequence`."""
    if "const" in schema and data != schema["const"]:
        yield _at(place, f"is {_shown(data)}, must be {_shown(schema['const'])}")
        return
    kinds = schema.get("type", ())
    kinds = (kinds,) if isinstance(kinds, str) else tuple(kinds)
    if kinds and not any(_is(data, kind) for kind in kinds):
        yield _at(place, f"is {_shown(data)}, must be {' or '.join(_WORDS[kind] for kind in kinds)}")
        return
    if "enum" in schema and data not in schema["enum"]:
        yield _at(place, f"is {_shown(data)}, must be one of {', '.join(map(_shown, schema['enum']))}")
    if isinstance(data, str):
        if "pattern" in schema and not re.search(schema["pattern"], data):
            yield _at(place, f"is {_shown(data)}, must match {schema['pattern']}")
        if any(0xD800 <= ord(letter) <= 0xDFFF for letter in data):
            yield _at(place, "holds half a letter (a lone surrogate)")
    elif isinstance(data, int | float) and not isinstance(data, bool):
        yield from _number_problems(data, schema, place)
    elif isinstance(data, dict):
        yield from _object_problems(data, schema, place)
    elif isinstance(data, list):
        yield from _list_problems(data, schema, place)


def listed(found: Iterable[str], file: str) -> str:
    """Problems of a file as a message, a line each; those beyond the first fifty are counted."""
    lines = list(found)
    more = [f"{file}: and {len(lines) - MOST} more"] if len(lines) > MOST else []
    return "\n".join([*(f"{file}: {line}" for line in lines[:MOST]), *more])


def _number_problems(data: float, schema: Mapping[str, Any], place: str) -> Iterator[str]:
    if abs(data) > LARGEST or not math.isfinite(data):
        yield _at(place, f"is {_shown(data)}, larger than any number of a trial ({LARGEST:g})")
    for key, holds, words in (
        ("minimum", data >= schema.get("minimum", data), "at least"),
        ("maximum", data <= schema.get("maximum", data), "at most"),
        ("exclusiveMinimum", data > schema.get("exclusiveMinimum", -math.inf), "above"),
        ("exclusiveMaximum", data < schema.get("exclusiveMaximum", math.inf), "below"),
    ):
        if key in schema and not holds:
            yield _at(place, f"is {_shown(data)}, must be {words} {schema[key]:g}")


def _object_problems(data: Mapping[str, Any], schema: Mapping[str, Any], place: str) -> Iterator[str]:
    for name in schema.get("required", ()):
        if name not in data:
            yield _at(place, f"the field {name} is missing")
    known = schema.get("properties", {})
    other = schema.get("additionalProperties", {})
    for name, value in data.items():
        inner = f"{place}.{name}" if place else name
        if any(0xD800 <= ord(letter) <= 0xDFFF for letter in name):
            yield _at(place, f"the key {_shown(name)} holds half a letter (a lone surrogate)")
        elif name in known:
            yield from problems(value, known[name], inner)
        elif other is False:
            yield _at(place, f"the field {name} is not known")
        else:
            yield from problems(value, other, inner)


def _list_problems(data: list[Any], schema: Mapping[str, Any], place: str) -> Iterator[str]:
    least, most = schema.get("minItems", 0), schema.get("maxItems", math.inf)
    if not least <= len(data) <= most:
        yield _at(place, f"has {len(data)} items, must have {least if least == most else f'at least {least}'}")
    for position, value in enumerate(data):
        yield from problems(value, schema.get("items", {}), f"{place}[{position}]")


def _is(data: Any, kind: str) -> bool:
    if isinstance(data, bool):
        return kind == "boolean"
    return isinstance(data, _TYPES[kind])


def _at(place: str, sentence: str) -> str:
    if len(place) > 200:
        place = f"{place[:200]}..."
    return f"{place}: {sentence}".encode("utf-8", "backslashreplace").decode() if place else sentence


def _shown(data: Any) -> str:
    """The data in few letters."""
    if isinstance(data, dict | list):
        return "an object" if isinstance(data, dict) else "a list"
    if isinstance(data, int) and not isinstance(data, bool) and abs(data) > LARGEST:
        return "a number of many digits"
    text = json.dumps(data)
    return text if len(text) <= 60 else f"{text[:60]}..."


def _no_number(word: str) -> float:
    raise NotJson(f"{word} is not a number that JSON has")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        twice = next(key for k, (key, _) in enumerate(pairs) if key in dict(pairs[:k]))
        raise NotJson(f"the key {_shown(twice)} is given twice in one object")
    return found


def _check_depth(data: Any) -> None:
    """Raise `NotJson` for data nested too deep to be walked."""
    level = [data]
    for _ in range(_DEEP):
        level = [inner for outer in level if isinstance(outer, dict | list) for inner in _inside(outer)]
        if not level:
            return
    raise NotJson(f"nested deeper than {_DEEP} levels")


def _inside(outer: Any) -> Iterable[Any]:
    return outer.values() if isinstance(outer, dict) else outer
