"""The page of a first trial: every command of it is run, and prints what the page says."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.pages import BLOCK, DOCS, held

PAGE = "first_trial.md"


@pytest.mark.slow
def test_outputs_on_the_page_are_what_is_printed(call, monkeypatch):
    monkeypatch.setenv("COLUMNS", "110")
    text = (DOCS / PAGE).read_text(encoding="utf-8")
    Path("drd_plus_one.toml").write_text(text.split("```toml\n")[1].split("```")[0])

    def printed(arguments: list[str]) -> str:
        quiet = ["--quiet"] if arguments[0] in ("solve", "alternatives", "whatif") else []
        result = call(*arguments, *quiet)
        assert result.exit_code == 0, (arguments, result.stderr)
        return result.stdout + result.stderr if arguments[0] == "new" else result.stdout

    assert held(PAGE, printed) == len(BLOCK.findall(text)) == 10
