"""Names that a room on the left calls in a room on its right: known here by a word, imported when first asked for.

A list of designs can draw itself, and a run can be written to a folder, without knowing what draws and writes. Only
`trialopt/__init__.py` knows all rooms; it says what stands behind each word.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

_TARGETS: dict[str, str] = {}


def register(name: str, target: str) -> None:
    """Say what stands behind a word: `module:attribute`."""
    _TARGETS[name] = target


def late(name: str) -> Any:
    """What stands behind a word, imported now. Raises `KeyError` for a word that nobody registered."""
    module, _, attribute = _TARGETS[name].partition(":")
    return getattr(import_module(module), attribute)
