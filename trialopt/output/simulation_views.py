"""What simulated trials showed, as short tables that terminals, reports and Word sections show alike."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from math import exp

from trialopt.output.views import Grid
from trialopt.record.words import percent
from trialopt.simulate.count import Number
from trialopt.simulate.simulation import Claim, Simulation

MISSING = "-"

APART = 2.0
"""Monte Carlo errors of a difference beyond which designs are told apart."""


def grids(found: Simulation) -> list[Grid]:
    """The tables of a simulation: of one design all of them, of several what the first claims and all scenarios."""
    if len(found.designs) > 1:
        return [claimed(found), scenario_table(found)]
    every = (claimed, success, comparisons, takes, stopping, estimates, severe)
    return [grid for make in every if (grid := make(found)).rows]


def sentence(found: Simulation) -> str:
    """What was played, in a sentence."""
    played = sorted(set(found.scenarios.values()))
    count = f"{played[0]:,}" if len(played) == 1 else f"{played[0]:,} to {played[-1]:,}" if played else "0"
    what = f"{count} simulated trials of each scenario, seed {found.seed}"
    if found.complete:
        return f"{what}. After ± stands the Monte Carlo error."
    return f"{what}: stopped before all {found.trials:,} were played. After ± stands the Monte Carlo error."


# -- Of one design. -----------------------------------------------------------------------------------------------


def claimed(found: Simulation) -> Grid:
    """Power and level that the design claims beside those attained, an arm a row."""
    first = {effect: _first(found, effect) for effect in ("sized", "none")}
    rows = []
    for claim in found.claims[found.designs[0]]:
        what = "each" if claim.of else "all"
        power = found.number(first["sized"], what, arm=claim.arm, of=claim.of)
        level = found.number(claim.null or first["none"], what, arm=claim.arm, of=claim.of)
        if not claim.of and any(other.of for other in found.claims[found.designs[0]] if other.arm == claim.arm):
            level = _highest(found, claim)
        said = MISSING if claim.power is None else percent(claim.power)
        rows.append(
            (claim.of or claim.arm, claim.test, said, _share(power), f"{100 * claim.alpha:.3g}", _share(level, 2))
        )
    heads = ("Arm", "Test", "Power %", "attained", "Alpha %", "attained")
    caption = "Claimed and attained" + (f": {found.designs[0]}" if len(found.designs) > 1 else "")
    return Grid(caption, heads, tuple(rows), frozenset(range(2, 6)), note=_told_of_components(found))


def _told_of_components(found: Simulation) -> str:
    """Which arm goes without what, and what the level of all comparisons of an arm is; empty without such arms."""
    parts = [claim for claim in found.claims[found.designs[0]] if claim.without]
    if not parts:
        return ""
    told = "; ".join(f"{part.of}: what {part.without} adds" for part in parts)
    return f"{told}. Alpha of all of these: the largest chance of winning all where one of them has no effect."


def _highest(found: Simulation, claim: Claim) -> Number | None:
    """Chance of winning all comparisons of an arm where one of them has no effect: the largest."""
    own = [other for other in found.claims[found.designs[0]] if other.arm == claim.arm and other.of]
    nulls = [other.null or _first(found, "none") for other in own]
    known = [number for null in nulls if (number := found.number(null, "all", arm=claim.arm)) is not None]
    return max(known, key=lambda number: number.value) if len(known) == len(nulls) else None


def _first(found: Simulation, effect: str) -> str:
    """The first scenario played on an effect: the plain one; empty where there is none."""
    return next((name for name in found.scenarios if found.effects[name] == effect), "")


def success(found: Simulation) -> Grid:
    """Chance of success by scenario: of any arm, of all, of each."""
    arms = found.arms()
    heads = ("Scenario", *(("Any", "All") if len(arms) > 1 else ()), *arms)
    rows = []
    for scenario in found.scenarios:
        whole = [_share(found.number(scenario, what)) for what in ("any", "all")] if len(arms) > 1 else []
        rows.append((scenario, *whole, *(_share(found.number(scenario, "all", arm=arm)) for arm in arms)))
    note = "Without an effect a success is a type I error; any: of at least one arm (familywise)."
    return Grid("Chance of success, %", heads, tuple(rows), frozenset(range(1, len(heads))), note=note)


def comparisons(found: Simulation) -> Grid:
    """Chance of success of each comparison, where an arm has to win several; no row elsewhere."""
    rows = []
    for arm in found.arms():
        names = _of(found, arm, "each")
        for name in names if len(names) > 1 else ():
            shares = [found.number(scenario, "each", arm=arm, of=name) for scenario in found.scenarios]
            rows.append((name, *map(_share, shares)))
    heads = ("Comparison", *found.scenarios)
    note = "An arm succeeds where all of its comparisons do."
    return Grid("Success of each comparison, %", heads, tuple(rows), frozenset(range(1, len(heads))), note=note)


def _of(found: Simulation, arm: str, what: str) -> list[str]:
    """What a measure of an arm is told of, in order."""
    measures = found.measures[found.designs[0]]
    return list(dict.fromkeys(m.of for m in measures if m.arm == arm and m.what == what))


def takes(found: Simulation) -> Grid:
    """What the whole trial takes by scenario: mean, and what 90 % of the trials do not pass."""
    events = "Events" if found.endpoint == "pfs" else "Responses"
    heads = ("Scenario", "Patients (90 %)", events, "Months (90 %)", "On the worse arm", "Cost, millions")
    rows = []
    for scenario in found.scenarios:
        number = {what: found.number(scenario, what) for what in ("events", "worse")}
        cost = found.number(scenario, "cost")
        rows.append(
            (
                scenario,
                _both(found, scenario, "patients", 0),
                _mean(number["events"], 0),
                _both(found, scenario, "months", 1),
                _mean(number["worse"], 0),
                MISSING if cost is None or cost.value == 0 else f"{cost.value / 1e6:,.1f}",
            )
        )
    return Grid("What the trial takes", heads, tuple(rows), frozenset(range(1, 6)))


def stopping(found: Simulation) -> Grid:
    """Month of each analysis and the chance of ending there, by arm and scenario; no row without looks."""
    rows = []
    for arm in found.arms():
        labels = _of(found, arm, "stop_success")
        if len(labels) < 2:
            continue
        for scenario in (name for name in (_first(found, "none"), _first(found, "sized")) if name):
            for label in labels:
                up, down = (found.number(scenario, f"stop_{why}", arm=arm, of=label) for why in ("success", "futility"))
                month = found.number(scenario, "month_of", arm=arm, of=label)
                rows.append((arm, scenario, label, _mean(month, 1), _share(up), _share(down)))
    heads = ("Arm", "Scenario", "Analysis", "Month", "Success %", "Futility %")
    note = "All scenarios are in simulation.csv."
    return Grid("Where trials end", heads, tuple(rows), frozenset(range(3, 6)), note=note)


def estimates(found: Simulation) -> Grid:
    """True effect, mean estimate at the end, and its bias, by arm and scenario."""
    rows = []
    pfs = found.endpoint == "pfs"
    nulls = {(claim.null, claim.of) for claim in found.claims[found.designs[0]] if claim.without}
    of_one = {null for null, _ in nulls}
    for arm in found.arms():
        for of, scenario in product(_of(found, arm, "estimate"), found.scenarios):
            true, seen, bias = (found.number(scenario, what, arm=arm, of=of) for what in ("effect", "estimate", "bias"))
            if seen is None or (scenario in of_one and (scenario, of) not in nulls):
                continue
            values = [
                MISSING if x is None else f"{exp(x.value):.3f}" if pfs else f"{100 * x.value:.1f}" for x in (true, seen)
            ]
            off = MISSING if bias is None else _off(bias, pfs)
            rows.append((of.removesuffix(" against control"), scenario, *values, off))
    unit = "hazard ratio" if pfs else "points of response"
    scale = "; bias on its logarithm, negative: too good" if pfs else ""
    heads = ("Arm", "Scenario", "True effect", "Estimate", "Bias")
    return Grid(f"Estimates at the end of the trial ({unit}{scale})", heads, tuple(rows), frozenset((2, 3, 4)))


def severe(found: Simulation) -> Grid:
    """Patients of the whole trial with at least one severe event, by category and scenario."""
    design = found.designs[0]
    categories = list(dict.fromkeys(m.of for m in found.measures[design] if m.what == "severe" and not m.arm))
    scenarios = [name for name in found.scenarios if found.effects[name] != "predicted"][:4]
    rows = tuple(
        (
            found.labels.get(category) or category,
            *(_mean(found.number(scenario, "severe", of=category), 1) for scenario in scenarios),
        )
        for category in categories
    )
    heads = ("Severe event", *scenarios)
    return Grid("Patients with at least one severe event", heads, rows, frozenset(range(1, len(heads))))


# -- Several designs side by side. --------------------------------------------------------------------------------

SIDE_BY_SIDE = (
    ("any", "success of any arm, %", True),
    ("all", "success of all arms, %", True),
    ("patients", "patients", False),
    ("months", "months", False),
    ("worse", "patients on the worse arm", False),
    ("severe", "severe events a 100 patients", False),
    ("cost", "cost, millions", False),
)
"""Measure, how it is called, and whether more is better (but for success without an effect)."""


def scenario_table(found: Simulation) -> Grid:
    """One row a measure and scenario, one column a design; best and worst are marked where they can be told apart."""
    rows = tuple(_side_by_side(found))
    heads = ("Scenario", "Measure", *found.designs)
    note = f"Marked are the best and the worst where they are more than {APART:g} Monte Carlo errors apart."
    return Grid("Designs and scenarios", heads, rows, frozenset(range(2, len(heads))), note=note)


def _side_by_side(found: Simulation) -> Iterator[tuple[str, ...]]:
    nulls = {claim.null for claims in found.claims.values() for claim in claims if claim.without}
    for scenario in found.scenarios:
        for what, words, more in SIDE_BY_SIDE:
            numbers = [_per_patient(found, d, scenario) if what == "severe" else found.number(scenario, what, design=d)
                       for d in found.designs]  # fmt: skip
            if all(number is None or number.value == 0 for number in numbers):
                continue
            good = more and found.effects[scenario] != "none"
            marks = [""] * len(numbers) if more and scenario in nulls else _marks(numbers, good)
            texts = [_shown(what, number) for number in numbers]
            yield (scenario, words, *(f"{text} {mark}".strip() for text, mark in zip(texts, marks, strict=True)))


def _per_patient(found: Simulation, design: str, scenario: str) -> Number | None:
    """Severe events, each patient counted once a category, for 100 patients."""
    patients = found.number(scenario, "patients", design=design)
    events = [m.number for m in found.measures[design] if m.scenario == scenario and m.what == "severe" and not m.arm]
    if patients is None or not events:
        return None
    each = 100 / patients.value
    return Number(each * sum(n.value for n in events), each * sum(n.error**2 for n in events) ** 0.5)


def _shown(what: str, number: Number | None) -> str:
    if number is None:
        return MISSING
    if what in ("any", "all"):
        return _share(number)
    scale, digits = (1e-6, 1) if what == "cost" else (1.0, 0 if what in ("patients", "worse") else 1)
    return f"{scale * number.value:,.{digits}f}"


def _marks(numbers: list[Number | None], more: bool) -> list[str]:
    """`best` and `worst`, and what equals them, where they differ by more than chance; everything else is empty."""
    known = sorted((n.value if more else -n.value, n.error) for n in numbers if n is not None)
    marks = [""] * len(numbers)
    if len(known) < 2:
        return marks
    (low, low_error), (high, high_error) = known[0], known[-1]
    if high - low <= APART * (low_error**2 + high_error**2) ** 0.5 + 1e-9:
        return marks
    for k, n in enumerate(numbers):
        if n is not None and (value := n.value if more else -n.value) in (low, high):
            marks[k] = "best" if value == high else "worst"
    return marks


# -- Numbers in cells. --------------------------------------------------------------------------------------------


def _share(number: Number | None, digits: int = 1) -> str:
    return MISSING if number is None else f"{100 * number.value:.{digits}f} ±{100 * number.error:.{digits}f}"


def _mean(number: Number | None, digits: int) -> str:
    return MISSING if number is None else f"{number.value:,.{digits}f}"


def _both(found: Simulation, scenario: str, what: str, digits: int) -> str:
    """Mean, and in brackets what 90 % of the trials do not pass."""
    middle, end = found.number(scenario, what), found.number(scenario, f"{what}_90")
    if middle is None:
        return MISSING
    return _mean(middle, digits) if end is None else f"{_mean(middle, digits)} ({_mean(end, digits)})"


def _off(bias: Number, pfs: bool) -> str:
    scale, digits = (1.0, 3) if pfs else (100.0, 2)
    return f"{scale * bias.value:+.{digits}f} ±{scale * bias.error:.{digits}f}"
