"""References of a USDM document: every id that is referred to exists once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

Json = dict[str, Any]


def dangling(data: Json) -> list[str]:
    """Ids that are referred to and do not exist, and ids that two objects have."""
    ids: Counter[str] = Counter()
    wanted: list[tuple[str, str]] = []
    for path, value in _leaves(data):
        name = path[-1]
        if name == "id":
            ids[value] += 1
        elif name.endswith(("Id", "Ids")):
            wanted.append((".".join(path), value))
    lost = [f"{path} refers to {value!r}, which does not exist" for path, value in wanted if value not in ids]
    return lost + [f"{count} objects have the id {one!r}" for one, count in ids.items() if count > 1]


def _leaves(data: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every value with its path; members of a list have that of the list."""
    if isinstance(data, Mapping):
        for name, value in data.items():
            yield from _leaves(value, (*path, name))
    elif isinstance(data, list):
        for value in data:
            yield from _leaves(value, path)
    elif data is not None:
        yield path, data
