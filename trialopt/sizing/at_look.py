"""What a look says of the end: conditional and predictive power of a group-sequential design.

At a look with fraction ``t`` and statistic ``z`` the score process stands at ``B = z sqrt(t)``. What follows is
independent of the past: under `drift` (the mean of the final statistic) ``B`` goes on with mean `drift` per unit of
information and variance 1 per unit.

* Conditional power: chance that a later analysis crosses its efficacy bound, for a given drift. Lan, Simon and
  Halperin, Sequential Analysis 1 (1982) 207-219; Jennison and Turnbull, Group Sequential Methods, 2000, section 10.2.
  ``trend``: at the drift the data point to, ``z / sqrt(t)``.
* Predictive power: its mean over the drift's posterior. A normal prior ``N(m, s^2)`` for the drift gives
  ``N((m / s^2 + B) / (1 / s^2 + t), 1 / (1 / s^2 + t))``, a flat one ``N(B / t, 1 / t)``. Spiegelhalter, Freedman and
  Blackburn, Controlled Clinical Trials 7 (1986) 8-17; Jennison and Turnbull, section 10.3.
"""

from __future__ import annotations

import math

import numpy as np

from trialopt.sizing.checks import SizingError
from trialopt.sizing.looks import LooksDesign
from trialopt.sizing.walk import FAR, Walk

NODES = 96


def conditional_power(
    design: LooksDesign, look: int, z: float, drift: float | None = None, *, follow_futility: bool = False
) -> float:
    """Chance of success after look number `look` (1 is the first) with statistic `z`; source: see the module.

    `drift` is the mean of the final statistic: ``design.drift`` for the effect sized for, 0 for none, a share of it for
    another effect; None follows the trend of the data. With `follow_futility` later futility bounds stop the trial.
    The look's own bounds are not applied to `z`.
    """
    t = _fraction(design, look)
    walk = Walk(z / math.sqrt(t) if drift is None else drift)
    walk.time, walk.at = t, np.array([z * math.sqrt(t)])
    chance = 0.0
    for k in range(look, len(design.timing)):
        time, upper = design.timing[k], design.efficacy_z[k]
        chance += walk.above(upper, time)
        if k + 1 < len(design.timing):
            lower = design.futility_z[k] if follow_futility and design.futility_z is not None else -FAR
            walk.go_on(lower, upper, time, design.timing[k + 1])
    return chance


def predictive_power(
    design: LooksDesign,
    look: int,
    z: float,
    prior: tuple[float, float] | None = None,
    *,
    follow_futility: bool = False,
) -> float:
    """Conditional power averaged over what the data (and `prior`) say of the drift; source: see the module.

    `prior` is mean and standard deviation of the drift before the trial (in units of the final statistic: an effect
    ``x`` is ``design.drift * x / effect``), None a flat one. Other arguments as `conditional_power`.
    """
    t = _fraction(design, look)
    if prior is not None and not prior[1] > 0:
        raise SizingError(f"the prior's standard deviation must be above 0, not {prior[1]:g}")
    mean, weight = (0.0, 0.0) if prior is None else (prior[0], 1 / prior[1] ** 2)
    precision = weight + t
    centre = (mean * weight + z * math.sqrt(t)) / precision
    x, w = np.polynomial.hermite_e.hermegauss(NODES)
    drifts = centre + x / math.sqrt(precision)
    each = [conditional_power(design, look, z, float(d), follow_futility=follow_futility) for d in drifts]
    return float(w @ np.asarray(each) / w.sum())


def _fraction(design: LooksDesign, look: int) -> float:
    if not 1 <= look < len(design.timing):
        raise SizingError(f"look must be one of the interim looks 1 to {len(design.timing) - 1}, not {look}")
    return design.timing[look - 1]
