"""A sizing question as a statistician puts it: what is given, and what is left out to be solved for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from trialopt.sizing import events, proportions, survival
from trialopt.sizing.checks import SizingError, one_of
from trialopt.sizing.multiplicity import POWER_KINDS, Multiplicity, PowerKind, check_arms, check_multiplicity
from trialopt.sizing.spending import check_spending

Unknown = Literal["size", "events", "power", "effect", "effect_of_events", "power_of_events", "follow_up"]


DEFAULT_POWER = 0.9


@dataclass(frozen=True)
class SizeRequest:
    """Everything `trialopt size` can be told; None is left out.

    `n` counts the patients of all experimental arms and controls together, `ratio` is one experimental arm to the
    control it is compared with (or ``"best"``: fewest patients in all), `block` the patients of a block of the
    randomisation. `alpha` is one-sided unless ``sides = 2``. Times are months; `dropout` is a hazard per month, or with
    `dropout_time` the share lost by that month.
    """

    endpoint: str
    alpha: float = 0.025
    sides: int = 1
    power: float | None = None
    p0: float | None = None
    p1: float | None = None
    hr: float | None = None
    median: float | None = None
    accrual_months: float | None = None
    accrual_rate: float | None = None
    follow_up: float | None = None
    dropout: float = 0.0
    dropout_time: float | None = None
    ratio: float | Literal["best"] = 1.0
    arms: int = 1
    multiplicity: Multiplicity = "none"
    power_kind: PowerKind = "marginal"
    shared_control: bool = True
    n: float | None = None
    events: float | None = None
    looks: int = 0
    spending: str = "obrien_fleming"
    futility: str = "none"
    timing: tuple[float, ...] | None = None
    method: str | None = None
    exact: bool = False
    block: int | None = None
    subgroups: tuple[float, ...] | None = None

    @property
    def chosen_method(self) -> str:
        """The method asked for, or the default of the endpoint."""
        return self.method or ("unpooled" if self.endpoint == "response" else "schoenfeld")

    @property
    def one_sided_alpha(self) -> float:
        """Alpha of the one-sided test."""
        return self.alpha / self.sides


def _given(request: SizeRequest, names: tuple[str, ...]) -> list[str]:
    return [n for n in names if getattr(request, n) is not None]


def _refuse(request: SizeRequest, names: tuple[str, ...], why: str) -> None:
    found = _given(request, names)
    if found:
        raise SizingError(f"{', '.join('--' + n.replace('_', '-') for n in found)}: {why}")


def _check_common(q: SizeRequest) -> None:
    if q.sides not in (1, 2):
        raise SizingError(f"--sides must be 1 or 2, not {q.sides}")
    k = check_arms(q.arms)
    check_multiplicity(q.multiplicity)
    one_of(q.power_kind, POWER_KINDS, "--power-kind")
    check_spending(q.spending, "--spending")
    if q.futility != "none":
        check_spending(q.futility, "--futility")
    if q.looks == 0 and (q.timing or q.futility != "none"):
        raise SizingError("--timing and --futility describe interim looks: give --looks 1 to 9 with them")
    if k > 1 and q.multiplicity == "dunnett" and not q.shared_control:
        raise SizingError("--multiplicity dunnett is for arms that share a control; use bonferroni or holm")
    if k > 1 and q.looks > 0 and q.multiplicity in ("dunnett", "holm"):
        raise SizingError(
            f"--multiplicity {q.multiplicity} with interim looks is not offered: its joint boundaries over arms "
            "and looks are another design; use bonferroni, which is valid"
        )
    if k > 1 and q.looks > 0 and q.power_kind != "marginal":
        raise SizingError("--power-kind any or all with interim looks is not offered; use marginal")
    if q.block is not None and q.ratio == "best":
        raise SizingError("--block needs a ratio in whole numbers, not --ratio best")
    if q.ratio != "best" and not q.ratio > 0:
        raise SizingError(f"--ratio must be above 0 or 'best', not {q.ratio:g}")


def unknown_of(q: SizeRequest) -> Unknown:
    """What the request leaves out, checked: too much, too little or contradicting input is refused by name."""
    _check_common(q)
    if q.endpoint == "response":
        return _unknown_response(q)
    if q.endpoint == "pfs":
        return _unknown_pfs(q)
    raise SizingError(f"--endpoint must be response or pfs, not {q.endpoint!r}")


def _unknown_response(q: SizeRequest) -> Unknown:
    one_of(q.chosen_method, proportions.METHODS, proportions.METHOD_NAME)
    _refuse(
        q,
        ("hr", "median", "accrual_months", "follow_up", "events", "dropout_time"),
        "is for --endpoint pfs, not response",
    )
    if q.p0 is None:
        raise SizingError("--p0, the control's response rate, is needed")
    if q.n is None:
        if q.p1 is None:
            raise SizingError("give --p1 to get a size, or --n to get the effect it detects")
        return "size"
    if q.p1 is None:
        return "effect"
    if q.power is not None:
        raise SizingError("nothing is left to solve for: leave out --n, --power or --p1")
    return "power"


def _unknown_pfs(q: SizeRequest) -> Unknown:
    one_of(q.chosen_method, survival.METHODS, survival.METHOD_NAME)
    _refuse(q, ("p0", "p1"), "is for --endpoint response, not pfs")
    if q.exact:
        raise SizingError("--exact is for --endpoint response")
    accrual = _given(q, ("accrual_rate", "accrual_months"))
    if q.events is not None:
        one_of(q.chosen_method, events.METHODS, events.METHOD_NAME)
        _refuse(q, ("n", "accrual_rate", "accrual_months", "follow_up"), "cannot be given with --events")
        if q.hr is None:
            return "effect_of_events"
        if q.power is not None:
            raise SizingError("nothing is left to solve for: leave out --events, --power or --hr")
        return "power_of_events"
    if q.n is None and not accrual:
        _refuse(q, ("block",), "is for patients: give --median and --accrual-rate or --accrual-months")
        if q.hr is None:
            raise SizingError("give --hr to get events, or --events or --n to get the hazard ratio detected")
        _refuse(q, ("follow_up",), "needs --accrual-rate or --accrual-months")
        one_of(q.chosen_method, events.METHODS, events.METHOD_NAME)
        return "events"
    if q.median is None:
        raise SizingError("--median, the control's median in months, is needed to turn events into patients")
    if q.n is None and len(accrual) == 1:
        if q.hr is None:
            raise SizingError("give --hr to get a size, or --n to get the hazard ratio it detects")
        return "size"
    if q.n is not None and len(accrual) != 1:
        raise SizingError("with --n give one of --accrual-rate and --accrual-months: the other follows")
    if q.hr is None:
        return "effect"
    if q.follow_up is None:
        return "follow_up" if q.n is None or q.power is not None else "power"
    if q.power is not None:
        raise SizingError(
            "nothing is left to solve for: leave out --power, --hr, --follow-up, --n or one of the accrual options"
        )
    return "power"
