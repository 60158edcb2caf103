"""The frozen constants give the control arms as docs/replay.md says, and enough of them within their intervals."""

from __future__ import annotations

from functools import cache

from tests.replay.page import held
from trialopt.replay.calibrate import OUTCOMES, Cell, calibration
from trialopt.replay.table import constants, rows

WORDS = {"response": "response, %", "complete": "CR, %", "mrd": "MRD negative, %", "median_pfs": "median PFS, months"}


@cache
def cells() -> tuple[Cell, ...]:
    return calibration(n=8000)


def within(outcome: str) -> tuple[int, int]:
    some = [cell.within for cell in cells() if cell.outcome == outcome]
    return sum(some), len(some)


def test_the_page_shows_the_calibration():
    lines = [
        "| control arm | patients | outcome | published (95 % interval) | played | within |",
        "|---|---|---|---|---|---|",
    ]
    for cell in cells():
        span = f"{cell.published:g} ({cell.low:.1f} to {cell.high:.1f})"
        who = f"{cell.trial}: {cell.arm.split('_')[1]}"
        whom = cell.population.replace("_", " ")
        yes = "yes" if cell.within else "no"
        lines.append(
            "| " + " | ".join((who, whom, WORDS[cell.outcome], span, f"{cell.played:.1f}", yes)) + " |",
        )
    told = "; ".join(f"{WORDS[o].split(',')[0]} {within(o)[0]} of {within(o)[1]}" for o in OUTCOMES)
    arms = len({cell.arm for cell in cells()})
    held("calibration", [f"{arms} control arms; within the published interval: {told}.", "", *lines])


def test_the_median_of_progression_free_survival_is_within_for_six_arms():
    inside, all_ = within("median_pfs")
    assert all_ >= 8
    assert inside >= 6


def test_at_least_eight_arms_were_named():
    assert len(rows("control_arms")) >= 8
    assert {row["confidence"] for row in rows("constants")} <= {"calibrated", "assumption", "read", "recalled"}


def test_every_number_says_where_it_comes_from():
    for name in ("constants", "populations", "agents", "control_arms", "disease"):
        for row in rows(name):
            once = row.get("key", "").startswith("once:")
            assert once or (row["source"] and row["confidence"]), row


def test_every_constant_of_the_table_is_read():
    assert {row["name"] for row in rows("constants")} == set(vars(constants()))
