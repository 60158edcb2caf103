"""Designs met on the way: each judged exactly once, the best kept, the rejected ones remembered."""

from __future__ import annotations

from dataclasses import dataclass, field

from trialopt.design import Design
from trialopt.evaluation import Evaluation, evaluate
from trialopt.instance import Floats
from trialopt.model.space import Space
from trialopt.model.translation import Members, design_of

Key = tuple[bytes, str]


@dataclass(frozen=True)
class Judged:
    """A point of the model with its design and exact evaluation."""

    chosen: Floats
    members: Members
    design: Design
    evaluation: Evaluation


@dataclass
class Incumbents:
    """The best design so far and every point met since `fresh` was last taken."""

    space: Space
    best: Judged | None = None
    _judged: dict[Key, Judged] = field(default_factory=dict)
    _fresh: list[Judged] = field(default_factory=list)

    @property
    def value(self) -> float | None:
        """Exact value of the best design, or `None`."""
        return None if self.best is None else self.best.evaluation.value

    def meet(self, chosen: Floats, members: Members) -> Judged:
        """Judge a point, keep it if it is feasible and better."""
        key = (chosen.tobytes(), repr(members))
        judged = self._judged.get(key)
        if judged is None:
            design = design_of(self.space, chosen, members)
            judged = Judged(chosen, members, design, evaluate(self.space.instance, design))
            self._judged[key] = judged
            if judged.evaluation.feasible and (self.value is None or judged.evaluation.value > self.value):
                self.best = judged
        if not any(judged is known for known in self._fresh):
            self._fresh.append(judged)
        return judged

    def fresh(self) -> list[Judged]:
        """Points met since the last call."""
        points, self._fresh = self._fresh, []
        return points
