"""The highest confidence with which some design keeps every limit, and what keeps it from being higher."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from trialopt.core.instance import Instance
from trialopt.core.run import Monitor
from trialopt.decision.solving import best
from trialopt.limits.conflict import conflict_of

ANY = 1.0
"""Gap to which designs are looked for: any will do."""


@dataclass(frozen=True)
class Highest:
    """In `held` of `draws` truths every limit of some design holds, each by itself, and in no more of any design."""

    held: int
    draws: int
    stops: tuple[str, ...]
    """Limits that no design keeps together in one truth more, in words; empty where all truths are kept."""
    complete: bool

    @property
    def share(self) -> float:
        """The highest confidence."""
        return self.held / self.draws

    def sentences(self) -> Iterator[str]:
        """It in words."""
        if not self.complete:
            yield "the highest confidence was not found in time"
            return
        yield (
            f"the highest confidence for which a design exists is {100 * self.share:.1f} % "
            f"({self.held} of {self.draws} truths)"
        )
        if self.stops:
            yield f"what stops it there: {'; '.join(self.stops)}"


def highest_confidence(instance: Instance, monitor: Monitor) -> Highest | None:
    """Halve the truths in which limits have to hold; `None` for an instance without a confidence."""
    asked, truths = instance.uncertainty, instance.truths
    if asked is None or truths is None or asked.confidence is None:
        return None
    low, high, complete = 0, len(truths) + 1, True
    while high - low > 1:
        middle = (low + high) // 2
        answer = best(_at(instance, middle), monitor, gap=ANY)
        if monitor.stop() is not None:
            complete = False
            break
        if answer.design is not None:
            low = middle
        else:
            high = middle
    stops: tuple[str, ...] = ()
    if complete and low < len(truths):
        stops = tuple(conflict_of(_at(instance, low + 1), monitor))
    return Highest(low, len(truths), stops, complete)


def _at(instance: Instance, held: int) -> Instance:
    """The question whether limits can hold in so many truths, whatever the value."""
    asked, truths = instance.uncertainty, instance.truths
    assert asked is not None
    assert truths is not None
    confidence = max(held, 1e-6) / len(truths)
    return replace(
        instance, uncertainty=replace(asked, confidence=confidence, objective="given", min_assurance=None), sha256=""
    )
