"""Every shipped design with sizes, and four variants of it, attains what it claims by the test it names.

The table of docs/attained.md is written here: `UPDATE_GOLDEN=1 pytest -m many tests/simulate/test_claimed.py`.
"""

from __future__ import annotations

import os

import pytest

from tests.pages import DOCS
from tests.simulate.claimed import SIZED, VARIANTS, Row, design_of, rows

PAGE = DOCS / "attained.md"
POWER, LEVEL = 0.015, 0.003
ERRORS = 2.0
"""Monte Carlo errors beyond the tolerances that count as chance."""


def holds(row: Row) -> bool:
    """Whether an arm attains its claims: power to 1.5 points below, level to 0.003 above; own power to 1.5 points."""
    (power, error), (level, slip) = row.attained, row.level
    if row.own is not None and abs(power - row.own) > POWER + ERRORS * error:
        return False
    return power >= row.power - POWER - ERRORS * error and level <= row.alpha + LEVEL + ERRORS * slip


def table(found: list[Row]) -> str:
    lines = [
        "| Variant | Arm | Test | Patients | Events | Power % | own % | attained | Alpha % | attained |",
        "|---|---|---|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for row in found:
        power = f"{100 * row.attained[0]:.1f} ±{100 * row.attained[1]:.1f}"
        level = f"{100 * row.level[0]:.2f} ±{100 * row.level[1]:.2f}"
        cells = (row.variant, row.arm, row.test, row.patients, row.events or "", f"{100 * row.power:.1f}",
                 "" if row.own is None else f"{100 * row.own:.1f}", power, f"{100 * row.alpha:.3g}", level)  # fmt: skip
        lines.append(f"| {' | '.join(map(str, cells))} |")
    return "\n".join(lines)


def written(name: str, text: str) -> None:
    """Put the table of an instance onto the page."""
    head = f"## {name}\n\n"
    page = PAGE.read_text(encoding="utf-8")
    before, _, rest = page.partition(head)
    rest = f"\n{rest}"
    after = rest[rest.index("\n## ") :] if "\n## " in rest else ""
    PAGE.write_text(f"{before}{head}{text}\n{after}", encoding="utf-8")


@pytest.mark.many
@pytest.mark.parametrize("name", SIZED)
def test_shipped_designs_attain_what_they_claim(name):
    design = design_of(name)
    found = [row for variant in VARIANTS for row in rows(name, variant, design, 20_000)]
    if os.environ.get("UPDATE_GOLDEN"):
        written(name, table(found))
    assert [row for row in found if not holds(row)] == []


@pytest.mark.slow
@pytest.mark.parametrize(("name", "variant"), [("rrmm_triple_class", "unlike controls"), ("ndmm_frail", "ratio 2")])
def test_some_of_them_with_fewer_trials(name, variant):
    """With 1,000 trials: enough to see a wrong test or a wrong formula, not a point."""
    found = list(rows(name, variant, design_of(name), 1_000))
    assert found
    assert [row for row in found if not holds(row)] == []
