"""The outputs in `docs/explain.md` are what its commands print. `UPDATE_GOLDEN=1` writes them anew."""

from __future__ import annotations

import re

from tests.pages import DOCS, held, names_of_python
from trialopt.core.limit_families import FAMILIES
from trialopt.limits.least_change import SHARE, STEPS
from trialopt.limits.relaxing import CLOSE_TO


def test_outputs_are_what_the_commands_print_and_files_are_those_named(call, monkeypatch, tmp_path):
    monkeypatch.setenv("COLUMNS", "100")
    codes = {"tiny_duo": 0, "t11_14_too_few_patients": 3}

    def printed(arguments: list[str]) -> str:
        result = call(*arguments, "--processes", "1", "--quiet", "--out", f"why/{arguments[1]}")
        assert result.exit_code == codes[arguments[1]]
        return result.stdout

    assert held("explain.md", printed) == len(codes)
    named = re.findall(r"`(\w+\.(?:csv|json))`", (DOCS / "explain.md").read_text(encoding="utf-8"))
    written = {path.name for path in (tmp_path / "why").glob("*/*")}
    assert written - {"run_files.json"} == set(named)


def test_the_python_of_the_page_runs():
    names = names_of_python("explain.md")
    assert names["why"].complete  # type: ignore[attr-defined]
    assert names["reasons"].repairs[0].least  # type: ignore[attr-defined]


def test_the_page_names_the_steps():
    assert (CLOSE_TO, SHARE, STEPS) == (0.9, 0.005, (0.05, 0.15, 0.3, 0.6))
    steps = {name: family.step for name, family in FAMILIES.items()}
    assert {steps[name] for name in ("max_arms", "max_agents", "min_agents", "min_active")} == {1}
    assert (steps["max_patients"], steps["max_accrual_months"], steps["budget"]) == (50, 6, 0.1)
    assert {steps[name] for name in ("limit", "cumulative_limit", "min_coverage")} == {0.05}
    assert {steps[name] for name in ("target_difference", "target_hazard_ratio")} == {0.01}
