"""The outputs in `docs/alternatives.md` are what its commands print. `UPDATE_GOLDEN=1` writes them anew."""

from __future__ import annotations

from tests.pages import held, names_of_python
from trialopt.core.run import PROVEN_TO
from trialopt.engine.master import BURDEN, MONEY, RESOURCES
from trialopt.output.terminal.listed import ALL


def test_outputs_are_what_the_commands_print(call, monkeypatch):
    monkeypatch.setenv("COLUMNS", "100")

    def printed(arguments: list[str]) -> str:
        result = call(*arguments, "--quiet")
        assert result.exit_code == 0
        return result.stdout

    assert held("alternatives.md", printed) == 3


def test_the_python_of_the_page_runs():
    names = names_of_python("alternatives.md")
    assert len(names["listed"].items) == 5  # type: ignore[attr-defined]
    assert names["front"].complete  # type: ignore[attr-defined]


def test_the_page_names_the_tolerances():
    assert (PROVEN_TO, RESOURCES[BURDEN].step, RESOURCES[MONEY].step, ALL) == (1e-6, 1e-7, 1e-8, 40)
