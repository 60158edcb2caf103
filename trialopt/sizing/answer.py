"""What `trialopt size` answers: numbers with the formulas they come from.

The keys of the record are documented in docs/sizing.md and do not change meaning.
"""

from __future__ import annotations

from typing import Any

from trialopt.sizing import answer_response, answer_survival
from trialopt.sizing.families import Family
from trialopt.sizing.formulas import FORMULAS
from trialopt.sizing.interim import Interim
from trialopt.sizing.request import DEFAULT_POWER, SizeRequest, unknown_of


def answer(request: SizeRequest) -> dict[str, Any]:
    """Solve `request` for what it leaves out.

    Returns
    -------
    dict
        Plain floats, strings, lists and dicts, ready for JSON; keys in docs/sizing.md.

    Raises
    ------
    SizingError
        Options that contradict each other, leave too much or nothing open, or lie outside their range.
    """
    unknown = unknown_of(request)
    family = Family(
        request.arms,
        request.multiplicity if request.arms > 1 else "none",
        request.power_kind,
        request.one_sided_alpha,
        request.shared_control,
    )
    interim = Interim(request.looks, request.spending, request.futility, request.timing)
    part = answer_response if request.endpoint == "response" else answer_survival
    return {**_head(request, unknown, family), **part.solve(request, unknown, family, interim)}


def _head(q: SizeRequest, unknown: str, family: Family) -> dict[str, Any]:
    formula = FORMULAS[q.chosen_method]
    head: dict[str, Any] = {
        "endpoint": q.endpoint,
        "solved_for": unknown,
        "method": q.chosen_method,
        "formula": formula.text,
        "source": formula.source,
        "alpha": q.one_sided_alpha,
        "sides": q.sides,
        "power_target": None if unknown in ("power", "power_of_events") else q.power or DEFAULT_POWER,
        "power_kind": q.power_kind,
        "arms": q.arms,
        "shared_control": q.shared_control if q.arms > 1 else None,
        "multiplicity": family.multiplicity,
        "multiplicity_formula": FORMULAS[family.multiplicity].text,
        "multiplicity_source": FORMULAS[family.multiplicity].source,
        "looks": q.looks,
    }
    if q.looks:
        head["spending"] = q.spending
        family_name = q.spending.partition(":")[0]
        head["spending_formula"] = FORMULAS[family_name].text
        head["spending_source"] = FORMULAS[family_name].source
        head["futility"] = q.futility
    return head
