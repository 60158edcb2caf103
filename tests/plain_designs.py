"""Designs as plain data, as the oracle speaks of them, and as the package does."""

from __future__ import annotations

from random import Random

from tests.oracle import Oracle, PlainArm
from tests.plain_facts import Regimen
from trialopt.core.design import Arm, Design, Dose


def as_design(epochs: list[str], arms: list[PlainArm]) -> Design:
    return Design(
        tuple(
            Arm(
                f"A{number}",
                subgroups,
                {s: tuple(Dose(*option) for option in r) for s, r in zip(epochs, sequence, strict=True)},
            )
            for number, (subgroups, sequence) in enumerate(arms, start=1)
        )
    )


def as_plain(epochs: list[str], design: Design) -> list[PlainArm]:
    return [
        (
            arm.subgroups,
            tuple(tuple((dose.agent, dose.level) for dose in arm.sequence.get(s, ())) for s in epochs),
        )
        for arm in design.arms
    ]


def sequences_by_subgroup(arms: list[PlainArm]) -> dict[str, list[set[tuple[str, str]]]]:
    """What each subgroup gets, whatever its arm is called and however doses are ordered."""
    return {g: [set(regimen) for regimen in sequence] for subgroups, sequence in arms for g in subgroups}


def random_arms(oracle: Oracle, random: Random, careless: bool) -> list[PlainArm]:
    """A random design: mostly one that keeps the rules on single epochs, or, careless, any design at all."""
    facts = oracle.facts
    options = [(d, level) for d in facts.agents for level in facts.levels[d]]

    def regimen(s: int) -> Regimen:
        if careless and random.random() < 0.5:
            return tuple(random.sample(options, random.randint(0, min(4, len(options)))))
        allowed = list(oracle.regimens(s))
        return random.choice(allowed) if allowed else tuple(random.sample(options, 1))

    parts: dict[int, list[str]] = {}
    most = facts.max_arms + (1 if careless else 0)
    for g in facts.subgroups:
        parts.setdefault(random.randrange(most), []).append(g)
    return [(tuple(part), tuple(regimen(s) for s in range(len(facts.epochs)))) for part in parts.values()]
