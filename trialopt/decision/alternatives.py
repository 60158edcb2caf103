"""`alternatives`: the best designs, proven in their order, with what each loses and does otherwise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from trialopt.core.design import Design
from trialopt.core.handed import a_whole, an_instance
from trialopt.core.instance import Instance
from trialopt.core.json_read import listed, problems
from trialopt.core.read_back import read_back
from trialopt.core.run import Limits, Monitor
from trialopt.core.seams import late
from trialopt.core.shown import brief
from trialopt.decision.differences import (
    NO_DESIGN,
    ListError,
    arm_rows,
    design_from,
    differences,
    distance,
    ended,
    listed_design,
    listed_instance,
    named_as,
    written,
)
from trialopt.engine.ranking import Ranking
from trialopt.evaluation import evaluate
from trialopt.record.words import lost

FORMAT = 1

_TEXT = {"type": "string"}
_TEXTS = {"type": "array", "items": _TEXT}
_NUMBER = {"type": "number"}
_COUNT = {"type": "integer", "minimum": 0}


def _object(**properties: object) -> dict[str, object]:
    return {"type": "object", "properties": properties, "required": list(properties)}


_DOSES = {"type": "array", "items": _object(agent=_TEXT, level=_TEXT)}
_ARM = _object(arm=_TEXT, subgroups=_TEXTS, sequence={"type": "object", "additionalProperties": _DOSES})
_DESIGN = _object(
    rank={"type": "integer", "minimum": 1},
    value=_NUMBER,
    loss={"type": "number", "minimum": 0},
    patients={"type": ["integer", "null"], "minimum": 0},
    differs=_TEXTS,
    arms={"type": "array", "items": _ARM, "minItems": 1},
)
_SCHEMA = _object(
    instance=_object(name=_TEXT, title=_TEXT, sha256=_TEXT),
    asked={"type": "integer", "minimum": 1},
    least_difference=_COUNT,
    complete={"type": "boolean"},
    exhausted={"type": "boolean"},
    ended=_TEXT,
    seconds={"type": "number", "minimum": 0},
    designs={"type": "array", "items": _DESIGN},
)
"""Shape of `alternatives.json`."""

FILE_NAME = "alternatives.json"

SAME_DESIGN = "the same arms for the same subgroups"
TOO_MANY = "there are more designs than can be listed exactly"


@dataclass(frozen=True)
class Alternative:
    """One design of the list, its arms named as those of the best one that they are most like.

    `rank` counts from 1, `loss` is what it is worth less than the best.
    """

    rank: int
    design: Design
    value: float
    loss: float
    differs: tuple[str, ...]
    """What it does differently from the best, in words; empty for the best itself."""
    patients: int | None = None
    """Patients and controls of all arms, where the trial is sized."""


@dataclass(frozen=True)
class Alternatives:
    """The best designs of an instance, in order. No design that is not listed is better than one that is.

    Attributes
    ----------
    items
        Best first; every one exactly valued and keeping every rule and limit.
    asked
        How many designs were asked for.
    least_difference
        Agent-epoch-arm differences that any two of the list have at least (0: any two designs that are not the same).
        Then each is the best design that far from all before it.
    complete
        Whether the list has all that were asked for, or all there are (`exhausted`).
    ended
        In words, why it is not complete; empty when it is.
    """

    instance: dict[str, str]
    items: tuple[Alternative, ...]
    asked: int
    least_difference: int = 0
    complete: bool = True
    exhausted: bool = False
    ended: str = ""
    seconds: float = 0.0

    @property
    def sentence(self) -> str:
        """The list in words."""
        count = len(self.items)
        if not self.items:
            return NO_DESIGN if self.complete else f"None: {self.ended}."
        apart = ""
        if self.least_difference:
            apart = f", any two of them at least {self.least_difference} agents in arms and epochs apart"
        if self.exhausted and count < self.asked:
            text = f"There are {count} designs{apart}; these are all, in their proven order."
        else:
            text = f"The {count} best designs{apart}, in their proven order: none that is missing is better."
        if not self.complete:
            text += f" Not all {self.asked} that were asked for: {self.ended}."
        if count > 1:
            last = self.items[-1]
            text += f" Taking number {last.rank} instead of number 1 costs {lost(last.loss)} of value."
        return text

    @property
    def frame(self) -> pd.DataFrame:
        """One row a design: rank, value, loss, loss in percent of the best value, arms, patients, what differs."""
        best = self.items[0].value if self.items else 0.0
        rows = [
            {
                "rank": item.rank,
                "value": item.value,
                "loss": item.loss,
                "loss_percent": 100 * item.loss / max(abs(best), 1e-9),
                "arms": len(item.design.arms),
                "patients": pd.NA if item.patients is None else item.patients,
                "differs": "; ".join(item.differs) if item.rank > 1 else "",
            }
            for item in self.items
        ]
        names = ["rank", "value", "loss", "loss_percent", "arms", "patients", "differs"]
        return pd.DataFrame(rows, columns=names).astype({"patients": "Int64"})

    @property
    def arms(self) -> pd.DataFrame:
        """One row an arm of a design: rank, arm, subgroups, and the regimen of each epoch."""
        return pd.DataFrame([{"rank": item.rank} | row for item in self.items for row in arm_rows(item.design)])

    def plot(self) -> Any:
        """Draw the list, a `Picture`: one point a design at its value. Needs matplotlib."""
        return late("alternatives picture")(self.frame, complete=self.complete)

    def to_json(self) -> str:
        """The list as text, the same for the same list but for the seconds."""
        record: dict[str, Any] = {
            "format": FORMAT,
            "kind": "alternatives",
            "instance": self.instance,
            "asked": self.asked,
            "least_difference": self.least_difference,
            "complete": self.complete,
            "exhausted": self.exhausted,
            "ended": self.ended,
            "seconds": self.seconds,
            "designs": [
                {
                    "rank": item.rank,
                    "value": item.value,
                    "loss": item.loss,
                    "patients": item.patients,
                    "differs": list(item.differs),
                    "arms": listed_design(item.design),
                }
                for item in self.items
            ],
        }
        return written(record)

    @staticmethod
    def load(path: str | Path) -> Alternatives:
        """Read a list from its file or the folder it is in. Raises `ListError`."""
        path, data = read_back(path, FILE_NAME, ListError)
        if not isinstance(data, dict) or data.get("kind") != "alternatives" or data.get("format") != FORMAT:
            raise ListError(f"{path}: no list that `alternatives --out` wrote, of format {FORMAT}")
        if wrong := list(problems(data, _SCHEMA)):
            raise ListError(listed(wrong, str(path)))
        try:
            items = [
                Alternative(
                    d["rank"], design_from(d["arms"]), d["value"], d["loss"], tuple(d["differs"]), d["patients"]
                )
                for d in data["designs"]
            ]
            return Alternatives(
                data["instance"], tuple(items), data["asked"], data["least_difference"], data["complete"],
                data["exhausted"], data["ended"], data["seconds"],
            )  # fmt: skip
        except (ValueError, KeyError, TypeError) as error:
            raise ListError(f"{path}: a field has the wrong shape ({error})") from None

    def __repr__(self) -> str:
        loss = f", the last worth {self.items[-1].loss:.4g} less" if len(self.items) > 1 else ""
        return brief(f"<Alternatives of {self.instance['name']}: {len(self.items)} of {self.asked} designs{loss}>")

    def _repr_html_(self) -> str:
        return f"<div>{self.frame.to_html(index=False)}</div>"


def alternatives(instance: Instance, k: int = 10, *, diverse: int = 0, monitor: Monitor | None = None) -> Alternatives:
    """List the k best designs of an instance, proven in their order.

    A design is identified by the sequence each subgroup gets: names of arms do not count, nor, unless the trial is
    sized, whether subgroups with one sequence share an arm.

    Parameters
    ----------
    k
        How many designs, at least 1.
    diverse
        Least agent-epoch-arm differences between any two designs of the list (see `distance`).
    monitor
        Limits, progress and the wish to stop; what was found until then is kept.

    Raises
    ------
    ValueError
        For k below 1, diverse below 0, or an instance outside the engine's reach (`TooLarge`).
    """
    an_instance(instance)
    a_whole(k, "k", 1)
    a_whole(diverse, "diverse")
    monitor = monitor or Monitor(Limits())
    ranking = Ranking(instance, monitor)
    items: list[Alternative] = []
    for ranked in ranking:
        if not diverse or all(distance(item.design, ranked.design) >= diverse for item in items):
            items.append(_alternative(instance, items, ranked.design, ranked.value))
            monitor.report(value=items[0].value, doing=f"{len(items)} of {k} designs")
        if len(items) == k:
            break
    enough = len(items) == k
    return Alternatives(
        listed_instance(instance),
        tuple(items),
        k,
        diverse,
        complete=enough or ranking.complete,
        exhausted=ranking.complete,
        ended="" if enough or ranking.complete else TOO_MANY if ranking.too_many else ended(monitor),
        seconds=monitor.seconds,
    )


def _alternative(instance: Instance, before: Sequence[Alternative], design: Design, value: float) -> Alternative:
    first = before[0] if before else None
    sizes = [arm.size for arm in evaluate(instance, design).arms if arm.size is not None]
    return Alternative(
        rank=len(before) + 1,
        design=design if first is None else named_as(first.design, design),
        value=value,
        loss=0.0 if first is None else max(0.0, first.value - value),
        differs=() if first is None else tuple(differences(first.design, design)) or (SAME_DESIGN,),
        patients=sum(s.patients + s.control_patients for s in sizes) if sizes else None,
    )
