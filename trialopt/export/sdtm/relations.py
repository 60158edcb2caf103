"""What several rules ask of records: values as text, pairs one to one, values that come twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from trialopt.export.sdtm.domains import Cell, Record, Records


def text(record: Record, name: str) -> str:
    """A value as text; a missing one, and one of a variable that is not there, is empty."""
    value = record.get(name)
    return "" if value is None else str(value)


def filled(cell: Cell) -> bool:
    """Whether a cell holds a value."""
    return cell is not None and cell != ""


def many_to_one(records: Records, one: str, other: str) -> Iterator[str]:
    """Breaches of `one` and `other` having a one-to-one relationship; records that lack either do not count."""
    for name, partner in ((one, other), (other, one)):
        partners: dict[str, set[str]] = {}
        for record in records:
            if text(record, name) and text(record, partner):
                partners.setdefault(text(record, name), set()).add(text(record, partner))
        for value, found in partners.items():
            if len(found) > 1:
                yield f"{name} {value!r} has several {partner}: {', '.join(sorted(found))}"


def repeated(records: Records, names: tuple[str, ...]) -> list[tuple[str, ...]]:
    """Values of the variables together that more than one record has."""
    counts = Counter(tuple(text(record, name) for name in names) for record in records)
    return [values for values, count in counts.items() if count > 1]


def by_arm(records: Records) -> dict[str, Records]:
    """Records of TA by `ARMCD`, in their order."""
    arms: dict[str, Records] = {}
    for record in records:
        arms.setdefault(text(record, "ARMCD"), []).append(record)
    return arms
