"""Engine and judge, which share no code, say the same numbers of a design under truths, to 1e-9.

The value in every truth, the truths in which each limit of an epoch holds, and the assurance of sized arms. Sizes,
interim looks, emergence, carry and control regimens are among the documents.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from math import ceil
from random import Random
from typing import Any

import numpy as np
import pytest

import trialopt
from tests.plain_designs import as_design, random_arms
from tests.random_sized import sized_document
from tests.truth_oracle import TruthOracle
from tests.uncertainty.random_truths import truth_document
from trialopt.core.coefficients import coefficients
from trialopt.core.design import Interim
from trialopt.core.instance import Instance
from trialopt.core.run import Limits, Monitor
from trialopt.engine.assured import Assured
from trialopt.engine.crossing import Crossing
from trialopt.engine.measures import members
from trialopt.engine.sequence_values import SequenceValues
from trialopt.engine.sized import Sized
from trialopt.engine.tables import build_tables
from trialopt.engine.truth_limits import TruthLimits
from trialopt.engine.truths import TruthNumbers
from trialopt.engine.unsized import Unsized
from trialopt.evaluation import confidence
from trialopt.evaluation.assurance import shown
from trialopt.evaluation.boundaries import boundaries
from trialopt.evaluation.resolve import resolve
from trialopt.evaluation.truths import drawn_arm, truths_of, values
from trialopt.reading import Document, build
from trialopt.sizing.looks import looks_design

AGREED = 1e-9


def sized_truths(seed: int) -> Document:
    """A sized document under a dozen truths; every arm has to have some assurance."""
    base = sized_document(seed)
    asked = {"draws": 12, "seed": seed, "objective": ("mean", "given")[seed % 2], "min_assurance": 0.01}
    return replace(base, settings={**base.settings, "uncertainty": asked})


def worked(instance: Instance) -> tuple[Sized | Unsized, SequenceValues | None]:
    """The finished search and, where truths are in its tables, its own values of designs in each of them."""
    c = coefficients(instance)
    tables = build_tables(instance, c)
    run = Monitor(Limits(gap=1e-7))
    work = Sized(instance, c, tables, run) if instance.trial.sized else Unsized(instance, tables, run)
    assert work.run() == "finished"
    return work, None if tables.mixed is None else SequenceValues(instance, c, tables)


SIZED = [(sized_truths, seed) for seed in (1, 4, 7, 8, 9, 21, 22, 24, 69, 135)]
UNSIZED = [(truth_document, seed) for seed in (0, 6, 18, 24)]


@pytest.mark.parametrize(("document", "seed"), [*SIZED, *UNSIZED])
def test_value_and_assurance_of_the_best_design(
    document: Callable[[int], Document], seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    instance = build(document(seed))
    asked: dict[tuple[object, ...], list[float]] = {}
    own = Assured.assurance

    def kept(self: Assured, path: tuple[int, ...], weight: np.ndarray, *sides: float) -> float:
        found = own(self, path, weight, *sides)
        asked.setdefault((path, tuple(np.flatnonzero(weight > 0).tolist())), []).append(found)
        return found

    monkeypatch.setattr(Assured, "assurance", kept)
    assert instance.uncertainty is not None
    if instance.uncertainty.objective == "cvar":  # its search is made of such runs; the worst share is judged below
        instance = replace(instance, uncertainty=replace(instance.uncertainty, objective="mean"))
    work, engine = worked(instance)
    design = work.state.incumbent.design()
    assert design is not None
    arms = resolve(instance, design)
    if engine is not None:
        found = engine.design(work.state.incumbent.arms)
        assert found == pytest.approx(values(instance, [drawn_arm(instance, arm) for arm in arms]), abs=AGREED)
        worst = replace(instance, uncertainty=replace(instance.uncertainty, objective="cvar", tail=0.25))
        eta = np.sort(found)[ceil(0.25 * len(found) - AGREED) - 1]
        cvar = eta - np.maximum(0, eta - found).sum() / (0.25 * len(found))  # model.md, section 11
        assert cvar == pytest.approx(trialopt.evaluate(worst, design).value, abs=AGREED)
    judged = trialopt.evaluate(instance, design)
    assert work.state.incumbent.value == pytest.approx(judged.value, abs=AGREED)
    if not instance.trial.sized:
        return
    paths = {tuple(members(mask)): path for mask, path in work.state.incumbent.arms}
    for arm, numbers in zip(arms, judged.arms, strict=True):
        assert numbers.size is not None
        said = shown(instance, arm, numbers.size).assurance
        groups = tuple(sorted(arm.groups))
        assert min(abs(one - said) for one in asked[paths[groups], groups]) < AGREED


LOOKS = (
    Interim(1, "obrien_fleming"),
    Interim(2, "pocock", futility="nonbinding"),
    Interim(3, "power:3", (0.1, 0.15, 0.5), "nonbinding", "hsd:1"),
    Interim(2, "hsd:-4", (0.05, 0.9), "binding"),
)


@pytest.mark.parametrize("interim", LOOKS)
def test_chance_of_success_at_any_look(interim: Interim) -> None:
    """A table of the engine, one recursion for all effects; the judge integrates for each effect by itself."""
    design = looks_design(interim.looks, interim.spending, 0.025, 0.8, *rules(interim))
    effects = np.array([-40.0, -6.0, -1.0, -0.123, 0.0, 0.456, 1.0, 2.0, 2.789, 3.3, 4.0, 5.5, 9.0, 20.0, 60.0])
    made = boundaries(interim, 0.025, 0.8)
    said = [sum(made.stopping(effect / made.drift)[0]) for effect in effects.tolist()]
    assert Crossing(design)(effects) == pytest.approx(said, abs=AGREED)
    assert Crossing(design)(np.array([-np.inf, np.inf])) == pytest.approx([0.0, 1.0], abs=AGREED)


def rules(interim: Interim) -> tuple[Any, ...]:
    return interim.futility, interim.futility_spending, interim.timing


@pytest.mark.parametrize("seed", range(12))
def test_truths_in_which_each_limit_holds(seed: int) -> None:
    """The engine's filter at every confidence k / N gives the number of truths that the judge counts."""
    document = truth_document(seed)
    instance = build(document)
    assert instance.uncertainty is not None
    count, c = len(truths_of(instance)), coefficients(instance)
    plain = random_arms(TruthOracle(document, instance).given, Random(seed), careless=True)
    arms = resolve(instance, as_design(instance.epochs, plain))
    filters = []
    for k in range(1, count + 1):
        at = replace(instance, uncertainty=replace(instance.uncertainty, confidence=k / count))
        filters.append(TruthLimits(TruthNumbers(at, truths_of(at)), c))
    at = replace(instance, uncertainty=replace(instance.uncertainty, confidence=0.5))
    for arm in arms:
        least = Counter({(g, s): count for g in arm.arm.subgroups for s in instance.epochs})
        for one in confidence.held(at, drawn_arm(at, arm), None):
            if one.rule in ("limit", "not_worse_than_control"):
                assert one.epoch is not None
                place = one.subgroup, one.epoch
                least[place] = min(least[place], int(one.holds.sum()))
        for s, epoch in enumerate(instance.epochs):
            options = np.array([arm.sequence[s]], dtype=np.int16).reshape(1, -1)
            masks = [int(one.mask(s, options)[0]) for one in filters]
            for g, subgroup in zip(arm.groups, arm.arm.subgroups, strict=True):
                assert sum(mask >> g & 1 for mask in masks) == least[subgroup, epoch]
