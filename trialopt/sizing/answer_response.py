"""Answers for a response endpoint."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from trialopt.sizing.checks import SizingError
from trialopt.sizing.exact import exact_power
from trialopt.sizing.families import Family, best_ratio, family_record
from trialopt.sizing.interim import Interim, as_built, looks_table, power_of
from trialopt.sizing.looks import LooksDesign
from trialopt.sizing.notes import common_notes
from trialopt.sizing.proportions import METHODS, ProportionMethod, proportion_size
from trialopt.sizing.request import DEFAULT_POWER, SizeRequest, Unknown
from trialopt.sizing.response_tests import ONE_LOOK, SHIFTED, ResponseTest
from trialopt.sizing.subgroups import response_subgroup_power, subgroup_shares
from trialopt.sizing.whole import (
    check_blocks,
    fractions_of,
    in_blocks,
    is_whole,
    look_patients,
    side_notes,
    whole_sides,
)

Needed = Callable[[float], float]


def solve(q: SizeRequest, unknown: Unknown, family: Family, interim: Interim) -> dict[str, Any]:
    """Solve a response request for size, power or effect; see `answer.answer`."""
    assert q.p0 is not None
    test = ResponseTest(q.chosen_method, q.margin)
    target = q.power or DEFAULT_POWER
    p1 = q.p1
    exact: dict[str, Any] = {}
    planned: float | None = None
    if unknown == "size":
        assert p1 is not None
        ratio = _ratio(q, family, interim, test, target)
        n0_exact, n1_exact = _unrounded(q.p0, p1, ratio, family, interim, test, target)
        n0, n1 = in_blocks(family, n0_exact, n1_exact, q.block, ratio)
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
        check_blocks(family, q.n, q.block, ratio)
        n0, n1 = whole_sides(family, q.n, ratio)
    level = family.level(ratio)
    inflation, sizes = 1.0, look_patients(family, interim.fractions, n0, n1)
    if unknown == "size" and q.looks:
        assert planned is not None
        inflation = interim.design(level, planned).inflation
    interim = interim.at(fractions_of(sizes, "n_total", interim.fractions))
    if unknown == "effect":
        p1, planned = _effect(q.p0, n0, n1, family, interim, test, target)
    assert p1 is not None
    power = _power(q.p0, p1, n0, n1, level, interim, test, planned)
    correlation = family.correlation(n1 / n0, q.p0 * (1 - q.p0), p1 * (1 - p1))
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
        "power_by_method": {t.method: _power(q.p0, p1, n0, n1, level, interim, t, planned) for t in _shown(test)},
    }
    if q.accrual_rate is not None:
        if not q.accrual_rate > 0:
            raise SizingError(f"--accrual-rate must be above 0, not {q.accrual_rate:g}")
        record["accrual_months"] = record["n_total"] / q.accrual_rate
    if q.looks:
        design = _built(q.p0, p1, n0, n1, level, interim, test, power if planned is None else planned)
        inflation = inflation if unknown == "size" else design.inflation
        record["group_sequential"] = looks_table(design, sizes, inflation)
    if q.exact:
        record["exact"] = _exact(q.p0, p1, n0, n1, level, q.looks)
    if q.subgroups is not None:
        record["subgroups"] = _subgroups(q, p1, n0, n1, level, test.method)  # type: ignore[arg-type]
    sides = side_notes(family, n0, n1, q.n, q.block, ratio if q.ratio != "best" else n1 / n0)
    if test.margin is not None:
        record["margin"] = test.margin
    asked = None if unknown == "power" else target
    rare = [] if test.method in ONE_LOOK else _rare(n0, n1, q.p0, p1)
    record["notes"] = [*rare, *sides, *common_notes(q, record, asked)]
    return record


def _comparison_power(family: Family, p0: float, p1: float, ratio: float, target: float) -> float:
    correlation = family.correlation(ratio, p0 * (1 - p0), p1 * (1 - p1))
    return family.comparison_power(target, ratio, correlation)


def _effect(
    p0: float, n0: float, n1: float, family: Family, interim: Interim, test: ResponseTest, target: float
) -> tuple[float, float]:
    """The rate detected, and one comparison's power; the arms' correlation depends on the rate, so in turns."""
    ratio, p1, planned = n1 / n0, p0, -1.0
    level = family.level(ratio)
    for _ in range(50):
        before, planned = planned, _comparison_power(family, p0, p1, ratio, target)
        if abs(planned - before) < 1e-13:
            break
        factor = interim.design(level, planned).inflation if interim.looks else 1.0
        p1 = test.effect(p0, n0 / factor, n1 / factor, level, planned)
    return p1, planned


def _unrounded(
    p0: float, p1: float, ratio: float, family: Family, interim: Interim, test: ResponseTest, power: float
) -> tuple[float, float]:
    if test.method != SHIFTED:
        proportion_size(p0, p1, family.alpha, power, ratio)  # refuses what is out of range, by name
    level, needed = family.level(ratio), _comparison_power(family, p0, p1, ratio, power)
    factor = interim.design(level, needed).inflation if interim.looks else 1.0
    return test.size(p0, p1, level, needed, ratio, factor)


def _ratio(q: SizeRequest, family: Family, interim: Interim, test: ResponseTest, power: float) -> float:
    if q.ratio != "best":
        return float(q.ratio)
    assert q.p0 is not None
    assert q.p1 is not None
    p0, p1 = q.p0, q.p1
    return best_ratio(lambda r: family.total(*_unrounded(p0, p1, r, family, interim, test, power)))


def _one_look(p0: float, p1: float, n0: float, n1: float, level: float, test: ResponseTest) -> Needed:
    """Control patients of one look, by power."""
    return lambda power: test.size(p0, p1, level, power, n1 / n0)[0]


def _built(
    p0: float, p1: float, n0: float, n1: float, level: float, interim: Interim, test: ResponseTest, power: float
) -> LooksDesign:
    return as_built(interim.design(level, power), _one_look(p0, p1, n0, n1, level, test), n0)


def _power(
    p0: float,
    p1: float,
    n0: float,
    n1: float,
    level: float,
    interim: Interim,
    test: ResponseTest,
    planned: float | None,
) -> float:
    """Power of these patients: with the bounds of the `planned` power where there is one, else of the power found."""
    if interim.looks == 0:
        return test.power(p0, p1, n0, n1, level)
    if planned is not None:
        return power_of(_built(p0, p1, n0, n1, level, interim, test, planned))
    return interim.power(_one_look(p0, p1, n0, n1, level, test), n0, level)


def _shown(test: ResponseTest) -> list[ResponseTest]:
    """The tests whose power an answer shows: the chosen one and those that take no time."""
    if test.method == SHIFTED:
        return [test]
    return [ResponseTest(method) for method in dict.fromkeys((*METHODS, test.method))]


def _exact(p0: float, p1: float, n0: float, n1: float, level: float, looks: int) -> dict[str, Any]:
    if looks:
        raise SizingError("--exact adds up the outcomes of one look: leave out --looks")
    if not (is_whole(n0) and is_whole(n1)):
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


def _rare(n0: float, n1: float, p0: float, p1: float) -> list[str]:
    least = min(n0 * min(p0, 1 - p0), n1 * min(p1, 1 - p1))
    if least >= 10:
        return []
    return [
        f"Only {least:.1f} patients are expected in the rarest outcome of one side: the normal approximation is poor "
        "below about 10. Look at --exact."
    ]
