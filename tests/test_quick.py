"""`pytest -m quick` reaches every room of tests, and its list of what it leaves out names what is there."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.heavy import HEAVY

TESTS = Path(__file__).parent


def test_every_room_of_tests_has_a_quick_test(request: pytest.FixtureRequest) -> None:
    """Told from the tests of this run, so that nothing is collected twice; a run of some files tells nothing."""
    items = request.session.items
    if request.config.args != ["tests"] or request.config.getoption("keyword"):
        pytest.skip("only a run of all tests can tell")
    rooms = {path.relative_to(TESTS).parts[0] for path in TESTS.rglob("test_*.py") if path.parent != TESTS}
    quick = {item.path.relative_to(TESTS).parts[0] for item in items if item.get_closest_marker("quick")}
    assert rooms - quick == set()


@pytest.mark.parametrize("name", HEAVY)
def test_what_is_left_out_is_there(name: str) -> None:
    file, _, test = name.partition("::")
    assert (TESTS / file).is_file()
    assert not test or f"def {test}(" in (TESTS / file).read_text(encoding="utf-8")
