"""`pytest -m quick` reaches every room of tests, and its list of what it leaves out names what is there."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.heavy import HEAVY

TESTS = Path(__file__).parent
ROOMS = sorted(path.parent.name for path in TESTS.glob("*/__init__.py") if any(path.parent.rglob("test_*.py")))


@pytest.mark.parametrize("room", ROOMS)
def test_every_room_of_tests_has_a_quick_test(room: str) -> None:
    """Some file of the room is not listed as a whole, and has a test of its own that is not listed either."""
    files = [path for path in (TESTS / room).rglob("test_*.py") if str(path.relative_to(TESTS)) not in HEAVY]
    names = {
        f"{path.relative_to(TESTS)}::{line[4:].split('(')[0]}"
        for path in files
        if "pytestmark = pytest.mark.slow" not in path.read_text(encoding="utf-8")
        for line in path.read_text(encoding="utf-8").splitlines()
        if line.startswith("def test_")
    }
    assert names - set(HEAVY)


@pytest.mark.parametrize("name", HEAVY)
def test_what_is_left_out_is_there(name: str) -> None:
    file, _, test = name.partition("::")
    assert (TESTS / file).is_file()
    assert not test or f"def {test}(" in (TESTS / file).read_text(encoding="utf-8")
