"""From the trials that were played to measures: each family by itself, then the trial as a whole."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from trialopt.core.instance import Floats
from trialopt.simulate.count import Measure, mean, most, share
from trialopt.simulate.play import Played
from trialopt.simulate.trial import Family, Trial

Json = dict[str, Any]

TOTALS = ("patients", "worse", "events", "months", "cost")
"""What is told as a mean, and what 90 % of the trials do not pass."""

KEPT = ("success", "look", "futile", "estimate", "effect", "patients", "worse", "events", "months", "at_look", "short",
        "severe", "cost")  # fmt: skip
"""Arrays of an answer, one row a trial."""


def record(played: Played) -> Json:
    """What is kept of trials: one row each, ready for JSON. A missing number is `None`."""
    arrays = {name: getattr(played, name) for name in KEPT if name != "patients"}
    arrays["patients"] = played.treated.sum(axis=(1, 2))
    return {name: _plain(np.asarray(values)) for name, values in arrays.items()}


def _plain(values: Floats) -> Any:
    if values.dtype.kind != "f":
        return values.astype(np.int64).tolist()
    cells = values.astype(object)
    cells[~np.isfinite(values)] = None
    return cells.tolist()


def joined(answers: list[Json]) -> dict[str, Floats]:
    """Arrays of all trials of a family, from the records of its batches."""
    return {name: np.concatenate([np.array(answer[name], dtype=float) for answer in answers], axis=0) for name in KEPT}


def measures(trial: Trial, scenario: str, found: Mapping[str, Mapping[str, Floats]], truths: int) -> Iterator[Measure]:
    """All measures of one scenario; `found` has the arrays of each family, whose trials go through so many truths."""
    told = _Told(scenario, truths)
    yield from _whole(trial, told, found)
    for family in trial.families:
        yield from _family(trial, family, told, found[family.name])


@dataclass(frozen=True)
class _Told:
    """Makes the measures of one scenario."""

    scenario: str
    truths: int

    def share(self, arm: str, what: str, of: str, values: Any) -> Measure:
        return Measure(self.scenario, arm, what, of, share(values, self.truths))

    def mean(self, arm: str, what: str, of: str, values: Floats) -> Iterator[Measure]:
        number = mean(values, self.truths)
        if number is not None:
            yield Measure(self.scenario, arm, what, of, number)

    def total(self, arm: str, what: str, values: Floats) -> Iterator[Measure]:
        yield from self.mean(arm, what, "", values)
        number = most(values)
        if number is not None:
            yield Measure(self.scenario, arm, f"{what}_90", "", number)


def _whole(trial: Trial, told: _Told, found: Mapping[str, Mapping[str, Floats]]) -> Iterator[Measure]:
    wins = np.stack([found[f.name]["success"].all(axis=1) for f in trial.families], axis=1)
    yield told.share("", "any", "", np.any(wins, axis=1))
    yield told.share("", "all", "", np.all(wins, axis=1))
    every = [found[f.name] for f in trial.families]
    for what in TOTALS:
        columns = np.stack([arrays[what] for arrays in every], axis=1)
        yield from told.total("", what, columns.max(axis=1) if what == "months" else columns.sum(axis=1))
    for e, category in enumerate(trial.categories):
        yield from told.mean("", "severe", category, np.sum([arrays["severe"][:, e] for arrays in every], axis=0))


def _family(trial: Trial, family: Family, told: _Told, arrays: Mapping[str, Floats]) -> Iterator[Measure]:
    name, wins = family.name, arrays["success"]
    for c, one in enumerate(family.comparisons):
        yield told.share(name, "each", one.name, wins[:, c])
    yield told.share(name, "all", "", np.all(wins, axis=1))
    for c, one in enumerate(family.comparisons):
        estimate, effect = arrays["estimate"][:, c], arrays["effect"][:, c]
        yield from told.mean(name, "estimate", one.name, estimate)
        yield from told.mean(name, "effect", one.name, effect)
        yield from told.mean(name, "bias", one.name, estimate - effect)
    last = len(family.fractions) - 1
    for k in range(last + 1):
        here = arrays["look"] == k
        label = f"look {k + 1}" if k < last else "final"
        yield told.share(name, "stop_success", label, here & np.all(wins, axis=1))
        if k < last:
            yield told.share(name, "stop_futility", label, here & (arrays["futile"] > 0))
        yield from told.mean(name, "month_of", label, arrays["at_look"][:, k])
    yield told.share(name, "short", "", arrays["short"])
    for what in TOTALS:
        yield from told.total(name, what, arrays[what])
    for e, category in enumerate(trial.categories):
        yield from told.mean(name, "severe", category, arrays["severe"][:, e])
