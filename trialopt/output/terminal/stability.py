"""How far a recommendation depends on its inputs: a few sentences, then short tables."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd
from rich.console import RenderableType
from rich.text import Text

from trialopt.decision.stability import Stability
from trialopt.decision.stability.switching import RARE, change, ninety, percent
from trialopt.decision.stability.tables import at
from trialopt.output.terminal.console import Cell, grid
from trialopt.output.views import TIE
from trialopt.record.solution import Question
from trialopt.record.words import MEASURES, heading, name, worded

MOST = 8
"""Switching values drawn; the tables have them all."""

FEW = 5
"""Designs and limits drawn."""

SELDOM = 0.005
"""Agents of fewer draws are not drawn."""

CHECKED = {
    "confirmed": "yes",
    "earlier": "yes, moved",
    "other": "yes, renamed",
    "open": "not in time",
    "": "no",
}


def stability_parts(run: Stability, question: Question, width: int) -> Iterator[RenderableType]:
    """All parts of the result for a page of `width` characters."""
    yield Text(f"{run.instance.title} ({run.instance.name})\n", style="bold")
    if not run.complete:
        yield f"Stopped early: {run.count} of {run.asked} draws; switching values may be missing or not checked.\n"
    for sentence in run.sentences:
        yield f"{worded(question, sentence)}\n"
    yield Text("How much of the recommended design stays in the best design of each draw\n", style="bold")
    yield _arms(run, question, width)
    yield ""
    yield from _agents(run, question, width)
    yield Text("Arms against their control and their limits\n", style="bold")
    yield _effects(run, question, width)
    yield _on_effects(run)
    yield from _switching(run, question, width)
    yield Text("Designs most often the best\n", style="bold")
    yield _designs(run, question, width)
    yield ""


def _arms(run: Stability, question: Question, width: int) -> RenderableType:
    frame, whole = run.tables["regimens"], run.tables["arms"].set_index("arm")["stays"]
    rows = []
    for arm in run.designs[0].arms:
        own = frame[frame["arm"] == arm.name].to_dict("records")
        cells = [f"{_tied(worded(question, row['regimen']))}\n{percent(row['stays'])}" for row in own]
        rows.append(
            (
                arm.name,
                "\n".join(heading(question, g) for g in arm.subgroups),
                *cells,
                _whole(percent(float(whole[arm.name]))),
            )
        )
    heads = ("arm", "subgroups", *(heading(question, s) for s in run.instance.epochs), "all of it")
    return grid(heads, rows, width, right=["all of it"], lines=True)


def _agents(run: Stability, question: Question, width: int) -> Iterator[RenderableType]:
    """Draw the agents that come or go; those that always stay are named in a line."""
    frame = run.tables["agents"]
    always = frame[frame["recommended"] & (frame["in_best"] >= 1 - SELDOM)]["agent"]
    rest = frame[~frame["agent"].isin(always) & (frame["recommended"] | (frame["in_best"] >= SELDOM))]
    yield Text("Agents of the best design\n", style="bold")
    if len(always):
        yield f"in at least {percent(1 - SELDOM)} of draws: {', '.join(name(question, agent) for agent in always)}\n"
    if len(rest):
        rows = [
            (heading(question, row["agent"]), "yes" if row["recommended"] else "no", percent(row["in_best"]))
            for row in rest.to_dict("records")
        ]
        yield grid(("agent", "recommended", "in the best design"), rows, width, right=["in the best design"])
        yield ""


def _effects(run: Stability, question: Question, width: int) -> RenderableType:
    target, frame = run.instance.trial.target_difference, run.tables["arms"]
    compared = bool(frame["reaches"].notna().all())
    rows = []
    for row in frame.to_dict("records"):
        low, high = (f"{100 * row[end]:.1f}" for end in ("effect_q05", "effect_q95"))
        points = (f"{100 * row['effect']:.1f}", f"{low} to {high}", percent(row["reaches"])) if compared else ()
        rows.append((str(row["arm"]), *points, *_held(run, question, row)))
    reached = "better than control" if target is None else f"reaches {100 * target:.3g} points"
    effects = ("points above control", "90 % of draws", reached) if compared else ()
    heads = ("arm", *effects, "keeps its toxicity limits", "most often missed")
    return grid(heads, rows, width, right=heads[1:-1])


def _held(run: Stability, question: Question, row: dict[Any, Any]) -> tuple[str, str]:
    frame = run.tables["limits"]
    own = frame[frame["arm"] == row["arm"]]
    if own.empty:
        return percent(row["limits_hold"]), "-"
    first = own.iloc[0]
    where = f"{name(question, first['category']).split(' (')[0]} {worded(question, at(first['epoch']))}"
    return percent(row["limits_hold"]), f"{where}, {_whole(percent(float(first['missed'])))}"


def _on_effects(run: Stability) -> str:
    i = run.instance
    if run.tables["arms"]["reaches"].isna().any():
        if i.trial.endpoint == "pfs":
            return "Hazard ratios are not drawn: whether an arm reaches its target is not assessed.\n"
        return "There is neither a control rate nor a control regimen to compare with.\n"
    rate = "" if pd.isna(i.control_rate).all() else "; a control rate that is given stays"
    sizes = "; patients, months and costs are not redone" if i.trial.sized else ""
    rate_of = MEASURES[i.trial.endpoint]
    return f"Points are {rate_of} of the arm less that of its control{rate}{sizes}.\n"


def _switching(run: Stability, question: Question, width: int) -> Iterator[RenderableType]:
    yield Text("Switching values: one input moved, all else as given\n", style="bold")
    told = [switch for switch in run.switches if switch.chance >= RARE]
    if not told:
        yield "none within what the inputs may be\n"
        return
    rows: list[list[str | Cell]] = []
    for switch in told[:MOST]:
        one = run.inputs[switch.input]
        way = "above" if switch.above else "below"
        because = (
            f"misses the {worded(question, switch.breaks)}:\n" if switch.breaks and switch.successor is not None else ""
        )
        rows.append(
            [
                f"{worded(question, one.name)} {way}{TIE}{_whole(percent(switch.at))}",
                f"{_whole(percent(one.rate))}\n{ninety(one).replace(' ', TIE)}",
                _whole(percent(switch.chance)),
                because + worded(question, change(run.designs[0], switch)).replace("; ", "\n"),
                CHECKED[switch.checked],
            ]
        )
    heads = ("if", "now, and 90 % range", "draws beyond", "then", "checked")
    yield grid(heads, rows, width, right=["draws beyond"], lines=True)
    more = len(told) - MOST
    rest = f"{more} more {'is' if more == 1 else 'are'} in the tables. " if more > 0 else ""
    yield (
        f"{rest}Checked: searches of all designs, not only of the list, just inside and just beyond the value "
        "(moved: one from outside the list takes over earlier; renamed: one from outside is the better successor).\n"
    )


def _designs(run: Stability, question: Question, width: int) -> RenderableType:
    frame = run.tables["designs"]
    rest = frame[1:].sort_values("best", ascending=False, kind="stable")
    shown = pd.concat([frame[:1], rest[rest["best"] > 0][: FEW - 1]])
    rows = [
        (
            str(row["design"]),
            worded(question, row["differs"]).replace("; ", "\n") or "the recommended one",
            f"{row['loss']:.4f}",
            f"{row['expected_regret']:.4f}",
            percent(row["best"]),
            percent(row["toxicity_limits_hold"]),
        )
        for row in shown.to_dict("records")
    ]
    heads = ("design", "differs", "loss as given", "average regret", "best", "keeps toxicity limits")
    return grid(heads, rows, width, right=[heads[0], *heads[2:]], lines=True)


def _tied(regimen: str) -> str:
    return regimen.replace(" + ", f"{TIE}+ ")


def _whole(text: str) -> str:
    return text.replace(" ", TIE)
