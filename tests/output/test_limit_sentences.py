"""Classes, doses and limits under their names, in sentences and in the table of limits."""

from __future__ import annotations

from functools import cache
from itertools import product

import pytest

from trialopt.decision.binding import CLOSE, LimitGain
from trialopt.output.terminal.explain import close_together
from trialopt.output.terminal.first_arms import wrapped
from trialopt.reading import read
from trialopt.record.make import question
from trialopt.record.words import worded


@cache
def asked():
    return question(read("instances/rrmm_early_relapse"))


@pytest.mark.parametrize(
    ("sentence", "told"),
    [
        (
            "imid requires corticosteroid in induction (requires_in)",
            "immunomodulatory drug requires corticosteroid in induction (requires_in)",
        ),
        ("severe cardiac of carfilzomib", "severe cardiac failure of Carfilzomib"),
        ("proteasome_inhibitor alone in its epoch", "proteasome inhibitor alone in its epoch"),
        ("gprc5d_bispecific not after bcma_car_t", "GPRC5D bispecific antibody not after BCMA CAR-T cells"),
        (
            "Levels mg4 and mg4_d14 of pomalidomide have the same factors in levels.csv.",
            "Levels 4 mg d1-21 and 4 mg d1-14 of 21 of Pomalidomide have the same factors in levels.csv.",
        ),
        (
            "anemia limits of high_risk, t11_14 and frail in induction and infection limits of frail in induction",
            "limits on anaemia in High-risk cytogenetics, t(11;14) and Frail in induction and "
            "limits on infection, all kinds, in Frail in induction",
        ),
    ],
)
def test_a_sentence_has_names(sentence, told):
    assert worded(asked(), sentence) == told


def close(subgroup: str, epoch: str, used: float = 0.142) -> LimitGain:
    words = f"hypertension limit of {subgroup} in {epoch}"
    return LimitGain(
        words, "limit", 1, CLOSE, 0.15, 0.2, used, 0.0, subgroup=subgroup, epoch=epoch, category="hypertension"
    )


def test_limits_equally_close_share_a_row_and_no_other_does():
    rows = [close(*place) for place in product(("frail", "t11_14"), ("induction", "consolidation"))]
    alone = close("high_risk", "induction", 0.149)
    told = list(close_together([*rows, alone]))
    assert [row.words for row in told] == [
        "hypertension limits of frail and t11_14 in induction and consolidation",
        alone.words,
    ]
    told = list(close_together([*rows[:3], alone]))  # t11_14 in consolidation is not close
    assert [row.words for row in told] == [
        "hypertension limits of frail and t11_14 in induction",
        rows[1].words,
        alone.words,
    ]


@pytest.mark.parametrize("width", range(30, 50))
def test_a_dose_stays_beside_its_unit(width):
    lines = wrapped("Belantamab mafodotin 2.5 mg/kg once, Ciltacabtagene autoleucel 0.75 million cells/kg", width)
    assert not [line for line in lines if line.endswith((" 2.5", " 0.75"))]
