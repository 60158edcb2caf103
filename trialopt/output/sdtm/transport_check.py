"""Our own check of a SAS transport file (version 5): it is read byte by byte and held against its records.

Source: SAS Institute, TS-140, The Record Layout of a Data Set in SAS Transport (XPORT) Format: records of 80 bytes, a
library header, a member header, a NAMESTR of 140 bytes for each variable, then the observations, padded with blanks.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from trialopt.output.sdtm.domains import Dataset

RECORD, NAMESTR = 80, 140
LIBRARY = b"HEADER RECORD*******LIBRARY HEADER RECORD!!!!!!!"
MEMBER = b"HEADER RECORD*******MEMBER  HEADER RECORD!!!!!!!"
NAMES = b"HEADER RECORD*******NAMESTR HEADER RECORD!!!!!!!"
DATA = b"HEADER RECORD*******OBS     HEADER RECORD!!!!!!!"

_LAYOUT = struct.Struct(">hhhh8s40s8shhh2s8shhi")
"""Start of a NAMESTR: type, hash, length, number, name, label, format (name, length, decimals, place), fill, informat
(name, length, decimals), position."""


@dataclass(frozen=True)
class Column:
    """One variable as the file has it."""

    name: str
    label: str
    text: bool
    length: int
    position: int


def problems(content: bytes, name: str, dataset: Dataset) -> list[str]:
    """Everything that is wrong with the file of a domain."""
    if len(content) % RECORD:
        return [f"{name}: {len(content)} bytes are no whole records of {RECORD}"]
    places = [content.find(mark) for mark in (LIBRARY, MEMBER, NAMES, DATA)]
    if -1 in places or places != sorted(places) or places[0]:
        return [f"{name}: the headers of library, member, variables and data are not there in this order"]
    try:
        count = int(content[places[2] + 54 : places[2] + 58])
    except ValueError:
        return [f"{name}: the header does not say how many variables there are"]
    names = content[places[2] + RECORD : places[3]]
    if len(names) < count * NAMESTR:
        return [f"{name}: {count} variables are announced, and {len(names) // NAMESTR} are described"]
    columns = [_column(names[k * NAMESTR : (k + 1) * NAMESTR]) for k in range(count)]
    head = content[places[1] : places[2]]
    return [
        f"{name}: {line}"
        for line in (
            *_heads(head, name, dataset),
            *_columns(columns, dataset),
            *_data(content[places[3] + RECORD :], columns, dataset),
        )
    ]


def _column(entry: bytes) -> Column:
    kind, _, length, _, name, label, *_, position = _LAYOUT.unpack_from(entry)
    words = (name.decode("ascii", "replace").rstrip(), label.decode("ascii", "replace").rstrip())
    return Column(*words, kind == 2, length, position)


def _heads(head: bytes, name: str, dataset: Dataset) -> Iterator[str]:
    """The member header (2 records), then the name of the dataset, then its label."""
    first, second = head[2 * RECORD : 3 * RECORD], head[3 * RECORD : 4 * RECORD]
    if first[8:16].decode("ascii", "replace").rstrip() != name:
        yield f"the dataset is called {first[8:16]!r}"
    if second[32:72].decode("ascii", "replace").rstrip() != dataset.label:
        yield f"the dataset is labelled {second[32:72].rstrip()!r}, not {dataset.label!r}"


def _columns(columns: list[Column], dataset: Dataset) -> Iterator[str]:
    if [column.name for column in columns] != list(dataset.labels):
        yield f"the variables are {', '.join(column.name for column in columns)}"
    position = 0
    for column in columns:
        if not column.label or column.label != dataset.labels.get(column.name, column.label):
            yield f"{column.name} is labelled {column.label!r}"
        values = [record.get(column.name) for record in dataset.records]
        if column.text is not any(isinstance(value, str) for value in values):
            yield f"{column.name} is {'text' if column.text else 'a number'}, and its values are not"
        longest = max((len(value) for value in values if isinstance(value, str)), default=1)
        if column.text and not max(longest, 1) <= column.length <= 200:
            yield f"{column.name} has the length {column.length}, and its longest value has {longest}"
        if column.position != position:
            yield f"{column.name} begins at {column.position}, not at {position}"
        position += column.length


def _data(data: bytes, columns: list[Column], dataset: Dataset) -> Iterator[str]:
    width = sum(column.length for column in columns)
    rows = len(dataset.records)
    if not width * rows <= len(data) < width * rows + RECORD or data[width * rows :].strip(b" "):
        yield f"{len(data)} bytes of data for {rows} records of {width}"
        return
    for number, record in enumerate(dataset.records):
        for column in columns:
            begin = number * width + column.position
            cell = data[begin : begin + column.length]
            value = record.get(column.name)
            if column.text and cell.decode("latin-1").rstrip() != str(value or "").rstrip():
                yield f"record {number + 1}: {column.name} is {cell.rstrip()!r}"
            if not column.text and _number(cell) != value:
                yield f"record {number + 1}: {column.name} is {_number(cell)}, not {value}"


def _number(cell: bytes) -> float | None:
    """A number of IBM mainframes: sign and exponent of 16 in the first byte, then the fraction; `.` is missing."""
    if not any(cell[1:]):
        return None if cell[0] else 0.0
    padded = cell.ljust(8, b"\0")
    fraction = int.from_bytes(padded[1:8], "big") / 2**56
    number = fraction * 16.0 ** ((padded[0] & 0x7F) - 64)
    return float(-number if padded[0] & 0x80 else number)
