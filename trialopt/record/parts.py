"""What a record holds: the question, and the arms with their numbers; nothing here knows how they are made or saved.

Recruitment: all arms begin in the first month, each at the accrual rates of its own subgroups, which no other arm
shares. Experimental and control patients come in together, and all subgroups of an arm end in the same month.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from trialopt.core.design import Arm, Dose
from trialopt.core.instance import SourceRow
from trialopt.evaluation.intake import Inflow, inflow_of
from trialopt.record.precedent import Precedent

if TYPE_CHECKING:
    from trialopt.evaluation.calendar import Calendar
    from trialopt.record.solution import DesignNumbers

FORMAT = 1
"""Version of the record; a record of another version is refused."""

ENDINGS = ("optimal", "time_limit", "node_limit", "infeasible", "interrupted")

ByEpoch = Mapping[str, float]
ByMechanism = Mapping[str, float]
ByCategory = Mapping[str, float]


@dataclass(frozen=True)
class Allocation:
    """Patients of one arm in one subgroup."""

    experimental: int
    control: int


@dataclass(frozen=True)
class Effect:
    """What an arm is predicted to do against its control, and the effect it is sized for.

    `p1`, `p0` are response rates (response endpoint), `hazard_ratio` belongs to `pfs`; the others are `None`.
    `sized_for` is a difference in rates, or a hazard ratio.
    """

    p1: float | None
    p0: float | None
    hazard_ratio: float | None
    sized_for: float


@dataclass(frozen=True)
class ComponentSizing:
    """What an arm has to show of one agent: its comparison with the arm that leaves the agent out.

    `arm` is empty and `sequence`, `allocation` and `coverage` are too where the control stands in for that arm.
    """

    arm: str
    without: str
    sequence: Mapping[str, tuple[Dose, ...]]
    patients: int
    allocation: Mapping[str, int]
    """Subgroup id -> patients of the component arm."""
    coverage: Mapping[str, ByEpoch]
    rate: float | None
    hazard_ratio: float | None
    """Predicted, of the arm against the component arm."""
    sized_for: float
    needed: int
    """Patients of the arm that the comparison asks for."""
    events: float | None
    alpha: float
    power: float
    inflation: float
    cost: float


@dataclass(frozen=True)
class ArmSizing:
    """Patients of one arm: the sized part of its record. `patients` are those of the arm and its component arms."""

    patients: int
    control_patients: int
    allocation: Mapping[str, Allocation]
    effect: Effect
    power: float
    accrual_months: float | None
    cost: float
    events: float | None = None
    method: str = ""
    alpha: float | None = None
    """One-sided level of the arm's comparison, multiplicity included."""
    inflation: float = 1.0
    """Factor on sizes or events for interim looks."""
    power_by_subgroup: Mapping[str, float | None] = field(default_factory=dict)
    """Subgroup id -> power inside it alone; `None` where the effect leaves the range of rates."""
    components: tuple[ComponentSizing, ...] = ()
    """What the arm has to show of its agents, one by one."""
    unshown: tuple[str, ...] = ()
    """What of it no component arm shows: sentences."""

    @property
    def own_patients(self) -> int:
        """Patients of the arm itself."""
        return self.patients - sum(part.patients for part in self.components)

    @property
    def component_arms(self) -> tuple[ComponentSizing, ...]:
        """Components that are arms of their own."""
        return tuple(part for part in self.components if part.arm)


@dataclass(frozen=True)
class SolvedArm:
    """One recommended arm with its numbers. Outer keys are subgroup ids, then epoch ids."""

    arm: Arm
    coverage: Mapping[str, ByEpoch]
    mechanism_coverage: Mapping[str, Mapping[str, ByMechanism]]
    prevalence: Mapping[str, Mapping[str, ByMechanism]]
    risk: Mapping[str, Mapping[str, ByCategory]]
    cumulative_risk: Mapping[str, ByCategory]
    burden: Mapping[str, ByEpoch]
    size: ArmSizing | None = None
    precedent: Mapping[str, Precedent] = field(default_factory=dict)
    """Epoch id -> what of its regimen was given before; empty where the instance does not tell."""
    control_coverage: Mapping[str, ByEpoch] = field(default_factory=dict)
    """Coverage of the control regimen in the arm's subgroups; empty where there is none."""
    rests_on: tuple[SourceRow, ...] = ()
    """Rows of the tables that went into the arm's numbers, without their notes."""
    sizing: Mapping[str, Any] = field(default_factory=dict)
    """Everything the size rests on (`size_basis.py`); empty where there is no size, and in early records."""
    calendar: Calendar | None = None
    """Analyses and months of a sized arm; `None` in records that do not have them."""

    @property
    def name(self) -> str:
        """A1, A2, ..."""
        return self.arm.name

    @property
    def subgroups(self) -> tuple[str, ...]:
        """Ids of the subgroups the arm serves."""
        return self.arm.subgroups

    @property
    def sequence(self) -> Mapping[str, tuple[Dose, ...]]:
        """Doses of each epoch id."""
        return self.arm.sequence

    @property
    def component_arms(self) -> tuple[ComponentSizing, ...]:
        """Arms that leave out one of its agents each."""
        return () if self.size is None else self.size.component_arms

    @property
    def family(self) -> tuple[tuple[str, Mapping[str, tuple[Dose, ...]]], ...]:
        """Name and sequence of the arm, then of its component arms."""
        return ((self.name, self.sequence), *((part.arm, part.sequence) for part in self.component_arms))


@dataclass(frozen=True)
class Question:
    """What of the instance the record's tables show: names, weights, limits. Ids are in table order."""

    name: str
    title: str
    sha256: str
    max_arms: int
    epochs: Mapping[str, float]
    """Epoch id -> objective weight."""
    shares: Mapping[str, float]
    """Subgroup id -> share of patients."""
    reach: Mapping[str, ByEpoch]
    mechanisms: tuple[str, ...]
    categories: tuple[str, ...]
    labels: Mapping[str, str]
    limits: Mapping[str, Mapping[str, ByCategory]]
    """Subgroup -> epoch -> category -> limit, where there is one."""
    cumulative_limits: ByCategory
    toxicity_weight: float = 0.0
    sized: bool = False
    endpoint: str = "response"
    trial_limits: Mapping[str, float] = field(default_factory=dict)
    """`max_patients`, `max_accrual_months`, `max_study_months`, `budget`, those that are given."""
    control: Mapping[str, tuple[Dose, ...]] | None = None
    own_control: Mapping[str, Mapping[str, tuple[Dose, ...]]] = field(default_factory=dict)
    """Subgroup id -> epoch -> doses, for those with a control of their own; empty in records that do not have them."""
    cycles: Mapping[str, float] = field(default_factory=dict)
    """Epoch id -> treatment cycles; empty in records that do not have them."""
    confidence: Mapping[str, int] = field(default_factory=dict)
    """How many rows of the tables were read, recalled, assumed, or do not say."""
    definitions: Mapping[str, str] = field(default_factory=dict)
    """Subgroup id -> what makes a patient one of it, in words, where the tables say."""
    registration: Mapping[str, Any] = field(default_factory=dict)
    """Facts of `[registration]` that were given: only exports use them."""
    dosing: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """`agent@level` -> amount, unit, route, days, cycle_days, as far as the tables say."""
    kinds: Mapping[str, str] = field(default_factory=dict)
    """Agent id -> small_molecule, biologic, cell_therapy or procedure."""
    classes: Mapping[str, str] = field(default_factory=dict)
    """Agent id -> its class."""
    sources: tuple[SourceRow, ...] = ()
    """Where the rows of the tables come from, without their notes; empty in records that do not have them."""

    def label(self, identifier: str) -> str:
        """Display name of an id, the id itself where the tables give none."""
        return self.labels.get(identifier) or identifier


EVERY_MONTHS = (1, 2, 3, 6, 12, 24, 60, 120)
"""Steps of a recruitment table on a page, in months."""

MOST_ROWS = 10
"""Most steps of a recruitment table on a page, the months in which an arm is complete not counted."""


class Total(NamedTuple):
    """What a design takes of one thing that the trial may limit. `limit` is `None` where there is none."""

    what: str
    """`patients`, `accrual_months` and `study_months` (of the slowest arm) or `cost`."""
    limited_by: str
    """Name of the limit: `max_patients`, `max_accrual_months`, `max_study_months`, `budget`."""
    total: float | None
    """`None` where accrual rates are not given."""
    limit: float | None


def totals(numbers: DesignNumbers) -> list[Total]:
    """Patients, months and cost of all arms and controls together; nothing for a design without sizes."""
    sizes = [arm.size for arm in numbers.arms if arm.size]
    if not sizes:
        return []
    limits = numbers.question.trial_limits
    months = [size.accrual_months for size in sizes if size.accrual_months is not None]
    taken = (
        ("patients", "max_patients", float(sum(size.patients + size.control_patients for size in sizes))),
        ("accrual_months", "max_accrual_months", max(months) if len(months) == len(sizes) else None),
        *_study(numbers),
        ("cost", "budget", float(sum(size.cost for size in sizes))),
    )
    return [Total(what, limit, total, limits.get(limit)) for what, limit, total in taken]


def _study(numbers: DesignNumbers) -> list[tuple[str, str, float | None]]:
    """Months of the slowest arm to its final analysis, where the record tells."""
    studies = [arm.calendar.study_months for arm in numbers.arms if arm.calendar is not None]
    known = [months for months in studies if months is not None]
    if not studies:
        return []
    return [("study_months", "max_study_months", max(known) if len(known) == len(studies) else None)]


def enrolled(arm: SolvedArm, month: int) -> int:
    """Patients and controls of an arm that are in at the end of a month. The arm has a size with months."""
    assert arm.size is not None
    assert arm.size.accrual_months is not None
    total = arm.size.patients + arm.size.control_patients
    if month >= arm.size.accrual_months:
        return total
    if "accrual" in arm.sizing:
        full = float(total / arm.sizing["accrual_per_month"])
        come = [row["f"] * min(_inflow(row).at_full_rate(month), full) for row in arm.sizing["accrual"]]
        return min(total, math.floor(total * math.fsum(come) / full + 1e-9))
    return min(total, math.floor(total * month / arm.size.accrual_months + 1e-9))


def _inflow(row: Mapping[str, Any]) -> Inflow:
    return inflow_of([(step["from_month"], step["factor"]) for step in row["steps"]], row["ramp_up_months"])


def recruiting(numbers: DesignNumbers) -> list[SolvedArm]:
    """Arms whose recruitment can be told: sized, with accrual rates."""
    return [arm for arm in numbers.arms if arm.size and arm.size.accrual_months is not None]


def last_month(arm: SolvedArm) -> int:
    """Month in which the last patient of an arm comes in, counted from 1."""
    assert arm.size is not None
    return max(1, math.ceil((arm.size.accrual_months or 0.0) - 1e-9))


def months_shown(arms: Iterable[SolvedArm]) -> Iterator[int]:
    """Months of a recruitment table that fits a page: even steps, and each month that completes an arm."""
    ends = {last_month(arm) for arm in arms}
    widest = max(EVERY_MONTHS[-1], math.ceil(max(ends) / MOST_ROWS))  # centuries, as a file edited by hand may say
    step = next((s for s in EVERY_MONTHS if max(ends) / s <= MOST_ROWS), widest)
    yield from sorted(ends | set(range(step, max(ends), step)))
