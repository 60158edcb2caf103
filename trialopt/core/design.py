"""A trial as asked for (settings, rules on regimens) and as answered (arms, whom they serve, what they give).

The answer has no solver words and no numbers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape

from trialopt.core.shown import brief


@dataclass(frozen=True)
class Interim:
    """Interim looks of a group-sequential trial (`[trial.interim]`).

    `looks` counts the interim analyses before the final one. `spending` and `futility_spending` (`None`: the same) are
    `obrien_fleming`, `pocock`, `hsd:GAMMA` or `power:RHO`.
    """

    looks: int
    spending: str
    timing: tuple[float, ...] | None = None
    """Information fractions of the interim looks; `None` is equally spaced."""
    futility: str = "none"
    """`none`, `nonbinding` or `binding`."""
    futility_spending: str | None = None

    @property
    def fractions(self) -> tuple[float, ...]:
        """Information fractions of all analyses, the last 1."""
        equal = tuple((k + 1) / (self.looks + 1) for k in range(self.looks))
        return (*(equal if self.timing is None else self.timing), 1.0)


@dataclass(frozen=True)
class Contribution:
    """What an arm must show of each of its agents (`[trial.contribution]`, model section 12)."""

    require: str = "none"
    """`none`, `novel` (arms with a pair without precedent at the endpoint) or `all` (every arm)."""
    alpha: float | None = None
    """One-sided level of each comparison with a component arm; `None` is the trial's."""
    power: float = 0.8
    """Power of each of them."""
    target: float | None = None
    """Difference in rates, or hazard ratio, that each is sized for; `None` is the predicted one times `shrink`."""


@dataclass(frozen=True)
class TrialSettings:
    """The `[trial]` table: sizes, limits and weights of the whole trial. Absent limits are `None`."""

    max_arms: int
    """Most experimental arms, >= 1."""
    carry: float = 0.0
    """Share of an epoch's effect that lasts into later ones, 0..1."""
    toxicity_weight: float = 0.0
    """Coverage given up to spare one severe event a patient, >= 0."""
    endpoint: str = "response"
    """`response` or `pfs`."""
    endpoint_epoch: int = 0
    """Index of the epoch in which response is read."""
    target_difference: float | None = None
    """Difference in response rate the trial is sized for, 0..1."""
    target_hazard_ratio: float | None = None
    """Hazard ratio the trial is sized for, 0..1."""
    shrink: float = 1.0
    """Factor on the predicted effect when there is no target, 0..1."""
    no_harm: bool = False
    """In each subgroup an arm's weighted coverage must not be below the control's."""
    alpha: float = 0.025
    """One-sided type I error of the whole trial."""
    power: float | None = None
    """Power of each arm; `None` designs without sizing."""
    allocation_ratio: float = 1.0
    """Experimental : control patients."""
    analysis: str = "stratified"
    """Response: `stratified`, `pooled_data` (subgroups ignored) or `exact` (Boschloo, subgroups ignored)."""
    null_variance: str | None = None
    """Response: `unpooled` or `pooled`; `None` is pooled where the ratio is not 1."""
    not_evaluable: float = 0.0
    """Response: share of patients without an assessment, 0..1 (1 excluded)."""
    multiplicity: str = "none"
    """`none` or `bonferroni` (alpha over the number of arms in the design)."""
    method: str = "schoenfeld"
    """How events are counted for `pfs`."""
    max_patients: int | None = None
    """All arms and controls together."""
    max_accrual_months: float | None = None
    """Per arm: its patients and controls over its subgroups' accrual rates."""
    max_study_months: float | None = None
    """Per arm: accrual and follow-up until the final analysis."""
    ramp_up_months: float = 0.0
    """Months over which accrual grows to its rates, in subgroups without their own."""
    budget: float | None = None
    """Cost of all patients, in the currency of the agents' costs."""
    control_rate: float | None = None
    """Response rate of the control, where a subgroup has none of its own."""
    control_median_months: float | None = None
    """Median progression-free survival of the control, months."""
    follow_up_months: float = 0.0
    """Follow-up after the last patient, months."""
    dropout_per_month: float = 0.0
    """Exponential dropout hazard, per month."""
    interim: Interim | None = None
    """Interim looks, or a fixed design."""
    contribution: Contribution | None = None
    """What an arm must show of its agents; `None` where that is nothing."""

    @property
    def contributes(self) -> bool:
        """Whether arms may bring component arms: a sized trial that asks what agents add."""
        return self.sized and self.contribution is not None

    @property
    def contribution_epoch(self) -> int:
        """Index of the epoch whose agents are left out: the endpoint's, for pfs the first."""
        return self.endpoint_epoch if self.compares_rates else 0

    @property
    def watched_months(self) -> float:
        """From the last patient in to the final analysis: the follow-up of pfs; a response is read at once."""
        return self.follow_up_months if self.endpoint == "pfs" else 0.0

    @property
    def most_accrual_months(self) -> float | None:
        """The longest accrual of an arm that both limits on months leave (below 0: none); `None` without a limit."""
        study = None if self.max_study_months is None else self.max_study_months - self.watched_months
        return min((months for months in (self.max_accrual_months, study) if months is not None), default=None)

    @property
    def sized(self) -> bool:
        """Whether arms carry patients (a power is given)."""
        return self.power is not None

    @property
    def compares_rates(self) -> bool:
        """Whether arms are compared on a rate (response, MRD negativity), not on survival."""
        return self.endpoint != "pfs"

    @property
    def pools_null_variance(self) -> bool:
        """Whether the variance under no effect is taken at the common rate of both sides."""
        if self.null_variance is None:
            return self.allocation_ratio != 1
        return self.null_variance == "pooled"


@dataclass(frozen=True)
class Contraindication:
    """An arm that serves `subgroup` must not contain `key`, or not `key` together with `partner` in an epoch.

    Both are an agent, a class or `agent@level`; `epochs` are the ids in which it binds, all when empty.
    """

    subgroup: str
    key: str
    partner: str | None = None
    epochs: tuple[str, ...] = ()


@dataclass(frozen=True)
class Rules:
    """Rules on the regimens of one arm, and on whom it serves.

    An item is an agent id, a class id or `agent@level`; a pair is met by two distinct agents. Rules that bind in some
    epochs only are held an epoch at a time, in fields that end in `_in`.
    """

    one_per_class: tuple[str, ...] = ()
    """Classes with at most one agent in an epoch."""
    not_together: tuple[tuple[str, str], ...] = ()
    """Pairs of items never in one epoch."""
    requires: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """`(item, any_of)`: an agent matching `item` needs another agent matching one of `any_of` in its epoch."""
    requires_in: tuple[tuple[str, tuple[str, ...], str], ...] = ()
    """`(item, any_of, epoch)`: the same in one epoch."""
    precedent: bool = False
    """Any two agents of an epoch must be a pair of `precedents`."""
    precedents: frozenset[frozenset[str]] = frozenset()
    """Pairs of agents given together in people before."""
    alone: tuple[str, ...] = ()
    """Items that are the only agent of their epoch."""
    once: tuple[str, ...] = ()
    """Items used in at most one epoch (a class: all its agents together)."""
    not_after: tuple[tuple[str, str], ...] = ()
    """`(item, after)`: `item` is not in an epoch later than one that has `after`."""
    include: tuple[str, ...] = ()
    """Items every arm must contain in some epoch."""
    exclude: tuple[str, ...] = ()
    """Items no arm may contain."""
    contraindicated: tuple[Contraindication, ...] = ()
    include_in: tuple[tuple[str, str], ...] = ()
    """`(item, epoch)`: every arm contains the item in that epoch."""
    exclude_in: tuple[tuple[str, str], ...] = ()
    """`(item, epoch)`: no arm contains the item in that epoch."""
    mixed_cycles: bool = False
    """Whether levels with different `cycle_days` may be given in one epoch."""
    same_arm: tuple[tuple[str, ...], ...] = ()
    """Subgroups that one arm serves together."""
    apart: tuple[tuple[str, ...], ...] = ()
    """Subgroups of which no two are served by one arm."""


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

    def __repr__(self) -> str:
        given = "; ".join(f"{s} {' + '.join(map(str, doses)) or 'nothing'}" for s, doses in self.sequence.items())
        return brief(f"<Arm {self.name} for {', '.join(self.subgroups)}: {given}>")

    def agents(self) -> int:
        """Agents given, counted once per epoch."""
        return sum(len(doses) for doses in self.sequence.values())


@dataclass(frozen=True)
class Design:
    """Experimental arms that together serve every subgroup exactly once."""

    arms: tuple[Arm, ...]

    def __repr__(self) -> str:
        arms = "; ".join(f"{arm.name} for {', '.join(arm.subgroups)}" for arm in self.arms)
        return brief(f"<Design of {len(self.arms)} arms: {arms}>")

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
