"""Numbers that no trial has: refused by name, before a formula divides by what is left of them."""

from __future__ import annotations

import math

from trialopt.sizing.checks import SizingError, positive
from trialopt.sizing.events import LEAST_HAZARD_RATIO
from trialopt.sizing.request import SizeRequest

_MONTHS = (1e-3, 1e6)

RANGES: dict[str, tuple[float, float]] = {
    "hr": (LEAST_HAZARD_RATIO, 1 / LEAST_HAZARD_RATIO),
    "early_hr": (LEAST_HAZARD_RATIO, 1 / LEAST_HAZARD_RATIO),
    **dict.fromkeys(("median", "accrual_months", "follow_up", "dropout_time", "delay"), _MONTHS),
    "accrual_rate": (1e-6, 1e9),
    "dropout": (1e-12, 1e3),
    "ratio": (1e-3, 1e3),
    **dict.fromkeys(("p0", "p1"), (1e-12, 1 - 1e-9)),
    "n": (1e-3, 1e12),
    "events": (1e-3, 1e12),
}
"""Option -> least and most it can be; months, patients, events, hazards per month."""

_BY_FORMULAS = ("p0", "p1", "ratio", "dropout", "follow_up")
"""What is not above 0, or not finite, is refused by the formulas, or has a meaning."""


def check_ranges(request: SizeRequest) -> None:
    """Refuse numbers beyond `RANGES`. Raises `SizingError`."""
    for name, (least, most) in RANGES.items():
        value = getattr(request, name)
        if isinstance(value, str) or value is None:
            continue
        option = "--" + name.replace("_", "-")
        if not (math.isfinite(value) and value > 0):
            if name not in _BY_FORMULAS:
                positive(value, "hazard ratio" if name == "hr" else option)
            continue
        if not least <= value <= most:
            raise SizingError(f"{option} must be from {least:g} to {most:g}, not {value:g}")
