"""A small instance built straight from arrays, and short ways to vary it and to write designs against it.

Two epochs (induction weighs 0.6, maintenance 0.4), two subgroups (fit 0.75, frail 0.25), one mechanism beside
`none` (crbn: 0.1 of fit, 0.2 of frail patients; lenalidomide keeps nothing of its activity there).
Shares of disease left by an agent: bor 0.5, car 0.4, len 0.64 (half dose 0.8), dex 0.9, ven 0.7.
Nothing is toxic and nothing is forbidden until a test says so.
"""

from dataclasses import replace
from typing import Any

import numpy as np

from trialopt.core.design import Arm, Design, Dose, Rules, TrialSettings
from trialopt.core.instance import NO_LIMIT, Instance
from trialopt.evaluation import evaluate

AGENTS = ("bor", "car", "len", "dex", "ven")
BOR, CAR, LEN, DEX, VEN = range(5)
LEFT = np.array([0.5, 0.4, 0.64, 0.9, 0.7])
INDUCTION, MAINTENANCE = 0, 1
FIT, FRAIL = 0, 1
NONE, CRBN = 0, 1
NEUTROPENIA, NEUROPATHY = 0, 1


def small(*, trial: dict[str, Any] | None = None, rules: dict[str, Any] | None = None, **changes: Any) -> Instance:
    """The small instance with some fields replaced."""
    retained = np.ones((5, 2))
    retained[LEN, CRBN] = 0
    base = Instance(
        name="small",
        title="",
        sha256="",
        agents=AGENTS,
        classes=("pi", "imid", "steroid", "bcl2"),
        epochs=("induction", "maintenance"),
        subgroups=("fit", "frail"),
        mechanisms=("none", "crbn"),
        categories=("neutropenia", "neuropathy"),
        labels={},
        trial=TrialSettings(**{"max_arms": 2, **(trial or {})}),
        rules=Rules(**(rules or {})),
        agent_class=np.array([0, 0, 1, 2, 3]),
        usable=np.ones((5, 2), dtype=bool),
        beta=np.repeat(-np.log(LEFT)[:, None], 2, axis=1),
        hazard_ratio=np.full(5, np.nan),
        cost_per_cycle=np.zeros(5),
        cost_per_course=np.zeros(5),
        option_agent=np.array([0, 1, 2, 2, 3, 4]),
        option_level=("standard", "standard", "full", "half", "standard", "standard"),
        activity_factor=np.array([1, 1, 1, 0.5, 1, 1]),
        toxicity_factor=np.array([1, 1, 1, 0.4, 1, 1]),
        cycle_days=np.zeros(6, dtype=np.int64),
        cycles=np.array([4.0, 12.0]),
        weight=np.array([0.6, 0.4]),
        pfs_weight=np.array([0.6, 0.4]),
        exposure=np.ones(2),
        min_agents=np.zeros(2, dtype=np.int64),
        max_agents=np.full(2, 5),
        max_classes=np.full(2, NO_LIMIT),
        share=np.array([0.75, 0.25]),
        accrual=np.full(2, np.nan),
        control_rate=np.full(2, np.nan),
        control_median=np.full(2, np.nan),
        reach=np.ones((2, 2)),
        sensitivity=np.ones((2, 5)),
        susceptibility=np.ones((2, 2)),
        prevalence=np.array([[0.9, 0.1], [0.8, 0.2]]),
        seed=np.zeros(2),
        retained=retained,
        min_coverage=np.full(2, np.nan),
        min_active=np.zeros(2, dtype=np.int64),
        prevalence_floor=np.zeros(2),
        require_epochs=np.ones((2, 2), dtype=bool),
        emergence_mechanism=np.zeros(0, dtype=np.int64),
        emergence_multiplier=np.zeros(0),
        emergence_agents=np.zeros((0, 5), dtype=bool),
        pair_agents=np.zeros((0, 2), dtype=np.int64),
        pair_activity=np.zeros(0),
        pair_toxicity=np.zeros((0, 2)),
        event_rate=np.zeros((5, 2, 2)),
        background=np.zeros(2),
        limit=np.ones((2, 2, 2)),
        cumulative_limit=np.ones(2),
        not_worse_than_control=np.ones(2),
        control=None,
    )
    return replace(base, **changes)


def put(array: np.ndarray, *entries: tuple[Any, float]) -> np.ndarray:
    """A copy of an array with some entries set: `put(zeros, ((BOR, NEUTROPENIA), 0.1))`."""
    copy = np.array(array, dtype=float)
    for place, value in entries:
        copy[place] = value
    return copy


def emergence(*rows: tuple[int, float, tuple[int, ...]]) -> dict[str, Any]:
    """Emergence fields from rows of mechanism, multiplier, agents it applies to."""
    applies = np.zeros((len(rows), 5), dtype=bool)
    for r, (_, _, agents) in enumerate(rows):
        applies[r, list(agents)] = True
    return {
        "emergence_mechanism": np.array([row[0] for row in rows]),
        "emergence_multiplier": np.array([row[1] for row in rows]),
        "emergence_agents": applies,
    }


def pair(a: int, b: int, activity: float = 0.0, neutropenia: float = 0.0) -> dict[str, Any]:
    """Interaction fields of one pair."""
    return {
        "pair_agents": np.array([[a, b]]),
        "pair_activity": np.array([activity]),
        "pair_toxicity": np.array([[neutropenia, 0.0]]),
    }


def doses(text: str) -> tuple[Dose, ...]:
    """`"bor len@half"` as doses; lenalidomide without a level is the full one."""
    found = []
    for word in text.split():
        agent, _, level = word.partition("@")
        found.append(Dose(agent, level or ("full" if agent == "len" else "standard")))
    return tuple(found)


def arm(subgroups: str, induction: str, maintenance: str = "", name: str = "A1") -> Arm:
    """An arm in short: `arm("fit frail", "bor dex", "len")`."""
    return Arm(name, tuple(subgroups.split()), {"induction": doses(induction), "maintenance": doses(maintenance)})


def one(induction: str, maintenance: str = "") -> Design:
    """A design of one arm for both subgroups."""
    return Design((arm("fit frail", induction, maintenance),))


def broken(instance: Instance, design: Design) -> list[str]:
    """The sentences of what a design breaks."""
    return [violation.sentence for violation in evaluate(instance, design).violations]
