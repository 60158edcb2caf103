"""The tables as people see them, kept as text. `UPDATE_GOLDEN=1 pytest tests/cli/test_golden.py` writes them anew."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from tests.pages import steady

FOLDER = Path(__file__).parent / "golden"
PAGES = {"wide": None, "100": "100", "80": "80"}


def held_against(name: str, text: str) -> None:
    file = FOLDER / name
    if os.environ.get("UPDATE_GOLDEN"):
        file.parent.mkdir(exist_ok=True)
        file.write_text(steady(text), encoding="utf-8")
    assert steady(text) == file.read_text(encoding="utf-8")


@pytest.mark.parametrize("page", PAGES)
def test_solve_on_tiny_duo(call, monkeypatch, page):
    if PAGES[page]:
        monkeypatch.setenv("COLUMNS", PAGES[page])
    result = call("solve", "tiny_duo", "--quiet", "--full")
    held_against(f"solve_tiny_duo_{page}.txt", result.stdout)
    if PAGES[page]:
        assert max(map(len, result.stdout.splitlines())) <= int(PAGES[page])


@pytest.mark.parametrize("width", ["60", "100"])
def test_first_screen_of_tiny_duo(call, monkeypatch, width):
    monkeypatch.setenv("COLUMNS", width)
    result = call("solve", "tiny_duo", "--quiet")
    held_against(f"first_tiny_duo_{width}.txt", result.stdout)
    assert max(map(len, result.stdout.splitlines())) <= int(width)


def test_validate_tiny_duo(call):
    held_against("validate_tiny_duo.txt", call("validate", "tiny_duo").stdout)


@pytest.mark.parametrize("width", ["80", "100"])
def test_the_real_instance_fits_the_page_and_cuts_nothing(call, monkeypatch, width):
    """Every name and dose of the design is whole, if broken between words, at both widths; every id is below."""
    from trialopt.record.solution import Solution
    from trialopt.record.words import dose, heading

    monkeypatch.setenv("COLUMNS", width)
    result = call("solve", "rrmm_early_relapse", "--gap", "0.01", "--out", "run", "--quiet", "--full")
    assert result.exit_code == 0
    assert max(map(len, result.stdout.splitlines())) <= int(width)
    assert "…" not in result.stdout
    words = set(re.findall(r"\w+", result.stdout))
    solution = Solution.load("run")
    for arm in solution.arms:
        given = [one for doses in arm.sequence.values() for one in doses]
        q = solution.question
        names = [*(heading(q, g) for g in arm.subgroups), *(dose(q, one) for one in given)]
        assert {word for name in names for word in re.findall(r"\w+", name)} <= words
        assert {str(one) for one in given} <= set(result.stdout.split())
