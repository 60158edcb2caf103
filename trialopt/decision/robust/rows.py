"""One row of the price of robustness: what is asked, and the proven answer with its numbers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from trialopt.core import WrongInput
from trialopt.core.design import Design
from trialopt.core.instance import Instance
from trialopt.core.uncertainty import Uncertainty
from trialopt.decision.differences import design_from, listed_design

GIVEN, CONFIDENCE, TAIL = "given", "confidence", "tail"

NUMBERS = {
    "value": "what the row's objective gives it",
    "bound": "no design is better than this",
    "gap": "relative distance of the two",
    "given": "value with the inputs as given",
    "mean": "mean value over the truths",
    "worst": "mean value in the worst tenth of them",
    "fresh_mean": "the mean on truths drawn after the choice",
    "fresh_worst": "the worst tenth of those",
    "all_kept": "share of the truths in which every limit holds",
    "fresh_all_kept": "the same of fresh ones",
    "least_kept": "share of the truths in which the limit that fails most often holds",
    "fresh_least_kept": "the same of fresh ones",
    "assurance": "chance that every arm succeeds",
}
"""Numbers of a row, and what they mean; empty without a design, the last one also where arms are not sized."""


@dataclass(frozen=True)
class Asked:
    """What a row asks: the inputs as given, each limit with a confidence, or the best in a worst share."""

    kind: str
    level: float | None = None
    highest: bool = False
    """Whether it is the highest confidence for which a design exists."""

    @property
    def words(self) -> str:
        """`confidence 0.70`, `worst 0.10`."""
        if self.level is None:
            return "as given"
        if self.kind == TAIL:
            return "mean" if self.level >= 1 else f"worst {self.level:.2f}"
        return f"confidence {self.level:.3f}" if self.highest else f"confidence {self.level:.2f}"

    def of(self, base: Uncertainty) -> Uncertainty:
        """The `[uncertainty]` of the row: one thing changed, all else as asked."""
        if self.kind == GIVEN:
            return replace(base, objective="given", confidence=None)
        if self.kind == CONFIDENCE:
            return replace(base, confidence=self.level)
        if self.level is not None and self.level >= 1:
            return replace(base, objective="mean")
        return replace(base, objective="cvar", tail=self.level or base.tail)


def asked_rows(confidences: Sequence[float], tails: Sequence[float]) -> list[Asked]:
    """Rows in their order. Raises `WrongInput` for a share that is none."""
    for name, levels in ((CONFIDENCE, confidences), (TAIL, tails)):
        for level in levels:
            if not 0 < level <= 1:
                raise WrongInput(f"--{name} {level:g}: give a share above 0 and at most 1")
    first = [Asked(GIVEN)]
    sure = [Asked(CONFIDENCE, level) for level in sorted(set(confidences))]
    return [*first, *sure, *(Asked(TAIL, level) for level in sorted(set(tails), reverse=True))]


@dataclass(frozen=True)
class Row:
    """One row: the best design for what it asks, or what leaves none.

    `ending` is that of a solution. `said` are, without a design, the limits that cannot hold together.
    """

    asked: Asked
    ending: str
    numbers: Mapping[str, float | None] = field(default_factory=dict)
    """Names of `NUMBERS`."""
    least: str = ""
    """The limit that fails most often, in words."""
    patients: int | None = None
    design: Design | None = None
    said: tuple[str, ...] = ()
    seconds: float = 0.0

    @property
    def final(self) -> bool:
        """Whether it is proven: the best design to the gap, or that there is none."""
        return self.ending in ("optimal", "infeasible")

    def number(self, name: str) -> float | None:
        """One of `NUMBERS`."""
        return self.numbers.get(name)

    def cells(self) -> Iterator[tuple[str, Any]]:
        """Names and values of its columns in a table, what differs left out."""
        yield from (("row", self.asked.words), ("kind", self.asked.kind), ("level", self.asked.level))
        yield from (("highest", self.asked.highest), ("ending", self.ending))
        yield from ((name, self.number(name)) for name in NUMBERS)
        yield from (("least", self.least), ("patients", self.patients))

    def record(self) -> dict[str, Any]:
        """It as JSON."""
        arms = [] if self.design is None else listed_design(self.design)
        return {**dict(self.cells()), "said": list(self.said), "seconds": self.seconds, "arms": arms}


def row_of(asked: Asked, answer: Mapping[str, Any]) -> Row:
    """The row of an answer that was kept."""
    return Row(
        asked,
        answer["ending"],
        {name: answer.get(name) for name in NUMBERS},
        answer.get("least", ""),
        answer.get("patients"),
        design_from(answer["arms"]) if answer["arms"] else None,
        tuple(answer["said"]),
        answer["seconds"],
    )


def question_of(base: Instance, asked: Asked) -> Instance:
    """The question of a row, on the same truths as all others."""
    assert base.uncertainty is not None
    return replace(base, uncertainty=asked.of(base.uncertainty), sha256="")
