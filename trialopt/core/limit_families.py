"""Every kind of limit and rule, declared once: what it is about, what "looser" means, what asks nothing, its words.

Naming limits, leaving them out, loosening and repairing them, and the sentences about them are all driven by these
records. A new limit or rule is one record here; a number of which a design uses up something also needs what that
is (`trialopt/limits/named.py`).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import nan
from typing import Literal

from trialopt.core.instance import NO_LIMIT

Kind = Literal["number", "flag", "list"]

POINTS = 0.05
"""What a probability or a coverage is loosened by: five percentage points."""


@dataclass(frozen=True)
class LimitFamily:
    """One kind of limit or rule.

    Attributes
    ----------
    id
        The setting or column that states it; the field of that name in `TrialSettings`, `Rules` or `Instance` has it.
    kind
        A `number` can be moved, a `flag` is set or not, of a `list` each entry is a rule of its own.
    scope
        What one limit of the family is about, in the order of its array's axes or of its entry's parts: `category`,
        `subgroup`, `subgroups`, `epoch`,
        `mechanism`, `item`, `other`.
    words, name
        One limit with its value, and without. In braces: `value`, or a part of the scope.
    unit
        What a number counts: `probability`, `difference` (of probabilities), `ratio`, `arms`, `agents`, `classes`,
        `patients`, `months` or `money`.
    looser
        1 where a larger number asks less, -1 where a smaller one does.
    step
        What a committee would loosen a number by, in its unit; money by that share of itself.
    void
        What asks nothing, as the instance holds it (NaN where no coverage is required); `None` for a setting that is
        left out.
    of_trial
        Whether it is stated for the trial as a whole (`[trial]`), not for regimens.
    sized
        Whether it only matters where arms carry patients.
    endpoints
        The only endpoints it matters for; empty for any.
    in_groups
        Whether many of the family may be loosened at once, which is quicker where there are many of them.
    safety
        Whether it is given up last where one change is not enough.
    told
        Whether it is listed even where loosening it gains nothing.
    later
        Whether it is looked into beside the agents where two processes share the work.
    several
        What several of the family are called.
    """

    id: str
    kind: Kind
    scope: tuple[str, ...]
    words: str
    name: str
    unit: str = ""
    looser: int = 1
    step: float = 1.0
    void: float | bool | None = None
    of_trial: bool = False
    sized: bool = False
    endpoints: tuple[str, ...] = ()
    in_groups: bool = True
    safety: bool = False
    told: bool = False
    later: bool = False
    several: str = ""

    @property
    def is_number(self) -> bool:
        """Whether it can be moved."""
        return self.kind == "number"

    @property
    def whole(self) -> bool:
        """Whether only whole numbers make sense."""
        return self.unit in ("arms", "agents", "classes", "patients")

    @property
    def in_percent(self) -> bool:
        """Whether its numbers are read as percentages."""
        return self.unit in ("probability", "difference")

    @property
    def toxicity(self) -> bool:
        """Whether it limits a risk."""
        return "category" in self.scope

    @property
    def target(self) -> bool:
        """Whether it is an effect to reach: it has no end where it asks nothing, and aiming lower costs patients."""
        return self.unit in ("difference", "ratio")

    @property
    def article(self) -> str:
        """`the ` before a name of plain words; nothing before a name that begins with a setting."""
        return "" if self.name.startswith(self.id) else "the "


def _rule(id: str, scope: tuple[str, ...], words: str, of: str = "{item}", later: bool = False) -> LimitFamily:
    return LimitFamily(
        id, "list", scope, f"{words} ({id})", f"{id} of {of}", later=later, several=f"{id} rules"
    )  # fmt: skip


_IN_ORDER = (
    # First, so that an epoch without treatment is the last thing thought of.
    LimitFamily(
        "min_agents", "number", ("epoch",), "min_agents {value} in {epoch}", "min_agents in {epoch}",
        unit="agents", looser=-1, void=0, in_groups=False, safety=True,
    ),
    LimitFamily(
        "limit", "number", ("subgroup", "category", "epoch"),
        "{category} limit {value} of {subgroup} in {epoch}", "{category} limit of {subgroup} in {epoch}",
        unit="probability", step=POINTS, void=1.0, safety=True, several="toxicity limits",
    ),
    LimitFamily(
        "cumulative_limit", "number", ("category",),
        "cumulative {category} limit {value}", "cumulative {category} limit",
        unit="probability", step=POINTS, void=1.0, safety=True, several="cumulative limits",
    ),
    LimitFamily(
        "not_worse_than_control", "number", ("category",),
        "attributable {category} at most {value} above the control's (not_worse_than_control)",
        "not_worse_than_control of {category}",
        unit="probability", step=POINTS, void=1.0, safety=True, several="not_worse_than_control limits",
    ),
    LimitFamily(
        "min_coverage", "number", ("mechanism",), "min_coverage {value} of {mechanism}", "min_coverage of {mechanism}",
        unit="probability", looser=-1, step=POINTS, void=nan, several="min_coverage requirements",
    ),
    LimitFamily(
        "min_active", "number", ("mechanism",), "min_active {value} against {mechanism}", "min_active of {mechanism}",
        unit="agents", looser=-1, void=0, several="min_active requirements",
    ),
    LimitFamily(
        "max_agents", "number", ("epoch",), "max_agents {value} in {epoch}", "max_agents in {epoch}",
        unit="agents", in_groups=False, told=True,
    ),
    LimitFamily(
        "max_classes", "number", ("epoch",), "max_classes {value} in {epoch}", "max_classes in {epoch}",
        unit="classes", void=NO_LIMIT, several="max_classes limits",
    ),
    _rule("one_per_class", ("item",), "at most one {item} in an epoch"),
    _rule("not_together", ("item", "other"), "{item} and {other} not in one epoch", "{item} and {other}"),
    _rule("requires", ("item", "other"), "{item} requires {other}", "{item} ({other})"),
    _rule(
        "requires_in", ("item", "other", "epoch"), "{item} requires {other} in {epoch}", "{item} ({other}) in {epoch}"
    ),
    _rule("alone", ("item",), "{item} alone in its epoch"),
    _rule("once", ("item",), "{item} in at most one epoch"),
    _rule("not_after", ("item", "other"), "{item} not after {other}", "{item} after {other}", later=True),
    _rule("include", ("item",), "every arm contains {item}"),
    _rule("exclude", ("item",), "no arm contains {item}"),
    _rule("include_in", ("item", "epoch"), "every arm contains {item} in {epoch}", "{item} in {epoch}"),
    _rule("exclude_in", ("item", "epoch"), "no arm contains {item} in {epoch}", "{item} in {epoch}"),
    LimitFamily(
        "contraindicated", "list", ("subgroup", "item"),
        "{item} contraindicated in {subgroup}", "contraindication of {item} in {subgroup}",
        safety=True, later=True, several="contraindications",
    ),
    LimitFamily("precedent", "flag", (), "only pairs given together before (precedent)", "precedent", void=False),
    LimitFamily(
        "mixed_cycles", "flag", (), "one cycle length in a regimen (mixed_cycles is false)", "mixed_cycles", void=True,
    ),
    LimitFamily(
        "same_arm", "list", ("subgroups",), "{subgroups} served by one arm (same_arm)", "same_arm of {subgroups}",
        of_trial=True, several="same_arm rules",
    ),
    LimitFamily(
        "apart", "list", ("subgroups",), "no two of {subgroups} served by one arm (apart)", "apart of {subgroups}",
        of_trial=True, several="apart rules",
    ),
    LimitFamily(
        "no_harm", "flag", (), "coverage not below the control's in any subgroup (no_harm)", "no_harm",
        void=False, of_trial=True, safety=True,
    ),
    LimitFamily(
        "max_arms", "number", (), "max_arms {value}", "max_arms",
        unit="arms", of_trial=True, in_groups=False, told=True,
    ),
    LimitFamily(
        "max_patients", "number", (), "max_patients {value} over all arms and controls", "max_patients",
        unit="patients", step=50.0, of_trial=True, sized=True, in_groups=False, told=True,
    ),
    LimitFamily(
        "max_accrual_months", "number", (), "max_accrual_months {value} of an arm", "max_accrual_months",
        unit="months", step=6.0, of_trial=True, sized=True, in_groups=False, told=True,
    ),
    LimitFamily(
        "max_study_months", "number", (), "max_study_months {value} of an arm", "max_study_months",
        unit="months", step=6.0, of_trial=True, sized=True, in_groups=False, told=True,
    ),
    LimitFamily(
        "budget", "number", (), "budget {value}", "budget",
        unit="money", step=0.1, of_trial=True, sized=True, in_groups=False, told=True,
    ),
    LimitFamily(
        "target_difference", "number", (), "target_difference {value} predicted of every arm", "target_difference",
        unit="difference", looser=-1, step=0.01, of_trial=True, sized=True, endpoints=("response", "mrd"),
        in_groups=False, told=True,
    ),
    LimitFamily(
        "target_hazard_ratio", "number", (), "target_hazard_ratio {value} predicted of every arm",
        "target_hazard_ratio", unit="ratio", step=0.01, of_trial=True, sized=True, endpoints=("pfs",),
        in_groups=False, told=True,
    ),
)  # fmt: skip

FAMILIES = {family.id: family for family in _IN_ORDER}
"""Family id -> its record, in the order in which limits are named and, where there is a choice, kept."""

POWER = LimitFamily(
    "power", "flag", (),
    "power {value}: in no design has every arm a predicted effect over its control that it can be sized for", "power",
    of_trial=True, sized=True, safety=True,
)  # fmt: skip
"""The wish to size arms at all: no limit of its own, and left out only when nothing else is enough."""
