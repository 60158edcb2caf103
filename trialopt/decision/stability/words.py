"""What a run of draws says, in words."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from trialopt.core.design import Design
from trialopt.decision.differences import differences
from trialopt.decision.stability.draws import Uncertain
from trialopt.decision.stability.inputs import NOT_VARIED
from trialopt.decision.stability.switching import Switch

if TYPE_CHECKING:
    from trialopt.decision.stability.result import Stability

_SWAP = re.compile(r"(?<=: )([\w@ +]+?) for ([\w@ +]+)$")
_FEW = 3
"""Changes named in a sentence; more are counted."""

ALL = "all epochs"
"""In the place of an epoch: all of them together."""

RARE = 0.001
"""Switching values that fewer draws lie beyond are not told."""


def named(one: Uncertain) -> str:
    """Name an input: `response rate of carfilzomib`, `severe neutropenia of lenalidomide in maintenance`."""
    where = f" in {_spaced(one.epoch)}" if one.epoch else ""
    if one.category is not None:
        return f"severe {_spaced(one.category)} of {one.agent}{where}"
    if one.hazard:
        return f"share of the hazard removed by {one.agent}{where}"
    return f"response rate of {one.agent}{f' in {one.orr_in}' if one.orr_in else ''}{where}"


def change(recommended: Design, switch: Switch) -> str:
    """Say what gives way to what: `A2 consolidation: carfilzomib replaces bortezomib`."""
    if switch.successor is None:
        return f"none of the list keeps every limit ({switch.breaks})"
    changes = differences(recommended, switch.successor)
    told = [_SWAP.sub(r"\1 replaces \2", words) for words in changes[:_FEW]]
    more = len(changes) - _FEW
    return "; ".join(told) + (f"; and {more} more changes" if more > 0 else "")


def switch_sentence(run: Stability, switch: Switch) -> str:
    """One switching value as a sentence."""
    one = run.inputs[switch.input]
    way = "above" if switch.above else "below"
    because = f" (the {switch.breaks} is missed)" if switch.breaks and switch.successor is not None else ""
    return (
        f"{change(run.designs[0], switch)}, if {named(one)} is {way} {percent(switch.at)} "
        f"(now {percent(one.rate)}, 90 % range {ninety(one)}; {percent(switch.chance)} of draws lie beyond){because}"
    )


def sentences(run: Stability) -> list[str]:
    """What a committee should know first."""
    return [*_about(run), *_list(run), *_limits(run), *_care(run)]


def _about(run: Stability) -> list[str]:
    if len(run.designs) == 1:
        return ["The list has one design only: nothing to compare it with."]
    best, regret, value = run.best[:, 0], run.regret[:, 0], run.draws.value
    expected = value.mean(axis=0)
    said = [
        f"The recommended design is the best of the {len(run.designs)} in {percent(float(best.mean()))} of "
        f"{run.count} draws of the inputs. Its value is {value[:, 0].mean():.3f} on average (90 % of draws: "
        f"{np.quantile(value[:, 0], 0.05):.3f} to {np.quantile(value[:, 0], 0.95):.3f}; {run.point.value[0, 0]:.3f} "
        f"with the inputs as given), {regret.mean():.4f} less than that of the best of the list in each draw: that "
        "much value would be gained on average if the inputs were known before choosing."
    ]
    first = int(expected.argmax())
    ahead = value[:, first] - value[:, 0]
    if first and ahead.mean() > 2 * ahead.std() / np.sqrt(run.count):
        said.append(
            f"On average over the draws design {first + 1} is worth {ahead.mean():.4f} more: "
            f"{'; '.join(differences(run.designs[0], run.designs[first]))}."
        )
    return said


def _list(run: Stability) -> list[str]:
    """The list is only a list: the best design of a draw may lie outside it."""
    said = []
    if run.listed == "given":
        said.append("The designs were given, not searched for.")
    elif run.listed != "complete":
        said.append(f"The list is not complete ({run.listed}): designs may be missing from it.")
    if len(run.designs) == 1:
        return said
    loss = float(run.point.value[0, 0] - run.point.value[0, -1])
    shift = float((run.draws.value - run.draws.value[:, :1]).std(axis=0).max())
    ends = f"The list ends {loss:.4f} below its first design, and the draws shift designs against each other by"
    if shift > loss / 2:
        said.append(
            f"{ends} up to {shift:.4f} (standard deviation): designs outside the list may be better in some draws. "
            "Read the shares as shares of this list, and the loss as the least it can be."
        )
    else:
        said.append(f"{ends} only {shift:.4f} (standard deviation): few draws would prefer a design outside it.")
    return said


def _limits(run: Stability) -> list[str]:
    limited = (run.instance.limit < 1).any() or (run.instance.cumulative_limit < 1).any()
    if not limited:
        return []
    held = float(run.draws.tolerated[:, 0].mean())
    said = f"It keeps every toxicity limit in {percent(held)} of draws"
    frame = run.tables["limits"]
    if len(frame):
        first = frame.iloc[0]
        said += (
            f"; most often missed, in {percent(float(first['missed']))}, is the {_spaced(first['category'])} limit "
            f"of {first['arm']} {at(first['epoch'])}"
        )
    return [f"{said}. A design is chosen to hold limits with the inputs as given, not with room for what they may be."]


def _care(run: Stability) -> list[str]:
    if not run.inputs:
        return ["No input is uncertain: nothing was varied."]
    ours = sum(one.basis in ("rate", "assumed") for one in run.inputs)
    error = 0.5 / np.sqrt(max(run.count, 1))
    part = "all" if ours == len(run.inputs) else f"{ours}"
    return [
        f"{len(run.inputs)} inputs were drawn independently (seed {run.seed}); the spread of {part} of them is our "
        f"assumption. Not varied: {NOT_VARIED}. The number of draws leaves every percentage a standard error of at "
        f"most {100 * error:.1f} points."
    ]


def percent(share: float) -> str:
    """Show a share in percent, with a digit more where it is small: `11.0 %`, `0.52 %`, `0 %`."""
    number = 100 * share
    if abs(number) < 0.005:
        return "0 %"
    return f"{number:.2f} %" if abs(number) < 0.995 else f"{number:.1f} %"


def ninety(one: Uncertain) -> str:
    """Show the 90 % range of an input: `4.0 to 14.2 %`."""
    return f"{percent(one.low)[:-2]} to {percent(one.high)}"


def at(epoch: str) -> str:
    """Place a limit in time: `in maintenance`, `over all epochs`."""
    return f"over {epoch}" if epoch == ALL else f"in {_spaced(epoch)}"


def _spaced(identifier: str) -> str:
    return identifier.replace("_", " ")
