"""Every limit and rule of an instance by name, and the instance without it: what explanations are made of."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from trialopt.instance import Instance, Rules, TrialSettings


@dataclass(frozen=True)
class NamedLimit:
    """One limit or rule, in words, and how to do without it."""

    words: str
    drop: Callable[[Instance], Instance]
    key: str = ""
    """The setting of `[trial]` it is, where it is one."""


def named_limits(instance: Instance) -> list[NamedLimit]:
    """All limits and rules that could make an instance infeasible, one by one."""
    return [
        *_least(instance),  # first, so that an epoch without treatment is the last thing thought of
        *_toxicity(instance),
        *_cumulative(instance),
        *_coverage(instance),
        *_most(instance),
        *_rules(instance),
        *_trial(instance),
        *_size(instance),
    ]


def trial_limits(instance: Instance) -> list[NamedLimit]:
    """Limits and wishes of a trial itself: what is compared, how many arms, patients, months, how much money."""
    return [*_trial(instance), *_size(instance)]


def _percent(probability: float) -> str:
    return f"{100 * probability:.3g} %"


def _toxicity(i: Instance) -> Iterator[NamedLimit]:
    for g, e, s in zip(*np.nonzero(i.limit < 1), strict=True):

        def drop(j: Instance, at: tuple[int, int, int] = (g, e, s)) -> Instance:
            limit = j.limit.copy()
            limit[at] = 1.0
            return replace(j, limit=limit)

        yield NamedLimit(
            f"{i.categories[e]} limit {_percent(i.limit[g, e, s])} of {i.subgroups[g]} in {i.epochs[s]}", drop
        )


def _cumulative(i: Instance) -> Iterator[NamedLimit]:
    for e in np.flatnonzero(i.cumulative_limit < 1).tolist():

        def drop(j: Instance, at: int = e) -> Instance:
            limit = j.cumulative_limit.copy()
            limit[at] = 1.0
            return replace(j, cumulative_limit=limit)

        yield NamedLimit(f"cumulative {i.categories[e]} limit {_percent(i.cumulative_limit[e])}", drop)


def _coverage(i: Instance) -> Iterator[NamedLimit]:
    for m in range(1, len(i.mechanisms)):
        if not np.isnan(i.min_coverage[m]):

            def drop_coverage(j: Instance, at: int = m) -> Instance:
                wanted = j.min_coverage.copy()
                wanted[at] = np.nan
                return replace(j, min_coverage=wanted)

            yield NamedLimit(f"min_coverage {_percent(i.min_coverage[m])} of {i.mechanisms[m]}", drop_coverage)
        if i.min_active[m] > 0:

            def drop_active(j: Instance, at: int = m) -> Instance:
                wanted = j.min_active.copy()
                wanted[at] = 0
                return replace(j, min_active=wanted)

            yield NamedLimit(f"min_active {i.min_active[m]} against {i.mechanisms[m]}", drop_active)


def _least(i: Instance) -> Iterator[NamedLimit]:
    for s, epoch in enumerate(i.epochs):
        if i.min_agents[s] > 0:

            def fewer(j: Instance, at: int = s) -> Instance:
                least = j.min_agents.copy()
                least[at] = 0
                return replace(j, min_agents=least)

            yield NamedLimit(f"min_agents {i.min_agents[s]} in {epoch}", fewer)


def _most(i: Instance) -> Iterator[NamedLimit]:
    for s, epoch in enumerate(i.epochs):
        if i.max_agents[s] < len(i.agents):
            # One more agent stands for "any number": regimens of unlimited size cannot be enumerated.
            def more(j: Instance, at: int = s) -> Instance:
                most = j.max_agents.copy()
                most[at] += 1
                return replace(j, max_agents=most)

            yield NamedLimit(f"max_agents {i.max_agents[s]} in {epoch}", more)


def _rules(i: Instance) -> Iterator[NamedLimit]:
    r = i.rules
    for name in r.one_per_class:
        yield _without("one_per_class", name, f"at most one {name} in an epoch (one_per_class)")
    for a, b in r.not_together:
        yield _without("not_together", (a, b), f"{a} and {b} not in one epoch (not_together)")
    for item, any_of in r.requires:
        yield _without("requires", (item, any_of), f"{item} requires {' or '.join(any_of)} (requires)")
    for item in r.alone:
        yield _without("alone", item, f"{item} alone in its epoch (alone)")
    for item in r.once:
        yield _without("once", item, f"{item} in at most one epoch (once)")
    for item, after in r.not_after:
        yield _without("not_after", (item, after), f"{item} not after {after} (not_after)")
    for item in r.include:
        yield _without("include", item, f"every arm contains {item} (include)")
    for item in r.exclude:
        yield _without("exclude", item, f"no arm contains {item} (exclude)")
    for bar in r.contraindicated:
        together = f" with {bar.partner}" if bar.partner else ""
        yield _without("contraindicated", bar, f"{bar.key}{together} contraindicated in {bar.subgroup}")
    if r.precedent:
        yield NamedLimit(
            "only pairs given together before (precedent)",
            lambda j: replace(j, rules=replace(j.rules, precedent=False)),
        )


def _without(rule: str, entry: object, words: str) -> NamedLimit:
    def drop(j: Instance) -> Instance:
        left = tuple(e for e in getattr(j.rules, rule) if e != entry)
        return replace(j, rules=_replaced(j.rules, rule, left))

    return NamedLimit(words, drop)


def _replaced(rules: Rules, rule: str, entries: tuple[object, ...]) -> Rules:
    fields = {**rules.__dict__, rule: entries}
    return Rules(**fields)


def _trial(i: Instance) -> Iterator[NamedLimit]:
    if i.trial.no_harm:
        yield NamedLimit(
            "coverage not below the control's in any subgroup (no_harm)",
            lambda j: replace(j, trial=replace(j.trial, no_harm=False)),
            "no_harm",
        )
    if i.trial.max_arms < len(i.subgroups):
        yield NamedLimit(
            f"max_arms {i.trial.max_arms}",
            lambda j: replace(j, trial=replace(j.trial, max_arms=len(j.subgroups))),
            "max_arms",
        )


def _size(i: Instance) -> Iterator[NamedLimit]:
    """Limits on patients, time and money, and the effect an arm has to reach: only of a sized trial."""
    t = i.trial
    if not t.sized:
        return
    if t.max_patients is not None:
        words = f"max_patients {t.max_patients} over all arms and controls"
        yield _of_trial(words, lambda x: replace(x, max_patients=None), "max_patients")
    if t.max_accrual_months is not None:
        words = f"max_accrual_months {t.max_accrual_months:g} of an arm"
        yield _of_trial(words, lambda x: replace(x, max_accrual_months=None), "max_accrual_months")
    if t.budget is not None:
        yield _of_trial(f"budget {t.budget:g}", lambda x: replace(x, budget=None), "budget")
    if t.target_difference is not None and t.endpoint == "response":
        words = f"target_difference {t.target_difference:g} predicted of every arm"
        yield _of_trial(words, lambda x: replace(x, target_difference=None), "target_difference")
    if t.target_hazard_ratio is not None and t.endpoint == "pfs":
        words = f"target_hazard_ratio {t.target_hazard_ratio:g} predicted of every arm"
        yield _of_trial(words, lambda x: replace(x, target_hazard_ratio=None), "target_hazard_ratio")


def _of_trial(words: str, drop: Callable[[TrialSettings], TrialSettings], key: str) -> NamedLimit:
    return NamedLimit(words, lambda j: replace(j, trial=drop(j.trial)), key)
