"""Spending functions: the share of an error that may be used up by an information fraction.

With ``t`` the fraction and ``a`` the whole (one-sided alpha, or beta):

* ``obrien_fleming``:  ``2 (1 - Phi(z_{a/2} / sqrt(t)))``; ``pocock``:  ``a ln(1 + (e - 1) t)``.
  Lan and DeMets, Biometrika 70 (1983) 659-663.
* ``hsd:GAMMA``:  ``a (1 - exp(-gamma t)) / (1 - exp(-gamma))``, ``a t`` at gamma 0.
  Hwang, Shih and DeCani, Statistics in Medicine 9 (1990) 1439-1445, equation 3.
* ``power:RHO``:  ``a t^rho``, rho above 0. Kim and DeMets, Biometrika 74 (1987) 149-154.
"""

from __future__ import annotations

import math

from trialopt.core.settings import SPENDING_FAMILIES, SPENDING_WORDS, spending_of
from trialopt.sizing.checks import SizingError
from trialopt.sizing.special import ndtr, ndtri


def check_spending(spending: str, what: str = "spending") -> tuple[str, float]:
    """Family and parameter of a spending function; refuses what is not one, `what` names the setting.

    ``hsd:-4`` is ``("hsd", -4.0)``; the families without a parameter have 0.
    """
    found = spending_of(spending)
    if found is None:
        ranges = ", ".join(f"{name} {range_}" for name, range_ in SPENDING_FAMILIES.values())
        raise SizingError(f"{what} must be one of {', '.join(SPENDING_WORDS)} ({ranges}), not {spending!r}")
    return found


def spend(level: float, time: float, spending: str) -> float:
    """Error of total `level` spent by information fraction `time`, in (0, 1]; formulas in the module."""
    family, parameter = check_spending(spending)
    if family == "obrien_fleming":
        return float(2 * ndtr(ndtri(level / 2) / math.sqrt(time)))
    if family == "pocock":
        return level * math.log1p((math.e - 1) * time)
    if family == "power":
        return float(level * time**parameter)
    if parameter == 0:
        return level * time
    return level * math.expm1(-parameter * time) / math.expm1(-parameter)
