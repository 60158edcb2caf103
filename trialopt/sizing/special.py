"""The normal distribution, roots and minima: functions of SciPy loaded when first called, and a root of many at once.

Importing SciPy's special functions and root finders takes half a second, which a trial that is not sized need not wait
for. `import scipy` alone loads none of it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import scipy

from trialopt.sizing.checks import Floats

RTOL = float(4 * np.finfo(float).eps)
"""SciPy's own relative tolerance of a root."""


def ndtr(x: Any) -> Any:
    """Distribution function of the standard normal, elementwise."""
    return scipy.special.ndtr(x)


def ndtri(p: Any) -> Any:
    """Quantile of the standard normal, elementwise."""
    return scipy.special.ndtri(p)


def brentq(function: Callable[..., float], low: float, high: float, *, xtol: float, rtol: float = RTOL) -> float:
    """Root of a function between two points at which its signs differ; `xtol` and `rtol` as SciPy has them."""
    return float(scipy.optimize.brentq(function, low, high, xtol=xtol, rtol=rtol))


def minimize_scalar(function: Callable[[float], float], **options: Any) -> Any:
    """Minimum of a function of one number, as SciPy's function of that name finds it."""
    return scipy.optimize.minimize_scalar(function, **options)


def bracketed_root(
    function: Callable[[Floats], Floats], low: Floats, high: Floats, *, tolerance: float = 1e-13
) -> Floats:
    """Roots of an elementwise `function` that changes sign between `low` and `high`.

    Chandrupatla's method (Advances in Engineering Software 28, 145-149, 1997): inverse quadratic
    interpolation where it is safe and bisection elsewhere, so it never leaves the bracket. All elements
    are iterated together until the widest bracket is `tolerance` relative to its root, or 200 steps.
    An element whose bracket holds no change of sign ends at one of its ends: callers check brackets.
    """
    b, a = np.broadcast_arrays(np.asarray(low, float), np.asarray(high, float))
    a, b = a.copy(), b.copy()
    fa, fb = function(a), function(b)
    t = np.full(a.shape, 0.5)
    c, fc = a.copy(), fa.copy()
    best = np.where(np.abs(fa) < np.abs(fb), a, b)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        for _ in range(200):
            x = a + t * (b - a)
            fx = function(x)
            same = np.sign(fx) == np.sign(fa)
            c, fc = np.where(same, a, b), np.where(same, fa, fb)
            b, fb = np.where(same, b, a), np.where(same, fb, fa)
            a, fa = x, fx
            best = np.where(np.abs(fa) < np.abs(fb), a, b)
            relative = (tolerance * np.abs(best) + 1e-300) / np.abs(b - c)
            done = (relative > 0.5) | (fa == 0) | (b == c) | (fb == 0)
            if done.all():
                break
            xi, phi = (a - b) / (c - b), (fa - fb) / (fc - fb)
            curved = (phi**2 < xi) & ((1 - phi) ** 2 < 1 - xi)
            step = fa / (fb - fa) * fc / (fb - fc) + (c - a) / (b - a) * fa / (fc - fa) * fb / (fc - fb)
            t = np.where(curved & np.isfinite(step), step, 0.5)
            margin = np.minimum(relative, 0.5)
            t = np.where(done, 0.0, np.clip(t, margin, 1 - margin))
    return np.asarray(best, dtype=np.float64)
