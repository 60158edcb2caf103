"""The search: it closes the gap, and whatever stops it, the incumbent and an honest bound are kept."""

from __future__ import annotations

import math
import time

import pytest

from tests.model.large_document import large_document
from tests.model.small import small
from tests.oracle import best_design
from tests.random_documents import random_document
from trialopt.core.catalog import find
from trialopt.core.design import Arm, Design, Dose
from trialopt.core.instance import Instance
from trialopt.core.run import Limits, Monitor, Outcome, relative_gap
from trialopt.evaluation import evaluate
from trialopt.model import assemble, objective, rounds, search, solve
from trialopt.model import build as build_model
from trialopt.model.highs import Solver, settle
from trialopt.model.space import Unbuilt
from trialopt.reading import build, read


@pytest.fixture(scope="module")
def large() -> Instance:
    return build(large_document())


@pytest.fixture(autouse=True)
def _no_run_left_behind() -> object:
    yield
    settle()


def honest(instance: Instance, outcome: Outcome) -> float:
    """Value of the outcome's design, which must keep all rules and not exceed the bound."""
    assert outcome.design is not None
    evaluation = evaluate(instance, outcome.design)
    assert evaluation.feasible
    assert outcome.bound >= evaluation.value
    return evaluation.value


def test_tiny_duo_is_solved_to_its_hand_value() -> None:
    instance = read(find("tiny_duo"))
    outcome = search(instance, Monitor(Limits(gap=1e-8)))
    assert honest(instance, outcome) == pytest.approx(0.410148, abs=1e-6)
    assert outcome.stopped == "finished"
    assert outcome.bound == pytest.approx(0.410148, abs=1e-6)


@pytest.mark.parametrize("seed", range(3000, 3012))
def test_value_equals_brute_force(seed: int) -> None:
    question = random_document(seed)
    instance, best = build(question), best_design(question)
    outcome = search(instance, Monitor(Limits(gap=1e-7)))
    assert outcome.stopped == "finished"
    if best is None:
        assert outcome.design is None
        assert outcome.bound == -math.inf
    else:
        assert honest(instance, outcome) == pytest.approx(best.value, abs=1e-6)
        assert outcome.bound <= best.value + 2e-6


@pytest.mark.parametrize("profile", ["quick", "proof"])
def test_every_profile_finds_the_optimum(profile: str) -> None:
    instance = read(find("tiny_duo"))
    outcome = search(instance, Monitor(Limits(gap=1e-8, profile=profile)))
    assert honest(instance, outcome) == pytest.approx(0.410148, abs=1e-6)


def test_a_looser_gap_stops_earlier_and_says_so() -> None:
    instance = build(large_document(subgroups=1, max_arms=1))
    outcome = search(instance, Monitor(Limits(gap=0.05)))
    gap = relative_gap(honest(instance, outcome), outcome.bound)
    assert outcome.stopped == "finished"
    assert 1e-4 < gap <= 0.05


def test_time_limit_keeps_the_incumbent(large: Instance) -> None:
    monitor = Monitor(Limits(time=9))
    outcome = search(large, monitor)
    assert monitor.seconds < 11
    assert outcome.stopped == "time_limit"
    assert relative_gap(honest(large, outcome), outcome.bound) > 1e-4


def test_a_first_design_comes_from_one_arm_for_all() -> None:
    """Its bound, lower than the optimum of several arms, must not be taken for theirs."""
    size = {"subgroups": 3, "agents": 12, "mechanisms": 6, "categories": 5}
    seen: list[tuple[float | None, float, str]] = []
    monitor = Monitor(Limits(gap=0.02), lambda seconds, value, bound, doing: seen.append((value, bound, doing)))
    search(build(large_document(max_arms=2, **size)), monitor)
    rough = [(value, bound) for value, bound, doing in seen if doing == "round 0"]
    assert rough
    assert {bound for _, bound in rough} == {seen[1][1]}  # still the one from the data alone
    alone = search(build(large_document(max_arms=1, **size)), Monitor(Limits(gap=0.02)))
    assert max(value for value, _ in rough if value is not None) <= alone.bound + 1e-9


def test_no_time_at_all(large: Instance) -> None:
    """Even then there is a bound, from the data alone."""
    outcome = search(large, Monitor(Limits(time=0)))
    assert (outcome.design, outcome.stopped) == (None, "time_limit")
    assert 0.8 < outcome.bound < 1


def test_node_limit_keeps_the_incumbent() -> None:
    instance = build(large_document(subgroups=3, max_arms=2, agents=12, mechanisms=6, categories=5))
    outcome = search(instance, Monitor(Limits(nodes=1, gap=1e-6)))
    assert outcome.stopped == "node_limit"
    assert relative_gap(honest(instance, outcome), outcome.bound) > 1e-6


def test_interrupt_stops_within_about_a_second(large: Instance) -> None:
    """Asked in the midst of the first round, once there is a design."""
    asked: list[float] = []

    def ask(seconds: float, value: float | None, bound: float, doing: str) -> None:
        if value is not None and doing == "round 1" and not asked:
            asked.append(time.monotonic())
            monitor.interrupted = True

    monitor = Monitor(Limits(), ask)
    outcome = search(large, monitor)
    assert time.monotonic() - asked[0] < 2  # about one; room for a busy machine
    assert outcome.stopped == "interrupted"
    assert relative_gap(honest(large, outcome), outcome.bound) > 1e-4


def test_progress_shows_exact_values_and_falling_bounds() -> None:
    instance = build(large_document(subgroups=2, max_arms=1, agents=12, mechanisms=6, categories=5))
    seen: list[tuple[float | None, float]] = []
    monitor = Monitor(Limits(), lambda seconds, value, bound, doing: seen.append((value, bound)))
    outcome = search(instance, monitor)
    value = honest(instance, outcome)
    assert all(bound >= value - 1e-9 for _, bound in seen)
    assert [bound for _, bound in seen] == sorted((bound for _, bound in seen), reverse=True)
    assert max(shown for shown, _ in seen if shown is not None) == pytest.approx(value, abs=1e-12)


def test_an_error_in_a_callback_is_raised() -> None:
    def broken(seconds: float, value: float | None, bound: float, doing: str) -> None:
        if value is not None:
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        search(read(find("tiny_duo")), Monitor(Limits(), broken))


def given(**doses: str) -> Design:
    """One arm for subgroup g; `s1="a b"` lists agents."""
    return Design((Arm("A1", ("g",), {s: tuple(Dose(d) for d in text.split()) for s, text in doses.items()}),))


def test_start_is_the_first_incumbent(large: Instance) -> None:
    instance = build(small())
    monitor = Monitor(Limits(time=0))
    outcome = search(instance, monitor, start=given(s1="b c"))
    assert outcome.design == given(s1="b c")
    assert monitor.value == pytest.approx(0.52)


def test_a_start_that_breaks_a_rule_is_ignored() -> None:
    instance = build(small(rules={"not_together": [["a", "b"]]}))
    outcome = search(instance, Monitor(Limits()), start=given(s1="a b"))
    assert honest(instance, outcome) == pytest.approx(0.6)
    assert outcome.details["cutoffs"] == 0


def test_a_start_that_leaves_a_subgroup_out_is_ignored() -> None:
    instance = build(small(epoch={"min_agents": 0}, subgroups=[{"subgroup": g, "share": 1} for g in "gh"]))
    outcome = search(instance, Monitor(Limits()), start=given(s1="a b"))
    assert honest(instance, outcome) == pytest.approx(0.7)
    assert outcome.details["cutoffs"] == 0


def test_rejected_choices_are_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take a rule out of the model: exact evaluation rejects what breaks it, and the search still ends right."""
    without = tuple(add for add in assemble.FAMILIES if add is not assemble.add_toxicity)
    monkeypatch.setattr(assemble, "FAMILIES", without)
    rates = [{"agent": d, "category": "e", "probability": 0.3 if d in "ab" else 0} for d in "abc"]
    instance = build(small(categories=[{"category": "e", "limit": 0.4}], toxicity=rates))
    outcome = search(instance, Monitor(Limits(gap=1e-8)))
    assert honest(instance, outcome) == pytest.approx(0.6)
    assert outcome.bound == pytest.approx(0.6, abs=1e-6)
    assert outcome.details["cutoffs"] == 1


@pytest.mark.parametrize("kind", ["subgroup", "arm", "design"])
def test_each_kind_of_cut_off_bars_the_choice_and_little_else(kind: str) -> None:
    instance = build(small())
    model = build_model(instance)
    monitor = Monitor(Limits(gap=1e-8))
    chosen, members = rounds.point_of(model.space, given(s1="a b"))
    if kind == "subgroup":
        objective.cut_subgroup(model, model.space, chosen, 0)
    elif kind == "arm":
        objective.cut_arm(model, model.space, chosen, members[0])
    else:
        objective.cut_design(model, model.space, chosen, members)
    outcome = solve(model, monitor)
    assert honest(instance, outcome) == pytest.approx(0.6)  # a and c, the next best
    assert outcome.design == given(s1="a c")


def test_designs_that_cannot_be_sized_are_cut_off() -> None:
    """Two arms need 2 x 274 patients, so one arm it is: a is worth 0.45 in both, two sequences would be worth 0.49."""
    instance = build(
        small(
            max_agents=1,
            trial={"max_arms": 2, "power": 0.8, "control_rate": 0.2, "target_difference": 0.15, "max_patients": 300},
            subgroups=[{"subgroup": "g", "share": 0.9}, {"subgroup": "h", "share": 0.1}],
            sensitivity=[{"subgroup": "h", "key": "a", "sensitivity": 0}],
        )
    )
    outcome = search(instance, Monitor(Limits(gap=1e-8)))
    assert honest(instance, outcome) == pytest.approx(0.45)
    assert outcome.bound == pytest.approx(0.45, abs=1e-6)
    assert outcome.details["cutoffs"] >= 2  # at least h with b, and h with c


def test_fewer_agents_at_equal_value() -> None:
    """An agent without any activity is dropped, and arms that give the same are one."""
    two = [{"subgroup": g, "share": 1} for g in "gh"]
    instance = build(small(max_agents=3, trial={"max_arms": 2}, agents={"c": {"orr": 0}}, subgroups=two))
    start = Design(
        (
            Arm("A1", ("g",), {"s1": (Dose("a"), Dose("b"), Dose("c"))}),
            Arm("A2", ("h",), {"s1": (Dose("a"), Dose("b"))}),
        )
    )
    outcome = search(instance, Monitor(Limits()), start=start)
    assert outcome.design == Design((Arm("A1", ("g", "h"), {"s1": (Dose("a"), Dose("b"))}),))


@pytest.mark.parametrize("asked", [1, 30, 200])
def test_the_building_of_a_program_ends_when_the_run_has_to(large: Instance, asked: int) -> None:
    """Wherever it is: while rows are made, or while they are handed to the solver."""
    told = iter(range(asked))
    monitor = Monitor(Limits())
    monitor.stop = lambda: "interrupted" if next(told, None) is None else None  # type: ignore[method-assign]
    began = time.process_time()
    outcome = search(large, monitor)
    assert (outcome.design, outcome.stopped) == (None, "interrupted")
    assert 0.8 < outcome.bound < 1
    assert "rounds" not in outcome.details
    assert time.process_time() - began < 2


def test_the_translation_of_a_program_ends_when_the_run_has_to(large: Instance) -> None:
    with pytest.raises(Unbuilt):
        Solver(assemble.build(large), stop=lambda: "interrupted")
