"""The answer in trial terms: arms, the subgroups they serve and what they give. No solver words, no numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape


@dataclass(frozen=True, order=True)
class Dose:
    """One agent at one dose level."""

    agent: str
    level: str = "standard"

    def __str__(self) -> str:
        return self.agent if self.level == "standard" else f"{self.agent}@{self.level}"


@dataclass(frozen=True)
class Arm:
    """One experimental arm.

    `name` is A1, A2, ...; `subgroups` are the ids it serves; `sequence` gives the doses of each epoch id, in
    epoch order (an epoch that gives nothing has an empty tuple).
    """

    name: str
    subgroups: tuple[str, ...]
    sequence: Mapping[str, tuple[Dose, ...]]

    def agents(self) -> int:
        """Agents given, counted once per epoch."""
        return sum(len(doses) for doses in self.sequence.values())


@dataclass(frozen=True)
class Design:
    """Experimental arms that together serve every subgroup exactly once."""

    arms: tuple[Arm, ...]

    def _repr_html_(self) -> str:
        epochs = dict.fromkeys(epoch for arm in self.arms for epoch in arm.sequence)
        heads = "".join(f"<th>{escape(text)}</th>" for text in ("arm", "subgroups", *epochs))
        rows = []
        for arm in self.arms:
            given = (" + ".join(map(str, arm.sequence.get(epoch, ()))) or "nothing" for epoch in epochs)
            cells = (arm.name, "; ".join(arm.subgroups), *given)
            rows.append(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in cells)}</tr>")
        return f"<table><thead><tr>{heads}</tr></thead><tbody>{''.join(rows)}</tbody></table>"

    def arm_of(self, subgroup: str) -> Arm:
        """The arm that serves a subgroup. Raises `KeyError` when none does."""
        for arm in self.arms:
            if subgroup in arm.subgroups:
                return arm
        raise KeyError(subgroup)
