"""Checks of arguments that sizing functions share, the one error they raise, and rounding to whole patients.

Every message names the quantity and its range.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from trialopt.core import WrongInput

Floats: TypeAlias = NDArray[np.float64]

ROUNDING_SLACK = 1e-9  # model.md section 7: sizes are ceil(n - 1e-9)


class SizingError(WrongInput):
    """A size, a power or an effect was asked for outside the range of the formula; the text says which."""


def floats(value: ArrayLike, name: str) -> Floats:
    """Return `value` as an array of floats, refusing NaN and anything that is not a number."""
    try:
        array = np.asarray(value, dtype=np.float64)
    except (TypeError, ValueError):
        raise SizingError(f"{name} must be a number, not {value!r}") from None
    if np.isnan(array).any():
        raise SizingError(f"{name} must be a number, not NaN")
    return array


def _within(value: ArrayLike, name: str, good: Callable[[Floats], NDArray[np.bool_]], range_: str) -> Floats:
    """`value` as an array; the first element outside its range is named."""
    array = floats(value, name)
    bad = ~good(array)
    if bad.any():
        raise SizingError(f"{name} must {range_}, not {float(array[bad].flat[0]):g}")
    return array


def proportion(value: ArrayLike, name: str) -> Floats:
    """A probability strictly between 0 and 1."""
    return _within(value, name, lambda x: np.asarray((x > 0) & (x < 1)), "lie strictly between 0 and 1")


def positive(value: ArrayLike, name: str) -> Floats:
    """A finite number above 0."""
    return _within(value, name, lambda x: np.asarray((x > 0) & np.isfinite(x)), "be above 0 and finite")


def not_negative(value: ArrayLike, name: str) -> Floats:
    """A finite number, 0 or above."""
    return _within(value, name, lambda x: np.asarray((x >= 0) & np.isfinite(x)), "be 0 or above and finite")


def one_of(value: str, choices: Sequence[str], name: str) -> None:
    """Refuse a word that is not one of the `choices`."""
    if value not in choices:
        raise SizingError(f"{name} must be one of {', '.join(choices)}, not {value!r}")


def levels(alpha: ArrayLike, power: ArrayLike) -> tuple[Floats, Floats]:
    """One-sided alpha in (0, 0.5] and power in (alpha, 1)."""
    a = proportion(alpha, "alpha")
    if (a > 0.5).any():
        raise SizingError(f"alpha is one-sided and must be at most 0.5, not {float(a.max()):g}")
    b = proportion(power, "power")
    if np.any(b <= a):
        raise SizingError(
            f"power must be above alpha: a test of no size at all has power {float(np.max(a)):g}, "
            f"{float(np.min(b)):g} was asked for"
        )
    return a, b


def quantile_sum(za: Floats, s_null: Floats, zb: Floats, s_alternative: Floats, method: str) -> Floats:
    """``z_alpha s_null + z_beta s_alternative``, refused where it is not above 0.

    With one standard deviation it always is when power is above alpha. With two, a power far below one half can
    ask for less than the formula gives to no patients at all.
    """
    total = np.asarray(za * s_null + zb * s_alternative)
    if np.any(total <= 0):
        raise SizingError(
            f"power is too low for the method {method}: its formula gives that much to no patients at all"
        )
    return total


def round_up(size: ArrayLike) -> Floats:
    """Whole patients (or events): ``ceil(n - 1e-9)``, as floats so that inf survives."""
    return np.ceil(np.asarray(size, dtype=np.float64) - ROUNDING_SLACK)
