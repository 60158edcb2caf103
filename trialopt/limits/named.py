"""Every limit and rule of an instance by name: how to do without it, and, where it is a number, how to move it.

What there is, and how it is said, stands in `trialopt/core/limit_families.py`; this file reads an instance by it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from math import comb, inf, isnan
from typing import Any

import numpy as np

from trialopt.core.design import Contraindication
from trialopt.core.instance import Instance
from trialopt.core.limit_families import FAMILIES, POWER, LimitFamily
from trialopt.evaluation import Evaluation
from trialopt.evaluation.limits import requirements_bind
from trialopt.evaluation.result import listed
from trialopt.limits.taken import TAKEN

MANY = 5_000
"""Regimens of an epoch, before any rule, that stand for "any number of agents" where `max_agents` is left out."""

_AXES = {"category": "categories", "subgroup": "subgroups", "epoch": "epochs", "mechanism": "mechanisms"}
"""Part of a scope -> the field of an instance that has its ids."""


CAPS = ("max_patients", "max_accrual_months", "max_study_months", "budget")
"""Limits of the trial on patients, months and money."""


@dataclass(frozen=True)
class Scale:
    """What a limit that is a number is set to, and where it can be moved.

    Attributes
    ----------
    value
        What the instance says.
    end
        Where it asks for nothing any more: 1 of a risk, 0 of a coverage, infinity of patients. Moving towards it
        asks for less.
    set
        The instance with another value.
    takes
        Of an evaluated design, the strictest value that it keeps; `None` where every value is tried in turn.
    show
        A value in words.
    whole
        Only whole numbers.
    monotone
        Whether what fits at one value fits at all values nearer to the end. Not so for a target effect beside limits
        on patients: aiming lower takes more patients.
    """

    value: float
    end: float
    set: Callable[[Instance, float], Instance]
    takes: Callable[[Evaluation], float] | None
    show: Callable[[float], str]
    whole: bool = False
    monotone: bool = True

    @property
    def sign(self) -> int:
        """1 where a larger value asks for less, -1 where a smaller one does."""
        return 1 if self.end > self.value else -1


@dataclass(frozen=True)
class NamedLimit:
    """One limit or rule of an instance.

    `words` say it with its value, `name` without. What kind it is `of` and the ids it is `about` identify it. `parts`
    are what of it could be dropped alone: a requirement in one of its epochs.
    """

    of: LimitFamily
    words: str
    name: str
    about: tuple[str, ...]
    drop: Callable[[Instance], Instance]
    scale: Scale | None = None
    parts: tuple[NamedLimit, ...] = ()

    @property
    def family(self) -> str:
        """Id of its family."""
        return self.of.id

    @property
    def key(self) -> tuple[str, ...]:
        """Family and ids: the same for the same limit, whatever its value."""
        return (self.family, *self.about)


def without(instance: Instance, dropped: Sequence[NamedLimit]) -> Instance:
    """The instance with some of its limits left out."""
    for limit in dropped:
        instance = limit.drop(instance)
    return instance


def named_limits(instance: Instance) -> list[NamedLimit]:
    """All limits and rules that could make an instance infeasible, one by one."""
    return [limit for family in FAMILIES.values() for limit in limits_of(instance, family)]


def trial_limits(instance: Instance) -> list[NamedLimit]:
    """All of `[trial]` that could leave no design; those on patients, time, money and effect only of a sized trial."""
    return [limit for family in FAMILIES.values() if family.of_trial for limit in limits_of(instance, family)]


def uncapped(instance: Instance) -> Instance:
    """The instance without limits on patients, months and money."""
    without: dict[str, Any] = dict.fromkeys(CAPS)
    return replace(instance, trial=replace(instance.trial, **without))


def power_limit(instance: Instance) -> NamedLimit:
    """The wish to size arms at all."""
    words = POWER.words.format(value=number(instance.trial.power or 0.0))
    return NamedLimit(POWER, words, POWER.name, (), partial(_with_setting, POWER, x=None))


def limits_of(i: Instance, family: LimitFamily) -> Iterator[NamedLimit]:
    """The limits of one family that ask for something, in the order of the instance."""
    if hasattr(i.rules, family.id):
        yield from _rules(i, family)
    elif hasattr(i.trial, family.id):
        yield from _settings(i, family)
    else:
        yield from _numbers(i, family)


def _numbers(i: Instance, family: LimitFamily) -> Iterator[NamedLimit]:
    array = getattr(i, family.id)
    for at in np.ndindex(array.shape):
        value = array[at].item()
        if isnan(value) or value == (len(i.agents) if family.void is None else family.void):
            continue
        ids = {axis: getattr(i, _AXES[axis])[k] for axis, k in zip(family.scope, at, strict=True)}
        void = _any_number(i, at[0]) if family.void is None else family.void
        end = 0.0 if isnan(void) else void
        move = partial(_with_cell, family.id, at)
        parts = tuple(_parts(i, family, at[0], ids)) if "mechanism" in family.scope else ()
        scale = _scale(i, family, value, end, move, at)
        yield _limit(family, ids, partial(move, x=void), scale, parts)


def _parts(i: Instance, family: LimitFamily, m: int, ids: dict[str, str]) -> Iterator[NamedLimit]:
    """The requirement against a mechanism in each epoch alone, where it binds in several.

    Both kinds of requirements share their epochs: one of them can be dropped in an epoch only where there is no other.
    """
    if not isnan(i.min_coverage[m]) and i.min_active[m] > 0:
        return
    epochs = np.flatnonzero(requirements_bind(i, np.arange(len(i.subgroups)))[:, :, m].any(axis=0)).tolist()
    for s in epochs if len(epochs) > 1 else ():
        words = f"{family.name.format(**ids)} in {i.epochs[s]}"
        drop = partial(_with_cell, "require_epochs", (m, s), x=False)
        yield NamedLimit(family, words, words, (i.mechanisms[m], i.epochs[s]), drop)


def _any_number(i: Instance, s: int) -> int:
    """What `max_agents` becomes when it is left out: all agents, or as many as can be enumerated, one more at least."""
    agents, most = len(i.agents), int(i.max_agents[s]) + 1
    options = int(i.usable[i.option_agent, s].sum())
    while most < agents and sum(comb(options, k) for k in range(most + 2)) <= MANY:
        most += 1
    return most


def _with_cell(field: str, at: tuple[int, ...], j: Instance, x: float | bool) -> Instance:
    """The instance with one number of an array changed."""
    changed = getattr(j, field).copy()
    changed[at] = x
    cell: dict[str, Any] = {field: changed}
    return replace(j, **cell)


def _settings(i: Instance, family: LimitFamily) -> Iterator[NamedLimit]:
    value = getattr(i.trial, family.id)
    elsewhere = bool(family.endpoints) and i.trial.endpoint not in family.endpoints
    if value is None or (family.sized and not i.trial.sized) or elsewhere:
        return
    if not family.is_number:
        if value:
            yield _limit(family, {}, partial(_with_setting, family, x=family.void))
        return
    void: float | None = None
    end = inf
    if family.unit == "arms":
        void = end = len(i.subgroups)
        if value >= end:
            return
    elif family.target:
        end = 1.0 if family.looser > 0 else 0.0
    scale = _scale(i, family, value, end, partial(_with_setting, family))
    yield _limit(family, {}, partial(_with_setting, family, x=void), scale)


def _with_setting(family: LimitFamily, j: Instance, x: float | None) -> Instance:
    changed: dict[str, Any] = {family.id: int(x) if family.whole and x is not None else x}
    return replace(j, trial=replace(j.trial, **changed))


def _rules(i: Instance, family: LimitFamily) -> Iterator[NamedLimit]:
    entries = getattr(i.rules, family.id)
    if family.kind == "flag":
        if entries != family.void and (family.id != "mixed_cycles" or len(set(i.cycle_days[i.cycle_days > 0])) > 1):
            yield _limit(family, {}, partial(_with_rule, family.id, family.void))
        return
    for entry in entries:
        about, ids = _said(entry, family)
        yield replace(_limit(family, ids, partial(_without_entry, family.id, entry)), about=about)


def _said(entry: Any, family: LimitFamily) -> tuple[tuple[str, ...], dict[str, str]]:
    """All ids of an entry of a rule, and its parts in words by the scope of its family."""
    if isinstance(entry, Contraindication):
        item = f"{entry.key} with {entry.partner}" if entry.partner else entry.key
        place = f"{entry.subgroup} in {listed(entry.epochs)}" if entry.epochs else entry.subgroup
        about = (entry.subgroup, entry.key, *([entry.partner] if entry.partner else []), *entry.epochs)
        return about, {"subgroup": place, "item": item}
    if family.scope == ("subgroups",):
        return tuple(entry), {"subgroups": listed(entry)}
    parts = [entry] if isinstance(entry, str) else list(entry)
    several = [(part,) if isinstance(part, str) else tuple(part) for part in parts]
    words = dict(zip(family.scope, (" or ".join(ids) for ids in several), strict=True))
    return tuple(one for ids in several for one in ids), words


def _without_entry(rule: str, entry: object, j: Instance) -> Instance:
    return _with_rule(rule, tuple(e for e in getattr(j.rules, rule) if e != entry), j)


def _with_rule(rule: str, entries: object, j: Instance) -> Instance:
    changed: dict[str, Any] = {rule: entries}
    return replace(j, rules=replace(j.rules, **changed))


def _limit(
    family: LimitFamily,
    ids: dict[str, str],
    drop: Callable[[Instance], Instance],
    scale: Scale | None = None,
    parts: tuple[NamedLimit, ...] = (),
) -> NamedLimit:
    value = "" if scale is None else f"{100 * scale.value:.3g} %" if scale.show is percent else number(scale.value)
    words = family.words.format(value=value, **ids)
    return NamedLimit(family, words, family.name.format(**ids), tuple(ids.values()), drop, scale, parts)


def _scale(
    i: Instance,
    family: LimitFamily,
    value: float,
    end: float,
    move: Callable[[Instance, float], Instance],
    at: tuple[int, ...] = (),
) -> Scale:
    taken = TAKEN.get(family.id)
    caps = [getattr(i.trial, cap) for cap in CAPS]
    return Scale(
        value,
        end,
        move,
        None if taken is None else partial(taken, i, at),
        percent if family.unit == "probability" else number,
        family.whole,
        monotone=not family.target or all(cap is None for cap in caps),
    )


def percent(probability: float) -> str:
    """`24.13 %`, as exact as six digits."""
    return f"{100 * probability:.6g} %"


def number(value: float) -> str:
    """`1012`, `41,230,000`, `36.5`: as exact as it is."""
    return f"{value:,.10g}" if value >= 10_000 else f"{value:.10g}"
