"""What documents say of a design under many possible truths, of what robustness costs, and of what to learn first."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from trialopt.output import stability_views
from trialopt.output.stability_views import shade
from trialopt.output.views import TIE, Grid
from trialopt.record.solution import Question, Solution
from trialopt.record.words import heading, whole_percent, worded

Json = Mapping[str, Any]

SHOWN = 12
"""Rows of what to learn first that are shown."""


@dataclass(frozen=True)
class Part:
    """A heading, sentences and tables."""

    title: str
    sentences: tuple[str, ...]
    tables: tuple[Grid, ...]
    drawing: Callable[[], Any] | None = None
    """Draws its picture."""


def under_truths(solution: Solution) -> Part | None:
    """Assurance, limits held, the worst truths, and patients with events; `None` where no truths were drawn."""
    u = solution.uncertainty
    if u is None:
        return None
    q = solution.question
    tables = [_arms(u), _limits(u, q), *([_patients(u, q)] if _sized(u) else [])]
    return Part("Under many possible truths", tuple(_sentences(u)), tuple(table for table in tables if table.rows))


def _sized(u: Json) -> bool:
    return any("assurance" in arm for arm in u["arms"].values())


def _share(number: float | None) -> str:
    return "" if number is None else f"{whole_percent(number)}{TIE}%"


def _sentences(u: Json) -> Iterator[str]:
    tail = _share(u["tail"])
    yield (
        f"{u['draws']:,} possible truths were drawn, each a complete set of the uncertain numbers; "
        f"{u['assumed_spreads']} of the {u['spreads']} spreads are our assumption."
    )
    yield (
        f"The value is {u['mean']:.3f} on average and {u['worst']:.3f} in the worst {tail} of them; on "
        f"{u['fresh_draws']:,} fresh truths, drawn after the choice, it is {u['fresh_mean']:.3f} and "
        f"{u['fresh_worst']:.3f}."
    )
    asked = "" if u["confidence"] is None else f" Each limit by itself was asked to hold in {_share(u['confidence'])}."
    yield f"All limits of all arms hold together in {_share(u['all_kept'])} of the truths.{asked}"
    if u["assurance"] is not None:
        yield (
            f"The chance that every arm shows what it is sized for (assurance: power averaged over the truths) is "
            f"{_share(u['assurance'])}."
        )


def _arms(u: Json) -> Grid:
    sized = _sized(u)
    more = ("Assurance", "Effect, 90 % between", "Right direction", "Reaches the target") if sized else ()
    rows = []
    for arm, told in u["arms"].items():
        cells: tuple[str, ...] = ()
        if sized and "assurance" in told:
            effect = told["effect"]
            between = f"{effect['mean']:.3f} ({effect['low']:.3f} to {effect['high']:.3f})"
            shares = (_share(told["right_direction"]), _share(told["reaches_target"]))
            cells = (_share(told["assurance"]), between, *shares)
        rows.append((arm, _share(told["all_kept"]), *(cells or ("",) * len(more))))
    note = "Effects are predictions for the next trial of the arm: its own deviation is in them." if sized else ""
    heads = ("Arm", "Truths in which all its limits hold", *more)
    return Grid("Arms under the truths", heads, tuple(rows), frozenset(range(1, len(heads))), note=note)


def _limits(u: Json, q: Question) -> Grid:
    rows = [
        (arm, worded(q, one["limit"]), _share(one["share"]))
        for arm, told in u["arms"].items()
        for one in told["limits"]
    ]
    return Grid(
        "Limits that hold least often", ("Arm", "Limit", "Truths in which it holds"), tuple(rows), frozenset({2})
    )


def _patients(u: Json, q: Question) -> Grid:
    rows = []
    for arm, told in u["arms"].items():
        for category, one in sorted(told.get("patients_with", {}).items(), key=lambda pair: -pair[1]["expected"]):
            between = f"{one['low']:.0f} to {one['high']:.0f}"
            rows.append((arm, heading(q, category), f"{one['expected']:.0f}", between))
    note = "At least one grade 3 or worse event over all epochs; the interval holds the rate and the luck of the draw."
    heads = ("Arm", "Event", "Patients expected", "90 % between")
    return Grid("Patients with severe events", heads, tuple(rows), frozenset({2, 3}), note=note)


# -- Records of other commands in the run's folder. ---------------------------------------------------------------


def price_of_robustness(record: Json, q: Question) -> Part:
    """What `trialopt robust` wrote."""
    sized = any(row["patients"] is not None for row in record["rows"])
    heads = ("Best for", "Value as given", "Mean", "Worst tenth", "All limits hold", *(("Patients",) if sized else ()))
    rows: list[tuple[str, ...]] = []
    heat = {}
    for row in record["rows"]:
        best = row["row"] + (" (the highest)" if row["highest"] else "")
        if not row["arms"]:
            said = "; ".join(row["said"]) or row["ending"].replace("_", " ")
            rows.append((best, f"no design: {said}", *("",) * (len(heads) - 2)))
            continue
        numbers = (f"{row[key]:.3f}" for key in ("given", "mean", "worst"))
        patients = ("" if row["patients"] is None else f"{row['patients']:,}",) if sized else ()
        heat[len(rows), 4] = shade(row["all_kept"])
        rows.append((best, *numbers, _share(row["all_kept"]), *patients))
    numeric = frozenset(range(1, len(heads)))
    grid = Grid("Designs", heads, tuple(rows), numeric, heat=heat)
    return Part("The price of robustness", tuple(worded(q, text) for text in record["sentences"]), (grid,))


def what_to_learn(record: Json, q: Question) -> Part:
    """What `trialopt learn` wrote."""
    rows = [
        (one["name"], f"{one['worth']:.4f}", f"{one['standard_error']:.4f}", _share(one["share"]))
        for one in record["inputs"][:SHOWN]
    ]
    studies = [
        (one["study"], f"{one['size']:,}", f"{one['worth']:.4f}", _share(one["share"])) for one in record["studies"]
    ]
    grids = [
        Grid("What knowing one input is worth", ("Input", "Worth", "Standard error", "Share of all"), tuple(rows),
             frozenset({1, 2, 3})),
        Grid("Planned studies", ("Study", "Patients", "Worth", "Share of all"), tuple(studies), frozenset({1, 2, 3})),
    ]  # fmt: skip
    return Part("What to learn first", tuple(record["sentences"]), tuple(grid for grid in grids if grid.rows))


def what_tips_the_choice(record: Json, q: Question) -> Part:
    """What `trialopt stability` wrote."""
    tipping = stability_views.turns(record)

    def drawing() -> Any:
        from trialopt.output.figures.tornado import Turn, tornado_picture

        return tornado_picture(
            [
                Turn(worded(q, one["input"]), one["now"], one["low"], one["high"], one["at"], one["probability"])
                for one in tipping
            ]
        )

    tables = (stability_views.switching(record, q), stability_views.in_best(record, q))
    sentences = tuple(worded(q, text) for text in record["sentences"])
    return Part("What tips the choice", sentences, tuple(table for table in tables if table.rows),
                drawing if tipping else None)  # fmt: skip


BESIDE = {
    "stability.json": what_tips_the_choice,
    "robust.json": price_of_robustness,
    "learning.json": what_to_learn,
}
"""Records of other commands that the report shows from the run's folder."""
