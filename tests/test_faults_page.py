"""`docs/faults.md` names a test for each failure that was found, and these tests exist."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "faults.md").read_text(encoding="utf-8")


def test_each_failure_has_a_row_with_a_test_that_exists() -> None:
    rows = re.findall(r"^\| (H\d\d) \|(.*)", PAGE, flags=re.M)
    assert {name for name, _ in rows} == {f"H{n:02}" for n in range(1, 20)}
    for name, row in rows:
        tests = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", row)
        assert tests, name
        for file, test in tests:
            assert f"\ndef {test}(" in (ROOT / file).read_text(encoding="utf-8"), f"{name}: {file}::{test}"


def test_the_page_is_short() -> None:
    assert PAGE.count("\n") <= 85
