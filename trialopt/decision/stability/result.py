"""What a run of draws found, with its tables; the words are in `words`, the drawing in `trialopt.show`."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from trialopt.core.design import Design
from trialopt.core.instance import TOLERANCE, Floats, Instance
from trialopt.decision.stability.draws import Uncertain
from trialopt.decision.stability.revalue import Revalued
from trialopt.decision.stability.switching import Switch

if TYPE_CHECKING:
    import pandas as pd

FORMAT = 1
"""Version of the record."""


@dataclass(frozen=True, eq=False)
class Stability:
    """The best designs of an instance, valued again under many possible truths.

    Designs are in order of their value with the inputs as given, so the first is the recommended one. Values, losses
    and the probability of being best count every design of the list, whether it keeps its limits in a draw or not;
    how often limits hold is told beside it.
    """

    instance: Instance
    inputs: tuple[Uncertain, ...]
    designs: tuple[Design, ...]
    point: Revalued
    """One truth: the inputs as given."""
    draws: Revalued
    asked: int
    """Draws asked for."""
    seed: int
    switches: tuple[Switch, ...]
    """Largest probability first."""
    listed: str
    """How the list came about: `complete` (proven to be the best designs), `given`, or why it is not complete."""
    complete: bool
    """Whether neither a time limit nor an interrupt cut anything short."""

    @property
    def count(self) -> int:
        """Draws done."""
        return len(self.draws.value)

    @cached_property
    def best(self) -> Floats:
        """(N, K) which design is best in each draw; designs of equal value (within 1e-9) share the draw."""
        value = self.draws.value
        top = value >= value.max(axis=1, keepdims=True) - TOLERANCE
        share: Floats = top / top.sum(axis=1, keepdims=True)
        return share

    @cached_property
    def regret(self) -> Floats:
        """(N, K) what each design loses in each draw against the best of the list there."""
        loss: Floats = self.draws.value.max(axis=1, keepdims=True) - self.draws.value
        return loss

    @cached_property
    def tables(self) -> Mapping[str, pd.DataFrame]:
        """Data frames: designs, agents, doses, arms, regimens, subgroups, limits, inputs, switching.

        Probabilities are shares of 1; a column `..._se` is the standard error that the number of draws leaves.
        """
        from trialopt.decision.stability import tables

        return tables.all_tables(self)

    @property
    def sentences(self) -> list[str]:
        """What a committee should know first."""
        from trialopt.decision.stability.words import sentences

        return sentences(self)

    def to_json(self) -> str:
        """Everything but the draws themselves as text, the same for the same run."""
        record: dict[str, Any] = {
            "format": FORMAT,
            "instance": {
                "name": self.instance.name,
                "title": self.instance.title,
                "sha256": self.instance.sha256,
            },
            "draws": self.count,
            "draws_asked": self.asked,
            "seed": self.seed,
            "list": self.listed,
            "complete": self.complete,
            "sentences": self.sentences,
            **{name: list(_records(frame)) for name, frame in self.tables.items()},
        }
        return json.dumps(record, indent=1, ensure_ascii=False, allow_nan=False) + "\n"

    def __repr__(self) -> str:
        return f"<Stability of {self.instance.name}: {len(self.designs)} designs, {self.count} draws>"

    def _repr_html_(self) -> str:
        from html import escape

        said = "".join(f"<li>{escape(sentence)}</li>" for sentence in self.sentences)
        shown = "".join(self.tables[name].head(12).to_html(index=False) for name in ("switching", "arms", "designs"))
        return f"<div><ul>{said}</ul>{shown}</div>"


def _records(frame: pd.DataFrame) -> Iterator[dict[str, Any]]:
    for row in frame.to_dict("records"):
        yield {str(name): _plain(value) for name, value in row.items()}


def _plain(value: Any) -> Any:
    """Value of a cell as JSON has it."""
    value = value.item() if isinstance(value, np.generic) else value
    return None if isinstance(value, float) and not np.isfinite(value) else value
