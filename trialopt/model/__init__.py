"""The compact model: the readable specification of a design problem as one mixed-integer program.

Names are loaded when first used: the mathematics can be printed without importing a solver.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from trialopt.model.assemble import build
    from trialopt.model.rounds import search, solve, write_lp

_HOME = {"build": "assemble", "search": "rounds", "solve": "rounds", "write_lp": "rounds"}

__all__ = ["build", "search", "solve", "write_lp"]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'trialopt.model' has no attribute {name!r}")
    return getattr(import_module(f"trialopt.model.{_HOME[name]}"), name)
