"""What a sized trial asks of any arm (model section 7), as arrays over subgroups."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from trialopt.core.coefficients import Coefficients
from trialopt.core.design import TrialSettings
from trialopt.core.instance import Floats, Instance
from trialopt.engine.regimen_numbers import control_residuals, theta_of
from trialopt.sizing import inflation_for
from trialopt.sizing.enrolment import Enrolment, enrolment
from trialopt.sizing.strata_sizes import Comparison, patients_fall

if TYPE_CHECKING:
    from trialopt.engine.components import Components
    from trialopt.engine.master import SharedLimits
    from trialopt.engine.tables import Tables

MOST_CHECKED = 12
"""Subgroups whose sets are all looked at by `falls`: 3**12 corners."""


@dataclass(frozen=True)
class Plan:
    """The sized trial, for a given number of arms in the design. Shapes: G subgroups."""

    instance: Instance
    tables: Tables
    comparison: Comparison
    """What each arm's comparison is to hold."""
    falls: bool
    """Whether patients never rise with a response rate of any subgroup."""
    control_rate: Floats
    """(G,) p0; NaN for pfs."""
    reach: Floats
    """(G,) share still on protocol by the endpoint."""
    anchor: Floats
    """(G,) factor on the arm's residual in `reach - p1`."""
    start: Floats
    """(J,) prevalence in the endpoint epoch, per table column."""
    control_theta: Floats
    """(G,)"""
    median: Floats
    """(G,) control's median, months; NaN for a response endpoint."""
    control_cost: Floats
    """(G,) money per control patient."""
    within: SharedLimits
    """What all arms share."""
    enrolments: tuple[Enrolment, ...] | None = None
    """(G,) how the subgroups' patients come in; `None` where all come evenly."""
    components: Components | None = None
    """Component arms; `None` where arms bring none."""


def comparison_of(trial: TrialSettings, arms: int) -> Comparison:
    """What each comparison of a design of `arms` arms is to hold; bonferroni divides alpha by them."""
    alpha = trial.alpha / arms if trial.multiplicity == "bonferroni" else trial.alpha
    factor, power = 1.0, trial.power or 0.5
    if trial.sized and trial.interim is not None:
        factor = inflation_for(trial.interim, alpha, power)
    of_rates = trial.compares_rates
    return Comparison(
        alpha,
        power,
        trial.allocation_ratio,
        factor,
        1 - trial.not_evaluable if of_rates else 1.0,
        trial.analysis,
        of_rates and trial.pools_null_variance,
        trial.method,
        trial.follow_up_months,
        trial.dropout_per_month,
    )


def make_plan(
    instance: Instance, c: Coefficients, tables: Tables, within: SharedLimits, components: Components | None = None
) -> Plan:
    """Plan of a design within limits."""
    i, trial = instance, instance.trial
    t = trial.endpoint_epoch
    rate, anchor = control_response(i, c)
    theta, cost = np.zeros(len(i.subgroups)), np.zeros(len(i.subgroups))
    for g in range(len(i.subgroups)):
        for s, options in enumerate(i.control_of(g) or ()):
            agents = i.option_agent[list(options)]
            cost[g] += float((i.cycles[s] * i.cost_per_cycle + i.cost_per_course)[agents].sum())
            if trial.sized and trial.endpoint == "pfs":
                theta[g] += float(theta_of(i, s)[list(options), g].sum())
    mechanism = tables.mixed.mechanism if tables.mixed is not None else np.nonzero((c.start > 0).any(axis=1))[1]
    start = c.start[tables.subgroup, t, mechanism]
    if (mixed := tables.mixed) is not None and mixed.control_rate is not None:
        rate, anchor, start = mixed.control_rate, mixed.mean_anchor, start * mixed.in_effect
    return Plan(
        instance=i,
        tables=tables,
        comparison=comparison_of(trial, within.arms),
        falls=tables.falls,
        control_rate=rate,
        reach=i.reach[:, t],
        anchor=anchor,
        start=start,
        control_theta=theta,
        median=i.control_medians,
        control_cost=cost,
        within=within,
        enrolments=enrolments_of(i),
        components=components,
    )


def enrolments_of(instance: Instance) -> tuple[Enrolment, ...] | None:
    """(G,) how the subgroups' patients come in; `None` where all come evenly from the first month on."""
    i = instance
    if i.accrues_evenly:
        return None
    return tuple(enrolment(i.accrual_steps.get(g, ()), i.ramp_up.get(g, 0.0)) for g in i.subgroups)


def at_full_rate(enrolments: Sequence[Enrolment] | None, fractions: Floats, months: float) -> Floats | float:
    """Months at the full rates in which arms (fractions (..., k)) enrol as many as in so many months of the trial."""
    if enrolments is None:
        return months
    each = np.array([float(one.opened(np.asarray(months))) for one in enrolments])
    return np.asarray(np.where(fractions > 0, each, np.inf).min(axis=-1))


def control_response(instance: Instance, c: Coefficients) -> tuple[Floats, Floats]:
    """(G,) rate of the control, and (G,) factor on the arm's residual in what its rate is below reach."""
    i, t = instance, instance.trial.endpoint_epoch
    reach, known = i.reach[:, t], ~np.isnan(i.control_rate)
    residual = np.full(len(reach), np.nan) if i.control is None else control_residuals(i, c)[:, t]
    rate = np.where(known, i.control_rate, reach * (1 - residual))
    with np.errstate(divide="ignore", invalid="ignore"):
        anchor = np.where(known & ~np.isnan(residual), (reach - rate) / residual, reach)
    return rate, anchor


def falls(instance: Instance, c: Coefficients) -> bool:
    """Whether patients never rise with a response rate, so that regimens may be compared by what they respond to.

    `False` also where there are too many sets to tell.
    """
    i, trial = instance, instance.trial
    if not trial.sized or not trial.compares_rates or trial.target_difference is not None:
        return True
    if len(i.subgroups) > MOST_CHECKED:
        return False
    rate, _ = control_response(i, c)
    most = rate + trial.shrink * (i.reach[:, trial.endpoint_epoch] - rate)
    sets = set_fractions(i, every_set(len(i.subgroups)))
    return patients_fall(sets, rate, most, comparison_of(replace(trial, interim=None), 1))


def set_fractions(instance: Instance, member: Floats) -> Floats:
    """(n, G) parts of the accrual of sets `member` (n, G): of rates, of shares where one is not given, else alike."""
    rate, share = instance.accrual, instance.share
    unknown = (member * np.isnan(rate)).any(axis=1, keepdims=True)
    weight = member * np.where(unknown, share, np.where(np.isnan(rate), 0.0, rate))
    weight = np.where(weight.sum(axis=1, keepdims=True) > 0, weight, member)
    return np.asarray(weight / np.maximum(weight.sum(axis=1, keepdims=True), 1e-300))


def every_set(groups: int) -> Floats:
    """(2**G - 1, G) members of every set but the empty one."""
    return np.asarray((np.arange(1, 2**groups)[:, None] >> np.arange(groups)) & 1, dtype=float)
