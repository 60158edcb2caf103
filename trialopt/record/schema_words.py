"""Words of a JSON Schema (draft 2020-12): texts, numbers with units, lists and objects, each with its meaning."""

from __future__ import annotations

from typing import Any

from trialopt.core.json_schema import bounds
from trialopt.core.vocabulary import AT_LEAST_0, Range

Json = dict[str, Any]


def text(meaning: str, **more: Any) -> Json:
    """A text."""
    return {"type": "string", "description": f"{meaning}.", **more}


def number(meaning: str, unit: str, range: Range = AT_LEAST_0, *, whole: bool = False, null: bool = False) -> Json:
    """A number with its unit, from a range."""
    kind = "integer" if whole else "number"
    types = [kind, "null"] if null else kind
    return {"type": types, "description": f"{meaning}.", "unit": unit, **bounds(range)}


def list_of(items: Json, meaning: str) -> Json:
    """A list."""
    return {"type": "array", "description": f"{meaning}.", "items": items}


def by(what: str, content: Json, *, null: bool = False) -> Json:
    """An object whose keys are ids."""
    return {
        "type": ["object", "null"] if null else "object",
        "description": f"By {what}.",
        "additionalProperties": content,
    }


def object_of(meaning: str, properties: Json, optional: tuple[str, ...] = (), *, null: bool = False) -> Json:
    """An object; all its properties are required but those that are optional."""
    return {
        "type": ["object", "null"] if null else "object",
        "description": f"{meaning}.",
        "properties": properties,
        "required": [name for name in properties if name not in optional],
    }
