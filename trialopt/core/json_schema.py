"""What the input files may hold as a JSON Schema (draft 2020-12), from the declarations.

`unit`, `binds` and `section` of a field are annotations that validators pass over. Ids that one file gives and another
names, and rules across rows, are checked by reading, not here.
"""

from __future__ import annotations

from typing import Any

from trialopt.core.columns import DESIGN, REMARK_COLUMNS, SPREAD_COLUMNS, TABLES
from trialopt.core.settings import SECTIONS, SPENDING, SPENDING_FAMILIES
from trialopt.core.vocabulary import Field, Range, Section, Table

Json = dict[str, Any]

DIALECT = "https://json-schema.org/draft/2020-12/schema"
ID = "^[a-z0-9]+(_[a-z0-9]+)*$"

_TEXT: Json = {"type": "string"}
_TYPES: dict[str, Json] = {
    "number": {"type": "number"},
    "count": {"type": "integer"},
    "flag": {"type": "boolean"},
    "id": {"type": "string", "pattern": ID},
    "items": {"type": "array", "items": _TEXT},
    "spending": {
        "type": "string",
        "pattern": f"^({'|'.join((*SPENDING, *(f'{family}:-?[0-9.]+' for family in SPENDING_FAMILIES)))})$",
    },
    "pairs": {"type": "array", "items": {"type": "array", "items": _TEXT, "minItems": 2, "maxItems": 2}},
    "orders": {
        "type": "array",
        "items": {
            "type": "object",
            "properties": {"item": _TEXT, "after": _TEXT},
            "required": ["item", "after"],
            "additionalProperties": False,
        },
    },
    "lists": {"type": "array", "items": {"type": "array", "items": _TEXT}},
    "uses": {
        "type": "array",
        "items": {
            "anyOf": [
                _TEXT,
                {
                    "type": "object",
                    "properties": {"item": _TEXT, "epochs": {"type": "array", "items": _TEXT}},
                    "required": ["item", "epochs"],
                    "additionalProperties": False,
                },
            ]
        },
    },
    "needs": {},
    "table": {"type": "object"},
    "tables": {"type": "array", "items": {"type": "object"}, "minItems": 1},
}


_NEEDS: Json = {
    "type": "array",
    "items": {
        "type": "object",
        "properties": {
            "item": _TEXT,
            "any": {"type": "array", "items": _TEXT, "minItems": 1},
            "epochs": {"type": "array", "items": _TEXT},
        },
        "required": ["item", "any"],
        "additionalProperties": False,
    },
}


def input_schemas() -> dict[str, Json]:
    """Schemas by file: trial.toml as parsed, and one row of each table (numbers as numbers, blank cells left out)."""
    rows = {
        table.file: _row(table, (*table.fields, *(SPREAD_COLUMNS if table.uncertain else ()), *REMARK_COLUMNS))
        for table in (*TABLES.values(), DESIGN)
    }
    sections = {section.name: section for section in SECTIONS}
    return {"trial.toml": _object(sections[""], sections), **rows}


def _object(section: Section, sections: dict[str, Section]) -> Json:
    properties = {}
    for field in section.fields:
        inner = sections.get(f"{section.name}.{field.name}".lstrip("."))
        content = _of(field)
        if inner and field.kind == "needs":
            content["oneOf"] = [_object(inner, sections), _NEEDS]
        elif inner and inner.repeated:
            content["items"] = _object(inner, sections)
        elif inner:
            content |= _object(inner, sections) | {"description": content["description"]}
        properties[field.name] = content
    return _closed(section.meaning, properties, section.fields) | (
        {"additionalProperties": _further(section, sections)} if section.more else {}
    )


def _further(section: Section, sections: dict[str, Section]) -> Json:
    """Keys whose names are ids: one field each, or a table of them where there is such a section."""
    assert section.more is not None
    one = _of(section.more)
    inner = sections.get(f"{section.name}.SUBGROUP")
    return one if inner is None else {"anyOf": [one, _object(inner, sections)]}


def _row(table: Table, columns: tuple[Field, ...]) -> Json:
    blank_in_some_rows = table is DESIGN
    needed = () if blank_in_some_rows else columns
    made = _closed(table.meaning, {column.name: _of(column) for column in columns}, needed)
    if table.more:
        made["patternProperties"] = {f"^{table.more.name.partition(':')[0]}:": _of(table.more)}
    return made


def _closed(meaning: str, properties: Json, fields: tuple[Field, ...]) -> Json:
    """Schema of an object that has no other properties than these."""
    return {
        "type": "object",
        "description": f"{meaning}.",
        "properties": properties,
        "required": [field.name for field in fields if field.required],
        "additionalProperties": False,
    }


def _of(field: Field) -> Json:
    made = {"description": f"{field.meaning}.", **_TYPES.get(field.kind, _TEXT), **bounds(field.range)}
    if field.kind == "numbers":
        each = {"type": "number", "description": f"{field.meaning}.", "unit": field.unit, **bounds(field.range)}
        made = {"description": f"{field.meaning}.", "type": "array", "items": each, "minItems": 1}
    if field.choices and field.kind != "spending":
        made["enum"] = list(field.choices)
    if field.default is not None:
        made["default"] = list(field.default) if isinstance(field.default, tuple) else field.default
    return made | {"unit": field.unit, "binds": field.binds, "section": field.section}


def bounds(range: Range) -> Json:
    """Bounds of a number."""
    found: Json = {}
    if range.low is not None:
        found["exclusiveMinimum" if range.low_open else "minimum"] = range.low
    if range.high is not None:
        found["exclusiveMaximum" if range.high_open else "maximum"] = range.high
    return found
