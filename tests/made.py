"""A solution made by hand: small round numbers, and any names one likes."""

from __future__ import annotations

from trialopt.core.design import Arm, Dose
from trialopt.record.parts import Allocation, ArmSizing, Effect, Question, SolvedArm
from trialopt.record.solution import Solution


def made(
    *,
    agent: str = "carfilzomib",
    title: str = "Made by hand",
    groups: tuple[str, ...] = ("fit", "frail"),
    arms: tuple[tuple[str, ...], ...] = (("fit",), ("frail",)),
    sized: bool = False,
    value: float | None = 0.5,
) -> Solution:
    """One solution: two epochs, two mechanisms, one category; `arms` lists the subgroups of each arm."""
    epochs = ("induction", "maintenance")
    question = Question(
        name="made",
        title=title,
        sha256="0" * 64,
        max_arms=3,
        epochs=dict.fromkeys(epochs, 0.5),
        shares=dict.fromkeys(groups, 1 / len(groups)),
        reach={g: dict.fromkeys(epochs, 1.0) for g in groups},
        mechanisms=("none", "crbn_loss"),
        categories=("neutropenia", "rash"),
        labels={agent: "An agent"},
        limits={g: {s: {"neutropenia": 0.4} for s in epochs} for g in groups},
        cumulative_limits={"neutropenia": 0.5},
        sized=sized,
        trial_limits={"max_patients": 900.0} if sized else {},
    )
    return Solution(
        question=question,
        ending="optimal" if arms else "infeasible",
        value=value if arms else None,
        bound=value if arms else None,
        gap=0.0 if arms else None,
        seconds=1.5,
        arms=tuple(_arm(f"A{n}", served, agent, epochs, sized, n) for n, served in enumerate(arms, start=1)),
        conflict=() if arms else ("limit of 0.06 on neutropenia",),
        provenance={"trialopt": "0", "method": "decompose", "options": {}, "timings": {}},
    )


def _arm(name: str, served: tuple[str, ...], agent: str, epochs: tuple[str, ...], sized: bool, n: int) -> SolvedArm:
    partner = Dose("dexamethasone", "mg20") if n % 2 else Dose("daratumumab")
    return SolvedArm(
        arm=Arm(name, served, {epochs[0]: (Dose(agent), partner), epochs[1]: (Dose(agent),)}),
        coverage={g: {epochs[0]: 0.75 + 0.01 * n, epochs[1]: -0.125} for g in served},
        mechanism_coverage={g: {s: {"none": 0.9, "crbn_loss": 0.3} for s in epochs} for g in served},
        prevalence={
            g: {epochs[0]: {"none": 0.9, "crbn_loss": 0.1}, epochs[1]: {"none": 1.0, "crbn_loss": 0.0}} for g in served
        },
        risk={
            g: {epochs[0]: {"neutropenia": 0.36, "rash": 0.2}, epochs[1]: {"neutropenia": 0.1, "rash": 0.0}}
            for g in served
        },
        cumulative_risk={g: {"neutropenia": 0.42, "rash": 0.2} for g in served},
        burden={g: dict.fromkeys(epochs, 0.25) for g in served},
        size=_size(served) if sized else None,
    )


def _size(served: tuple[str, ...]) -> ArmSizing:
    return ArmSizing(
        patients=60 * len(served),
        control_patients=30 * len(served),
        allocation={g: Allocation(60, 30) for g in served},
        effect=Effect(0.7, 0.5, None, 0.15),
        power=0.81,
        accrual_months=20.5,
        cost=9.1e6,
        events=None,
        method="two proportions, unpooled",
    )
