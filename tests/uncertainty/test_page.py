"""`docs/uncertainty.md` shows what the commands print. `UPDATE_GOLDEN=1` writes it anew."""

from __future__ import annotations

import pytest

from tests.cli.conftest import call  # noqa: F401
from tests.pages import held


@pytest.mark.slow
def test_the_output_of_the_page_is_what_the_commands_print(call, monkeypatch):  # type: ignore[no-untyped-def]  # noqa: F811
    monkeypatch.setenv("COLUMNS", "110")
    asked = ["rrmm_early_relapse_sized", "--draws", "100", "--gap", "0.001", "--out", "sized", "--quiet"]
    assert call("solve", *asked).exit_code == 0

    def printed(arguments: list[str]) -> str:
        result = call(*arguments)
        assert result.exit_code == 0
        return result.stdout

    assert held("uncertainty.md", printed) == 1
