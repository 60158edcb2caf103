"""What the judge returns: the numbers of a design, the rules it breaks, and the words for them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from html import escape

from trialopt.core.design import Arm
from trialopt.core.instance import Floats


def listed(items: Iterable[str], last: str = "and") -> str:
    """`a`, `a and b`, `a, b and c`."""
    words = list(items)
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {last} {words[-1]}"


def counted(number: int, thing: str) -> str:
    """`1 agent`, `2 agents`."""
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def apart(value: float, limit: float, decimals: int = 3) -> tuple[str, str]:
    """Both numbers with these decimals, or with as many as it takes to tell them apart (at most 12)."""
    for digits in range(decimals, 13):
        shown = f"{value:,.{digits}f}", f"{limit:,.{digits}f}"
        if shown[0] != shown[1]:
            break
    return shown


def unknown(thing: str, name: str, known: Collection[str]) -> str:
    """`unknown agent carfilzomab, did you mean carfilzomib?`, or the known names when none is near."""
    near = get_close_matches(name, known, n=1)
    if near:
        return f"unknown {thing} {name}, did you mean {near[0]}?"
    return f"unknown {thing} {name} (known: {', '.join(known)})"


@dataclass(frozen=True)
class Component:
    """What an arm must show of one agent: its comparison with the arm that leaves the agent out (model section 12)."""

    without: str
    """Agent left out."""
    arm: Arm | None
    """The component arm; `None` where leaving the agent out leaves nothing, and the control stands in for it."""
    experimental: Mapping[str, int]
    """Subgroup id -> patients of the component arm; empty where the control stands in."""
    rate: float | None
    """Predicted response rate of the component arm; `None` for `pfs`."""
    hazard_ratio: float | None
    """Predicted hazard ratio of the arm against it; `None` for a response endpoint."""
    sized_for: float
    """The effect the comparison is sized for: a difference in rates, or a hazard ratio."""
    strata: Mapping[str, tuple[float, float]]
    """Subgroup id -> rates of the component arm and of the arm in the size; for `pfs` their hazards per month."""
    needed: int
    """Experimental patients that the comparison asks for."""
    events: float | None
    """Events it asks for, for `pfs`."""
    alpha: float
    """One-sided level."""
    power: float
    """Power with the patients there are."""
    inflation: float
    """Factor on its size for interim looks."""
    ratio: float
    """Patients of the arm for each of the one it is compared with."""
    cost: float
    """Of the component arm's patients."""
    coverage: Floats | None = None
    """(g, S) of the component arm; `None` where the control stands in."""

    @property
    def patients(self) -> int:
        """Patients of the component arm."""
        return sum(self.experimental.values())


@dataclass(frozen=True)
class ArmSize:
    """Patients of one arm and what they rest on. Sizes are whole patients; absent numbers are `None`."""

    experimental: Mapping[str, int]
    """Subgroup id -> patients of the arm itself, its component arms left out."""
    control: Mapping[str, int]
    """Subgroup id -> control patients."""
    p1: float | None
    """Predicted response rate of the arm, before `shrink`; `None` for `pfs`, like `p0`."""
    p0: float | None
    """Response rate of its control."""
    hazard_ratio: float | None
    """Predicted hazard ratio against its control, before `shrink`; `None` for a response endpoint."""
    sized_for: float
    """The effect the size is computed for: a difference in rates, or a hazard ratio."""
    events: float | None
    """Events required for `pfs`, both sides together, unrounded, with the inflation of interim looks."""
    power: float
    """Power reached with whole patients for the effect sized for."""
    accrual_months: float | None
    """Patients and controls over the accrual rates of the arm's subgroups; `None` where a rate is not given."""
    cost: float
    """Experimental and control patients, component arms among them, in the currency of the agents' costs."""
    method: str
    """Formula of the size, by its name in `trialopt.sizing`."""
    alpha: float | None = None
    """One-sided level of this arm's comparison, multiplicity included."""
    inflation: float = 1.0
    """Factor on sizes or events for interim looks."""
    power_by_subgroup: Mapping[str, float | None] = field(default_factory=dict)
    """Subgroup id -> power inside it alone for its own effect; `None` where that effect leaves the range of rates."""

    needed: tuple[int, int] | None = None
    """Patients of the arm and controls that its comparison with the control asks for, where component arms ask more."""
    components: tuple[Component, ...] = ()
    """What the arm must show of its agents, one by one."""
    unshown: tuple[str, ...] = ()
    """What of it no component arm shows, because the rules allow none: sentences."""

    @property
    def own_patients(self) -> int:
        """Patients of the arm itself."""
        return sum(self.experimental.values())

    @property
    def patients(self) -> int:
        """Experimental patients: of the arm and of its component arms."""
        return self.own_patients + sum(part.patients for part in self.components)

    @property
    def control_patients(self) -> int:
        """Control patients."""
        return sum(self.control.values())


@dataclass(frozen=True)
class ArmNumbers:
    """One arm's numbers. The first axis g follows `arm.subgroups`; S, M, E as in `Instance`."""

    arm: Arm
    coverage: Floats
    """(g, S) share of the disease burden covered by the epoch."""
    mechanism_coverage: Floats
    """(g, S, M) probability that disease with the mechanism responds."""
    prevalence: Floats
    """(g, S, M) share of the subgroup carrying the mechanism, emergence included (and the seed)."""
    risk: Floats
    """(g, S, E) probability of a grade >= 3 event in the epoch, background included."""
    cumulative_risk: Floats
    """(g, E) the same over all epochs."""
    burden: Floats
    """(g, S) attributable severe events on the log scale."""
    size: ArmSize | None = None


@dataclass(frozen=True)
class Violation:
    """One limit or rule a design breaks. `rule` is the family (`limit`, `one_per_class`, `no_harm`, ...)."""

    rule: str
    sentence: str
    arm: str | None = None
    subgroup: str | None = None
    epoch: str | None = None


@dataclass(frozen=True)
class Evaluation:
    """A design's exact value and numbers. `value` is the objective (model section 8), rules broken or not."""

    value: float
    arms: tuple[ArmNumbers, ...]
    violations: tuple[Violation, ...]
    warnings: tuple[str, ...] = ()

    @property
    def feasible(self) -> bool:
        """Whether no rule is broken."""
        return not self.violations

    def __repr__(self) -> str:
        broken = f"{len(self.violations)} rules or limits broken" if self.violations else "every rule and limit kept"
        return f"<Evaluation: value {self.value:#.4g}, {len(self.arms)} arms, {broken}>"

    def _repr_html_(self) -> str:
        verdict = "meets every rule and limit" if self.feasible else f"breaks {len(self.violations)} rules or limits"
        lines = "".join(f"<li>{escape(violation.sentence)}</li>" for violation in self.violations)
        return f"<div><p>value {self.value:#.4g}, {verdict}</p>{f'<ul>{lines}</ul>' if lines else ''}</div>"
