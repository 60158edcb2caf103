"""What a record tells of its design under many possible truths, held against the truths drawn again (section 11)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from trialopt.core.instance import Bools, Floats, Instance
from trialopt.verify.assured import Shown, shown
from trialopt.verify.design import PlainArm
from trialopt.verify.drawn import Drawn, generator, mean_of_worst
from trialopt.verify.facts import MISS, Facts, events
from trialopt.verify.limits import Held, held_by, needed
from trialopt.verify.record import differs
from trialopt.verify.sized_record import ArmSize
from trialopt.verify.sizes import Sizing

Json = Mapping[str, Any]

ENDS = (0.05, 0.95)
"""Ends of intervals of 90 %."""


def asks_value(instance: Instance) -> bool:
    """Whether the objective is about the truths."""
    return instance.uncertainty is not None and instance.uncertainty.objective != "given"


def asks_limits(instance: Instance) -> bool:
    """Whether limits hold in a share of the truths."""
    return instance.uncertainty is not None and instance.uncertainty.confidence is not None


def with_rules_only(instance: Instance) -> Instance:
    """The instance without the limits that hold in a share of the truths, where they are asked for like that."""
    if not asks_limits(instance):
        return instance
    return replace(
        instance,
        limit=np.ones_like(instance.limit),
        cumulative_limit=np.ones_like(instance.cumulative_limit),
        not_worse_than_control=np.ones_like(instance.not_worse_than_control),
        min_coverage=np.full_like(instance.min_coverage, np.nan),
        trial=replace(instance.trial, no_harm=False),
    )


def worths(drawn: Drawn, arms: Sequence[PlainArm]) -> Floats:
    """(N,) the objective of a design in each truth."""
    each = drawn.worth(np.array([arm.given for arm in arms]))  # N arms G
    return np.asarray(sum(each[:, k, arm.members].sum(axis=1) for k, arm in enumerate(arms)))


def asked_value(instance: Instance, found: Floats) -> float:
    """What the objective makes of values (N,)."""
    asked = instance.uncertainty
    assert asked is not None
    return float(found.mean() if asked.objective == "mean" else mean_of_worst(found, asked.tail))


class UnderTruths:
    """One design in the truths of its question."""

    def __init__(self, facts: Facts, drawn: Drawn, arms: Sequence[PlainArm]) -> None:
        self._facts, self._drawn, self._arms = facts, drawn, arms
        self.values = worths(drawn, arms)
        self._held: list[list[Held]] = [held_by(facts, drawn, arm.members, arm.given) for arm in arms]

    @property
    def limits(self) -> int:
        """How many limits there are."""
        return sum(map(len, self._held))

    def held_too_seldom(self) -> Iterator[str]:
        """Limits that do not hold in as many truths as are asked for."""
        least = needed(self._drawn)
        for arm, limits in zip(self._arms, self._held, strict=True):
            for one in limits:
                if int(one.holds.sum()) < least:
                    where = f"{one.about or 'coverage'} of {one.subgroup} in {one.epoch or 'all epochs'}"
                    count = f"{one.holds.sum()} truths, and {least} are asked for"
                    yield f"{arm.name}: {one.rule} ({where}) holds in {count}"

    def told_otherwise(
        self, told: Json, shows: Sequence[Shown | None], sizes: Sequence[ArmSize | None]
    ) -> Iterator[str]:
        """Numbers of the field `uncertainty` of a record that come to others."""
        i, asked = self._facts.instance, self._facts.instance.uncertainty
        assert asked is not None
        kept = [self._kept(limits) for limits in self._held]
        found: dict[str, float] = {
            "draws": len(self._drawn),
            "seed": self._drawn.seed,
            "tail": asked.tail,
            "margin": asked.margin,
            "mean": float(self.values.mean()),
            "worst": float(mean_of_worst(self.values, asked.tail)),
            "all_kept": float(np.logical_and.reduce(kept).mean()),
        }
        known = [one for one in shows if one is not None]
        if len(known) == len(self._arms):
            found["assurance"] = float(np.prod([one.power for one in known], axis=0).mean())
        yield from _other("", told, found)
        for name in ("objective", "confidence", "min_assurance"):
            if told.get(name) != getattr(asked, name):
                yield f"{name} is told as {told.get(name)}, and is {getattr(asked, name)}"
        for arm, own, limits, show, size in zip(self._arms, kept, self._held, shows, sizes, strict=True):
            cells = told.get("arms", {}).get(arm.name, {})
            yield from _other(f"{arm.name}: ", cells, {"all_kept": float(own.mean())})
            yield from _limits(arm.name, cells.get("limits", ()), limits)
            if show is not None and size is not None:
                yield from _shown(arm.name, cells, show)
                yield from self._patients_with(i, arm, cells.get("patients_with", {}), size)

    def _kept(self, limits: list[Held]) -> Bools:
        kept = [np.ones(len(self._drawn), dtype=bool), *(one.holds for one in limits)]
        return np.asarray(np.logical_and.reduce(kept))

    def _patients_with(self, i: Instance, arm: PlainArm, told: Json, size: ArmSize) -> Iterator[str]:
        """Patients with a severe event, binomial in each truth by the stream of the category and the subgroups."""
        names = [i.subgroups[g] for g in arm.members.tolist()]
        by_name = dict(zip(names, size.by_subgroup, strict=True))
        order = [by_name[name] for name in arm.listed]
        groups = [i.subgroups.index(name) for name in arm.listed]
        caused = np.array(
            [
                sum(events(f, s, arm.given[s][None])[0] for s in range(len(i.epochs))) + f.background.sum(axis=0)
                for f in self._drawn.facts
            ]
        )  # N G E
        risk, patients = -np.expm1(-caused[:, groups]), np.array(order)
        for e, category in enumerate(i.categories):
            expected = float((risk[:, :, e] @ patients).mean())
            if expected <= 0:
                continue
            stream = generator(self._drawn.seed, f"patients with {category} in {' '.join(sorted(names))}")
            counts = stream.binomial(patients[None], np.clip(risk[:, :, e], 0, 1)).sum(axis=1)
            ends = np.sort(counts)[np.maximum(np.ceil(np.array(ENDS) * len(counts)).astype(int) - 1, 0)]
            found = {"expected": expected, "low": float(ends[0]), "high": float(ends[1])}
            yield from _other(f"{arm.name}: patients with {category}, ", told.get(category, {}), found)


def _other(where: str, told: Json, found: Mapping[str, float]) -> Iterator[str]:
    for name, number in found.items():
        if differs(told.get(name), number):
            yield f"{where}{name} is {told.get(name)}, and comes to {number:.9g}"


def _limits(arm: str, told: Sequence[Json], found: list[Held]) -> Iterator[str]:
    """Shares of truths in which the limits that hold least often hold."""
    lowest = sorted(float(one.holds.mean()) for one in found)
    for k, cells in enumerate(told):
        same = [
            one
            for one in found
            if (one.rule, one.subgroup, one.epoch) == (cells.get("rule"), cells.get("subgroup"), cells.get("epoch"))
            and (not one.about or one.about in str(cells.get("limit")).split())
        ]
        if not any(not differs(cells.get("share"), float(one.holds.mean())) for one in same):
            yield f"{arm}: {cells.get('limit')} holds in another share of the truths than {cells.get('share')}"
        elif differs(cells.get("share"), lowest[k]):
            yield f"{arm}: {cells.get('limit')} is not the limit that holds least often"
    if len(told) < min(len(found), 5):
        yield f"{arm}: limits are missing"


def _shown(arm: str, told: Json, found: Shown) -> Iterator[str]:
    low, high = np.quantile(found.effect, ENDS)
    effect = {"mean": float(found.effect.mean()), "low": float(low), "high": float(high)}
    yield from _other(f"{arm}: effect ", told.get("effect", {}), effect)
    chances = {"assurance": float(found.power.mean()), "right_direction": float(found.better.mean())}
    if found.reached is not None:
        chances["reaches_target"] = float(found.reached.mean())
    yield from _other(f"{arm}: ", told, chances)


def fresh_otherwise(instance: Instance, told: Json, arms: Sequence[PlainArm]) -> Iterator[str]:
    """Values on truths drawn after those of the question that come to others."""
    from trialopt.core.inputs import fresh  # draws with SciPy
    from trialopt.verify.draws import Again

    later = fresh(instance, int(told["fresh_draws"]))
    again = Again(later, 0 if instance.truths is None else len(instance.truths))
    yield from again.wrong
    values, asked = worths(Drawn(later, again.truths), arms), instance.uncertainty
    assert asked is not None
    found = {"fresh_mean": float(values.mean()), "fresh_worst": float(mean_of_worst(values, asked.tail))}
    yield from _other("", told, found)


def show_of(sizing: Sizing, arm: PlainArm, size: ArmSize) -> Shown:
    """What a sized arm is likely to show."""
    return shown(sizing, arm.members, arm.given, size.experimental, size.control, size.total)


def too_little_assured(instance: Instance, arm: PlainArm, found: Shown) -> Iterator[str]:
    """An arm with less than the assurance asked for."""
    asked = instance.uncertainty
    if asked is not None and asked.min_assurance is not None and found.power.mean() < asked.min_assurance - MISS:
        yield f"{arm.name} has an assurance of {found.power.mean():.9g}, below the {asked.min_assurance} asked for"
