"""How large an instance to make."""

from __future__ import annotations

from dataclasses import dataclass

EPOCHS = ("induction", "consolidation", "maintenance", "second_line", "third_line", "fourth_line")
"""Epochs in the order in which they are added."""

MAINTENANCE = "maintenance"


@dataclass(frozen=True)
class Size:
    """How large an instance to make, and of which kind."""

    agents: int = 26
    subgroups: int = 6
    arms: int = 3
    """Most arms."""
    epochs: int = 3
    """1 to 6."""
    mechanisms: int = 13
    levels: bool = False
    """Give every second agent a reduced dose level."""
    sized: bool = False
    """Ask for power: arms carry patients."""
    carry: float = 0.0
    """How much of an epoch's effect lasts into later ones, 0..1."""

    def check(self) -> None:
        """Raise `ValueError` for sizes that make no instance."""
        if min(self.agents, self.subgroups, self.arms, self.epochs) < 1 or self.mechanisms < 0:
            raise ValueError("agents, subgroups, arms and epochs are at least 1, mechanisms at least 0")
        if self.epochs > len(EPOCHS):
            raise ValueError(f"at most {len(EPOCHS)} epochs ({', '.join(EPOCHS)}), not {self.epochs}")
        if not 0 <= self.carry <= 1:
            raise ValueError(f"carry is between 0 and 1, not {self.carry}")

    @property
    def epoch_ids(self) -> tuple[str, ...]:
        """Ids of the epochs."""
        return EPOCHS[: self.epochs]
