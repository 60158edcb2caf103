"""What `trialopt size` answers: numbers with the formulas they come from.

The keys of the record are documented in docs/sizing.md and do not change meaning.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from trialopt.sizing import answer_families, answer_response, answer_shifted, answer_single, answer_survival
from trialopt.sizing.families import Family
from trialopt.sizing.formulas import FORMULAS
from trialopt.sizing.interim import Interim
from trialopt.sizing.ranges import check_ranges
from trialopt.sizing.request import DEFAULT_POWER, SizeRequest, Unknown, other_question, unknown_of


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
    check_ranges(request)
    interim = Interim(request.looks, request.spending, request.futility, request.timing)
    other = other_question(request)
    if other is not None:
        return _OTHERS[other](request, interim)
    if request.margin is not None:  # as good as the control, unless told otherwise
        same = {"p1": request.p0} if request.endpoint == "response" else {"hr": 1.0}
        given = request.p1 if request.endpoint == "response" else request.hr
        request = request if given is not None else replace(request, **same)
    unknown = unknown_of(request)
    if request.multiplicity == "mams":
        return _staged(request, unknown)
    return _compared(request, unknown, interim)


_OTHERS: dict[str, Callable[[SizeRequest, Interim], dict[str, Any]]] = {
    "single_arm": lambda request, interim: answer_single.single_arm(request),
    "at_look": answer_single.at_look,
    "p_values": lambda request, interim: answer_single.p_values(request),
}


def _compared(q: SizeRequest, unknown: Unknown, interim: Interim) -> dict[str, Any]:
    """One comparison, alone or of several arms, with what is nested in it."""
    bounds = None if q.nested is None else answer_families.bounds_of(q)
    multiplicity: Any = q.multiplicity if q.arms > 1 else "none"
    alpha = q.one_sided_alpha if bounds is None else bounds.overall_alpha
    family = Family(q.arms, multiplicity, q.power_kind, alpha, q.shared_control)
    record = {**_head(q, unknown, multiplicity), **_part(q).solve(q, unknown, family, interim)}
    if bounds is not None:
        record["nested"] = answer_families.nested_part(q, bounds, record)
    return record


def _part(q: SizeRequest) -> Any:
    if q.endpoint == "response":
        return answer_response
    return answer_survival if q.shifted is None else answer_shifted


def _staged(q: SizeRequest, unknown: Unknown) -> dict[str, Any]:
    """Several arms in two stages: the last bound sizes the comparison, the first is shown beside it."""
    family = answer_families.staged_family(q)
    plain = replace(q, looks=0, timing=None)
    record = _part(q).solve(plain, unknown, family, Interim(0, q.spending, "none", None))
    if record["family_power"] is not None:
        del record["family_power"]["all"]  # the best effective arm ends the trial
    return {**_head(q, unknown, "mams"), **record, "mams": answer_families.staged_part(family, record)}


def _head(q: SizeRequest, unknown: str, multiplicity: str) -> dict[str, Any]:
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
        "multiplicity": multiplicity,
        "multiplicity_formula": FORMULAS[multiplicity].text,
        "multiplicity_source": FORMULAS[multiplicity].source,
        "looks": q.looks,
    }
    if q.looks and multiplicity != "mams":
        head["spending"] = q.spending
        family_name = q.spending.partition(":")[0]
        head["spending_formula"] = FORMULAS[family_name].text
        head["spending_source"] = FORMULAS[family_name].source
        head["futility"] = q.futility
    return head
