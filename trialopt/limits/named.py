"""One limit or rule by name: how to do without it, and, where it is a number, how to move it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from trialopt.core.instance import Instance

if TYPE_CHECKING:
    from trialopt.evaluation import Evaluation


@dataclass(frozen=True)
class Scale:
    """What a limit that is a number is set to, and where it can be moved.

    Attributes
    ----------
    value
        What the instance says.
    end
        Where it asks for nothing any more: 1 of a risk, 0 of a coverage, infinity of patients. Moving towards it
        asks for less.
    set
        The instance with another value.
    takes
        Of an evaluated design, the strictest value that it keeps; `None` where every value is tried in turn.
    show
        A value in words.
    whole
        Only whole numbers.
    monotone
        Whether what fits at one value fits at all values nearer to the end. Not so for a target effect beside limits
        on patients: aiming lower takes more patients.
    """

    value: float
    end: float
    set: Callable[[Instance, float], Instance]
    takes: Callable[[Evaluation], float] | None
    show: Callable[[float], str]
    whole: bool = False
    monotone: bool = True

    @property
    def sign(self) -> int:
        """1 where a larger value asks for less, -1 where a smaller one does."""
        return 1 if self.end > self.value else -1


@dataclass(frozen=True)
class NamedLimit:
    """One limit or rule of an instance.

    `words` say it with its value, `name` without. `family` and the ids it is `about` identify it. `parts` are what of
    it could be dropped alone: a requirement in one of its epochs.
    """

    words: str
    name: str
    family: str
    about: tuple[str, ...]
    drop: Callable[[Instance], Instance]
    scale: Scale | None = None
    parts: tuple[NamedLimit, ...] = ()

    @property
    def key(self) -> tuple[str, ...]:
        """Family and ids: the same for the same limit, whatever its value."""
        return (self.family, *self.about)


def without(instance: Instance, dropped: Sequence[NamedLimit]) -> Instance:
    """The instance with some of its limits left out."""
    for limit in dropped:
        instance = limit.drop(instance)
    return instance


def percent(probability: float) -> str:
    """`24.13 %`, as exact as six digits."""
    return f"{100 * probability:.6g} %"


def number(value: float) -> str:
    """`1012`, `41,230,000`, `36.5`: as exact as it is."""
    return f"{value:,.10g}" if value >= 10_000 else f"{value:.10g}"
