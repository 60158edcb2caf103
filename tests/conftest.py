"""What every test run shares: repeatable hypothesis profiles, which tests a run takes, and what each folder costs.

`pytest` leaves out `slow` and `many`; `pytest -m quick` takes everything but those and what `tests/heavy.py` lists.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Generator

import pytest
from hypothesis import HealthCheck, settings

from tests.heavy import is_heavy

_QUIET = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
settings.register_profile("default", derandomize=True, deadline=None, suppress_health_check=_QUIET)
settings.register_profile("explore", max_examples=1000, deadline=None, suppress_health_check=_QUIET)
settings.load_profile("default")


@pytest.fixture(autouse=True)
def _as_piped(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tables as wide as when piped, whatever terminal or process the tests run in."""
    monkeypatch.delenv("COLUMNS", raising=False)


def _is_left_out(item: pytest.Item) -> bool:
    return bool(item.get_closest_marker("slow") or item.get_closest_marker("many"))


@pytest.hookimpl(tryfirst=True)  # before the selection by mark
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark what is quick; leave slow tests and full counts out of a run that does not select by mark."""
    for item in items:
        if not _is_left_out(item) and not is_heavy(item.nodeid):
            item.add_marker("quick")
    if config.getoption("markexpr"):
        return
    left_out = [item for item in items if _is_left_out(item)]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if not _is_left_out(item)]


# -- CPU seconds: taken in the process that runs a test, sent with its reports, added up where they are printed --------

_spent_before = 0.0
_of_tests: Counter[str] = Counter()


def _cpu_seconds() -> float:
    """CPU seconds of this process and of its children that ended."""
    return sum(os.times()[:4])


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--cpu N`: the N tests that cost most, after the folders."""
    parser.addoption("--cpu", type=int, default=0, metavar="N", help="name the N tests that took most CPU seconds")


def pytest_runtest_logstart() -> None:
    global _spent_before
    _spent_before = _cpu_seconds()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Put the CPU seconds of set-up, call or tear-down into its report."""
    global _spent_before
    report = yield
    now = _cpu_seconds()
    report.cpu_seconds = now - _spent_before
    _spent_before = now
    return report


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    _of_tests[report.nodeid] += getattr(report, "cpu_seconds", 0.0)


def _folder(nodeid: str) -> str:
    """Room of the tests: the folder below `tests`, or the file where there is none."""
    return nodeid.split("::")[0].removeprefix("tests/").split("/")[0]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print the CPU seconds by folder, the dearest first; pytest's own summary line comes after it."""
    by_folder: Counter[str] = Counter()
    for nodeid, seconds in _of_tests.items():
        by_folder[_folder(nodeid)] += seconds
    lines = [f"{seconds:8.1f}  {folder}" for folder, seconds in by_folder.most_common() if seconds >= 0.05]
    lines += [f"{seconds:8.1f}  {nodeid}" for nodeid, seconds in _of_tests.most_common(config.getoption("cpu"))]
    if lines:
        terminalreporter.section(f"CPU seconds: {by_folder.total():.0f}")
        terminalreporter.write_line("\n".join(lines))
