"""The keys of trial.toml, as data: types, ranges and defaults."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from trialopt.core.ranges import ANY, AT_LEAST_0, COUNT, INSIDE, POSITIVE, PROBABILITY, Range


@dataclass(frozen=True)
class Setting:
    """One key of trial.toml. `kind` is text, number, count, flag, items, choice, epoch or table."""

    kind: str
    range: Range = ANY
    default: Any = None
    required: bool = False
    choices: tuple[str, ...] = ()


METHODS = ("schoenfeld", "freedman", "lachin_foulkes", "rubinstein")

TOP = {
    "format": Setting("count", default=1),
    "title": Setting("text"),
    "trial": Setting("table"),
    "epoch": Setting("tables"),
    "control": Setting("table"),
    "rules": Setting("table"),
    "evidence": Setting("table"),
}

EVIDENCE = {
    "library": Setting("text", required=True),
    "population": Setting("text"),
    "fill": Setting("items"),
    "maintenance": Setting("items"),
}

TRIAL = {
    "max_arms": Setting("count", COUNT, required=True),
    "carry": Setting("number", PROBABILITY, 0.0),
    "toxicity_weight": Setting("number", AT_LEAST_0, 0.0),
    "endpoint": Setting("choice", choices=("response", "pfs"), default="response"),
    "endpoint_epoch": Setting("epoch"),
    "target_difference": Setting("number", INSIDE),
    "target_hazard_ratio": Setting("number", INSIDE),
    "shrink": Setting("number", Range(0, 1, low_open=True), 1.0),
    "no_harm": Setting("flag", default=False),
    "alpha": Setting("number", Range(0, 0.5, low_open=True, high_open=True), 0.025),
    "power": Setting("number", INSIDE),
    "allocation_ratio": Setting("number", POSITIVE, 1.0),
    "multiplicity": Setting("choice", choices=("none", "bonferroni"), default="none"),
    "method": Setting("choice", choices=METHODS, default="schoenfeld"),
    "max_patients": Setting("count", COUNT),
    "max_accrual_months": Setting("number", POSITIVE),
    "budget": Setting("number", AT_LEAST_0),
    "control_rate": Setting("number", PROBABILITY),
    "control_median_months": Setting("number", POSITIVE),
    "follow_up_months": Setting("number", AT_LEAST_0, 0.0),
    "dropout_per_month": Setting("number", AT_LEAST_0, 0.0),
    "include": Setting("items", default=()),
    "exclude": Setting("items", default=()),
    "interim": Setting("table"),
}

INTERIM = {
    "looks": Setting("count", Range(1, 3), required=True),
    "spending": Setting("choice", choices=("obrien_fleming", "pocock"), default="obrien_fleming"),
}

EPOCH = {
    "id": Setting("text", required=True),
    "cycles": Setting("number", POSITIVE, required=True),
    "weight": Setting("number", AT_LEAST_0, 1.0),
    "pfs_weight": Setting("number", AT_LEAST_0),
    "exposure": Setting("number", AT_LEAST_0, 1.0),
    "min_agents": Setting("count", AT_LEAST_0, 1),
    "max_agents": Setting("count", COUNT, required=True),
}

RULES = {
    "one_per_class": Setting("items", default=()),
    "precedent": Setting("flag", default=False),
    "once": Setting("items", default=()),
    "alone": Setting("items", default=()),
    "not_together": Setting("pairs", default=()),
    "not_after": Setting("orders", default=()),
    "requires": Setting("table"),
}
