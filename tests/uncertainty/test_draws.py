"""Possible truths: the recipe of a draw, that order does not matter, and what `[uncertainty]` and its options say."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from tests.random_documents import random_document
from trialopt.core.catalog import find
from trialopt.core.design import Arm, Design, Dose
from trialopt.core.inputs import Cell, Uncertain, fresh
from trialopt.core.instance import Instance
from trialopt.core.truths import ACTIVITY, DRAWN, TOXICITY
from trialopt.decision.predicted import DRAWS, SEED, predicted
from trialopt.evaluation import predicted as judged
from trialopt.reading import Document, InputErrors, build, load
from trialopt.reading.document import document
from trialopt.reading.overrides import Overrides, apply


def asked(name: str = "tiny_duo", **settings: object) -> Instance:
    texts = tuple(f"uncertainty.{key}={value}" for key, value in settings.items())
    return build(apply(load(find(name)), Overrides(settings=texts)))


def generator(text: str) -> np.random.Generator:
    """The recipe of docs/model.md, section 11, written down again."""
    return np.random.Generator(np.random.PCG64(int(hashlib.sha256(text.encode()).hexdigest(), 16)))


def test_a_draw_is_what_the_recipe_says() -> None:
    truths = asked("rrmm_early_relapse", draws=7, seed=3).truths
    assert truths is not None
    cells = (x for x in truths.inputs if isinstance(x, Cell) and x.array == "retained" and x.given == 0.7)
    one = next(x for x in cells if x.basis == "assumed")
    chance = generator(f"3:{one.name}").random(7)
    share = stats.logistic.cdf(stats.norm.ppf(chance) * 0.4 + np.log(0.7 / 0.55))
    assert truths.retained[:, one.at[0][0], one.at[1][0]] == pytest.approx(1.25 * share, rel=1e-12)
    names = "carfilzomib+daratumumab+dexamethasone"
    assert truths.factor(["daratumumab", "dexamethasone", "carfilzomib"]) == pytest.approx(
        np.maximum(0.2, 1 + 0.1 * generator(f"3:{names}").standard_normal(7)), rel=1e-15
    )


def test_a_response_moves_all_epochs_that_have_no_number_of_their_own() -> None:
    instance = asked("rrmm_early_relapse", draws=50)
    truths = instance.truths
    assert truths is not None
    one = next(x for x in truths.inputs if isinstance(x, Uncertain) and x.category is None and len(x.epochs) > 1)
    d, epochs = instance.agents.index(one.agent), list(one.epochs)
    moved = truths.beta[:, d, epochs] / instance.beta[d, epochs]
    assert np.ptp(moved, axis=1).max() < 1e-12
    assert moved.std() > 0.01


def test_order_of_rows_does_not_matter() -> None:
    base = load(find("rrmm_early_relapse"))
    settings = {**base.settings, "uncertainty": {"draws": 5}}
    turned = {name: [dict(row.cells) for row in reversed(rows)] for name, rows in base.tables.items()}
    one, other = build(replace(base, settings=settings)), build(document(base.name, settings, turned))
    assert one.truths is not None
    assert other.truths is not None
    assert one.agents != other.agents
    assert one.truths.sha256 == other.truths.sha256
    assert one.sha256 == other.sha256
    d, e = one.agents.index("pomalidomide"), other.agents.index("pomalidomide")
    assert one.truths.beta[:, d] == pytest.approx(other.truths.beta[:, e], rel=1e-12)


def test_longer_runs_begin_with_shorter_ones_and_fresh_truths_follow() -> None:
    short, long = asked("rrmm_early_relapse", draws=4), asked("rrmm_early_relapse", draws=10)
    later = fresh(short, 6).truths
    assert short.truths is not None
    assert long.truths is not None
    assert later is not None
    for name in DRAWN:
        whole = getattr(long.truths, name)
        assert np.array_equal(getattr(short.truths, name), whole[:4], equal_nan=True)
        assert np.array_equal(getattr(later, name), whole[4:], equal_nan=True)
    agents = short.agents[:2]
    assert np.array_equal(later.factor(agents), long.truths.factor(agents)[4:])
    assert np.array_equal(long.truths.pick([1, 7]).factor(agents), long.truths.factor(agents)[[1, 7]])
    assert short.sha256 != long.sha256


def test_every_block_is_drawn_and_what_is_certain_stays() -> None:
    instance = asked("rrmm_early_relapse", draws=30)
    truths = instance.truths
    assert truths is not None
    for name in (*ACTIVITY[:3], *TOXICITY[:2]):
        drawn, given = getattr(truths, name), getattr(instance, name)
        assert (drawn.std(axis=0) > 0).any(), name
        still = given[None] == (0.0 if name in ("beta", "event_rate", "background") else 1.0)
        assert (drawn == given[None])[np.broadcast_to(still, drawn.shape)].all(), name
    assert truths.retained[:, :, 0] == pytest.approx(1.0)


def test_written_in_is_the_instance_of_that_truth() -> None:
    instance = asked("rrmm_early_relapse", draws=3)
    assert instance.truths is not None
    one = instance.truths.written_in(instance, 2)
    assert one.truths is None
    assert one.uncertainty is None
    assert np.array_equal(one.beta, instance.truths.beta[2])


@pytest.mark.parametrize("seed", range(12))
def test_any_document_is_drawn(seed: int) -> None:
    base = random_document(seed)
    made = build(replace(base, settings={**base.settings, "uncertainty": {"draws": 20, "seed": seed}}))
    assert made.truths is not None
    assert len(made.truths) == 20
    for name in (*ACTIVITY, *TOXICITY):
        assert np.isfinite(getattr(made.truths, name)).all(), name
    assert ((made.truths.event_rate >= 0) & (made.truths.event_rate <= 1)).all()
    assert (made.truths.retained >= 0).all()


def test_without_the_table_there_are_no_truths() -> None:
    instance = build(load(find("tiny_duo")))
    assert instance.truths is None
    assert instance.uncertainty is None


@pytest.mark.parametrize(
    ("setting", "words"),
    [("objective=best", "given"), ("tail=0", "above 0"), ("confidence=1.2", "at most 1"), ("draws=0", "from 1 to")],
)
def test_wrong_settings_are_told(setting: str, words: str) -> None:
    made: Document = apply(load(find("tiny_duo")), Overrides(settings=(f"uncertainty.{setting}",)))
    with pytest.raises(InputErrors, match=words):
        build(made)


@pytest.mark.parametrize("name", ["tiny_duo", "rrmm_early_relapse", "rrmm_early_relapse_sized"])
def test_what_a_run_predicts_is_that_of_truths_with_every_number_drawn(name: str) -> None:
    """It is drawn without the rates of events, which it does not rest on: each number has a stream of its own."""
    i = build(load(find(name)))
    given = i.control or tuple((s,) for s in range(len(i.epochs)))
    doses = (tuple(Dose(i.agents[i.option_agent[o]], i.option_level[o]) for o in options) for options in given)
    design = Design((Arm("A1", i.subgroups, dict(zip(i.epochs, doses, strict=True))),))
    found = predicted(load(find(name)), i, design)
    assert found["arms"] == judged.predicted(asked(name, draws=DRAWS, seed=SEED), design)
