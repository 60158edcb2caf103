"""The mathematics of the compact model, collected from the docstrings of its families, in the order of `build`.

The list of families stands in `assemble` alone. It is read from the source, as the docstrings are: the mathematics can
be printed without importing a solver.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True)
class Family:
    """One constraint family: its name, and what it says."""

    name: str
    title: str
    text: str


def families() -> tuple[Family, ...]:
    """Every family with its title and the rest of its docstring."""
    tree = _source("assemble")
    home = {
        alias.name: (node.module or "").rpartition(".")[2]
        for node in tree.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    listed = next(
        node.value for node in tree.body if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "FAMILIES"
    )
    adders = [node.id for node in ast.walk(listed) if isinstance(node, ast.Name)]
    return tuple(_family(adder, home[adder]) for adder in adders)


def formulation() -> str:
    """The whole formulation as one text: a numbered heading for each family, then its mathematics."""
    parts = []
    for number, family in enumerate(families(), start=1):
        heading = f"{number}. {family.title}"
        parts.append(f"{heading}\n{'-' * len(heading)}\n\n{family.text}")
    return "\n\n".join(parts) + "\n"


def _family(adder: str, module: str) -> Family:
    function = next(node for node in _source(module).body if isinstance(node, ast.FunctionDef) and node.name == adder)
    title, _, text = (ast.get_docstring(function) or "").partition("\n\n")
    return Family(adder.removeprefix("add_"), " ".join(title.split()), text)


@cache
def _source(module: str) -> ast.Module:
    return ast.parse(files("trialopt.model").joinpath(f"{module}.py").read_text(encoding="utf-8"))
