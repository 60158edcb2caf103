"""What an instance keeps to show, never to compute with: trials, doses, and how uncertain a number is said to be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple


@dataclass(frozen=True)
class Tested:
    """A regimen given in people (regimens.csv): names the nearest trial of a recommendation, never computed with."""

    trial: str
    agents: tuple[str, ...]
    """May hold ids that are no agents of the instance."""
    source: str = ""
    setting: str = ""
    phase: str = ""
    patients: int | None = None
    status: str = ""
    confidence: str = ""
    shown: str = "arm"
    """`arm`; `acronym`, its agents filled in from a name; `listed` in a registry record, which proves nothing."""

    @property
    def under_way(self) -> bool:
        """Whether the trial has not ended."""
        return bool(self.status) and not self.status.lower().startswith(DONE)


DONE = ("published", "fda approved", "reported", "completed", "closed", "terminated")
"""How the status of a trial that is not under way begins; without a status it is published."""

RELAPSE = ("early_relapse", "late_relapse", "triple_class_exposed")
"""Settings that a trial in `relapse`, which says no more, may have been in."""


def in_setting(setting: str, settings: tuple[str, ...]) -> bool:
    """Whether a regimen was given in one of some settings; in any, where none is named."""
    if not settings or setting in settings:
        return True
    return setting == "relapse" and any(wanted in RELAPSE for wanted in settings)


@dataclass(frozen=True)
class Dosing:
    """How a dose level is given (levels.csv), as written: shown, never computed with. Blank cells are empty."""

    amount: float | None = None
    unit: str = ""
    route: str = ""
    days: str = ""
    cycle_days: int | None = None


class Spread(NamedTuple):
    """How uncertain a row's number is said to be, by its 5th and 95th percentile."""

    table: str
    key: tuple[str, ...]
    """The row's key, a blank cell as an empty text; of an unordered table sorted."""
    column: str
    """The column the number stands in; that of the rate where the row gives counts."""
    low: float
    high: float


LONGEST = 200
"""Most letters of the `repr` of a result."""


def brief(text: str) -> str:
    """A `repr` cut where it is too long to be read, its end kept."""
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 2]}…{text[-1]}"
