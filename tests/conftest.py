"""What every test run shares: repeatable hypothesis profiles; slow tests only with `-m slow`, full counts `-m many`."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, settings

_QUIET = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
settings.register_profile("default", derandomize=True, deadline=None, suppress_health_check=_QUIET)
settings.register_profile("explore", max_examples=1000, deadline=None, suppress_health_check=_QUIET)
settings.load_profile("default")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave slow tests, and the full counts of random instances, out of a run that does not select by mark."""
    if config.getoption("markexpr"):
        return
    left_out = [item for item in items if item.get_closest_marker("slow") or item.get_closest_marker("many")]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in set(left_out)]
