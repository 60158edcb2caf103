"""Every limit and rule of an instance by name, and the instance without it: what explanations are made of."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from math import comb
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from trialopt.core.instance import Bools, Instance
from trialopt.core.trial import Rules
from trialopt.limits.named import NamedLimit, Scale, number, percent
from trialopt.limits.of_trial import trial_limits

if TYPE_CHECKING:
    from trialopt.evaluation import Evaluation

MANY = 5_000
"""Regimens of an epoch, before any rule, that stand for "any number of agents" where `max_agents` is left out."""


def named_limits(instance: Instance) -> list[NamedLimit]:
    """All limits and rules that could make an instance infeasible, one by one."""
    return [
        *_least(instance),  # first, so that an epoch without treatment is the last thing thought of
        *_toxicity(instance),
        *_cumulative(instance),
        *_requirements(instance),
        *_most(instance),
        *_rules(instance),
        *trial_limits(instance),
    ]


# -- toxicity -----------------------------------------------------------------------------------------------


def _toxicity(i: Instance) -> Iterator[NamedLimit]:
    for g, e, s in zip(*(axis.tolist() for axis in np.nonzero(i.limit < 1)), strict=True):
        category, subgroup, epoch = i.categories[e], i.subgroups[g], i.epochs[s]

        def move(j: Instance, x: float, at: tuple[int, int, int] = (g, e, s)) -> Instance:
            return replace(j, limit=_changed(j.limit, at, x))

        def takes(found: Evaluation, subgroup: str = subgroup, at: tuple[int, int] = (s, e)) -> float:
            arm = next(a for a in found.arms if subgroup in a.arm.subgroups)
            return float(arm.risk[(arm.arm.subgroups.index(subgroup), *at)])

        value = float(i.limit[g, e, s])
        yield NamedLimit(
            f"{category} limit {100 * value:.3g} % of {subgroup} in {epoch}",
            f"{category} limit of {subgroup} in {epoch}",
            "limit",
            (category, subgroup, epoch),
            lambda j, move=move: move(j, 1.0),  # type: ignore[misc]
            Scale(value, 1.0, move, takes, percent),
        )


def _cumulative(i: Instance) -> Iterator[NamedLimit]:
    for e in np.flatnonzero(i.cumulative_limit < 1).tolist():

        def move(j: Instance, x: float, at: int = e) -> Instance:
            return replace(j, cumulative_limit=_changed(j.cumulative_limit, at, x))

        def takes(found: Evaluation, at: int = e) -> float:
            return max(float(arm.cumulative_risk[:, at].max()) for arm in found.arms)

        category, value = i.categories[e], float(i.cumulative_limit[e])
        yield NamedLimit(
            f"cumulative {category} limit {100 * value:.3g} %",
            f"cumulative {category} limit",
            "cumulative_limit",
            (category,),
            lambda j, move=move: move(j, 1.0),  # type: ignore[misc]
            Scale(value, 1.0, move, takes, percent),
        )


# -- what mechanisms require --------------------------------------------------------------------------------


def _requirements(i: Instance) -> Iterator[NamedLimit]:
    from trialopt.evaluation.limits import requirements_bind

    binds = requirements_bind(i, np.arange(len(i.subgroups)))
    for m in range(1, len(i.mechanisms)):
        covered, active = not np.isnan(i.min_coverage[m]), bool(i.min_active[m] > 0)
        # Both kinds share their epochs: one of them can be dropped in an epoch only where there is no other.
        epochs = np.flatnonzero(binds[:, :, m].any(axis=0)).tolist() if covered != active else []
        if covered:
            yield _min_coverage(i, m, binds, epochs)
        if active:
            yield _min_active(i, m, epochs)


def _min_coverage(i: Instance, m: int, binds: Bools, epochs: list[int]) -> NamedLimit:
    mechanism, value = i.mechanisms[m], float(i.min_coverage[m])

    def move(j: Instance, x: float) -> Instance:
        return replace(j, min_coverage=_changed(j.min_coverage, m, x))

    def takes(found: Evaluation) -> float:
        least = np.inf
        for arm in found.arms:
            rows = [i.subgroups.index(g) for g in arm.arm.subgroups]
            least = min(least, float(arm.mechanism_coverage[:, :, m].min(initial=np.inf, where=binds[rows][:, :, m])))
        return least

    name = f"min_coverage of {mechanism}"
    return NamedLimit(
        f"min_coverage {100 * value:.3g} % of {mechanism}",
        name,
        "min_coverage",
        (mechanism,),
        lambda j: move(j, np.nan),
        Scale(value, 0.0, move, takes, percent),
        _by_epoch(i, m, name, "min_coverage", epochs),
    )


def _min_active(i: Instance, m: int, epochs: list[int]) -> NamedLimit:
    mechanism, value = i.mechanisms[m], int(i.min_active[m])

    def move(j: Instance, x: float) -> Instance:
        return replace(j, min_active=_changed(j.min_active, m, int(x)))

    name = f"min_active of {mechanism}"
    return NamedLimit(
        f"min_active {value} against {mechanism}",
        name,
        "min_active",
        (mechanism,),
        lambda j: move(j, 0),
        Scale(value, 0, move, None, number, whole=True),
        _by_epoch(i, m, name, "min_active", epochs),
    )


def _by_epoch(i: Instance, m: int, name: str, family: str, epochs: list[int]) -> tuple[NamedLimit, ...]:
    """The requirement in each epoch alone, where it binds in several."""
    if len(epochs) < 2:
        return ()

    def part(s: int) -> NamedLimit:
        words = f"{name} in {i.epochs[s]}"
        return NamedLimit(
            words,
            words,
            family,
            (i.mechanisms[m], i.epochs[s]),
            lambda j: replace(j, require_epochs=_changed(j.require_epochs, (m, s), False)),
        )

    return tuple(part(s) for s in epochs)


# -- agents in an epoch -------------------------------------------------------------------------------------


def _least(i: Instance) -> Iterator[NamedLimit]:
    for s in np.flatnonzero(i.min_agents > 0).tolist():

        def move(j: Instance, x: float, at: int = s) -> Instance:
            return replace(j, min_agents=_changed(j.min_agents, at, int(x)))

        epoch, value = i.epochs[s], int(i.min_agents[s])
        yield NamedLimit(
            f"min_agents {value} in {epoch}",
            f"min_agents in {epoch}",
            "min_agents",
            (epoch,),
            lambda j, move=move: move(j, 0),  # type: ignore[misc]
            Scale(value, 0, move, None, number, whole=True),
        )


def _most(i: Instance) -> Iterator[NamedLimit]:
    for s in np.flatnonzero(i.max_agents < len(i.agents)).tolist():

        def move(j: Instance, x: float, at: int = s) -> Instance:
            return replace(j, max_agents=_changed(j.max_agents, at, int(x)))

        epoch, value, most = i.epochs[s], int(i.max_agents[s]), _any_number(i, s)
        yield NamedLimit(
            f"max_agents {value} in {epoch}",
            f"max_agents in {epoch}",
            "max_agents",
            (epoch,),
            lambda j, move=move, most=most: move(j, most),  # type: ignore[misc]
            Scale(value, most, move, None, number, whole=True),
        )


def _any_number(i: Instance, s: int) -> int:
    """What `max_agents` becomes when it is left out: all agents, or as many as can be enumerated, one more at least."""
    agents, most = len(i.agents), int(i.max_agents[s]) + 1
    options = int(i.usable[i.option_agent, s].sum())
    while most < agents and sum(comb(options, k) for k in range(most + 2)) <= MANY:
        most += 1
    return most


# -- rules --------------------------------------------------------------------------------------------------


def _rules(i: Instance) -> Iterator[NamedLimit]:
    r = i.rules
    for name in r.one_per_class:
        yield _rule("one_per_class", name, (name,), f"at most one {name} in an epoch (one_per_class)")
    for a, b in r.not_together:
        yield _rule("not_together", (a, b), (a, b), f"{a} and {b} not in one epoch (not_together)", f"{a} and {b}")
    for item, any_of in r.requires:
        choices = " or ".join(any_of)
        words = f"{item} requires {choices} (requires)"
        yield _rule("requires", (item, any_of), (item, *any_of), words, f"{item} ({choices})")
    for item in r.alone:
        yield _rule("alone", item, (item,), f"{item} alone in its epoch (alone)")
    for item in r.once:
        yield _rule("once", item, (item,), f"{item} in at most one epoch (once)")
    for item, after in r.not_after:
        of = f"{item} after {after}"
        yield _rule("not_after", (item, after), (item, after), f"{item} not after {after} (not_after)", of)
    for item in r.include:
        yield _rule("include", item, (item,), f"every arm contains {item} (include)")
    for item in r.exclude:
        yield _rule("exclude", item, (item,), f"no arm contains {item} (exclude)")
    for bar in r.contraindicated:
        what = f"{bar.key} with {bar.partner}" if bar.partner else bar.key
        about = (bar.subgroup, bar.key, *([bar.partner] if bar.partner else []))
        words = f"{what} contraindicated in {bar.subgroup}"
        yield replace(_rule("contraindicated", bar, about, words), name=f"contraindication of {what} in {bar.subgroup}")
    if r.precedent:
        yield NamedLimit(
            "only pairs given together before (precedent)",
            "precedent",
            "precedent",
            (),
            lambda j: replace(j, rules=replace(j.rules, precedent=False)),
        )


def _rule(rule: str, entry: object, about: tuple[str, ...], words: str, of: str = "") -> NamedLimit:
    def drop(j: Instance) -> Instance:
        left = tuple(e for e in getattr(j.rules, rule) if e != entry)
        return replace(j, rules=_replaced(j.rules, rule, left))

    return NamedLimit(words, f"{rule} of {of or about[0]}", rule, about, drop)


def _replaced(rules: Rules, rule: str, entries: tuple[object, ...]) -> Rules:
    fields = {**rules.__dict__, rule: entries}
    return Rules(**fields)


def _changed(array: NDArray[Any], at: int | tuple[int, ...], x: float | bool) -> NDArray[Any]:
    """A copy with one number changed."""
    changed = array.copy()
    changed[at] = x
    return changed
