"""The exam on cure: the closed form gives the published table, and a branching process agrees with it."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from trialopt.replay.escape import Lesion, drugs_cure, one_drug_cures, play_lesions, two_drugs_cure

TABLE = list(csv.DictReader((Path(__file__).parent / "bozic_table_1.csv").read_text(encoding="utf-8").splitlines()))
"""Table 1 of Bozic et al. 2013, eLife 2:e00747 (CC BY 3.0): chance of failure in 22 patients, by their cells."""

SITES = 50
TYPICAL = Lesion()


def test_the_table_has_22_patients():
    assert len(TABLE) == 22


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row["patient"])
def test_bozic_table_1_within_0_01(row):
    """The exponent is linear in cells up to a logarithm, so lesions together count as their cells do."""
    cells = float(row["cells"])
    assert 1 - one_drug_cures(TYPICAL, cells, SITES) == pytest.approx(float(row["one_drug"]), abs=0.01)
    assert 1 - two_drugs_cure(TYPICAL, cells, SITES, SITES, 1) == pytest.approx(float(row["cross"]), abs=0.01)
    assert 1 - two_drugs_cure(TYPICAL, cells, SITES, SITES, 0) == pytest.approx(float(row["no_cross"]), abs=0.01)


@pytest.mark.parametrize("cells", [8.5e8, 2e10, 2.6e11])
def test_generating_functions_give_the_closed_forms_of_one_and_two_drugs(cells):
    one = 1 - drugs_cure(TYPICAL, cells / 1e3, 1, SITES, 0)
    assert one == pytest.approx(1 - one_drug_cures(TYPICAL, cells / 1e3, SITES), rel=0.01, abs=1e-4)
    for both in (0, 1):
        two = 1 - drugs_cure(TYPICAL, cells, 2, SITES, both)
        assert two == pytest.approx(1 - two_drugs_cure(TYPICAL, cells, SITES, SITES, both), abs=0.015), both


def test_a_third_drug_helps_only_without_cross_resistance():
    two, three = (1 - drugs_cure(TYPICAL, 2.6e11, drugs, SITES, 0) for drugs in (2, 3))
    assert two > 0.25
    assert three < 0.001
    assert 1 - drugs_cure(TYPICAL, 2.6e11, 3, SITES, 1) > 0.999


QUICK = Lesion(birth=0.14, death=0.07, death_treated=0.21, mutation=1e-4)
"""Lesions small enough to be played cell by cell, with mutations as frequent as that asks for."""


PLAYED = [
    (3, 1000, 80, 1),
    *(
        pytest.param(*case, marks=pytest.mark.slow)
        for case in [(1, 1000, 5, 0), (2, 1000, 60, 0), (2, 1000, 30, 3), (3, 1000, 100, 0)]
    ),
]


@pytest.mark.parametrize(("drugs", "cells", "sites", "both"), PLAYED)
def test_a_branching_process_is_cured_as_often(drugs, cells, sites, both):
    n = 800
    played, _ = play_lesions(QUICK, cells, drugs, sites, both, n, seed=drugs, step=0.4)
    expected = drugs_cure(QUICK, cells, drugs, sites, both)
    assert 0.05 < expected < 0.95
    assert played == pytest.approx(expected, abs=3 * (expected * (1 - expected) / n) ** 0.5 + 0.02)


def test_without_mutation_there_is_no_resistance():
    played, mutants = play_lesions(Lesion(0.14, 0.07, 0.21, 0.0), 200, 2, 50, 1, 50, seed=1, step=0.4)
    assert (played, mutants) == (1.0, 0)
    assert two_drugs_cure(Lesion(mutation=0.0), 1e11, 50, 50, 1) == 1
