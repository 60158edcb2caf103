"""The functions of SciPy that sizing rests on, loaded when first called.

Importing SciPy's special functions and root finders takes half a second, which a trial that is not sized need not wait
for. `import scipy` alone loads none of it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import scipy

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
