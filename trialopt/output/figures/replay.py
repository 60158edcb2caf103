"""The picture of a replay: the model's value against each played outcome."""

from __future__ import annotations

import pandas as pd

from trialopt.output.figures.picture import INK, QUIET, WIDTH, Picture, styled

OUTCOMES = {
    "response": "response",
    "mrd": "MRD negative",
    "pfs_24": "PFS at 24 months",
    "severe": "with a severe event",
}
LOOKS = {"random": (QUIET, "o", 9.0), "alternative": (INK, ".", 14.0), "recommended": (INK, "D", 32.0)}


def replay_picture(designs: pd.DataFrame, width: float = WIDTH) -> Picture:
    """Draw one panel an outcome, one point a design; the recommended one is the diamond, random ones are pale."""
    tall = 4.4
    picture = Picture(tall, title="What the model values and what was played", width=width)
    frame = designs[designs["kind"] != "control"]
    with styled():
        for k, (name, words) in enumerate(OUTCOMES.items()):
            left, bottom = 0.09 + 0.49 * (k % 2), 0.60 - 0.48 * (k // 2)
            ax = picture.add_axes((left, bottom, 0.40, 0.33))
            for kind, (ink, marker, size) in LOOKS.items():
                some = frame[frame["kind"] == kind]
                ax.scatter(some["value"], 100 * some[name], s=size, color=ink, marker=marker, linewidths=0)
            ax.set_ylabel(f"{words}, %")
            if k > 1:
                ax.set_xlabel("the model's value")
    return picture
