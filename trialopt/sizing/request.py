"""A sizing question as a statistician puts it: what is given, and what is left out to be solved for."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Literal

from trialopt.sizing import events, survival
from trialopt.sizing.checks import SizingError, one_of
from trialopt.sizing.multiplicity import MULTIPLICITY, POWER_KINDS, PowerKind, check_arms
from trialopt.sizing.response_tests import METHOD_NAME, METHODS, ONE_LOOK
from trialopt.sizing.spending import check_spending

Unknown = Literal["size", "events", "power", "effect", "effect_of_events", "power_of_events", "follow_up"]


DEFAULT_POWER = 0.9


@dataclass(frozen=True)
class SizeRequest:
    """Everything `trialopt size` can be told; None is left out.

    `n` counts the patients of all experimental arms and controls together, `ratio` is one experimental arm to the
    control it is compared with (or ``"best"``: fewest patients in all), `block` the patients of a block of the
    randomisation. `alpha` is one-sided unless ``sides = 2``. Times are months; `dropout` is a hazard per month, or with
    `dropout_time` the share lost by that month. Fields from `margin` on turn the comparison into another question:
    non-inferiority, a delayed effect, a nested biomarker subgroup, several arms in two stages, a single arm, power at a
    look, p-values to adjust.
    """

    endpoint: str | None = None
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
    multiplicity: str = "none"
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
    margin: float | None = None
    delay: float | None = None
    early_hr: float = 1.0
    nested: float | None = None
    nested_effect: float | None = None
    overall_alpha: float | None = None
    shape: str = "triangular"
    others: float = 0.0
    single_arm: str | None = None
    at_look: int | None = None
    z: float | None = None
    observed: float | None = None
    prior: tuple[float, ...] | None = None
    p_values: tuple[float, ...] | None = None

    @property
    def shifted(self) -> str | None:
        """The one method of a margin or a delay."""
        if self.delay is not None:
            return "delayed_log_rank"
        if self.margin is not None:
            return "farrington_manning" if self.endpoint == "response" else "schoenfeld_margin"
        return None

    @property
    def chosen_method(self) -> str:
        """The method asked for, or the default of the endpoint."""
        return self.shifted or self.method or ("unpooled" if self.endpoint == "response" else "schoenfeld")

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
    if q.multiplicity != "mams":
        if q.multiplicity not in MULTIPLICITY:
            raise SizingError(
                f"--multiplicity must be one of {', '.join(MULTIPLICITY)} or mams, not {q.multiplicity!r}"
            )
        _refuse_changed(q, ("shape", "others"), "is for --multiplicity mams")
    one_of(q.power_kind, POWER_KINDS, "--power-kind")
    check_spending(q.spending, "--spending")
    if q.futility != "none":
        check_spending(q.futility, "--futility")
    if q.looks == 0 and (q.timing or q.futility != "none"):
        raise SizingError("--timing and --futility describe interim looks: give --looks 1 to 9 with them")
    if k > 1 and q.multiplicity == "dunnett" and not q.shared_control:
        raise SizingError("--multiplicity dunnett is for arms that share a control; use sidak or holm")
    if k > 1 and q.looks > 0 and q.multiplicity in ("dunnett", "holm"):
        raise SizingError(
            f"--multiplicity {q.multiplicity} with interim looks is not offered: its joint boundaries over arms "
            "and looks are another design; use bonferroni, which is valid, or mams with one look"
        )
    if k > 1 and q.looks > 0 and q.power_kind != "marginal":
        raise SizingError("--power-kind any or all with interim looks is not offered; use marginal")
    if q.nested is None:
        _refuse(q, ("nested_effect", "overall_alpha"), "is for a biomarker subgroup: give its share by --nested")
    elif k > 1 or q.looks or q.shifted or q.exact or q.subgroups or q.chosen_method in ONE_LOOK:
        raise SizingError("--nested is for one arm at one look, by a normal test, without --margin, --delay or --exact")
    _check_shifted(q)
    if q.block is not None and q.ratio == "best":
        raise SizingError("--block needs a ratio in whole numbers, not --ratio best")
    if q.ratio != "best" and not q.ratio > 0:
        raise SizingError(f"--ratio must be above 0 or 'best', not {q.ratio:g}")


def _refuse_changed(q: SizeRequest, names: tuple[str, ...], why: str) -> None:
    """Refuse options that are not at their default."""
    changed = [f.name for f in fields(q) if f.name in names and getattr(q, f.name) != f.default]
    if changed:
        raise SizingError(f"{', '.join('--' + n.replace('_', '-') for n in changed)}: {why}")


def _check_shifted(q: SizeRequest) -> None:
    if q.delay is None:
        _refuse_changed(q, ("early_hr",), "is the hazard ratio before --delay, which is not given")
    if q.shifted is None:
        return
    what = "--margin" if q.margin is not None else "--delay"
    if q.margin is not None and q.delay is not None:
        raise SizingError("--margin and --delay together are not offered: give one of them")
    if q.delay is not None and q.endpoint != "pfs":
        raise SizingError("--delay is for --endpoint pfs: an effect that sets in late")
    if q.method is not None:
        raise SizingError(f"{what} has one method, {q.shifted}: leave out --method {q.method}")
    if q.exact or q.subgroups or q.ratio == "best":
        raise SizingError(f"{what} is not offered with --exact, --subgroups or --ratio best")
    if q.delay is not None and q.looks:
        raise SizingError("--delay with interim looks is not offered: at a look less of the effect has set in")


_OTHER: dict[str, tuple[str, ...]] = {
    "p_values": ("alpha", "sides", "ratio"),
    "single_arm": ("endpoint", "alpha", "sides", "power", "p0", "p1"),
    "at_look": (
        *("endpoint", "alpha", "sides", "power", "p0", "p1", "hr", "looks", "spending", "futility", "timing"),
        *("z", "observed", "prior"),
    ),
}
"""Questions that are not of one comparison, with what may be given to them."""


def other_question(q: SizeRequest) -> str | None:
    """The question a request asks if it is not of one comparison; what does not belong to it is refused by name."""
    asked = [name for name in _OTHER if getattr(q, name) is not None]
    if not asked:
        _refuse(q, ("z", "observed", "prior"), "is what was seen at an interim look: give --at-look too")
        return None
    name = asked[0]
    option = "--" + name.replace("_", "-")
    takes = ", ".join("--" + n.replace("_", "-") for n in _OTHER[name])
    others = tuple(f.name for f in fields(q) if f.name not in (name, *_OTHER[name]))
    _refuse_changed(q, others, f"does not go with {option}, which takes {takes}")
    if name == "single_arm" and q.endpoint not in (None, "response"):
        raise SizingError("--single-arm is for a response rate: --endpoint response, or leave it out")
    return name


def unknown_of(q: SizeRequest) -> Unknown:
    """What the request leaves out, checked: too much, too little or contradicting input is refused by name."""
    _check_common(q)
    if q.endpoint == "response":
        return _unknown_response(q)
    if q.endpoint == "pfs":
        return _unknown_pfs(q)
    given = "left out" if q.endpoint is None else f"not {q.endpoint!r}"
    raise SizingError(f"--endpoint must be response or pfs, {given}")


def _unknown_response(q: SizeRequest) -> Unknown:
    if q.margin is None:
        one_of(q.chosen_method, METHODS, METHOD_NAME)
    elif q.p1 is None and q.p0 is not None:
        return "size" if q.n is None else "power"
    if q.looks and q.chosen_method in ONE_LOOK:
        raise SizingError(f"--method {q.chosen_method} is a test at one look: leave out --looks")
    if q.subgroups and q.chosen_method in ONE_LOOK:
        raise SizingError(f"--subgroups shows power by the normal tests, not by --method {q.chosen_method}")
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
    if q.shifted is None:
        one_of(q.chosen_method, survival.METHODS, survival.METHOD_NAME)
    _refuse(q, ("p0", "p1"), "is for --endpoint response, not pfs")
    if q.exact:
        raise SizingError("--exact is for --endpoint response")
    if q.shifted is not None:
        return _unknown_shifted(q)
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


def _unknown_shifted(q: SizeRequest) -> Unknown:
    """With a margin or a delay: events (margin only), patients, or power; never the effect or the follow-up."""
    accrual = _given(q, ("accrual_rate", "accrual_months"))
    if q.hr is None:
        raise SizingError("--delay needs --hr, the hazard ratio once the effect has set in")
    if q.events is not None or (q.n is None and not accrual):
        if q.delay is not None:
            raise SizingError(
                "--delay needs --median and --accrual-rate or --accrual-months: the loss depends on when patients enter"
            )
        _refuse(q, ("n", "accrual_rate", "accrual_months", "follow_up", "block"), "cannot be given with events alone")
        if q.events is not None and q.power is not None:
            raise SizingError("nothing is left to solve for: leave out --events or --power")
        return "events" if q.events is None else "power_of_events"
    if q.median is None:
        raise SizingError("--median, the control's median in months, is needed to turn events into patients")
    if q.n is None and len(accrual) == 1:
        return "size"
    if q.n is not None and len(accrual) != 1:
        raise SizingError("with --n give one of --accrual-rate and --accrual-months: the other follows")
    if q.power is not None:
        raise SizingError("nothing is left to solve for: leave out --power, --n or one of the accrual options")
    return "power"
