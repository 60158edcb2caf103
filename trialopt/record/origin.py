"""How a design was found: versions, limits, method and timings, as the record keeps them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from trialopt import __version__
from trialopt.core.run import Monitor, Outcome

Json = dict[str, Any]


def origin(outcome: Outcome, monitor: Monitor, options: Mapping[str, object]) -> Json:
    """How a design was found: versions, limits and `options`, method, timings."""
    limits = monitor.limits
    given = {"time_limit": limits.time, "node_limit": limits.nodes, "profile": limits.profile}
    return {
        "trialopt": __version__,
        "pyomo": _version("pyomo"),
        "highs": _version("highspy"),
        "options": {"gap": limits.gap, **given, **options},
        "method": outcome.method,
        "finished": datetime.now(UTC).isoformat(timespec="seconds"),
        "timings": {key: float(seconds) for key, seconds in outcome.timings.items()},
        "details": {key: _plain(item) for key, item in outcome.details.items()},
    }


def _plain(item: object) -> Any:
    """A detail as JSON can hold it; what it cannot becomes text."""
    if isinstance(item, Mapping):
        return {str(key): _plain(value) for key, value in item.items()}
    if isinstance(item, list | tuple):
        return [_plain(value) for value in item]
    if item is None or isinstance(item, bool | int | str):
        return item
    if hasattr(item, "item"):
        item = item.item()
    if isinstance(item, float | int):
        return item if math.isfinite(item) else str(item)
    return str(item)


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "unknown"
