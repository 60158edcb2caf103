"""What each component of an arm does for it.

Nothing is solved: the same arm is evaluated with and without the agent, in all epochs and in each in which it is
given. Rules and limits that the arm without it would break do not matter here. Regulators ask what each component of a
combination contributes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace

import numpy as np
import pandas as pd

from trialopt.core.design import Arm, Design
from trialopt.core.instance import Floats, Instance
from trialopt.evaluation import ArmNumbers, Evaluation, control_coverage, evaluate
from trialopt.evaluation.effects import Unsizable, progression, response
from trialopt.evaluation.resolve import resolve_arm

ALL = "all epochs"


@dataclass(frozen=True)
class WithWithout:
    """A number of the arm as it is, and without the agent."""

    with_it: float
    without: float

    @property
    def difference(self) -> float:
        """What the agent adds."""
        return self.with_it - self.without


@dataclass(frozen=True)
class Risk:
    """The risk that falls most when the agent is left out: where, and how far."""

    category: str
    subgroup: str
    epoch: str
    risk: WithWithout
    limit: float | None


@dataclass(frozen=True)
class Covers:
    """The mechanism of which the agent covers most: coverage lost times prevalence is largest."""

    mechanism: str
    epoch: str
    coverage: WithWithout


@dataclass(frozen=True)
class Contribution:
    """One agent of one arm.

    Attributes
    ----------
    arm, agent, epoch
        `epoch` is `all epochs`, or the one epoch in which the agent is left out.
    value
        Value of the whole design.
    coverage
        Epoch -> coverage of the arm, mean over its subgroups weighted by share.
    effect, effect_without
        What the arm is predicted to do against its control.
    burden
        Attributable severe events per patient over all epochs (log scale, times weight and reach), mean over the
        arm's subgroups weighted by share: what the objective's toxicity weight is on.
    risk
        The risk that falls most; `None` when none falls.
    covers
        The mechanism of which it covers most; `None` when it covers none better.
    """

    arm: str
    agent: str
    epoch: str
    value: WithWithout
    coverage: Mapping[str, WithWithout]
    effect: ArmEffect
    effect_without: ArmEffect
    burden: WithWithout
    risk: Risk | None
    covers: Covers | None


@dataclass(frozen=True)
class Contributions:
    """Every agent of every arm, and the numbers by subgroup, epoch and category behind them."""

    rows: tuple[Contribution, ...]
    coverages: tuple[Mapping[str, object], ...]
    risks: tuple[Mapping[str, object], ...]

    @property
    def table(self) -> pd.DataFrame:
        """One row per arm, agent, and epoch in which it is left out."""
        return pd.DataFrame([_flat(row) for row in self.rows])

    @property
    def coverage(self) -> pd.DataFrame:
        """One row per arm, agent, epoch left out, subgroup and epoch: coverage with and without."""
        return pd.DataFrame(self.coverages)

    @property
    def risk(self) -> pd.DataFrame:
        """One row per arm, agent, epoch left out, subgroup, epoch and category: risk with and without, and limit."""
        return pd.DataFrame(self.risks)


def contributions(instance: Instance, design: Design) -> Contributions:
    """Take each agent out of each arm of a design."""
    whole = evaluate(instance, design)
    rows: list[Contribution] = []
    coverages: list[dict[str, object]] = []
    risks: list[dict[str, object]] = []
    for k, arm in enumerate(design.arms):
        for agent, epoch in _components(arm):
            less = _without(arm, agent, epoch)
            arms = tuple(less if other is arm else other for other in design.arms)
            without = evaluate(instance, Design(arms))
            rows.append(_row(instance, (agent, epoch), whole, without, k))
            key = {"arm": arm.name, "agent": agent, "left_out_in": epoch}
            coverages += [{**key, **cell} for cell in _coverages(instance, whole.arms[k], without.arms[k])]
            risks += [{**key, **cell} for cell in _risks(instance, whole.arms[k], without.arms[k])]
    return Contributions(tuple(rows), tuple(coverages), tuple(risks))


def _components(arm: Arm) -> Iterator[tuple[str, str]]:
    """Each agent in all epochs, and in each epoch by itself when it is given in several."""
    epochs: dict[str, list[str]] = {}
    for epoch, doses in arm.sequence.items():
        for agent in dict.fromkeys(dose.agent for dose in doses):
            epochs.setdefault(agent, []).append(epoch)
    for agent, given in epochs.items():
        yield agent, ALL
        if len(given) > 1:
            yield from ((agent, epoch) for epoch in given)


def _without(arm: Arm, agent: str, epoch: str) -> Arm:
    sequence = {
        s: tuple(dose for dose in doses if dose.agent != agent or epoch not in (ALL, s))
        for s, doses in arm.sequence.items()
    }
    return replace(arm, sequence=sequence)


def _row(i: Instance, component: tuple[str, str], whole: Evaluation, without: Evaluation, k: int) -> Contribution:
    agent, epoch = component
    before, after = whole.arms[k], without.arms[k]
    within = _shares_within(i, before)
    means = zip(i.epochs, (within @ before.coverage).tolist(), (within @ after.coverage).tolist(), strict=True)
    return Contribution(
        arm=before.arm.name,
        agent=agent,
        epoch=epoch,
        value=WithWithout(whole.value, without.value),
        coverage={s: WithWithout(a, b) for s, a, b in means},
        effect=effect_of(i, whole, k),
        effect_without=effect_of(i, without, k),
        burden=WithWithout(_burden(i, before, within), _burden(i, after, within)),
        risk=_largest_fall(i, before, after),
        covers=_covers(i, before, after, within),
    )


def _shares_within(i: Instance, numbers: ArmNumbers) -> Floats:
    """(g,) shares of the arm's subgroups among its own patients; they sum to 1, equal where all are 0."""
    share = i.share[[i.subgroups.index(g) for g in numbers.arm.subgroups]]
    total = float(share.sum())
    return share / total if total > 0 else np.full(len(share), 1 / max(len(share), 1))


def _burden(i: Instance, numbers: ArmNumbers, within: Floats) -> float:
    weights = i.weight * i.reach[[i.subgroups.index(g) for g in numbers.arm.subgroups]]
    return float(within @ (weights * numbers.burden).sum(axis=1))


def _largest_fall(i: Instance, before: ArmNumbers, after: ArmNumbers) -> Risk | None:
    fall = before.risk - after.risk
    if not fall.size or fall.max() <= 0:
        return None
    g, s, e = (int(at) for at in np.unravel_index(int(fall.argmax()), fall.shape))
    subgroup = before.arm.subgroups[g]
    pair = WithWithout(float(before.risk[g, s, e]), float(after.risk[g, s, e]))
    return Risk(i.categories[e], subgroup, i.epochs[s], pair, _limit(i, subgroup, e, s))


def _limit(i: Instance, subgroup: str, e: int, s: int) -> float | None:
    """The limit on a risk; `None` where there is none."""
    limit = float(i.limit[i.subgroups.index(subgroup), e, s])
    return limit if limit < 1 else None


def _covers(i: Instance, before: ArmNumbers, after: ArmNumbers, within: Floats) -> Covers | None:
    """Largest loss of coverage times prevalence, over the arm's subgroups by share."""
    lost = (before.mechanism_coverage - after.mechanism_coverage) * before.prevalence
    mean = np.einsum("g,gsm->sm", within, lost)
    if mean.max() <= 0:
        return None
    s, m = (int(at) for at in np.unravel_index(int(mean.argmax()), mean.shape))
    carried = within * before.prevalence[:, s, m]
    carried = carried / carried.sum()
    pair = (float(carried @ numbers.mechanism_coverage[:, s, m]) for numbers in (before, after))
    return Covers(i.mechanisms[m], i.epochs[s], WithWithout(*pair))


def _coverages(i: Instance, before: ArmNumbers, after: ArmNumbers) -> Iterator[dict[str, object]]:
    for g, subgroup in enumerate(before.arm.subgroups):
        for s, epoch in enumerate(i.epochs):
            pair = {"with": float(before.coverage[g, s]), "without": float(after.coverage[g, s])}
            yield {"subgroup": subgroup, "epoch": epoch, **pair}


def _risks(i: Instance, before: ArmNumbers, after: ArmNumbers) -> Iterator[dict[str, object]]:
    """Risks that change."""
    for g, s, e in zip(*(axis.tolist() for axis in np.nonzero(before.risk != after.risk)), strict=True):
        subgroup = before.arm.subgroups[g]
        yield {
            "subgroup": subgroup,
            "epoch": i.epochs[s],
            "category": i.categories[e],
            "with": float(before.risk[g, s, e]),
            "without": float(after.risk[g, s, e]),
            "limit": _limit(i, subgroup, e, s),
        }


def _flat(row: Contribution) -> dict[str, object]:
    flat: dict[str, object] = {"arm": row.arm, "agent": row.agent, "left_out_in": row.epoch}
    flat |= {"value_with": row.value.with_it, "value_without": row.value.without, "value": row.value.difference}
    for epoch, cell in row.coverage.items():
        flat |= {f"coverage_{epoch}_with": cell.with_it, f"coverage_{epoch}_without": cell.without}
    for suffix, effect in (("with", row.effect), ("without", row.effect_without)):
        flat |= {f"{name}_{suffix}": number for name, number in asdict(effect).items()}
    flat |= {"burden_with": row.burden.with_it, "burden_without": row.burden.without}
    r, covers = row.risk, row.covers
    fallen = (r.category, r.subgroup, r.epoch, r.risk.with_it, r.risk.without, r.limit) if r else ()
    lost = (covers.mechanism, covers.epoch, covers.coverage.with_it, covers.coverage.without) if covers else ()
    for names, values in ((_RISK, fallen), (_COVERS, lost)):
        flat |= dict(zip(names, values or [None] * len(names), strict=True))
    return flat


_RISK = ("risk_category", "risk_subgroup", "risk_epoch", "risk_with", "risk_without", "risk_limit")
_COVERS = ("mechanism", "mechanism_epoch", "mechanism_coverage_with", "mechanism_coverage_without")


@dataclass(frozen=True)
class ArmEffect:
    """Predicted effect of an arm, before any shrinking.

    Attributes
    ----------
    p1, p0
        Response rates of the arm and of its control; `None` for `pfs`, or where they cannot be told.
    hazard_ratio
        Against the control; `None` for a response endpoint.
    note
        Why the effect cannot be told, or why an arm of a sized trial could not be sized; empty otherwise.
    """

    p1: float | None = None
    p0: float | None = None
    hazard_ratio: float | None = None
    note: str = ""

    @property
    def difference(self) -> float | None:
        """Difference in response rates."""
        return None if self.p1 is None or self.p0 is None else self.p1 - self.p0


def effect_of(instance: Instance, evaluation: Evaluation, k: int) -> ArmEffect:
    """Effect of the k-th arm of an evaluated design."""
    numbers = evaluation.arms[k]
    name = numbers.arm.name
    unsized = [v.sentence for v in evaluation.violations if v.rule in ("size", "target") and v.arm == name]
    note = unsized[0] if unsized else ""
    resolved = resolve_arm(instance, numbers.arm)
    try:
        if instance.trial.endpoint == "pfs":
            if np.isnan(instance.hazard_ratio).all():
                return ArmEffect(note=note)
            return ArmEffect(hazard_ratio=progression(instance, resolved).hazard_ratio, note=note)
        control = control_coverage(instance) if instance.control is not None else None
        found = response(instance, resolved, numbers, control)
    except Unsizable as reason:
        return ArmEffect(note=note or f"{name} {reason}")
    return ArmEffect(found.mean_p1, found.mean_p0, note=note)
