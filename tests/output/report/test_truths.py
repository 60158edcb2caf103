"""Documents say what a design is under many possible truths."""

from __future__ import annotations

import pytest

import trialopt
from trialopt.output.formats.markup import markdown_files
from trialopt.output.under_truths import under_truths
from trialopt.output.views import TIE
from trialopt.reading import build, load
from trialopt.reading.overrides import Overrides, apply
from trialopt.record.solution import Solution


@pytest.fixture(scope="module")
def sized() -> Solution:
    settings = ("uncertainty.draws=30",)
    return trialopt.solve(
        build(apply(load(trialopt.find("rrmm_early_relapse_sized")), Overrides(settings=settings))), gap=0.1
    )


def test_every_number_is_that_of_the_record(sized):
    told, u = under_truths(sized), sized.uncertainty
    assert told is not None
    arms, limits, patients = told.tables
    for row, (arm, one) in zip(arms.rows, u["arms"].items(), strict=True):
        assert row[0] == arm
        assert row[3] == "{mean:.3f} ({low:.3f} to {high:.3f})".format(**one["effect"])
        for cell, name in zip((row[1], row[2], row[5]), ("all_kept", "assurance", "reaches_target"), strict=True):
            assert float(cell[: -len(f"{TIE}%")]) == pytest.approx(100 * one[name], abs=0.5)
    assert [row[1] for row in limits.rows] == [one["limit"] for arm in u["arms"].values() for one in arm["limits"]]
    assert len(patients.rows) == sum(len(arm["patients_with"]) for arm in u["arms"].values())
    (text,) = (file.decode() for file in markdown_files(sized).values())
    assert "the worst 10\N{NO-BREAK SPACE}% of them" in text or "the worst 10" in text
    assert "## Patients with severe events" in text
