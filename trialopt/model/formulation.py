"""The mathematics of the compact model, collected from the docstrings of its families, in the order of `build`."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from importlib.resources import files

FAMILIES = (
    ("choice", "choices"),
    ("arms", "choices"),
    ("counts", "choices"),
    ("together", "rules"),
    ("requires", "rules"),
    ("once", "rules"),
    ("not_after", "rules"),
    ("contents", "rules"),
    ("pairs", "activity"),
    ("toxicity", "limits"),
    ("emergence", "residual"),
    ("exponent", "activity"),
    ("required", "limits"),
    ("residual", "residual"),
    ("harm", "limits"),
    ("objective", "objective"),
    ("cutoffs", "objective"),
)
"""Families and the modules whose `add_FAMILY` adds them, in the order of `build`."""


@dataclass(frozen=True)
class Family:
    """One constraint family: its name, and what it says."""

    name: str
    title: str
    text: str


def families() -> tuple[Family, ...]:
    """Every family with its title and the rest of its docstring, read without importing the solver."""
    return tuple(_family(name, module) for name, module in FAMILIES)


def formulation() -> str:
    """The whole formulation as one text: a numbered heading for each family, then its mathematics."""
    parts = []
    for number, family in enumerate(families(), start=1):
        heading = f"{number}. {family.title}"
        parts.append(f"{heading}\n{'-' * len(heading)}\n\n{family.text}")
    return "\n\n".join(parts) + "\n"


def _family(name: str, module: str) -> Family:
    source = files("trialopt.model").joinpath(f"{module}.py").read_text(encoding="utf-8")
    tree = ast.parse(source)
    function = next(node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == f"add_{name}")
    docstring = ast.get_docstring(function) or ""
    title, _, text = docstring.partition("\n\n")
    return Family(name, " ".join(title.split()), text)
