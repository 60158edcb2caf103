"""Designs of equal value: which of them is given, and how many there are (model section 8).

Between designs whose values differ by at most 1e-9 the one with fewer patients is given, then with fewer agents, then
the one that comes first when the sequence of each subgroup is written out, ids in alphabetical order.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import comb

from trialopt.core.design import Design
from trialopt.core.instance import Instance
from trialopt.core.run import Monitor
from trialopt.engine.found import EQUAL
from trialopt.engine.ranking import Ranked, Ranking
from trialopt.engine.regimens import TooLarge
from trialopt.engine.sized import Sized
from trialopt.evaluation import evaluate

MOST = 50
"""Designs of one value that are listed."""

NEXT, NEXT_OF_FEW, FEW = 0.002, 0.05, 100
"""How far below the best value (relative) the next design is looked for: that costs little; further of few regimens."""

FEW_REGIMENS, FEW_SUBGROUPS = 6_000, 8
"""Instances up to which equal designs are looked for: beyond, listing them would take longer than the search."""


@dataclass(frozen=True)
class Ties:
    """The design to give, and how many have its value; `all` says that these are all there are."""

    design: Design
    count: int
    all: bool
    following: Ranked | None
    """The best design of a lower value, where one is in reach."""
    reach: float
    """A design of a lower value that is not `following` is worth at least this less; 0 where nothing is known."""


def settled(
    instance: Instance, value: float, regimens: int, monitor: Monitor, begun: Sized | None = None
) -> Ties | None:
    """Look through the designs as good as the best; `None` where that would take too long or was cut short.

    `regimens` is how many the epochs have together within rules and limits, `value` that of the design found, `begun`
    the search that found it, where there is one to go on from.
    """
    if instance.truths is not None or regimens > FEW_REGIMENS or len(instance.subgroups) > FEW_SUBGROUPS:
        return None
    further = NEXT_OF_FEW if regimens <= FEW else NEXT
    reach = max(EQUAL, further * abs(value))
    try:
        ranking = Ranking(instance, monitor.part(), least=value - reach, begun=begun)
        ties = _within(instance, value, reach, ranking)
        if ties is None and monitor.stop() is None:
            ties = _within(instance, value, EQUAL, ranking.down_to(value - EQUAL))
    except TooLarge:
        return None
    return ties


def _within(instance: Instance, value: float, reach: float, ranking: Ranking) -> Ties | None:
    """The designs worth at most `reach` less than the best; `None` where they are too many, or time was up."""
    found: list[Design] = []
    following: Ranked | None = None
    best = value
    for ranked in ranking:
        if not found:
            best = max(best, ranked.value)
        if ranked.value < best - EQUAL or len(found) == MOST:
            following = ranked if ranked.value < best - EQUAL else None
            break
        found.append(ranked.design)
    else:
        if not ranking.complete:
            return None
    if not found:
        return None
    design, every = min(found, key=lambda one: order_of(instance, one)), len(found) < MOST
    return Ties(design, len(found), every, following, reach if every and reach > EQUAL else 0.0)


def most_regimens(instance: Instance) -> int:
    """Regimens that the epochs could have together, before any rule."""
    options = instance.usable[instance.option_agent].sum(axis=0).tolist()
    epochs = zip(options, instance.max_agents.tolist(), strict=True)
    return sum(comb(n, k) for n, most in epochs for k in range(most + 1))


Written = tuple[tuple[tuple[str, ...], ...], ...]


def order_of(instance: Instance, design: Design) -> tuple[int, int, Written, tuple[tuple[str, ...], ...]]:
    """What decides between designs of equal value: the smallest is given."""
    patients = 0
    if instance.trial.sized:
        sizes = [arm.size for arm in evaluate(instance, design).arms if arm.size is not None]
        patients = sum(size.patients + size.control_patients for size in sizes)
    written = tuple(
        tuple(tuple(sorted(map(str, design.arm_of(g).sequence.get(s, ())))) for s in instance.epochs)
        for g in sorted(instance.subgroups)
    )
    together = tuple(sorted(tuple(sorted(arm.subgroups)) for arm in design.arms))
    return patients, sum(arm.agents() for arm in design.arms), written, together
