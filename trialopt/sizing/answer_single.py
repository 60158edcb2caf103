"""Answers that are not of one comparison: single-arm designs, power at a look, adjusted p-values."""

from __future__ import annotations

from typing import Any

import numpy as np

from trialopt.sizing.adjust import dunnett_step_down, hochberg, holm, hommel
from trialopt.sizing.at_look import conditional_power, predictive_power
from trialopt.sizing.checks import SizingError
from trialopt.sizing.formulas import FORMULAS
from trialopt.sizing.interim import Interim
from trialopt.sizing.request import DEFAULT_POWER, SizeRequest
from trialopt.sizing.single_arm import one_stage, simon_two_stage
from trialopt.sizing.special import ndtri

KINDS = ("optimal", "minimax", "one_stage")
GIVEN = ("planned", "none", "trend")


def single_arm(q: SizeRequest) -> dict[str, Any]:
    """Patients and bounds of a single-arm phase 2 design, exactly."""
    if q.single_arm not in KINDS:
        raise SizingError(f"--single-arm must be one of {', '.join(KINDS)}, not {q.single_arm!r}")
    if q.p0 is None or q.p1 is None:
        raise SizingError("--single-arm needs --p0, the rate that is too low, and --p1, the rate hoped for")
    target = q.power or DEFAULT_POWER
    head = {"endpoint": "response", "p0": q.p0, "p1": q.p1}
    if q.single_arm == "one_stage":
        one = one_stage(q.p0, q.p1, q.one_sided_alpha, target)
        found: dict[str, Any] = {"kind": q.single_arm, "n": one.n, "r": one.r}
        exact = one.alpha, one.power
    else:
        two = simon_two_stage(q.p0, q.p1, q.one_sided_alpha, target, q.single_arm)  # type: ignore[arg-type]
        found = {
            "kind": q.single_arm,
            "n1": two.n1,
            "r1": two.r1,
            "n": two.n,
            "r": two.r,
            "expected_n_p0": two.expected,
            "stop_p0": two.stop,
        }
        exact = two.alpha, two.power
    found |= {"type_one_error": exact[0], "power": exact[1]}
    return {**_head(q, "single_arm", "one_stage" if q.single_arm == "one_stage" else "simon"), **head,
            "power_target": target, "single_arm": found, "notes": _two_sided(q)}  # fmt: skip


def at_look(q: SizeRequest, interim: Interim) -> dict[str, Any]:
    """Conditional and predictive power at an interim look."""
    assert q.at_look is not None
    if q.looks == 0:
        raise SizingError("--at-look needs the looks of the design: give --looks, and --timing, --spending, --futility")
    if (q.z is None) == (q.observed is None):
        raise SizingError("--at-look needs one of --z, the statistic seen, and --observed, the effect seen")
    target = q.power or DEFAULT_POWER
    design = interim.design(q.one_sided_alpha, target)
    if not 1 <= q.at_look <= q.looks:
        raise SizingError(f"--at-look must be one of the interim looks 1 to {q.looks}, not {q.at_look}")
    t = design.timing[q.at_look - 1]
    z = q.z if q.z is not None else _seen(q) * design.drift * t**0.5
    trend = z / t**0.5
    drifts = {"planned": design.drift, "none": 0.0, "trend": trend}
    prior = None if q.prior is None else _prior(q.prior, design.drift)
    ruled = design.futility != "none"
    rows: dict[str, Any] = {
        "look": q.at_look,
        "information_fraction": t,
        "z": z,
        "share_of_planned": trend / design.drift,
        "efficacy_z": design.efficacy_z[q.at_look - 1],
        "futility_z": None if design.futility_z is None else design.futility_z[q.at_look - 1],
        "final_efficacy_z": design.efficacy_z[-1],
        "conditional_power": {k: conditional_power(design, q.at_look, z, d) for k, d in drifts.items()},
        "predictive_power": predictive_power(design, q.at_look, z, prior),
        "prior": None if q.prior is None else list(q.prior),
    }
    if ruled:
        follow = {
            k: conditional_power(design, q.at_look, z, d, follow_futility=True) for k, d in drifts.items()
        }  # the later futility bounds stop the trial
        rows["conditional_power_futility"] = follow
        rows["predictive_power_futility"] = predictive_power(design, q.at_look, z, prior, follow_futility=True)
    notes = _two_sided(q)
    if z >= rows["efficacy_z"]:
        notes.append("z is above the efficacy bound of this look: the trial has shown its effect.")
    if rows["futility_z"] is not None and z < rows["futility_z"]:
        notes.append("z is below the futility bound of this look: the rule is to stop.")
    return {**_head(q, "at_look", "at_look"), "endpoint": q.endpoint, "power_target": target, "looks": q.looks,
            "spending": q.spending, "futility": q.futility, "at_look": rows, "notes": notes}  # fmt: skip


def _seen(q: SizeRequest) -> float:
    """The effect seen, as a share of the planned one on the scale of the statistic."""
    assert q.observed is not None
    if q.endpoint == "pfs":
        if q.hr is None:
            raise SizingError("--observed with --endpoint pfs is a hazard ratio and needs the planned --hr")
        if not (q.observed > 0 and 0 < q.hr < 1):
            raise SizingError("--observed must be above 0 and --hr between 0 and 1")
        return float(np.log(q.observed) / np.log(q.hr))
    if q.endpoint != "response" or q.p0 is None or q.p1 is None:
        raise SizingError(
            "--observed is held against the planned effect: give --endpoint response, --p0 and --p1 (then it is a "
            "difference), or --endpoint pfs and --hr (then it is a hazard ratio)"
        )
    if not q.p1 > q.p0:
        raise SizingError("--p1 must be above --p0")
    return q.observed / (q.p1 - q.p0)


def _prior(prior: tuple[float, ...], drift: float) -> tuple[float, float]:
    if len(prior) != 2 or not prior[1] > 0:
        raise SizingError("--prior is a mean and a standard deviation above 0, in shares of the planned effect: 1,0.5")
    return prior[0] * drift, prior[1] * drift


def p_values(q: SizeRequest) -> dict[str, Any]:
    """Adjusted p-values of a family, by every procedure."""
    assert q.p_values is not None
    if q.ratio == "best" or not float(q.ratio) > 0:
        raise SizingError("--ratio is each arm's patients to those of the shared control, above 0")
    p = np.asarray(q.p_values, dtype=np.float64)
    stepwise = {"holm": holm(p), "hochberg": hochberg(p), "hommel": hommel(p)}  # refuses what is no p-value
    adjusted = {"bonferroni": np.minimum(1.0, len(p) * p), **stepwise}
    inside = np.clip(p, 1e-300, 1 - 1e-16)
    adjusted["dunnett"] = dunnett_step_down(-ndtri(inside), float(q.ratio))
    rows = [{"p": float(p[k]), **{name: float(a[k]) for name, a in adjusted.items()}} for k in range(len(p))]
    notes = [
        *_two_sided(q),
        "Hochberg and Hommel count on independent or positively dependent p-values; Dunnett on a shared control with "
        f"a ratio of {float(q.ratio):g}; Bonferroni and Holm on nothing.",
    ]
    return {**_head(q, "p_values", "p_values"), "ratio": float(q.ratio), "p_values": rows, "notes": notes}


def _head(q: SizeRequest, solved_for: str, method: str) -> dict[str, Any]:
    formula = FORMULAS[method]
    return {
        "solved_for": solved_for,
        "method": method,
        "formula": formula.text,
        "source": formula.source,
        "alpha": q.one_sided_alpha,
        "sides": q.sides,
    }


def _two_sided(q: SizeRequest) -> list[str]:
    return ["The two-sided alpha is halved: only a benefit counts."] if q.sides == 2 else []
