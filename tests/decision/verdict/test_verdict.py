"""The verdict on a small instance: what it holds, that it falls either way, and that a wrong model is found out."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import trialopt
from trialopt.core.design import Arm, Design, Dose
from trialopt.core.run import Limits, Monitor
from trialopt.decision.verdict import play
from trialopt.decision.verdict.designs import random_designs
from trialopt.evaluation import evaluate, numbers
from trialopt.reading import build, load
from trialopt.reading.overrides import Overrides, apply

FEW = {"others": 12, "patients": 200, "trials": 20}


@pytest.fixture(scope="module")
def asked():
    instance = trialopt.read(trialopt.find("tiny_duo"))
    return instance, trialopt.solve(instance).design


@pytest.fixture(scope="module")
def verdict(asked):
    return trialopt.virtual_trial(*asked, **FEW)


def test_it_plays_the_design_its_runners_up_and_random_ones(verdict):
    assert verdict.designs["kind"].value_counts().to_dict() == {"recommended": 1, "alternative": 12, "random": 12}
    assert verdict.complete
    assert set(verdict.beats["rival"]) == {"runner-up"}
    assert verdict.sentences[0].startswith("Rank correlation")
    assert "25 designs played" in repr(verdict)


def test_promises_come_with_the_largest_disagreement_first(verdict):
    covered = verdict.promised[verdict.promised["what"] == "coverage"]
    assert len(covered) == 4
    assert covered["difference"].abs().is_monotonic_decreasing
    assert (covered["cause"] != "").all()


def test_random_designs_are_distinct_and_keep_every_rule(asked):
    instance, design = asked
    found = random_designs(instance, design, 10, 3, Monitor(Limits()))
    assert len(found) == 10
    assert all(evaluate(instance, one).feasible for one in found)
    assert found == random_designs(instance, design, 10, 3, Monitor(Limits()))


def test_a_planted_error_in_the_sum_of_toxicities_shows_in_the_verdict(asked, verdict, monkeypatch):
    """The model forgets all agents but the one with most events: it promises less than is played, where it had not."""
    right = verdict.designs.iloc[0]

    def wrong(instance, sequence, groups):
        total = np.zeros((len(groups), len(instance.epochs), len(instance.categories)))
        for s, options in enumerate(sequence):
            if options:
                o = list(options)
                rate = instance.event_rate[instance.option_agent[o], :, s] * instance.toxicity_factor[o, None]
                total[:, s] = -np.log1p(-rate.max(axis=0) * 0.3)
        return total

    listed = [item.design for item in trialopt.alternatives(asked[0], FEW["others"]).items]
    monkeypatch.setattr(play, "_runners_up", lambda *_: listed)  # the engine would refuse to go on
    monkeypatch.setattr(numbers, "attributable", wrong)
    found = trialopt.virtual_trial(*asked, **FEW)
    planted = found.designs.iloc[0]
    assert right["promised_events"] > right["events"]
    assert planted["promised_events"] < 0.6 * planted["events"]
    assert "severe" in next(s for s in found.sentences if "promised" in s and "played" in s).lower()
    risks = [v.promised[v.promised["what"] == "risk"]["difference"] for v in (verdict, found)]
    assert risks[0].max() < 0.05 < risks[1].max()


def test_a_wish_to_stop_keeps_what_was_played(asked):
    monitor = Monitor(Limits(time=0.0))
    found = trialopt.virtual_trial(*asked, **FEW, monitor=monitor)
    assert not found.complete
    assert found.designs["kind"].iloc[0] == "recommended"
    assert len(found.beats) == 0


@pytest.mark.slow
def test_workers_change_no_number(asked):
    two = trialopt.virtual_trial(*asked, others=3, patients=60, trials=10, workers=2)
    one = trialopt.virtual_trial(*asked, others=3, patients=60, trials=10)
    for name, frame in one.tables.items():
        assert frame.equals(two.tables[name]), name


def test_an_arm_with_looks_is_played_with_them():
    settings = ("trial.power=0.8", "trial.interim.looks=1", "trial.interim.spending=pocock", "trial.max_patients=800")
    controls = (Dose("bortezomib", "standard"),)
    base = apply(load(trialopt.find("tiny_duo")), Overrides(settings=(*settings, "trial.control_rate=0.2")))
    instance = build(base)
    option = instance.option("bortezomib", "standard")
    instance = replace(instance, control=((option,), (option,)))
    given = {epoch: (Dose("daratumumab", "standard"), *controls)[: 2 - k] for k, epoch in enumerate(instance.epochs)}
    design = Design((Arm("A1", instance.subgroups, given),))
    found = trialopt.virtual_trial(instance, design, others=0, patients=50, trials=60)
    row = found.trials.iloc[0]
    assert row["analyses"] == 2
    assert row["early"] > 0.1
    assert "of them ended at a look" in next(s for s in found.sentences if s.startswith("A1: power"))
    assert found.beats["rival"].unique().tolist() == ["standard of care"]
