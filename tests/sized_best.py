"""The best sized design that trialopt finds, against the one of an oracle."""

from __future__ import annotations

from collections.abc import Callable

import pytest

import trialopt
from tests.plain_designs import as_plain
from tests.sized_oracle import SizedBest, SizedOracle
from trialopt.core.design import Design
from trialopt.reading import build
from trialopt.reading.document import Document
from trialopt.sizing import looks_design

GAP = 1e-7


def inflation_of(document: Document) -> Callable[[float, float], float]:
    """The package's factor for the document's looks, by level and power: that one is held to published tables."""
    looks = document.settings["trial"].get("interim")
    if looks is None:
        return lambda alpha, power: 1.0
    rules = {key: looks.get(key) for key in ("futility_spending", "timing")}
    futility = looks.get("futility", "none")

    def factor(alpha: float, power: float) -> float:
        return looks_design(looks["looks"], looks["spending"], alpha, power, futility, **rules).inflation

    return factor


def assert_best(oracle: SizedOracle, document: Document, best: SizedBest | None, method: str = "decompose") -> None:
    """One run against brute force: value, bound, rules kept and the design's own worth, or no design at all."""
    solution = trialopt.solve(build(document), method=method, gap=GAP)
    if best is None:
        assert solution.ending == "infeasible"
        return
    assert solution.ending == "optimal"
    assert solution.value == pytest.approx(best.value, abs=1e-6)
    assert solution.bound is not None
    assert solution.bound >= best.value - 1e-6
    assert isinstance(solution.design, Design)
    arms = as_plain([epoch["id"] for epoch in document.settings["epoch"]], solution.design)
    assert oracle.broken(arms) == []
    assert oracle.value(arms) == pytest.approx(solution.value, abs=1e-9)
