"""The arm schema: one lane an arm, one column an epoch, subgroups on the left, patients on the right."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch, Rectangle

from trialopt.core.design import Dose
from trialopt.output.figures.picture import (
    CONTROL,
    INK,
    LEADING,
    PAPER,
    QUIET,
    SIZE,
    SMALLEST,
    colour,
    cut,
    dose_name,
    folded,
    in_style,
    page,
)
from trialopt.record.controls import controls
from trialopt.record.limit_words import listed_names
from trialopt.record.parts import ComponentSizing
from trialopt.record.solution import DesignNumbers, SolvedArm
from trialopt.record.words import heading

PAD = 4.5
"""Points between a box and its text."""

GAP = 9.0
"""Points between two lanes."""

ARROW = 9.0
"""Points between two epochs."""


EDGE = 1.5
"""Points left free at the right, so that no letter is cut."""


@dataclass(frozen=True)
class Lane:
    """One arm in words: its name, who it serves, each epoch's lines, its patients."""

    title: str
    colour: str
    left: tuple[str, ...]
    cells: tuple[tuple[str, ...], ...]
    right: tuple[str, ...]

    @property
    def lines(self) -> int:
        """Lines of the fullest column."""
        return max(len(self.left), len(self.right), *(len(cell) for cell in self.cells), 1)


@dataclass(frozen=True)
class Columns:
    """Where the columns stand, points from the left."""

    tab: float
    left: float
    epochs: tuple[float, ...]
    epoch: float
    right: float
    width: float

    @staticmethod
    def of(width: float, epochs: int) -> Columns:
        """Split a page of `width` points."""
        tab, left, right = 24.0, max(64.0, 0.185 * width), max(58.0, 0.125 * width)
        epoch = (width - tab - left - right - ARROW * (epochs + 1)) / epochs
        starts = tuple(tab + left + ARROW + n * (epoch + ARROW) for n in range(epochs))
        return Columns(tab, left, starts, epoch, right, width)


@in_style
def arm_schema(ax: Axes, numbers: DesignNumbers) -> None:
    """Draw the arms of a design as lanes through the epochs.

    Type shrinks from 7.5 points to 5 where the `Axes` is too low for it; `schema_height` says what it needs.
    """
    width, height = page(ax)
    if not numbers.arms:
        ax.text(width / 2, height / 2, "no design", ha="center", va="center", color=QUIET)
        return
    size = SIZE
    while _height(numbers, width, size) > height and size > SMALLEST:
        size -= 0.5
    columns = Columns.of(width - EDGE, len(numbers.question.epochs))
    y = _head(ax, numbers, columns, size)
    for lane in _lanes(numbers, columns, size):
        y = _draw(ax, lane, columns, y, size) + GAP


def schema_height(numbers: DesignNumbers, width: float) -> float:
    """Points of height that the schema needs on a page of `width` points."""
    return _height(numbers, width, SIZE) if numbers.arms else 40.0


def _height(numbers: DesignNumbers, width: float, size: float) -> float:
    columns = Columns.of(width - EDGE, len(numbers.question.epochs))
    lanes = _lanes(numbers, columns, size)
    return 2.6 * size * LEADING + sum(lane.lines * size * LEADING + 2 * PAD + GAP for lane in lanes)


def _lanes(numbers: DesignNumbers, columns: Columns, size: float) -> list[Lane]:
    lanes = []
    for n, arm in enumerate(numbers.arms):
        lanes.append(_lane(numbers, arm, n, columns, size))
        lanes += [_component(numbers, part, n, columns, size) for part in arm.component_arms]
    lanes += _controls(numbers, columns, size)
    return lanes


def _lane(numbers: DesignNumbers, arm: SolvedArm, number: int, columns: Columns, size: float) -> Lane:
    q = numbers.question
    row = numbers.tables.arms.set_index("arm").to_dict("index")[arm.name]
    served = [f"{heading(q, g)}, {_percent(q.shares[g])}" for g in arm.subgroups]
    cells = []
    for epoch in q.epochs:
        doses = _doses(numbers, arm.sequence.get(epoch, ()), columns.epoch, size)
        cells.append((*doses, f"coverage {_percent(row[f'coverage_{epoch}'])}"))
    if arm.size is None:
        right: tuple[str, ...] = (f"{_percent(row['share'])}", "of patients")
    else:
        right = (
            f"{arm.size.own_patients:,} patients",
            f"{arm.size.control_patients:,} control",
            f"{_percent(row['share'])} of all",
        )
    lines = _wrapped(served, columns.left - 2 * PAD, size)
    return Lane(arm.name, colour(number), lines, tuple(cells), right)


def _component(numbers: DesignNumbers, part: ComponentSizing, number: int, columns: Columns, size: float) -> Lane:
    """An arm that leaves out one agent of the arm above it."""
    q = numbers.question
    cells = tuple(tuple(_doses(numbers, part.sequence.get(epoch, ()), columns.epoch, size)) for epoch in q.epochs)
    left = _wrapped([f"without {heading(q, part.without)}"], columns.left - 2 * PAD, size)
    return Lane(part.arm, colour(number), left, cells, (f"{part.patients:,} patients",))


def _controls(numbers: DesignNumbers, columns: Columns, size: float) -> Iterator[Lane]:
    """A lane for each different control: one for all, or one for each set of subgroups that has it."""
    q = numbers.question
    found = controls(q, [g for arm in numbers.arms for g in arm.subgroups])
    for groups, control in found:
        cells = tuple(tuple(_doses(numbers, control.get(epoch, ()), columns.epoch, size)) for epoch in q.epochs)
        words = "Control of each arm, in the same subgroups"
        if len(found) > 1:
            words = f"Control of {listed_names(heading(q, g) for g in groups)}"
        sizes = [arm.size.allocation for arm in numbers.arms if arm.size]
        patients = sum(cell.control for one in sizes for g, cell in one.items() if g in groups)
        right = (f"{patients:,} control", "in all") if sizes else ()
        lines = tuple(folded(words, columns.left - 2 * PAD, size, most=6))
        yield Lane("C", CONTROL, lines, cells, right)


def _doses(numbers: DesignNumbers, doses: Sequence[Dose], width: float, size: float) -> list[str]:
    names = [dose_name(numbers.question, dose) for dose in doses] or ["nothing"]
    return list(_wrapped(names, width - 2 * PAD, size, most=12))


def _wrapped(texts: Sequence[str], width: float, size: float, most: int = 3) -> tuple[str, ...]:
    """Lines of several texts; the later lines of one are set in."""
    lines: list[str] = []
    for text in texts:
        first, *rest = folded(text, width - size, size, most=most)
        lines += [first, *(f"   {line}" for line in rest)]
    return tuple(lines)


def _head(ax: Axes, numbers: DesignNumbers, columns: Columns, size: float) -> float:
    q = numbers.question
    line = size * LEADING
    patients = "Patients" if any(arm.size for arm in numbers.arms) else "Share"
    ax.text(0, line, "Subgroups", va="baseline", size=size, weight="bold")
    for x, epoch in zip(columns.epochs, q.epochs, strict=True):
        words = cut(heading(q, epoch), columns.epoch, size, bold=True)
        ax.text(x, line, words, va="baseline", size=size, weight="bold")
        if epoch in q.cycles:
            cycles = q.cycles[epoch]
            ax.text(x, 2 * line, f"{cycles:g} cycle{'' if cycles == 1 else 's'}", va="baseline", size=size, color=QUIET)
    ax.text(columns.width, line, patients, ha="right", va="baseline", size=size, weight="bold")
    return 2.6 * line


def _draw(ax: Axes, lane: Lane, columns: Columns, y: float, size: float) -> float:
    height = lane.lines * size * LEADING + 2 * PAD
    middle = y + height / 2
    ax.add_patch(Rectangle((0, y), columns.tab - 6, height, facecolor=lane.colour, edgecolor="none"))
    ax.text((columns.tab - 6) / 2, middle, lane.title, ha="center", va="center", size=size, weight="bold",
            color=INK if _light(lane.colour) else PAPER)  # fmt: skip
    _lines(ax, lane.left, columns.tab, y, size)
    end = columns.tab + columns.left
    for x, cell in zip(columns.epochs, lane.cells, strict=True):
        _arrow(ax, end - (0 if x != columns.epochs[0] else PAD), x, middle)
        box = FancyBboxPatch((x, y), columns.epoch, height, boxstyle="round,pad=0,rounding_size=3",
                             facecolor=PAPER, edgecolor=lane.colour, linewidth=1.2)  # fmt: skip
        ax.add_patch(box)
        _lines(ax, cell, x + PAD, y, size)
        end = x + columns.epoch
    if lane.right:
        start = middle - (len(lane.right) - 1) / 2 * size * LEADING
        for n, words in enumerate(lane.right):
            text = cut(words, columns.right, size)
            ax.text(columns.width, start + n * size * LEADING, text, ha="right", va="center", size=size,
                    weight="bold" if n == 0 else "normal")  # fmt: skip
    return y + height


def _lines(ax: Axes, lines: Sequence[str], x: float, y: float, size: float) -> None:
    for n, words in enumerate(lines):
        quiet = words.startswith("coverage ") and n == len(lines) - 1
        ax.text(x, y + PAD + (n + 0.5) * size * LEADING, words, va="center", size=size, color=QUIET if quiet else INK)


def _arrow(ax: Axes, start: float, end: float, y: float) -> None:
    arrow = FancyArrowPatch((start + 1, y), (end - 1, y), arrowstyle="-|>", mutation_scale=6, linewidth=0.8,
                            color=QUIET, shrinkA=0, shrinkB=0)  # fmt: skip
    ax.add_patch(arrow)


def _light(colour: str) -> bool:
    red, green, blue = (int(colour[k : k + 2], 16) for k in (1, 3, 5))
    return 0.299 * red + 0.587 * green + 0.114 * blue > 140


def _percent(share: float) -> str:
    return f"{100 * share:.0f}\u00a0%"
