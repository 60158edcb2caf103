"""Tests of two response rates, each with its size, power and least effect: what a response answer is computed by.

`unpooled`, `pooled` (`proportions.py`), `casagrande`, `fisher`, `boschloo` (`exact_size.py`, `exact.py`), and with a
margin `farrington_manning` (`noninferiority.py`).
"""

from __future__ import annotations

from dataclasses import dataclass

from trialopt.sizing.checks import SizingError
from trialopt.sizing.exact import exact_power
from trialopt.sizing.exact_size import casagrande_power, casagrande_size, exact_size
from trialopt.sizing.noninferiority import noninferiority_power, noninferiority_size
from trialopt.sizing.proportions import METHODS as NORMAL
from trialopt.sizing.proportions import proportion_effect, proportion_power, proportion_size
from trialopt.sizing.special import brentq

EXACT = ("fisher", "boschloo")
ONE_LOOK = ("casagrande", *EXACT)
METHODS = (*NORMAL, *ONE_LOOK)
METHOD_NAME = "method for a response endpoint"
SHIFTED = "farrington_manning"


@dataclass(frozen=True)
class ResponseTest:
    """A test by its name, and the margin of non-inferiority where there is one. Levels are one-sided."""

    method: str
    margin: float | None = None

    def size(
        self, p0: float, p1: float, level: float, power: float, ratio: float, inflation: float = 1.0
    ) -> tuple[float, float]:
        """Control and experimental patients, unrounded (whole by nature for the exact tests)."""
        if self.method in EXACT:
            whole = exact_size(p0, p1, level, power, ratio, self.method)  # type: ignore[arg-type]
            return float(whole.n0), float(whole.n1)
        if self.method == "casagrande":
            corrected = casagrande_size(p0, p1, level, power, ratio)
            return float(corrected.n0_exact), float(corrected.n1_exact)
        if self.method == SHIFTED:
            assert self.margin is not None
            shifted = noninferiority_size(p0, p1, self.margin, level, power, ratio)
            return inflation * float(shifted.n0_exact), inflation * float(shifted.n1_exact)
        got = proportion_size(p0, p1, level, power, ratio, self.method, inflation=inflation)  # type: ignore[arg-type]
        return float(got.n0_exact), float(got.n1_exact)

    def power(self, p0: float, p1: float, n0: float, n1: float, level: float) -> float:
        """Power of these patients."""
        if self.method in EXACT:
            return exact_power(p0, p1, n0, n1, level, self.method).power  # type: ignore[arg-type]
        if self.method == "casagrande":
            return float(casagrande_power(p0, p1, n0, n1, level).power)
        if self.method == SHIFTED:
            assert self.margin is not None
            return float(noninferiority_power(p0, p1, self.margin, n0, n1, level))
        return float(proportion_power(p0, p1, n0, n1, level, self.method).power)  # type: ignore[arg-type]

    def effect(self, p0: float, n0: float, n1: float, level: float, power: float) -> float:
        """The least experimental rate that these patients detect."""
        if self.method in NORMAL:
            return float(proportion_effect(p0, n0, n1, level, power, self.method).p1)
        low, high = p0 + 1e-9 * (1 - p0), 1 - 1e-9 * (1 - p0)
        if self.power(p0, high, n0, n1, level) < power:
            raise SizingError(
                f"{n0:g} control and {n1:g} experimental patients cannot detect any rate above p0 = {p0:g} with power "
                f"{power:g}"
            )
        return brentq(lambda p1: self.power(p0, p1, n0, n1, level) - power, low, high, xtol=1e-10)
