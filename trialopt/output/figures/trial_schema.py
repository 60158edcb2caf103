"""The schema of a protocol: cohorts, the randomisation of each arm against its own control, treatment, follow-up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.patches import Circle, FancyArrowPatch, FancyBboxPatch

from trialopt.output.figures.picture import (
    CONTROL,
    INCH,
    INK,
    LEADING,
    PAPER,
    QUIET,
    SIZE,
    WIDTH,
    Picture,
    colour,
    folded,
    in_style,
    page,
    styled,
)

PAD, GAP, BETWEEN, ARROW = 5.0, 16.0, 6.0, 16.0
"""Points: between a box and its text, between two comparisons, between the arms of one, of an arrow."""

HEAD = 3.0 * SIZE
"""Points for the heads of the columns."""

LEFT, NODE, RIGHT = 118.0, 40.0, 62.0
"""Points across: of the cohorts, of the randomisation, of the follow-up."""


@dataclass(frozen=True)
class Lane:
    """One arm: its head, what it gives in each epoch, and whether it is a control."""

    head: str
    epochs: tuple[str, ...]
    control: bool


@dataclass(frozen=True)
class Block:
    """Patients who are randomised together: cohorts, ratio (empty where nobody is randomised), strata, and the arms."""

    cohorts: tuple[str, ...]
    ratio: str
    strata: str
    lanes: tuple[Lane, ...]


def trial_schema(blocks: Sequence[Block], follow_up: str, width: float = WIDTH) -> Picture:
    """The schema as a figure."""
    with styled():
        across = width * INCH
        height = sum(_height(block, across) + GAP for block in blocks) + HEAD
        picture = Picture(height / INCH, title="Trial schema", width=width)
        _draw(picture.add_axes((0, 0, 1, 1)), blocks, follow_up)
    return picture


@in_style
def _draw(ax: Axes, blocks: Sequence[Block], follow_up: str) -> None:
    width, _ = page(ax)
    y = HEAD
    randomised = any(block.ratio for block in blocks)
    heads = ((0.0, "Cohorts"), (LEFT + ARROW, "Randomisation" if randomised else ""), (_start(), "Treatment"))
    for x, text in (*heads, (width - RIGHT, "Follow-up")):
        ax.text(x, y - 5, text, va="baseline", size=SIZE, weight="bold", color=INK)
    for number, block in enumerate(blocks):
        _block(ax, block, number, y, width, follow_up)
        y += _height(block, width) + GAP


def _start() -> float:
    return LEFT + NODE + 2 * ARROW + 12


def _lane_width(width: float) -> float:
    return width - _start() - ARROW - RIGHT


def _lines(lane: Lane, width: float) -> list[tuple[str, bool]]:
    """Lines of an arm's box, each with whether it is bold."""
    room = _lane_width(width) - 2 * PAD
    lines = [(line, True) for line in folded(lane.head, room, SIZE, most=2, bold=True)]
    for text in lane.epochs:
        first, *rest = folded(text, room - SIZE, SIZE, most=7)
        lines += [(first, False), *((f"   {line}", False) for line in rest)]
    return lines


def _tall(lines: int) -> float:
    return lines * SIZE * LEADING + 2 * PAD


def _cohort_lines(block: Block) -> list[str]:
    lines: list[str] = []
    for text in block.cohorts:
        first, *rest = folded(text, LEFT - 2 * PAD - SIZE, SIZE, most=3)
        lines += [first, *(f"   {line}" for line in rest)]
    return lines


def _height(block: Block, width: float) -> float:
    lanes = sum(_tall(len(_lines(lane, width))) for lane in block.lanes) + BETWEEN * (len(block.lanes) - 1)
    node = 2 * 12 + 4.5 * SIZE if block.ratio else 0.0
    return max(lanes, _tall(len(_cohort_lines(block))), node)


def _block(ax: Axes, block: Block, number: int, top: float, width: float, follow_up: str) -> None:
    height = _height(block, width)
    middle, edge = top + height / 2, colour(number)
    cohorts = _cohort_lines(block)
    _box(ax, 1, middle - _tall(len(cohorts)) / 2, LEFT, [(line, False) for line in cohorts], QUIET)
    node = LEFT + ARROW + NODE / 2
    if block.ratio:
        _arrow(ax, LEFT, middle, node - 12, middle)
        ax.add_patch(Circle((node, middle), 12, facecolor=PAPER, edgecolor=INK, linewidth=1.2))
        ax.text(node, middle, "R", ha="center", va="center", size=SIZE + 2, weight="bold")
        below = [block.ratio, *folded(block.strata, NODE + 18, SIZE - 1.5, most=3)] if block.strata else [block.ratio]
        for k, line in enumerate(below):
            ax.text(node, middle + 18 + k * SIZE * LEADING, line, ha="center", va="center",
                    size=SIZE if k == 0 else SIZE - 1.5, weight="bold" if k == 0 else "normal")  # fmt: skip
    lanes = sum(_tall(len(_lines(lane, width))) for lane in block.lanes) + BETWEEN * (len(block.lanes) - 1)
    y = middle - lanes / 2
    for lane in block.lanes:
        lines = _lines(lane, width)
        tall = _tall(len(lines))
        _arrow(ax, node + 12 if block.ratio else LEFT, middle, _start(), y + tall / 2)
        _box(ax, _start(), y, _lane_width(width), lines, CONTROL if lane.control else edge)
        _arrow(ax, width - RIGHT - ARROW, y + tall / 2, width - RIGHT, y + tall / 2)
        said = folded(follow_up, RIGHT - EDGE, SIZE, most=4)
        for k, line in enumerate(said):
            at = y + tall / 2 + (k - (len(said) - 1) / 2) * SIZE * LEADING
            ax.text(width - RIGHT + 2, at, line, va="center", size=SIZE, color=QUIET)
        y += tall + BETWEEN


EDGE = 4.0
"""Points left free at the right, so that no letter is cut."""


def _box(ax: Axes, x: float, y: float, width: float, lines: Sequence[tuple[str, bool]], edge: str) -> None:
    box = FancyBboxPatch((x, y), width, _tall(len(lines)), boxstyle="round,pad=0,rounding_size=3", facecolor=PAPER,
                         edgecolor=edge, linewidth=1.2)  # fmt: skip
    ax.add_patch(box)
    for k, (line, bold) in enumerate(lines):
        at = y + PAD + (k + 0.5) * SIZE * LEADING
        ax.text(x + PAD, at, line, va="center", size=SIZE, weight="bold" if bold else "normal", color=INK)


def _arrow(ax: Axes, x0: float, y0: float, x1: float, y1: float) -> None:
    ax.add_patch(FancyArrowPatch((x0 + 1, y0), (x1 - 1, y1), arrowstyle="-|>", mutation_scale=6, linewidth=0.8,
                                 color=QUIET, shrinkA=0, shrinkB=0))  # fmt: skip
