"""Events needed to see a hazard ratio, from formulas that know nothing of accrual.

With ``theta = -log HR``, allocation ratio ``r`` experimental to control, one-sided alpha:

* ``schoenfeld``:  ``d = (1 + r)^2 / r * (z_alpha + z_beta)^2 / theta^2``.
  Schoenfeld, Biometrika 68 (1981) 316-319 and Biometrics 39 (1983) 499-503. Local alternatives: it takes
  the share of events in each arm to be the share of patients. Optimistic when the control is over-sampled,
  pessimistic when the experimental arm is (docs/sizing.md has the simulated powers).
* ``freedman``:  ``d = (z_alpha + z_beta)^2 (1 + r HR)^2 / (r (1 - HR)^2)``.
  Freedman, Statistics in Medicine 1 (1982) 121-129.

`survival.py` adds two formulas that need the accrual as well (`lachin_foulkes`, `rubinstein`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from trialopt.sizing.checks import Floats, SizingError, levels, one_of, positive, proportion, round_up
from trialopt.sizing.special import ndtr, ndtri

EventMethod = Literal["schoenfeld", "freedman"]
METHODS: tuple[EventMethod, ...] = ("schoenfeld", "freedman")
METHOD_NAME = "method for events alone"


@dataclass(frozen=True)
class Events:
    """Events of both arms together: unrounded, whole, and the power the whole number reaches."""

    method: str
    events_exact: Floats
    events: Floats
    power: Floats


@dataclass(frozen=True)
class EventPower:
    """Power of a number of events, probability."""

    method: str
    power: Floats


@dataclass(frozen=True)
class EventEffect:
    """The hazard ratio nearest to 1 that a number of events detects with the power asked for."""

    method: str
    hazard_ratio: Floats


def check_hazard_ratio(hazard_ratio: ArrayLike, *, strict: bool = True) -> Floats:
    """A hazard ratio (experimental to control) in (0, 1); with ``strict=False`` any above 0."""
    hr = positive(hazard_ratio, "hazard ratio")
    if strict and np.any(hr >= 1):
        raise SizingError(
            f"hazard ratio must be below 1 (an effect of zero or the wrong way cannot be sized), "
            f"not {float(np.max(hr)):g}"
        )
    return hr


LEAST_HAZARD_RATIO = 1e-6
"""Below it no patient under the experimental treatment has an event, and methods divide by how many do."""


def check_followed_hazard_ratio(hazard_ratio: ArrayLike, *, strict: bool = True) -> Floats:
    """The same of a trial whose patients are followed for a time: at least 1e-6."""
    hr = check_hazard_ratio(hazard_ratio, strict=strict)
    if np.any(hr < LEAST_HAZARD_RATIO):
        raise SizingError(
            f"a hazard ratio of {float(np.min(hr)):g} leaves no event under the experimental treatment: "
            f"give one of at least {LEAST_HAZARD_RATIO:g}"
        )
    return hr


def standardised_effect(hazard_ratio: Floats, ratio: Floats, method: str) -> Floats:
    """The mean of the log-rank statistic per square root of an event."""
    if method == "schoenfeld":
        return np.asarray(-np.log(hazard_ratio) * np.sqrt(ratio) / (1 + ratio))
    return np.asarray(np.sqrt(ratio) * (1 - hazard_ratio) / (1 + ratio * hazard_ratio))


def required_events(
    hazard_ratio: ArrayLike,
    alpha: ArrayLike = 0.025,
    power: ArrayLike = 0.9,
    ratio: ArrayLike = 1.0,
    method: EventMethod = "schoenfeld",
    *,
    inflation: ArrayLike = 1.0,
    strict: bool = True,
) -> Events:
    """Events of both arms together for a hazard ratio, one-sided `alpha` and `power`.

    Formulas and sources: see the module. Arrays broadcast. `inflation` multiplies the unrounded events.

    Raises
    ------
    SizingError
        Hazard ratio not in (0, 1), ratio not above 0, ``power <= alpha``. With ``strict=False`` a hazard
        ratio of 1 or more needs inf events, power nan.
    """
    one_of(method, METHODS, METHOD_NAME)
    hr, r = check_hazard_ratio(hazard_ratio, strict=strict), positive(ratio, "ratio")
    a, b = levels(alpha, power)
    factor = positive(inflation, "inflation")
    effect = standardised_effect(hr, r, method)
    with np.errstate(divide="ignore"):
        exact = np.where(effect > 0, factor * ((ndtri(b) - ndtri(a)) / effect) ** 2, np.inf)
    whole = round_up(exact)
    with np.errstate(invalid="ignore"):
        reached = ndtr(np.sqrt(whole / factor) * effect + ndtri(a))
    return Events(method, exact, whole, np.where(effect > 0, reached, np.nan))


def event_power(
    hazard_ratio: ArrayLike,
    events: ArrayLike,
    alpha: ArrayLike = 0.025,
    ratio: ArrayLike = 1.0,
    method: EventMethod = "schoenfeld",
) -> EventPower:
    """Power of `events` events: `required_events` solved for z_beta. A hazard ratio above 1 is allowed."""
    one_of(method, METHODS, METHOD_NAME)
    hr, d, r = positive(hazard_ratio, "hazard ratio"), positive(events, "events"), positive(ratio, "ratio")
    a = proportion(alpha, "alpha")
    return EventPower(method, np.asarray(ndtr(np.sqrt(d) * standardised_effect(hr, r, method) + ndtri(a))))


def event_effect(
    events: ArrayLike,
    alpha: ArrayLike = 0.025,
    power: ArrayLike = 0.9,
    ratio: ArrayLike = 1.0,
    method: EventMethod = "schoenfeld",
) -> EventEffect:
    """Minimum detectable effect: the hazard ratio at which `events` events have power `power`.

    ``HR = exp(-(z_alpha + z_beta) (1 + r) / sqrt(r d))`` by Schoenfeld,
    ``HR = (c - 1) / (c + r)``, ``c = sqrt(r d) / (z_alpha + z_beta)``, by Freedman (none when ``c <= 1``).
    """
    one_of(method, METHODS, METHOD_NAME)
    d, r = positive(events, "events"), positive(ratio, "ratio")
    a, b = levels(alpha, power)
    z = ndtri(b) - ndtri(a)
    if method == "schoenfeld":
        return EventEffect(method, np.asarray(np.exp(-z * (1 + r) / np.sqrt(r * d))))
    c = np.asarray(np.sqrt(r * d) / z)
    if np.any(c <= 1):
        raise SizingError(f"{float(np.min(d)):g} events detect no hazard ratio above 0 with that power")
    return EventEffect(method, np.asarray((c - 1) / (c + r)))
