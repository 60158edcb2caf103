"""Switching values as a tornado: how far each input may move before the recommended design gives way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from trialopt.output.figures.picture import (
    ARMS,
    CONTROL,
    INCH,
    INK,
    QUIET,
    SIZE,
    SMALL,
    WIDTH,
    Picture,
    folded,
    styled,
    tip,
)


@dataclass(frozen=True)
class Turn:
    """One input: its number now, its 90 % range, and where the design gives way; all shares of 1."""

    name: str
    now: float
    low: float
    high: float
    at: float
    chance: float
    """Share of draws that lie beyond."""


def tornado_picture(turns: Sequence[Turn], width: float = WIDTH) -> Picture:
    """Draw one row an input, the likeliest to tip the choice first."""
    tall = 0.3 * max(2, len(turns))
    picture = Picture(tall + 0.95, title="Where the choice tips: switching values of single inputs", width=width)
    left = 3.1
    with styled():
        ax = picture.add_axes((left / width, 0.6 / (tall + 0.95), 1 - (left + 0.15) / width, tall / (tall + 0.95)))
        for y, turn in enumerate(turns):
            words = f"{turn.name}: now {_number(turn.now)} %, 90 % range {_number(turn.low)} to {_number(turn.high)} %"
            bar = ax.barh(y, 100 * (turn.high - turn.low), 0.5, left=100 * turn.low, color=CONTROL, linewidth=0)[0]
            tip(bar, f"{words}; tips at {_number(turn.at)} % ({_number(turn.chance)} % of draws lie beyond)")
            ax.plot([100 * turn.now] * 2, [y - 0.3, y + 0.3], color=INK, linewidth=1.4)
            ax.plot([100 * turn.now, 100 * turn.at], [y, y], color=ARMS[4], linewidth=1.0)
            ax.plot(100 * turn.at, y, "D", color=ARMS[4], markersize=4.5)
        ax.set_ylim(len(turns) - 0.5, -0.5)
        ax.set_xlim(0, 100)
        room = (left - 0.2) * INCH
        ax.set_yticks(range(len(turns)), ["\n".join(folded(turn.name, room, SMALL, most=2)) for turn in turns])
        ax.tick_params(axis="y", length=0, labelsize=SMALL)
        ax.tick_params(axis="x", length=2, labelsize=SMALL)
        ax.spines[["top", "right", "left"]].set_visible(False)
        ax.set_xlabel("percent", fontsize=SIZE)
        words = "Bar: 90 % range; line: now; diamond: where the recommended design gives way."
        picture.text(4 / (width * INCH), 3 / ((tall + 0.95) * INCH), words, va="bottom", size=SMALL, color=QUIET)
    return picture


def _number(share: float) -> str:
    return f"{100 * share:.1f}".removesuffix(".0")
