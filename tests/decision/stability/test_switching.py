"""Switching values by hand, and checked by searches of all designs."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from tests.decision.stability.small import giving, single
from tests.random_documents import random_document
from trialopt.core.design import Arm, Design, Dose
from trialopt.decision.solving import solve
from trialopt.decision.stability import assess, uncertain_inputs
from trialopt.decision.stability.switching import Mover, switch_sentence
from trialopt.evaluation import evaluate
from trialopt.reading import build

A = {"agent": "a", "responders": 25, "n": 50}
B = {"agent": "b", "n": 50, "orr": 0.45}
C = {"agent": "c", "orr": 0.4}


def switches_of(document, designs, **options):
    instance = build(document)
    run = assess(instance, uncertain_inputs(document, instance), designs, draws=10, **options)
    return run, {(run.inputs[s.input].name, s.above): s for s in run.switches}


def test_a_response_rate_switches_where_it_meets_the_others():
    run, found = switches_of(single([A, C]), [giving("a"), giving("c")])
    assert set(found) == {("response rate of a", False), ("response rate of c", True)}
    a, c = found["response rate of a", False], found["response rate of c", True]
    assert (a.at, c.at) == pytest.approx((0.4, 0.5), abs=1e-6)
    assert a.chance == pytest.approx(stats.beta(25.5, 25.5).cdf(0.4), abs=1e-6)
    assert c.chance == pytest.approx(stats.beta(8, 12).sf(0.5), abs=1e-6)
    assert a.inside is c.inside is True
    assert a.successor == giving("c")
    assert a.breaks == ""
    assert switch_sentence(run.designs[0], run.inputs[c.input], c) == (
        "A1 only: c replaces a, if response rate of c is above 50.0 % "
        "(now 40.0 %, 90 % range 23.0 to 58.2 %; 18.0 % of draws lie beyond)"
    )


def test_a_burden_switches_where_it_costs_the_difference():
    """value = 0.5 - 0.3 * tau of a against 0.4: tau = 1/3, a rate of 1 - exp(-1/3)."""
    toxicity = [
        {"agent": "a", "category": "infection", "events": 3, "n": 60},
        {"agent": "c", "category": "infection", "probability": 0},
    ]
    _, found = switches_of(single([A, C], toxicity, toxicity_weight=0.3), [giving("a"), giving("c")])
    assert found["severe infection of a", True].at == pytest.approx(1 - np.exp(-1 / 3), abs=1e-6)


def test_a_limit_broken_brings_the_next_design_that_keeps_it():
    toxicity = [{"agent": agent, "category": "infection", "events": 4, "n": 20} for agent in "ab"]
    toxicity.append({"agent": "c", "category": "infection", "probability": 0})
    document = single([A, B, C], toxicity, 0.3)
    _, found = switches_of(document, [giving(agent) for agent in "abc"])
    switch = found["severe infection of a", True]
    assert switch.at == pytest.approx(0.3, abs=1e-6)
    assert switch.breaks == "infection limit of A1 in only"
    assert switch.successor == giving("b")
    assert ("severe infection of b", True) not in found
    _, alone = switches_of(document, [giving("a")])
    assert alone["severe infection of a", True].successor is None


def test_a_design_outside_the_list_is_found_by_the_check():
    _, listed = switches_of(single([A, B, C]), [giving("a"), giving("c")])
    assert listed["response rate of a", False].at == pytest.approx(0.4, abs=1e-6)
    run, found = switches_of(single([A, B, C]), [giving("a"), giving("c")], verify=5)
    switch = found["response rate of a", False]
    assert switch.at == pytest.approx(0.45, abs=1e-4)
    assert switch.checked == "earlier"
    assert switch.successor == giving("b")
    assert switch.chance == pytest.approx(stats.beta(25.5, 25.5).cdf(0.45), abs=1e-3)
    assert found["response rate of c", True].checked == "confirmed"
    assert run.complete


def test_without_a_successor_in_the_list_the_check_names_one():
    toxicity = [{"agent": "a", "category": "infection", "events": 4, "n": 20}]
    toxicity.append({"agent": "c", "category": "infection", "probability": 0})
    _, found = switches_of(single([A, C], toxicity, 0.3), [giving("a")], verify=5)
    switch = found["severe infection of a", True]
    assert (switch.checked, switch.successor) == ("other", giving("c"))


def test_a_check_that_was_stopped_leaves_the_switch_open():
    from trialopt.core.run import Limits, Monitor

    run, found = switches_of(single([A, B, C]), [giving("a"), giving("c")], verify=5, monitor=Monitor(Limits(time=0.0)))
    assert {switch.checked for switch in found.values()} == {"open"}
    assert not run.complete
    assert run.count == 10


def varied(instance, design):
    """The design with another agent, or none, in the place of one."""
    for arm in design.arms:
        for epoch, doses in arm.sequence.items():
            for k, _ in enumerate(doses):
                others = [
                    (),
                    *(
                        (Dose(instance.agents[d], level),)
                        for d, level in zip(instance.option_agent.tolist(), instance.option_level, strict=True)
                    ),
                ]
                for other in others:
                    sequence = {**arm.sequence, epoch: (*doses[:k], *other, *doses[k + 1 :])}
                    new = Arm(arm.name, arm.subgroups, sequence)
                    yield Design(tuple(new if one is arm else one for one in design.arms))


@pytest.mark.parametrize("seed", [4, 7, 18, 36, 44])
def test_beyond_a_switch_the_recommended_design_is_judged_worse_or_broken(seed):
    """By `evaluate` and `solve`, which share nothing with the bisection."""
    document = random_document(seed)
    instance = build(document)
    best = solve(instance, gap=1e-7).design
    assert best is not None
    designs = [best, *(d for d in varied(instance, best) if evaluate(instance, d).feasible)]
    inputs = uncertain_inputs(document, instance)
    mover = Mover(instance, inputs, designs)
    for switch in mover.switches([(k, above) for k in range(len(inputs)) for above in (False, True)]):
        step = 1e-4 if switch.above else -1e-4
        inside, beyond = mover.truth(switch.input, switch.at - step), mover.truth(switch.input, switch.at + step)
        if switch.breaks:
            assert evaluate(inside, best).feasible
            assert not evaluate(beyond, best).feasible
        else:
            assert switch.successor is not None
            ahead = [evaluate(t, switch.successor).value - evaluate(t, best).value for t in (inside, beyond)]
            assert ahead[0] < ahead[1]
            assert ahead[1] > 0
        if switch.successor is not None:
            assert evaluate(beyond, switch.successor).feasible


def test_an_interrupt_keeps_the_switching_values_found_until_then():
    """Inputs are looked at a few at a time: the first few are, and no more."""
    from trialopt.core.run import Limits, Monitor

    agents = [{"agent": f"x{k}", "orr": round(0.5 - 0.01 * k, 2)} for k in range(20)]
    document = single(agents)
    instance = build(document)
    inputs = uncertain_inputs(document, instance)
    monitor = Monitor(Limits(), lambda *_: setattr(monitor, "interrupted", True))
    mover = Mover(instance, inputs, [giving(row["agent"]) for row in agents])
    ways = [(k, above) for k in range(len(inputs)) for above in (False, True)]
    some, every = list(mover.switches(ways, monitor)), list(mover.switches(ways))
    assert len(every) == 20
    assert 0 < len(some) < 20
    assert some == every[: len(some)]
