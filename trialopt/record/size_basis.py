"""Everything an arm's size rests on: the field `sizing` of its record, from which anybody can compute it again."""

from __future__ import annotations

from typing import Any

from trialopt.core.instance import Instance
from trialopt.evaluation import control_coverage
from trialopt.evaluation.effects import response
from trialopt.evaluation.intake import intake_of
from trialopt.evaluation.logrank import logrank_power
from trialopt.evaluation.patients import accrual_parts
from trialopt.evaluation.resolve import resolve_arm
from trialopt.evaluation.result import ArmNumbers, ArmSize, counted, listed
from trialopt.record.components import contribution_basis

Json = dict[str, Any]

TESTS = {
    "stratified": "the stratified risk difference with Mantel-Haenszel weights",
    "pooled_data": "the difference of two response rates, subgroups ignored",
    "exact": "Boschloo's exact test of two response rates, subgroups ignored",
}
"""Test of a response endpoint, by analysis."""


NEAR = 0.005
"""Powers this near to one another count as the same."""

ACCRUAL = "Accrual changes with time, as accrual.csv and ramp_up_months say."


def size_basis(instance: Instance, numbers: ArmNumbers) -> Json:
    """Test, strata, level, power, effect, follow-up, accrual and looks of a sized arm; empty for an arm without a size.

    `strata` are the arm's subgroups, each with its part `f` of the accrual, and the rates `p0`, `p1` that are sized for
    (response, of all randomised) or the control's median in months (pfs). With subgroups ignored there is one.
    """
    size, i, trial = numbers.size, instance, instance.trial
    if size is None or size.alpha is None:
        return {}
    groups, pfs, looks = list(resolve_arm(i, numbers.arm).groups), trial.endpoint == "pfs", trial.interim
    months = size.accrual_months
    target = trial.target_hazard_ratio if pfs else trial.target_difference
    return {
        "endpoint": trial.endpoint,
        "endpoint_epoch": None if pfs else i.epochs[trial.endpoint_epoch],
        "analysis": "stratified" if pfs else trial.analysis,
        "method": size.method,
        "alpha": size.alpha,
        "multiplicity": trial.multiplicity,
        "power": trial.power,
        "allocation_ratio": trial.allocation_ratio,
        "sized_for": size.sized_for,
        "target": target,
        "shrink": trial.shrink,
        "strata": _strata(i, numbers, groups),
        "not_evaluable": 0.0 if pfs else trial.not_evaluable,
        "follow_up_months": trial.follow_up_months,
        "dropout_per_month": trial.dropout_per_month,
        "accrual_per_month": None if months is None else _per_month(i, groups, size, months),
        **_accrual(i, numbers.arm.subgroups),
        "inflation": size.inflation,
        "interim": None
        if looks is None
        else {
            "timing": list(looks.fractions),
            "spending": looks.spending,
            "futility": looks.futility,
            "futility_spending": None if looks.futility == "none" else looks.futility_spending or looks.spending,
        },
        "sentence": sentence_of(i, numbers, size),
        **contribution_basis(i, size, numbers.arm.name),
    }


def _own_power(i: Instance, numbers: ArmNumbers) -> str:
    """What the log-rank test has at this allocation, where the formula of the size is only near it."""
    power, size = logrank_power(i, numbers), numbers.size
    claimed = 0.0 if size is None else size.power
    beside = "is right"
    if abs(power - claimed) > NEAR:
        beside = "is conservative" if power > claimed else "promises too much"
    return (
        f" At {i.trial.allocation_ratio:g} to 1 the formula {beside}: by its own mean and variance the test has a "
        f"power of {100 * power:.1f} %, and by the formula {100 * claimed:.1f} %."
    )


def _per_month(i: Instance, groups: list[int], size: ArmSize, months: float) -> float:
    """Patients a month, at the full rate where accrual changes with time."""
    intake = intake_of(i, groups)
    full = months if intake is None else intake.at_full_rate(months)
    return (size.patients + size.control_patients) / full


def _accrual(i: Instance, subgroups: tuple[str, ...]) -> Json:
    """How accrual changes with time: nothing where it does not."""
    if not any(g in i.accrual_steps or g in i.ramp_up for g in subgroups):
        return {}
    parts, steps = accrual_parts(i, [i.subgroups.index(g) for g in subgroups]), i.accrual_steps
    rows = [
        {
            "subgroup": g,
            "f": part,
            "ramp_up_months": i.ramp_up.get(g, 0.0),
            "steps": [{"from_month": month, "factor": factor} for month, factor in steps.get(g, ((0.0, 1.0),))],
        }
        for g, part in zip(subgroups, parts.tolist(), strict=True)
    ]
    return {"accrual": rows}


def _strata(i: Instance, numbers: ArmNumbers, groups: list[int]) -> list[Json]:
    """What the size averages over."""
    f, names = accrual_parts(i, groups).tolist(), numbers.arm.subgroups
    if i.trial.endpoint == "pfs":
        rows = zip(names, f, i.control_medians[groups].tolist(), strict=True)
        return [{"subgroup": g, "f": part, "median_months": median} for g, part, median in rows]
    control = None if i.control is None else control_coverage(i)
    found = response(i, resolve_arm(i, numbers.arm), numbers, control)
    p0, p1, reach = found.p0.tolist(), found.sized_p1.tolist(), i.reach[groups, i.trial.endpoint_epoch].tolist()
    if i.trial.analysis != "stratified":
        mean = [sum(part * rate for part, rate in zip(f, rates, strict=True)) for rates in (p0, p1)]
        return [{"subgroup": "", "f": 1.0, "p0": mean[0], "p1": mean[1]}]
    cells = zip(names, f, p0, p1, found.p1.tolist(), reach, strict=True)
    return [
        {"subgroup": g, "f": part, "p0": low, "p1": high, "predicted": predicted, "reach": kept}
        for g, part, low, high, predicted, kept in cells
    ]


def sentence_of(instance: Instance, numbers: ArmNumbers, size: ArmSize) -> str:
    """Test, strata, level, power, effect and why: one sentence on an arm's size."""
    trial, arm = instance.trial, numbers.arm
    if trial.endpoint == "pfs":
        test = f"the stratified log-rank test ({size.method.replace('_', ' and ').title()})"
        effect = f"a hazard ratio of {size.sized_for:.3f}"
        predicted = "" if size.hazard_ratio is None else f" {size.hazard_ratio:.3f}"
        target = trial.target_hazard_ratio
    else:
        variance = "" if trial.analysis == "exact" else f" ({size.method} variance)"
        test = TESTS[trial.analysis] + variance
        effect = f"a difference of {100 * size.sized_for:.1f} percentage points"
        gain = (size.p1 or 0.0) - (size.p0 or 0.0)
        predicted, target = f" {100 * gain:.1f} points", trial.target_difference
    if target is not None:
        why = f"the target of the trial, against{predicted} predicted"
    elif trial.shrink < 1:
        scale = " on the log scale" if trial.endpoint == "pfs" else ""
        why = f"{trial.shrink:g} times the predicted{predicted}{scale}, as the best of many predictions is optimistic"
    else:
        why = "as predicted"
    strata = counted(len(arm.subgroups), "stratum").replace("stratums", "strata")
    alpha = trial.alpha if size.alpha is None else size.alpha
    own = _own_power(instance, numbers) if trial.endpoint == "pfs" and trial.allocation_ratio != 1 else ""
    accrual = f" {ACCRUAL}" if _accrual(instance, arm.subgroups) else ""
    divided = f", {trial.alpha:g} over the arms of the design" if alpha != trial.alpha else ""
    power = 0.0 if trial.power is None else 100 * trial.power
    return (
        f"{arm.name} is sized by {test} over {strata} ({listed(arm.subgroups)}), at a one-sided alpha of "
        f"{alpha:.4g}{divided} and a power of {power:g} %, for {effect}: {why}.{own}{accrual}"
    )
