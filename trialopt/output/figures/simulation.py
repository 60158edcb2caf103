"""Chance of success by scenario, as points with their Monte Carlo error."""

from __future__ import annotations

from matplotlib.axes import Axes

from trialopt.output.figures.picture import QUIET, RULE, SIZE, SMALL, WIDTH, Picture, colour, in_style, say, styled
from trialopt.simulate.simulation import Simulation

MARKS = "osD^vPX*"


@in_style
def success(ax: Axes, found: Simulation) -> None:
    """Draw the chance of success of each arm under each scenario, of several designs that of all their arms.

    Bars are two Monte Carlo errors to each side; a dashed line is the power claimed where all arms claim one.
    """
    scenarios = list(found.scenarios)
    if not scenarios:
        say(ax, "no trial was played")
        return
    several = len(found.designs) > 1
    series = [(d, "") for d in found.designs] if several else [
        (found.designs[0], arm) for arm in found.arms()
    ]  # fmt: skip
    for n, (design, arm) in enumerate(series):
        places, values, errors = [], [], []
        for y, scenario in enumerate(scenarios):
            number = found.number(scenario, "all", arm=arm, design=design)
            if number is not None:
                places.append(y + 0.5 * (n + 0.5) / len(series) - 0.25)
                values.append(100 * number.value)
                errors.append(200 * number.error)
        ax.errorbar(values, places, xerr=errors, fmt=MARKS[n % len(MARKS)], color=colour(n), markersize=4,
                    elinewidth=0.8, label=arm or design)  # fmt: skip
    powers = {claim.power for claim in found.claims[found.designs[0]] if claim.power is not None and not claim.of}
    for power in () if several else powers:
        ax.axvline(100 * power, color=QUIET, linewidth=0.6, linestyle="--")
    for y in range(len(scenarios) - 1):
        ax.axhline(y + 0.5, color=RULE, linewidth=0.5)
    ax.set_ylim(len(scenarios) - 0.5, -0.5)
    ax.set_xlim(0, 100)
    ax.set_yticks(range(len(scenarios)), scenarios)
    ax.tick_params(axis="y", length=0)
    ax.tick_params(axis="x", labelsize=SMALL, length=2)
    ax.spines[["top", "right", "left"]].set_visible(False)
    what = "of all arms" if several else "of each arm"
    ax.set_xlabel(f"chance of success {what}, % (type I error where there is no effect)", fontsize=SIZE)
    ax.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=6, frameon=False, fontsize=SMALL, borderaxespad=0.2)


def simulation_picture(found: Simulation, width: float = WIDTH) -> Picture:
    """Draw the chance of success by scenario."""
    tall = 0.32 * max(2, len(found.scenarios))
    height = tall + 0.85
    picture = Picture(height, title="Chance of success in simulated trials", width=width)
    with styled():
        success(picture.add_axes((1.9 / width, 0.47 / height, (width - 2.1) / width, tall / height)), found)
    return picture
