"""How designs differ, how far apart they are, and lists of them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import count
from typing import TYPE_CHECKING, Any

import numpy as np

from trialopt.core import WrongInput
from trialopt.core.design import Arm, Design, Dose
from trialopt.core.instance import Instance
from trialopt.core.run import Monitor
from trialopt.evaluation.result import listed
from trialopt.record.make import doses_from, doses_json
from trialopt.record.matching import matched
from trialopt.record.rows import regimen

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Naming:
    """How doses, and subgroups and epochs, are called; ids as they are without it."""

    dose: Callable[[Dose], str] = str
    name: Callable[[str], str] = str
    level: Callable[[Dose, Dose], str] | None = None
    """How a dose is called that takes the place of another of its agent; `NEW for OLD` without it."""

    def doses(self, doses: Sequence[Dose]) -> str:
        """A regimen."""
        return " + ".join(map(self.dose, doses))

    def names(self, ids: Sequence[str]) -> str:
        """Several subgroups or epochs."""
        return listed(map(self.name, ids))


IDS = Naming()


def differences(first: Design, other: Design, naming: Naming = IDS) -> list[str]:
    """What `other` does differently from `first`: "A2 consolidation: carfilzomib for bortezomib".

    Arms are matched by similarity and named as in `first`; an arm that `first` does not have keeps its own name.
    Empty when the two differ in nothing but the names of arms.
    """
    pairs = _pairs(first, other)
    names = {id(arm): first.arms[k].name for k, (arm, _) in pairs.items()}
    return [
        *_moves(first, other, names, naming),
        *(words for k, (arm, _) in sorted(pairs.items()) for words in _regimens(first.arms[k], arm, naming)),
        *(f"arm {arm.name} is dropped" for k, arm in enumerate(first.arms) if k not in pairs),
        *(_new(arm, naming) for arm in other.arms if id(arm) not in names),
    ]


def named_as(first: Design, other: Design) -> Design:
    """Return `other` with its arms named, and in the order of, those of `first` that `differences` matches them to.

    Arms without such a match come last, under numbers that `first` does not use.
    """
    pairs = _pairs(first, other)
    taken = {arm.name for arm in first.arms}
    free = (name for n in count(1) if (name := f"A{n}") not in taken)
    alike = [replace(arm, name=first.arms[k].name) for k, (arm, _) in sorted(pairs.items())]
    known = {id(arm) for arm, _ in pairs.values()}
    return Design((*alike, *(replace(arm, name=next(free)) for arm in other.arms if id(arm) not in known)))


def _pairs(first: Design, other: Design) -> dict[int, tuple[Arm, float]]:
    """Arm of `other` for each arm number of `first` that has one like it."""
    groups = {g for arm in (*first.arms, *other.arms) for g in arm.subgroups}
    return matched(first.arms, other.arms, dict.fromkeys(groups, 1.0))


def _moves(first: Design, other: Design, names: dict[int, str], naming: Naming) -> Iterator[str]:
    """Subgroups that another arm serves, together where they go the same way."""
    moved: dict[tuple[str, str], list[str]] = {}
    for arm in other.arms:
        for g in arm.subgroups:
            before, after = first.arm_of(g).name, names.get(id(arm), "")
            if before != after:
                moved.setdefault((before, after), []).append(g)
    for (before, after), who in moved.items():
        verb = "moves" if len(who) == 1 else "move"
        yield f"{naming.names(who)} {verb} from {before} to {after or 'an arm of its own'}"


def _regimens(before: Arm, after: Arm, naming: Naming) -> Iterator[str]:
    """One phrase per epoch in which the regimens differ; epochs that change alike are named together."""
    changed: dict[str, list[str]] = {}
    for epoch in dict.fromkeys((*before.sequence, *after.sequence)):
        words = regimen_change(before.sequence.get(epoch, ()), after.sequence.get(epoch, ()), naming)
        if words:
            changed.setdefault(words, []).append(epoch)
    for words, epochs in changed.items():
        yield f"{before.name} {naming.names(epochs)}: {words}"


def regimen_change(before: Sequence[Dose], after: Sequence[Dose], naming: Naming = IDS) -> str:
    """What one regimen gives instead of another; empty when they are the same."""
    old, new = ({dose.agent: dose for dose in doses} for doses in (before, after))
    levels = [_level(old[a], dose, naming) for a, dose in new.items() if a in old and old[a] != dose]
    added = [dose for dose in after if dose.agent not in old]
    gone = [dose for dose in before if dose.agent not in new]
    if added and gone:
        swap = [f"{naming.doses(added)} for {naming.doses(gone)}"]
    else:
        swap = [f"{naming.doses(added)} added"] if added else [f"{naming.doses(gone)} left out"] if gone else []
    return ", ".join(swap + levels)


def _level(old: Dose, new: Dose, naming: Naming) -> str:
    if naming is IDS:
        return f"{new.agent} at {new.level} for {old.level}"
    return naming.level(new, old) if naming.level else f"{naming.dose(new)} for {naming.dose(old)}"


def _new(arm: Arm, naming: Naming) -> str:
    given = "; ".join(
        f"{naming.name(epoch)} {naming.doses(doses) or 'nothing'}" for epoch, doses in arm.sequence.items()
    )
    return f"a further arm for {naming.names(arm.subgroups)}: {given}"


def distance(first: Design, other: Design) -> int:
    """Agent-epoch-arm differences: agents given in an epoch by just one of two matched arms, over all arms.

    Arms are matched so that the count is least; an arm without a partner counts with all it gives. Levels and who is
    served by which arm do not count.
    """
    from scipy.optimize import linear_sum_assignment  # takes two tenths of a second to load, and most never ask

    size = max(len(first.arms), len(other.arms))
    nothing = Arm("", (), {})
    ours, theirs = ([*design.arms, *[nothing] * (size - len(design.arms))] for design in (first, other))
    counts = np.array([[_differences(a, b) for b in theirs] for a in ours])
    return int(counts[linear_sum_assignment(counts)].sum())


def _differences(a: Arm, b: Arm) -> int:
    return sum(
        len({d.agent for d in a.sequence.get(epoch, ())} ^ {d.agent for d in b.sequence.get(epoch, ())})
        for epoch in {*a.sequence, *b.sequence}
    )


NO_DESIGN = "There is no design: every one breaks a rule or a limit."


def ended(monitor: Monitor) -> str:
    """Why a list is not complete, in words."""
    return "stopped by Ctrl-C" if monitor.stop() == "interrupted" else "stopped at the time limit"


def arm_rows(design: Design) -> Iterator[dict[str, object]]:
    """A row an arm: its name, subgroups, and the regimen of each epoch."""
    for arm in design.arms:
        given = {epoch: regimen(doses) for epoch, doses in arm.sequence.items()}
        yield {"arm": arm.name, "subgroups": "; ".join(arm.subgroups), **given}


def written(record: Mapping[str, Any]) -> str:
    """A record as the text of its file."""
    return json.dumps(record, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def records_of(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows of a data frame as JSON has them: a missing cell is `None`, and so is a number that is not finite."""
    known = frame.astype(object).where(frame.notna(), None)
    return [{str(name): _plain(cell) for name, cell in row.items()} for row in known.to_dict("records")]


def _plain(cell: Any) -> Any:
    cell = cell.item() if isinstance(cell, np.generic) else cell
    return None if isinstance(cell, float) and not np.isfinite(cell) else cell


class ListError(WrongInput):
    """A file that holds no list of designs. The message names it."""


def listed_design(design: Design) -> list[dict[str, Any]]:
    """Arms with their subgroups and sequence."""
    return [
        {"arm": arm.name, "subgroups": list(arm.subgroups), "sequence": doses_json(arm.sequence)} for arm in design.arms
    ]


def design_from(arms: list[Mapping[str, Any]]) -> Design:
    """The design that `listed_design` wrote. Raises `KeyError` or `TypeError` for anything else."""
    return Design(tuple(Arm(arm["arm"], tuple(arm["subgroups"]), doses_from(arm["sequence"])) for arm in arms))


def listed_instance(instance: Instance) -> dict[str, str]:
    """Which question a list answers."""
    return {"name": instance.name, "title": instance.title, "sha256": instance.sha256}
