"""The size of a synthetic instance, and the draws its tables share."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from trialopt.core import WrongInput

EPOCHS = ("induction", "consolidation", "maintenance", "second_line", "third_line", "fourth_line")
"""Epochs in the order in which they are added."""

MAINTENANCE = "maintenance"


@dataclass(frozen=True)
class Size:
    """How large an instance to make, and of which kind."""

    agents: int = 26
    subgroups: int = 6
    arms: int = 3
    """Most arms."""
    epochs: int = 3
    """1 to 6."""
    mechanisms: int = 13
    levels: bool = False
    """Give every second agent a reduced dose level."""
    sized: bool = False
    """Ask for power: arms carry patients."""
    carry: float = 0.0
    """How much of an epoch's effect lasts into later ones, 0..1."""

    def check(self) -> None:
        """Raise `ValueError` for sizes that make no instance."""
        if min(self.agents, self.subgroups, self.arms, self.epochs) < 1 or self.mechanisms < 0:
            raise WrongInput("agents, subgroups, arms and epochs are at least 1, mechanisms at least 0")
        if self.epochs > len(EPOCHS):
            raise WrongInput(f"at most {len(EPOCHS)} epochs ({', '.join(EPOCHS)}), not {self.epochs}")
        if not 0 <= self.carry <= 1:
            raise WrongInput(f"carry is between 0 and 1, not {self.carry}")


CATEGORIES = (
    *("neutropenia", "thrombocytopenia", "anaemia", "infection", "neuropathy", "cardiac"),
    *("diarrhoea", "fatigue", "thrombosis", "rash", "crs", "hypertension"),
)

Rows = list[dict[str, object]]

PER_CLASS = 2.2
"""Agents of a class, about."""


@dataclass(frozen=True)
class AgentClass:
    """What the agents of one class have in common."""

    name: str
    response: float
    """Response rate of a typical agent alone."""
    profile: dict[str, float]
    """Event rates of the categories the class is known for."""
    support: bool
    """A supporting agent (as a steroid is): little activity of its own, others need it."""
    cellular: bool
    """A cellular therapy: given once, alone, not to the frail."""


@dataclass(frozen=True)
class Cast:
    """Ids of everything in one instance."""

    size: Size
    agents: tuple[str, ...]
    class_of: tuple[AgentClass, ...]
    """Class of each agent."""
    classes: tuple[AgentClass, ...]
    subgroups: tuple[str, ...]
    frail: tuple[bool, ...]
    """Whether each subgroup is frail."""
    mechanisms: tuple[str, ...]
    epochs: tuple[str, ...]

    def hit(self, mechanism: int) -> list[AgentClass]:
        """Classes a mechanism takes activity from: each mechanism one, every third a second one. Never the support."""
        others = self.classes[1:]
        if not others:
            return []
        main = others[mechanism % len(others)]
        return [main, others[(mechanism * 5 + 2) % len(others)]] if mechanism % 3 == 0 else [main]


def draw_cast(rng: np.random.Generator, size: Size) -> Cast:
    """Draw classes and the frail subgroups."""
    classes = _classes(rng, max(3, round(size.agents / PER_CLASS)))[: size.agents]
    frail = rng.random(size.subgroups) < 0.35
    return Cast(
        size=size,
        agents=tuple(f"agent_{n + 1:02d}" for n in range(size.agents)),
        class_of=tuple(classes[n % len(classes)] for n in range(size.agents)),
        classes=tuple(classes),
        subgroups=tuple(f"subgroup_{n + 1:02d}" for n in range(size.subgroups)),
        frail=tuple(frail.tolist()),
        mechanisms=tuple(f"mechanism_{n + 1:02d}" for n in range(size.mechanisms)),
        epochs=EPOCHS[: size.epochs],
    )


def _classes(rng: np.random.Generator, count: int) -> list[AgentClass]:
    classes = []
    for n in range(count):
        heavy = rng.choice(len(CATEGORIES), size=3, replace=False)
        profile = {CATEGORIES[c]: float(rng.uniform(0.06, 0.22)) for c in heavy}
        support, cellular = n == 0, n == 5
        response = 0.12 if support else 0.65 if cellular else float(rng.uniform(0.15, 0.45))
        classes.append(AgentClass(f"class_{n + 1:02d}", response, profile, support, cellular))
    return classes


def rounded(value: float) -> float:
    """Four decimals: as precise as such tables are."""
    return round(float(value), 4)
