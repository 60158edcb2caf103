"""What to learn first: what it is worth to know all inputs, each of them, groups of them, or the result of a study."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from html import escape
from typing import Any

import numpy as np
import pandas as pd

from trialopt.core.design import Design
from trialopt.core.shown import brief
from trialopt.decision.differences import arm_rows, differences, listed_design, records_of, written
from trialopt.decision.learn.worth import Worth

FORMAT = 1
FILE_NAME = "learning.json"

GROUPS = ("agent", "class", "mechanism")

SMALL = 0.005
"""Shares of all there is to know below this are not told in words."""


@dataclass(frozen=True)
class Part:
    """What knowing one input, a group, or a study's result is worth."""

    kind: str
    """`input`, `agent`, `class`, `mechanism` or `study`."""
    name: str
    worth: Worth
    detail: str
    """Range and basis of an input, the inputs of a group, the input of a study."""
    study: str = ""
    """What a study of the input is called; empty where there is none."""
    size: int = 0
    """Patients, or events, of a study."""


@dataclass(frozen=True)
class Learning:
    """Values of information, all on the scale of the objective.

    Attributes
    ----------
    asked, done
        Truths drawn and solved.
    value
        Mean over the truths of the best design for them all, with the inputs alone (no regimen's own deviation).
    evpi, most
        EVPI of the inputs, and the most it can be: solves are proven to a gap.
    evpi_all, most_all
        The same with each regimen's own deviation, which only a trial of the regimen tells: the EVPI of model
        section 11. `None` where the run was stopped before.
    design
        The best design for all truths, without more knowledge.
    """

    instance: Mapping[str, str]
    seed: int
    asked: int
    done: int
    value: float
    evpi: Worth
    most: float
    evpi_all: Worth | None
    most_all: float | None
    design: Design
    chosen: tuple[tuple[Design, float, float], ...]
    """Designs that are best in some truths: the design, the share of truths, its mean value."""
    parts: tuple[Part, ...]
    told: int | None
    """Size of the studies that are told in words; `None`: all, because they were asked for."""
    burden: bool
    """Whether events count in the value."""
    ended: str
    seconds: float

    @property
    def complete(self) -> bool:
        """Whether all truths were solved."""
        return not self.ended

    def share(self, worth: Worth) -> float:
        """Share of all there is to know of the inputs."""
        return worth.value / self.evpi.value if self.evpi.value > 1e-9 else 0.0

    def of(self, *kinds: str) -> list[Part]:
        """Parts of some kinds, the most valuable first; studies in the order asked for."""
        found = [part for part in self.parts if part.kind in kinds]
        return found if kinds == ("study",) else sorted(found, key=lambda part: -part.worth.value)

    @cached_property
    def tables(self) -> Mapping[str, pd.DataFrame]:
        """Data frames: `inputs`, `groups`, `studies`, `designs`."""
        return {
            "inputs": pd.DataFrame(list(self._rows("input")), columns=[*_HEADS, "detail", "study"]),
            "groups": pd.DataFrame(list(self._rows(*GROUPS)), columns=["kind", *_HEADS, "detail"]),
            "studies": pd.DataFrame(list(self._rows("study")), columns=["study", "size", *_HEADS[1:]]),
            "designs": pd.DataFrame(list(self._designs())),
        }

    def _rows(self, *kinds: str) -> Iterator[dict[str, Any]]:
        for part in self.of(*kinds):
            yield {
                "kind": part.kind,
                "name": part.name,
                "worth": part.worth.value,
                "standard_error": part.worth.error,
                "share": self.share(part.worth),
                "detail": part.detail,
                "study": part.study,
                "size": part.size,
            }

    def _designs(self) -> Iterator[dict[str, Any]]:
        for number, (design, often, mean) in enumerate(self.chosen, start=1):
            differs = "; ".join(differences(self.design, design))
            for row in arm_rows(design):
                yield {"design": number, "best_in": often, "mean_value": mean, **row, "differs": differs}

    @property
    def sentences(self) -> list[str]:
        """What a committee should know first."""
        return list(_sentences(self))

    def to_json(self) -> str:
        """The record as text, the same for the same run but for the seconds."""
        record: dict[str, Any] = {
            "format": FORMAT,
            "kind": "learning",
            "instance": dict(self.instance),
            "seed": self.seed,
            "draws": self.done,
            "draws_asked": self.asked,
            "complete": self.complete,
            "ended": self.ended,
            "value": self.value,
            "evpi": _worth(self.evpi, self.most),
            "evpi_with_regimen_deviation": None if self.evpi_all is None else _worth(self.evpi_all, self.most_all),
            "arms": listed_design(self.design),
            "sentences": self.sentences,
            **{name: records_of(frame) for name, frame in self.tables.items()},
            "seconds": self.seconds,
        }
        return written(record)

    def __repr__(self) -> str:
        truths = f"{self.done} of {self.asked} truths"
        return brief(f"<Learning about {self.instance['name']}: {truths}, EVPI {self.evpi:.4g}>")

    def _repr_html_(self) -> str:
        said = "".join(f"<li>{escape(sentence)}</li>" for sentence in self.sentences)
        shown = "".join(self.tables[name].head(12).to_html(index=False) for name in ("inputs", "groups", "studies"))
        return f"<div><ul>{said}</ul>{shown}</div>"


_HEADS = ("name", "worth", "standard_error", "share")


def _worth(worth: Worth, most: float | None) -> dict[str, float | None]:
    return {"value": worth.value, "standard_error": _finite(worth.error), "at_most": most}


def _finite(number: float) -> float | None:
    return float(number) if np.isfinite(number) else None


def _sentences(found: Learning) -> Iterator[str]:
    if found.ended:
        yield f"NOT COMPLETE ({found.ended}): {found.done} of {found.asked} truths were solved."
    often = next((share for design, share, _ in found.chosen if not differences(found.design, design)), 0.0)
    yield (
        f"To know every input exactly is worth {found.evpi.value:.4f} of the value {found.value:.4f} "
        f"(standard error {found.evpi.error:.4f}, {found.done} truths): {len(found.chosen)} designs are best in some "
        f"truth, the recommended one in {100 * often:.0f} %."
    )
    yield from _first(found)
    for part in found.of("study"):
        if part.size == (found.told or part.size) and (found.told is None or found.share(part.worth) >= SMALL):
            yield (
                f"A study of {part.detail} is worth {part.worth.value:.4f}: "
                f"{100 * found.share(part.worth):.0f} % of all there is to know."
            )
    if found.evpi_all is not None and abs(found.evpi_all.value - found.evpi.value) > 1e-9:
        yield (
            f"With each regimen's own deviation from what its agents add up to, which only a trial of the regimen "
            f"tells, perfect knowledge is worth {found.evpi_all.value:.4f}."
        )
    count = "count through the burden only" if found.burden else "do not count (toxicity_weight is 0)"
    # what of toxicity is left out has to be said
    yield f"Limits are those of the question in every truth, so rates of adverse events {count}."


def _first(found: Learning) -> Iterator[str]:
    known = [part for part in found.of("input") if found.share(part.worth) >= SMALL]
    if not known:
        yield "No single input is worth much: no choice would change with it."
        return
    told = ", ".join(f"the {part.name} {100 * found.share(part.worth):.0f} %" for part in known[:3])
    yield f"Of that, alone: {told}. Shares of several inputs need not add up."
