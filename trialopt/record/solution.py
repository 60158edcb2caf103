"""The answer with its proof: one run's record, self-contained, that saves and loads itself.

A `Solution` is what `solution.json` holds. Tables, comparisons and exports need nothing else: limits, labels
and prevalences of the instance that they show are part of the record.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from trialopt.core.design import Arm, Design, Dose
from trialopt.core.errors import WrongInput
from trialopt.core.seams import late

if TYPE_CHECKING:
    from trialopt.core.instance import Instance, SourceRow
    from trialopt.core.run import Monitor, Outcome
    from trialopt.evaluation.result import Evaluation
    from trialopt.record.provenance import Precedent
    from trialopt.record.tables import Tables

FORMAT = 1
"""Version of the record; a record of another version is refused."""

FILE_NAME = "solution.json"

ENDINGS = ("optimal", "time_limit", "node_limit", "infeasible", "interrupted")

ByEpoch = Mapping[str, float]
ByMechanism = Mapping[str, float]
ByCategory = Mapping[str, float]


class SolutionFileError(WrongInput):
    """A file that is not a run's record. The message names the file and what is wrong with it."""


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
class ArmSizing:
    """Patients of one arm: the sized part of its record."""

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
    rests_on: tuple[SourceRow, ...] = ()
    """Rows of the tables that went into the arm's numbers, without their notes."""

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
    """`max_patients`, `max_accrual_months`, `budget`, those that are given."""
    control: Mapping[str, tuple[Dose, ...]] | None = None
    cycles: Mapping[str, float] = field(default_factory=dict)
    """Epoch id -> treatment cycles; empty in records that do not have them."""
    confidence: Mapping[str, int] = field(default_factory=dict)
    """How many rows of the tables were read, recalled, assumed, or do not say."""
    definitions: Mapping[str, str] = field(default_factory=dict)
    """Subgroup id -> what makes a patient one of it, in words, where the tables say."""
    sources: tuple[SourceRow, ...] = ()
    """Where the rows of the tables come from, without their notes; empty in records that do not have them."""

    def label(self, identifier: str) -> str:
        """Display name of an id, the id itself where the tables give none."""
        return self.labels.get(identifier) or identifier


@dataclass(frozen=True)
class DesignNumbers:
    """A design's numbers beside the limits they are held against, whoever made the design."""

    question: Question
    arms: tuple[SolvedArm, ...]

    @property
    def design(self) -> Design | None:
        """The design, or `None` when there is none."""
        return Design(tuple(arm.arm for arm in self.arms)) if self.arms else None

    @cached_property
    def tables(self) -> Tables:
        """The numbers as pandas data frames: `arms`, `allocation`, `coverage`, `risk` and more."""
        from trialopt.record.tables import Tables

        return Tables(self)

    @property
    def plot(self) -> Any:
        """The design as figures: `schema`, `coverage`, `toxicity`, `allocation`, `timeline`. Needs matplotlib."""
        return late("plots")(self)


@dataclass(frozen=True)
class Solution(DesignNumbers):
    """One run: the recommended arms, their exact value, the proven bound, and how they were found.

    Attributes
    ----------
    ending : str
        `optimal` (only when the gap is within the one asked for), `time_limit`, `node_limit`, `interrupted`
        or `infeasible`.
    value : float or None
        Objective of the design, evaluated exactly; `None` without a design.
    bound : float or None
        No design is better than this, up to the solver's tolerance of 1e-6; `None` when none was proven.
    gap : float or None
        `(bound - value) / max(|value|, 1e-9)`.
    seconds : float
        Wall clock of the run.
    conflict : tuple of str
        When infeasible: limits that cannot hold together, in words.
    """

    ending: str
    value: float | None
    bound: float | None
    gap: float | None
    seconds: float
    conflict: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    provenance: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def from_run(
        cls,
        instance: Instance,
        outcome: Outcome,
        evaluation: Evaluation | None,
        monitor: Monitor,
        *,
        conflict: Sequence[str] = (),
        options: Mapping[str, object] | None = None,
    ) -> Solution:
        """Record a run. The ending is computed here, from value, bound and the gap asked for.

        `evaluation` is that of `outcome.design` (`None` without one); `options` are added to the limits in
        `provenance`. Raises `RuntimeError` when the parts contradict each other: a broken rule, a bound
        below the value, or a search that says it finished though the gap is open.
        """
        from trialopt.record.make import record

        return record(instance, outcome, evaluation, monitor, conflict=conflict, options=options or {})

    def to_json(self) -> str:
        """The record as text, the same for the same run."""
        from trialopt.record.solution_json import encode

        return encode(self)

    def save(self, path: str | Path) -> Path:
        """Write the record whole; a `path` that is a folder or has no suffix gets `solution.json` in it."""
        from trialopt.core.files import write_text

        path = Path(path)
        if path.is_dir() or not path.suffix:
            path = path / FILE_NAME
        write_text(path, self.to_json())
        return path

    @staticmethod
    def load(path: str | Path) -> Solution:
        """Read a record from its file or its run folder. Raises `SolutionFileError`."""
        from trialopt.record.solution_json import decode

        path = Path(path)
        path = path / FILE_NAME if path.is_dir() else path
        try:
            text = path.read_text(encoding="utf-8-sig")
        except FileNotFoundError:
            raise SolutionFileError(f"{path}: no such file; a run is a folder that `solve --out` wrote") from None
        except (OSError, UnicodeDecodeError) as error:
            raise SolutionFileError(f"{path}: cannot be read ({error})") from None
        return decode(text, str(path))

    def __repr__(self) -> str:
        number = "none" if self.value is None else f"{self.value:.6f}"
        bound = "none" if self.bound is None else f"{self.bound:.6f}"
        numbers = f"value {number}, bound {bound}, arms {len(self.arms)}"
        return f"<Solution of {self.question.name}: {self.ending}, {numbers}>"

    def _repr_html_(self) -> str:
        from trialopt.record.tables import html_summary

        return html_summary(self)
