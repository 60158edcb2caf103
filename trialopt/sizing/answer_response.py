"""Answers for a response endpoint."""

from __future__ import annotations

from typing import Any

from trialopt.sizing import proportions
from trialopt.sizing.checks import SizingError, round_up
from trialopt.sizing.exact import exact_power
from trialopt.sizing.families import Family, Interim, best_ratio, family_record, looks_table
from trialopt.sizing.proportions import ProportionMethod, proportion_effect, proportion_power, proportion_size
from trialopt.sizing.request import DEFAULT_POWER, SizeRequest, Unknown
from trialopt.sizing.subgroups import response_subgroup_power, subgroup_shares

SIDES = ("n_control", "n_experimental", "n_total")


def solve(q: SizeRequest, unknown: Unknown, family: Family, interim: Interim) -> dict[str, Any]:
    """Solve a response request for size, power or effect; see `answer.answer`."""
    assert q.p0 is not None
    method: ProportionMethod = q.chosen_method  # type: ignore[assignment]
    target = q.power or DEFAULT_POWER
    p1 = q.p1
    exact: dict[str, Any] = {}
    planned: float | None = None
    if unknown == "size":
        assert p1 is not None
        ratio = _ratio(q, family, interim, method, target)
        n0_exact, n1_exact = _unrounded(q.p0, p1, ratio, family, interim, method, target)
        n0, n1 = float(round_up(n0_exact)), float(round_up(n1_exact))
        planned = _comparison_power(family, q.p0, p1, ratio, target)
        exact = {
            "n_control_exact": n0_exact,
            "n_experimental_exact": n1_exact,
            "n_total_exact": family.total(n0_exact, n1_exact),
        }
    else:
        if q.ratio == "best":
            raise SizingError("--ratio best looks for the fewest patients; with --n give the ratio")
        assert q.n is not None
        ratio = float(q.ratio)
        if not q.n > 0:
            raise SizingError(f"--n must be above 0, not {q.n:g}")
        n0, n1 = family.sides(q.n, ratio)
    as_built, level = n1 / n0, family.level(ratio)
    if unknown == "effect":
        p1, planned = _effect(q.p0, n0, n1, family, interim, method, target)
    assert p1 is not None
    power = _power(q.p0, p1, n0, n1, level, interim, method)
    correlation = family.correlation(as_built, q.p0 * (1 - q.p0), p1 * (1 - p1))
    record: dict[str, Any] = {
        "p0": q.p0,
        "p1": p1,
        "difference": p1 - q.p0,
        "ratio": ratio,
        **exact,
        "n_control": n0,
        "n_experimental": n1,
        "n_total": family.total(n0, n1),
        **family_record(family, power, ratio, correlation, q.looks),
        "power_by_method": {m: _power(q.p0, p1, n0, n1, level, interim, m) for m in proportions.METHODS},
    }
    if q.accrual_rate is not None:
        if not q.accrual_rate > 0:
            raise SizingError(f"--accrual-rate must be above 0, not {q.accrual_rate:g}")
        record["accrual_months"] = record["n_total"] / q.accrual_rate
    if q.looks:
        design = interim.design(level, power if planned is None else planned)
        largest = {side: record.get(f"{side}_exact", record[side]) for side in SIDES}
        record["group_sequential"] = looks_table(design, largest)
    if q.exact:
        record["exact"] = _exact(q.p0, p1, n0, n1, level, q.looks)
    if q.subgroups is not None:
        record["subgroups"] = _subgroups(q, p1, n0, n1, level, method)
    record["notes"] = _notes(q, n0, n1, q.p0, p1)
    return record


def _comparison_power(family: Family, p0: float, p1: float, ratio: float, target: float) -> float:
    correlation = family.correlation(ratio, p0 * (1 - p0), p1 * (1 - p1))
    return family.comparison_power(target, ratio, correlation)


def _effect(
    p0: float, n0: float, n1: float, family: Family, interim: Interim, method: ProportionMethod, target: float
) -> tuple[float, float]:
    """The rate detected, and one comparison's power; the arms' correlation depends on the rate, so in turns."""
    ratio, p1, planned = n1 / n0, p0, -1.0
    level = family.level(ratio)
    for _ in range(50):
        before, planned = planned, _comparison_power(family, p0, p1, ratio, target)
        if abs(planned - before) < 1e-13:
            break
        factor = interim.design(level, planned).inflation if interim.looks else 1.0
        p1 = float(proportion_effect(p0, n0 / factor, n1 / factor, level, planned, method).p1)
    return p1, planned


def _unrounded(
    p0: float, p1: float, ratio: float, family: Family, interim: Interim, method: ProportionMethod, power: float
) -> tuple[float, float]:
    proportion_size(p0, p1, family.alpha, power, ratio, method)  # refuses what is out of range, by name
    level, needed = family.level(ratio), _comparison_power(family, p0, p1, ratio, power)
    factor = interim.design(level, needed).inflation if interim.looks else 1.0
    size = proportion_size(p0, p1, level, needed, ratio, method, inflation=factor)
    return float(size.n0_exact), float(size.n1_exact)


def _ratio(q: SizeRequest, family: Family, interim: Interim, method: ProportionMethod, power: float) -> float:
    if q.ratio != "best":
        return float(q.ratio)
    assert q.p0 is not None
    assert q.p1 is not None
    p0, p1 = q.p0, q.p1
    return best_ratio(lambda r: family.total(*_unrounded(p0, p1, r, family, interim, method, power)))


def _power(
    p0: float, p1: float, n0: float, n1: float, level: float, interim: Interim, method: ProportionMethod
) -> float:
    if interim.looks == 0:
        return float(proportion_power(p0, p1, n0, n1, level, method).power)

    def one_look(power: float) -> float:
        return float(proportion_size(p0, p1, level, power, n1 / n0, method).n0_exact)

    return interim.power(one_look, n0, level)


def _exact(p0: float, p1: float, n0: float, n1: float, level: float, looks: int) -> dict[str, Any]:
    if looks:
        raise SizingError("--exact adds up the outcomes of one look: leave out --looks")
    if int(n0) != n0 or int(n1) != n1:
        raise SizingError(f"--exact needs whole patients on each side, not {n0:g} and {n1:g}")
    return {
        test: {
            "power": got.power,
            "type_one_error": got.type_one_error,
            "worst_type_one_error": got.worst_type_one_error,
            "worst_rate": got.worst_rate,
        }
        for test in ("unpooled", "pooled", "fisher", "boschloo")
        for got in [exact_power(p0, p1, n0, n1, level, test)]
    }


def _subgroups(
    q: SizeRequest, p1: float, n0: float, n1: float, level: float, method: ProportionMethod
) -> list[dict[str, float]]:
    assert q.p0 is not None
    assert q.subgroups is not None
    shares = subgroup_shares(q.subgroups)
    got = response_subgroup_power(q.p0, p1, n0 * shares, n1 * shares, level, method)
    return [
        {"share": float(s), "n_control": float(n0 * s), "n_experimental": float(n1 * s), "power": float(p)}
        for s, p in zip(shares, got.power, strict=True)
    ]


def _notes(q: SizeRequest, n0: float, n1: float, p0: float, p1: float) -> list[str]:
    notes = []
    least = min(n0 * min(p0, 1 - p0), n1 * min(p1, 1 - p1))
    if least < 10:
        notes.append(
            f"Only {least:.1f} patients are expected in the rarest outcome of one side: the normal approximation "
            "is poor below about 10. Look at --exact."
        )
    if q.looks:
        notes.append("Looks count interim analyses; the final analysis is not counted.")
    if q.sides == 2:
        notes.append("The two-sided alpha is halved: only a benefit of the experimental arm counts.")
    return notes
