"""What sets one design apart from another, in words a committee reads."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from trialopt.design import Arm, Design, Dose
from trialopt.matching import matched


def differences(first: Design, other: Design) -> list[str]:
    """What `other` does differently from `first`: "A2 consolidation: carfilzomib for bortezomib".

    Arms are matched by similarity and named as in `first`; an arm that `first` does not have keeps its own name.
    Empty when the two differ in nothing but the names of arms.
    """
    groups = {g for arm in (*first.arms, *other.arms) for g in arm.subgroups}
    pairs = matched(first.arms, other.arms, dict.fromkeys(groups, 1.0))
    names = {id(arm): first.arms[k].name for k, (arm, _) in pairs.items()}
    return [
        *_moves(first, other, names),
        *(words for k, (arm, _) in sorted(pairs.items()) for words in _regimens(first.arms[k], arm)),
        *(f"arm {arm.name} is dropped" for k, arm in enumerate(first.arms) if k not in pairs),
        *(_new(arm) for arm in other.arms if id(arm) not in names),
    ]


def _moves(first: Design, other: Design, names: dict[int, str]) -> Iterator[str]:
    """Subgroups that another arm serves, together where they go the same way."""
    moved: dict[tuple[str, str], list[str]] = {}
    for arm in other.arms:
        for g in arm.subgroups:
            before, after = first.arm_of(g).name, names.get(id(arm), "")
            if before != after:
                moved.setdefault((before, after), []).append(g)
    for (before, after), who in moved.items():
        verb = "moves" if len(who) == 1 else "move"
        yield f"{_listed(who)} {verb} from {before} to {after or 'an arm of its own'}"


def _regimens(before: Arm, after: Arm) -> Iterator[str]:
    """One phrase per epoch in which the regimens differ; epochs that change alike are named together."""
    changed: dict[str, list[str]] = {}
    for epoch in dict.fromkeys((*before.sequence, *after.sequence)):
        words = regimen_change(before.sequence.get(epoch, ()), after.sequence.get(epoch, ()))
        if words:
            changed.setdefault(words, []).append(epoch)
    for words, epochs in changed.items():
        yield f"{before.name} {_listed(epochs)}: {words}"


def regimen_change(before: Sequence[Dose], after: Sequence[Dose]) -> str:
    """What one regimen gives instead of another; empty when they are the same."""
    old, new = ({dose.agent: dose.level for dose in doses} for doses in (before, after))
    levels = [f"{agent} at {new[agent]} for {old[agent]}" for agent in new if old.get(agent, new[agent]) != new[agent]]
    added = [str(dose) for dose in after if dose.agent not in old]
    gone = [str(dose) for dose in before if dose.agent not in new]
    if added and gone:
        swap = [f"{' + '.join(added)} for {' + '.join(gone)}"]
    else:
        swap = [f"{' + '.join(added)} added"] if added else [f"{' + '.join(gone)} left out"] if gone else []
    return ", ".join(swap + levels)


def _new(arm: Arm) -> str:
    given = "; ".join(f"{epoch} {' + '.join(map(str, doses)) or 'nothing'}" for epoch, doses in arm.sequence.items())
    return f"a further arm for {_listed(arm.subgroups)}: {given}"


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
