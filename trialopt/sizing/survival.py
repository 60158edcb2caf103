"""Patients for a progression-free survival comparison: how many, over how many months, followed for how long.

All formulas give the patients ``N`` of both arms together that are needed when accrual lasts ``A`` months and
follow-up ``F``; `P0`, `P1` are the chances of a seen event (`accrual.py`), ``theta = -log HR``, ``r`` the
ratio experimental to control, ``z = z_alpha + z_beta``:

* ``schoenfeld``, ``freedman``:  ``N = d (1 + r) / (r P1 + P0)`` with the events ``d`` of `events.py`.
* ``rubinstein`` (direct variance):  ``N = z^2 / theta^2 * (1 + r) (1 / P0 + 1 / (r P1))``, the variance of
  the estimated log hazard ratio under the alternative. Rubinstein, Gail and Santner, Journal of Chronic
  Diseases 34 (1981) 469-479.
* ``lachin_foulkes``:  ``N = (z_alpha sqrt((1 + r)^2 / (r Pm)) + z_beta sqrt((1 + r) (1 / P0 + 1 / (r
  P1))))^2 / theta^2``, ``Pm`` the chance of an event at the mean hazard ``(h0 + r h1) / (1 + r)``. Lachin
  and Foulkes, Biometrics 42 (1986) 507-519.

``N`` falls as ``A`` or ``F`` grows. A size is found in one of three ways, by what is given:

* accrual months: ``N`` from the formula, the rate needed is ``N / A``;
* accrual rate: the root ``A`` of ``rate * A = N(A, F)`` (there always is one, and one only);
* both: ``N = rate * A`` is fixed and follow-up is the root of ``N(A, F) = rate * A``, if events enough are
  ever seen.

Limits: proportional hazards, exponential times, the log-rank test at one look.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from trialopt.sizing.accrual import Course, hazard_of_median
from trialopt.sizing.checks import Floats, SizingError, levels, not_negative, one_of, positive, proportion, round_up
from trialopt.sizing.events import check_followed_hazard_ratio
from trialopt.sizing.special import bracketed_root, ndtri

SurvivalMethod = Literal["schoenfeld", "freedman", "lachin_foulkes", "rubinstein"]
METHODS: tuple[SurvivalMethod, ...] = ("schoenfeld", "freedman", "lachin_foulkes", "rubinstein")
METHOD_NAME = "method for a pfs endpoint"


@dataclass(frozen=True)
class SurvivalSize:
    """Patients, events and times of a comparison; fields have the broadcast shape of the inputs.

    `events` are those expected from the unrounded patients (for Schoenfeld and Freedman the events required),
    `n0_exact`, `n1_exact` unrounded and `n0`, `n1` whole patients of control and experimental side.
    `accrual_rate` is patients a month of the comparison, and `accrual_months`, `follow_up_months` and
    `power` are those of the whole patients: accrual lasts ``(n0 + n1) / rate`` where the rate was given.
    Without an answer: inf, and nan for months, rate and power.
    """

    method: str
    events: Floats
    n0_exact: Floats
    n1_exact: Floats
    n0: Floats
    n1: Floats
    accrual_rate: Floats
    accrual_months: Floats
    follow_up_months: Floats
    expected_events: Floats
    power: Floats


@dataclass(frozen=True)
class SurvivalPower:
    """Power of a number of patients, and the events they are expected to have by the end."""

    method: str
    power: Floats
    expected_events: Floats


@dataclass(frozen=True)
class SurvivalEffect:
    """The hazard ratio nearest to 1 that a number of patients detects with the power asked for."""

    method: str
    hazard_ratio: Floats
    expected_events: Floats


def _accrual_root(course: Course, za: Floats, zb: Floats, rate: Floats, f: Floats, factor: Floats, m: str) -> Floats:
    """``A`` with ``rate * A = N(A, F)``: the left side rises from 0, the right falls to a limit above 0."""

    def surplus(log_months: Floats) -> Floats:
        a = np.exp(log_months)
        return np.asarray(rate * a - factor * course.patients(za, zb, a, f, m))

    start = 1 / course.h0
    least = factor * course.patients(za, zb, np.full_like(f, np.inf), f, m) / rate
    most = np.maximum(start, factor * course.patients(za, zb, start, f, m) / rate)
    return np.exp(bracketed_root(surplus, np.log(least) - 1e-9, np.log(most) + 1e-9))


def _follow_up_root(course: Course, za: Floats, zb: Floats, rate: Floats, a: Floats, factor: Floats, m: str) -> Floats:
    """``F`` with ``N(A, F) = rate * A``; 0 where accrual alone is enough, nan where nothing is."""
    n = rate * a

    def surplus(follow_up: Floats) -> Floats:
        return np.asarray(n - factor * course.patients(za, zb, a, follow_up, m))

    zero = np.zeros_like(a)
    never = surplus(np.full_like(a, np.inf)) <= 0
    longest = 800 / (np.minimum(course.h0, course.hazard_ratio * course.h0) + course.dropout)
    root = bracketed_root(surplus, zero, longest)
    root = np.where(surplus(zero) >= 0, 0.0, root)
    return np.where(never, np.nan, root)


def survival_size(
    hazard_ratio: ArrayLike,
    control_median: ArrayLike,
    alpha: ArrayLike = 0.025,
    power: ArrayLike = 0.9,
    ratio: ArrayLike = 1.0,
    method: SurvivalMethod = "schoenfeld",
    *,
    accrual_rate: ArrayLike | None = None,
    accrual_months: ArrayLike | None = None,
    follow_up: ArrayLike = 0.0,
    dropout: ArrayLike = 0.0,
    inflation: ArrayLike = 1.0,
    strict: bool = True,
) -> SurvivalSize:
    """Patients for a hazard ratio; what is left out of rate, accrual months and follow-up is solved for.

    Parameters
    ----------
    hazard_ratio, control_median
        Experimental to control, in (0, 1); months.
    accrual_rate, accrual_months
        Patients a month (both arms of the comparison), months. One of them, or both: then `follow_up` is not
        used and its value is found.
    follow_up, dropout
        Months after the last patient; hazard of dropping out per month (both arms).
    inflation
        Multiplies events and patients (interim looks: `group_sequential.inflation`).

    Formulas, sources and limits: see the module. Arrays broadcast; thousands of elements take milliseconds.

    Raises
    ------
    SizingError
        Anything out of range, no effect or one the wrong way, ``power <= alpha``, neither rate nor months
        given, or (both given) accrual too slow ever to reach the events. With ``strict=False`` an element
        without effect, or whose events are never reached, has size inf instead.
    """
    one_of(method, METHODS, METHOD_NAME)
    hr, h0 = check_followed_hazard_ratio(hazard_ratio, strict=strict), hazard_of_median(control_median)
    a, b = levels(alpha, power)
    r, f, d = positive(ratio, "ratio"), not_negative(follow_up, "follow-up"), not_negative(dropout, "dropout")
    factor = positive(inflation, "inflation")
    if accrual_rate is None and accrual_months is None:
        raise SizingError("patients need an accrual rate or accrual months (events alone: required_events)")
    rate = None if accrual_rate is None else positive(accrual_rate, "accrual rate")
    months = None if accrual_months is None else positive(accrual_months, "accrual months")
    blank = np.ones(())
    hr, h0, a, b, r, f, d, factor, rate_, months_ = np.broadcast_arrays(
        hr, h0, a, b, r, f, d, factor, blank if rate is None else rate, blank if months is None else months
    )
    none = hr >= 1
    course = Course(h0, np.where(none, 0.5, hr), d, r)
    za, zb = -ndtri(a), ndtri(b)
    if rate is None:
        n = factor * course.patients(za, zb, months_, f, method)
    elif months is None:
        months_ = _accrual_root(course, za, zb, rate_, f, factor, method)
        n = rate_ * months_
    else:
        f = _follow_up_root(course, za, zb, rate_, months_, factor, method)
        n = rate_ * months_
        never = np.isnan(f) & ~none
        if strict and never.any():
            raise SizingError(_never_reached(course, za, zb, n, factor, method, never))
        none = none | never
        f = np.where(never, 0.0, f)
    events = factor * course.patients(za, zb, months_, f, method) * course.events_per_patient(months_, f)
    n0 = n / (1 + r)
    n1 = n0 * r
    whole0, whole1 = round_up(n0), round_up(n1)
    total = whole0 + whole1
    if rate is None:
        rate_ = total / months_
    else:
        months_ = total / rate_
    as_built = Course(h0, course.hazard_ratio, d, whole1 / whole0)
    seen = total * as_built.events_per_patient(months_, f)
    reached = as_built.power(total / factor, za, months_, f, method)
    return SurvivalSize(
        method,
        *(np.where(none, np.inf, x) for x in (events, n0, n1, whole0, whole1)),
        *(np.where(none, np.nan, x) for x in (rate_, months_, f, seen, reached)),
    )


def _never_reached(
    course: Course, za: Floats, zb: Floats, n: Floats, factor: Floats, method: str, never: NDArray[np.bool_]
) -> str:
    k = int(np.argmax(never))
    forever = np.full_like(n, np.inf)
    most = n * course.events_per_patient(n, forever)
    needed = factor * course.patients(za, zb, n, forever, method) * course.events_per_patient(n, forever)
    return (
        f"accrual is too slow ever to reach the events: {n.flat[k]:.6g} patients have at most "
        f"{most.flat[k]:.1f} events however long they are followed, {needed.flat[k]:.1f} are needed; "
        "raise the accrual rate or months"
    )


def _accrual_span(n: Floats, accrual_rate: ArrayLike | None, accrual_months: ArrayLike | None) -> Floats:
    if (accrual_rate is None) == (accrual_months is None):
        raise SizingError("give the accrual rate or the accrual months, one of them: patients are known here")
    if accrual_rate is not None:
        return np.asarray(n / positive(accrual_rate, "accrual rate"))
    return positive(accrual_months, "accrual months")  # type: ignore[arg-type]


def survival_power(
    hazard_ratio: ArrayLike,
    control_median: ArrayLike,
    n0: ArrayLike,
    n1: ArrayLike,
    alpha: ArrayLike = 0.025,
    method: SurvivalMethod = "schoenfeld",
    *,
    accrual_rate: ArrayLike | None = None,
    accrual_months: ArrayLike | None = None,
    follow_up: ArrayLike = 0.0,
    dropout: ArrayLike = 0.0,
) -> SurvivalPower:
    """Power of `n0` control and `n1` experimental patients: the formula of the module solved for z_beta.

    Give the accrual rate or the accrual months. Arrays broadcast; ranges as in `survival_size`.
    """
    one_of(method, METHODS, METHOD_NAME)
    hr, h0 = check_followed_hazard_ratio(hazard_ratio), hazard_of_median(control_median)
    m0, m1 = positive(n0, "n0"), positive(n1, "n1")
    a = proportion(alpha, "alpha")
    f, d = not_negative(follow_up, "follow-up"), not_negative(dropout, "dropout")
    months = _accrual_span(np.asarray(m0 + m1), accrual_rate, accrual_months)
    course = Course(h0, hr, d, m1 / m0)
    reached = course.power(m0 + m1, -ndtri(a), months, f, method)
    return SurvivalPower(method, reached, np.asarray((m0 + m1) * course.events_per_patient(months, f)))


def survival_effect(
    control_median: ArrayLike,
    n0: ArrayLike,
    n1: ArrayLike,
    alpha: ArrayLike = 0.025,
    power: ArrayLike = 0.9,
    method: SurvivalMethod = "schoenfeld",
    *,
    accrual_rate: ArrayLike | None = None,
    accrual_months: ArrayLike | None = None,
    follow_up: ArrayLike = 0.0,
    dropout: ArrayLike = 0.0,
    inflation: ArrayLike = 1.0,
) -> SurvivalEffect:
    """Minimum detectable effect: the weakest hazard ratio (nearest to 1) these patients detect with `power`.

    The root of ``N(HR) = n0 + n1`` nearest to 1; a stronger effect also has fewer events, so by the methods
    with the variance under the alternative very strong effects may need more patients again. Arrays broadcast.

    Raises
    ------
    SizingError
        Ranges as in `survival_size`, or no hazard ratio down to 0.0001 is detected.
    """
    one_of(method, METHODS, METHOD_NAME)
    h0, m0, m1 = hazard_of_median(control_median), positive(n0, "n0"), positive(n1, "n1")
    a, b = levels(alpha, power)
    f, d = not_negative(follow_up, "follow-up"), not_negative(dropout, "dropout")
    factor = positive(inflation, "inflation")
    months = _accrual_span(np.asarray(m0 + m1), accrual_rate, accrual_months)
    h0, m0, m1, a, b, f, d, factor, months = np.broadcast_arrays(h0, m0, m1, a, b, f, d, factor, months)
    za, zb, n = -ndtri(a), ndtri(b), m0 + m1

    def surplus(log_hr: Floats) -> Floats:
        course = Course(h0, np.exp(log_hr), d, m1 / m0)
        return np.asarray(n - factor * course.patients(za, zb, months, f, method))

    low, high = np.full(n.shape, np.nan), np.full(n.shape, -1e-9)
    for step in np.linspace(0, np.log(1e-4), 400)[1:]:
        found = np.isnan(low) & (surplus(np.full(n.shape, step)) >= 0)
        low = np.where(found, step, low)
        high = np.where(np.isnan(low), step, high)
    if np.isnan(low).any():
        k = int(np.argmax(np.isnan(low)))
        raise SizingError(
            f"{n.flat[k]:g} patients over {months.flat[k]:g} months of accrual and {f.flat[k]:g} after it "
            f"have too few events to detect any hazard ratio with power {b.flat[k]:g}"
        )
    hr = np.exp(bracketed_root(surplus, low, high))
    seen = n * Course(h0, hr, d, m1 / m0).events_per_patient(months, f)
    return SurvivalEffect(method, hr, np.asarray(seen))
