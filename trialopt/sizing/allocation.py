"""The best allocation ratio when several arms share a control."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from scipy.optimize import minimize_scalar
from scipy.special import ndtri

from trialopt.sizing.multiplicity import Multiplicity, check_arms, critical_value, marginal_for

WIDEST = 20.0


@dataclass(frozen=True)
class SharedAllocation:
    """Allocation to a shared control: `ratio` is one arm's patients to the control's.

    `saving` is the share of patients saved against equal allocation, `rule_of_thumb` the ratio ``1 / sqrt(K)``.
    """

    method: str
    arms: int
    ratio: float
    rule_of_thumb: float
    saving: float


def best_ratio(total: Callable[[float], float]) -> float:
    """The ratio between 1/20 and 20 that makes `total` (patients as a function of the ratio) smallest."""
    found = minimize_scalar(
        lambda log_ratio: total(math.exp(log_ratio)),
        bounds=(-math.log(WIDEST), math.log(WIDEST)),
        method="bounded",
        options={"xatol": 1e-10},
    )
    return math.exp(float(found.x))


def shared_control_allocation(
    arms: int,
    multiplicity: Multiplicity = "dunnett",
    alpha: float = 0.025,
    power: float = 0.9,
    control_variance: float = 1.0,
    experimental_variance: float = 1.0,
) -> SharedAllocation:
    """Patients for all arms and their shared control made fewest, each arm with marginal power `power`.

    Minimises ``(1 + K r) (c(r) + z_beta)^2 (v0 + v1 / r)`` over ``r``; ``c(r)`` is the critical value of the procedure,
    ``v0``, ``v1`` one patient's variance (``p q`` for a proportion; equal for survival by Schoenfeld). With
    a fixed ``c`` the optimum is ``sqrt(v1 / (K v0))``: for equal variances ``1 / sqrt(K)``, Dunnett, JASA 50 (1955)
    1096-1121. Numerically, ours.
    """
    k = check_arms(arms)

    def total(r: float) -> float:
        level = float(critical_value(multiplicity, k, alpha, r).level)
        reach = marginal_for("marginal", power, multiplicity, k, alpha, r)
        z = float(ndtri(reach) - ndtri(level))
        return (1 + k * r) * z**2 * (control_variance + experimental_variance / r)

    r = best_ratio(total)
    return SharedAllocation(f"fewest patients, {multiplicity}", k, r, 1 / math.sqrt(k), 1 - total(r) / total(1.0))
