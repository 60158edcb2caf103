"""For each arm, epoch and category, the subgroup whose risk comes closest to its limit."""

from __future__ import annotations

from dataclasses import dataclass

from trialopt.record.solution import DesignNumbers

Key = tuple[str, str, str]
"""Arm, epoch (`""` for all epochs together), category."""


@dataclass(frozen=True)
class Closest:
    """The risk and limit of that subgroup. `used` is risk over limit; `binding` from 90 % on."""

    subgroup: str
    risk: float
    limit: float
    used: float
    binding: bool


def closest(numbers: DesignNumbers) -> dict[Key, Closest]:
    """Find it wherever there is a limit; ties go to the first subgroup in table order."""
    found: dict[Key, Closest] = {}
    tables = numbers.tables
    for frame in (tables.risk, tables.cumulative_risk.assign(epoch="")):
        for row in frame[frame["limit"].notna()].to_dict("records"):
            limit, risk = float(row["limit"]), float(row["risk"])
            used = risk / limit if limit > 0 else (0.0 if risk <= 0 else float("inf"))
            key = (row["arm"], row["epoch"], row["category"])
            if key not in found or used > found[key].used:
                found[key] = Closest(row["subgroup"], risk, limit, used, bool(row["binding"]))
    return found
