"""The mathematics of the compact model, collected from the docstrings of its families, in the order of `build`."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from importlib.resources import files

FAMILIES = (
    "choice",
    "arms",
    "counts",
    "together",
    "requires",
    "once",
    "not_after",
    "contents",
    "pairs",
    "toxicity",
    "emergence",
    "exponent",
    "required",
    "residual",
    "harm",
    "objective",
    "cutoffs",
)
"""Modules of the families, as `build` adds them."""


@dataclass(frozen=True)
class Family:
    """One constraint family: its module, and what it says."""

    name: str
    title: str
    text: str


def families() -> tuple[Family, ...]:
    """Every family with its title and the rest of its docstring, read without importing the solver."""
    return tuple(_family(name) for name in FAMILIES)


def formulation() -> str:
    """The whole formulation as one text: a numbered heading for each family, then its mathematics."""
    parts = []
    for number, family in enumerate(families(), start=1):
        heading = f"{number}. {family.title}"
        parts.append(f"{heading}\n{'-' * len(heading)}\n\n{family.text}")
    return "\n\n".join(parts) + "\n"


def _family(name: str) -> Family:
    source = files("trialopt.model").joinpath(f"{name}.py").read_text(encoding="utf-8")
    docstring = ast.get_docstring(ast.parse(source)) or ""
    title, _, text = docstring.partition("\n\n")
    return Family(name, " ".join(title.split()), text)
