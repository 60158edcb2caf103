"""A program that computes a design's sizes again, in PROC POWER: `sizes.sas`. It was never run."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from trialopt.output.formats.size_scripts import against_control, comparison, plain
from trialopt.record.solution import DesignNumbers, SolvedArm


def files(solution: DesignNumbers) -> dict[str, bytes]:
    """One SAS program."""
    return {"sizes.sas": ("\n".join(_program(solution)) + "\n").encode()}


def _program(solution: DesignNumbers) -> Iterator[str]:
    q = solution.question
    yield f"/* Sizes of {plain(q.name)} in PROC POWER. UNTESTED: this program was never run."
    yield "   Interim looks, strata and dropout are not in it; numbers of the record stand beside each step. */"
    for arm in solution.arms:
        basis = arm.sizing
        if arm.size is None or not basis:
            continue
        n1, n0 = against_control(arm)
        yield f"\n/* {plain(arm.name)}: recorded {n1} + {n0}, inflation {basis['inflation']:.4f} */"
        yield from _power(arm, basis, basis["power"], n1 + n0)
        asked = basis.get("contribution", {})
        for part in asked.get("components", ()):
            recorded = f"recorded {part['needed']} of {arm.name}, inflation {part['inflation']:.4f}"
            yield f"\n/* {plain(f'{comparison(arm.name, part)}: {recorded}')} */"
            both = part["needed"] * (1 + 1 / part["allocation_ratio"])
            yield from _power(arm, part, asked["power"], both)


def _power(arm: SolvedArm, compared: Mapping[str, Any], power: float, patients: float) -> Iterator[str]:
    """One comparison in PROC POWER: `compared` has its level, ratio, effect and strata, `patients` set its accrual.

    Weights need not be whole, and the fractional total and its ceiling are printed, with NFRACTIONAL (SAS/STAT User's
    Guide, the POWER procedure, TWOSAMPLEFREQ and TWOSAMPLESURVIVAL statements).
    """
    size, basis, strata = arm.size, arm.sizing, compared["strata"]
    assert size is not None
    weights = f"groupweights = (1 {compared['allocation_ratio']:g}) nfractional"
    level = f"sides = 1 alpha = {compared['alpha']!r} power = {power!r} {weights}"
    if basis["endpoint"] == "pfs":
        median = sum(
            s["f"] * (s["median_months"] if "median_months" in s else math.log(2) / s["hazard"]) for s in strata
        )
        months = (size.accrual_months or 0.0) * patients / (size.patients + size.control_patients)
        yield "proc power;\n  twosamplesurvival test = logrank"
        yield f'    curve("control") = ({median!r}):(0.5) refsurvival = "control"'
        yield f"    hazardratio = {compared['sized_for']!r} {level}"
        yield f"    accrualtime = {months!r} followuptime = {basis['follow_up_months']!r} ntotal = ."
        yield "    ;\nrun;"
    else:
        p0, p1 = (sum(s["f"] * s[side] for s in strata) for side in ("p0", "p1"))
        yield "proc power;\n  twosamplefreq test = pchi"
        yield f"    groupproportions = ({p0!r} {p1!r}) {level} ntotal = .;\nrun;"
