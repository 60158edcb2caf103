"""What is run: suites of synthetic instances, the methods, and what each suite must show."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace

from trialopt.generate import Size

ENGINE, HIGHS, SCIP = "engine", "compact HiGHS", "compact SCIP"
METHODS = (ENGINE, HIGHS, SCIP)
COMPACT = (HIGHS, SCIP)


@dataclass(frozen=True)
class Case:
    """One instance to be solved by one method."""

    suite: str
    size: Size
    seed: int
    method: str
    gap: float
    limit: float
    """Seconds of wall clock."""
    axis: str = ""
    """In the growth suite: which size is varied."""


@dataclass(frozen=True)
class Suite:
    """A group of instances of one size. Targets are what the suite must show; `None` where it must show nothing."""

    name: str
    title: str
    size: Size
    gap: float = 1e-4
    limit: float = 60.0
    """Seconds for the engine: well above the target, so that a miss is measured and not only noticed."""
    compact: tuple[str, ...] = ()
    compact_limit: float = 300.0
    compact_seeds: int = 1
    most_seconds: float | None = None
    most_megabytes: float | None = None
    least_ratio: float | None = None


LARGE = Size(agents=40, subgroups=12, arms=6, epochs=3, mechanisms=13, levels=True)
LARGER = replace(LARGE, subgroups=15, arms=8)

SUITES = (
    Suite(
        "a",
        "26 agents, 13 mechanisms, 3 epochs, 6 subgroups, 3 arms",
        Size(26, 6, 3, 3, 13),
        compact=COMPACT,
        compact_seeds=3,
        least_ratio=100.0,
    ),
    Suite(
        "b12",
        "40 agents, 2 levels for half of them, 12 subgroups, 6 arms, 3 epochs",
        LARGE,
        limit=120.0,
        compact=(HIGHS,),
        most_seconds=30.0,
        most_megabytes=2048.0,
    ),
    Suite("b15", "the same with 15 subgroups and 8 arms", LARGER, limit=900.0, most_seconds=300.0),
    Suite("c12", "as b12, carry = 1", replace(LARGE, carry=1.0), limit=480.0, most_seconds=120.0),
    Suite("c15", "as b15, carry = 1", replace(LARGER, carry=1.0), limit=2400.0, most_seconds=1200.0),
    Suite(
        "d",
        "5 epochs, 20 agents, 6 subgroups, 3 arms",
        Size(20, 6, 3, 5, 13),
        gap=1e-3,
        limit=480.0,
        compact=COMPACT,
        compact_limit=120.0,
        most_seconds=120.0,
    ),
)

GROWTH = "e"
GROWTH_BASE = Size(26, 6, 3, 3, 13)
GROWTH_AXES: dict[str, tuple[Size, tuple[int, ...]]] = {
    "subgroups": (GROWTH_BASE, (2, 4, 6, 8, 10, 12, 14, 16)),
    "arms": (replace(GROWTH_BASE, subgroups=8), (1, 2, 3, 4, 5, 6, 7, 8)),
    "agents": (GROWTH_BASE, (10, 20, 30, 40, 50, 60)),
    "epochs": (replace(GROWTH_BASE, agents=20), (1, 2, 3, 4, 5, 6)),
}
GROWTH_LIMIT = 60.0


def suite_cases(suite: Suite, seeds: int, quick: bool) -> list[Case]:
    """Engine on `seeds` seeds, the compact model on the first few of them. `quick` shrinks sizes and limits."""
    size, limit, compact_limit = suite.size, suite.limit, suite.compact_limit
    compact_seeds = min(seeds, suite.compact_seeds)
    if quick:
        size = replace(size, agents=size.agents // 2, subgroups=size.subgroups // 3, arms=max(1, size.arms // 2))
        limit, compact_limit, compact_seeds = 60.0, 20.0, min(1, compact_seeds)
    cases = []
    for seed in range(1, seeds + 1):
        cases.append(Case(suite.name, size, seed, ENGINE, suite.gap, limit))
        if seed <= compact_seeds:
            cases += [Case(suite.name, size, seed, method, suite.gap, compact_limit) for method in suite.compact]
    return cases


def growth_cases(seeds: int, quick: bool) -> list[Case]:
    """One size varied at a time; the engine on every seed, the compact model on the first."""
    cases = []
    for axis, (base, values) in GROWTH_AXES.items():
        for value in values[:2] if quick else values:
            size = Size(**{**asdict(base), axis: value})
            for seed in range(1, seeds + 1):
                limit = 20.0 if quick else GROWTH_LIMIT
                cases.append(Case(GROWTH, size, seed, ENGINE, 1e-4, 4 * limit, axis))
                if seed == 1:
                    cases += [Case(GROWTH, size, seed, method, 1e-4, limit, axis) for method in COMPACT]
    return cases
