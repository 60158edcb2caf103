"""Paper, colours and letters of all figures, and a finished figure to show and save."""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache, lru_cache, wraps
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import matplotlib as mpl
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, fontManager
from matplotlib.textpath import text_to_path

from trialopt.core.catalog import write_bytes
from trialopt.core.design import Dose
from trialopt.record.solution import Question
from trialopt.record.words import amount, name

# -- How every picture looks: colours, hatches, type, and the same bytes on every machine. ------------------------

INK = "#1f1f1f"
QUIET = "#5c5c5c"
RULE = "#c9c9c9"
CONTROL = "#9a9a9a"
PAPER = "#ffffff"

ARMS = ("#0072B2", "#E69F00", "#009E73", "#56B4E9", "#D55E00", "#CC79A7", "#666666", "#F0E442")
"""Okabe and Ito's colours, which are told apart with any colour vision; neighbours differ in lightness."""

HATCHES = ("", "////", "....", "xxxx", "\\\\\\\\", "----", "++++", "oooo")
"""Second mark of an arm, for print in grey."""

SHADES = "Blues"
"""Colour map of shares: lightness falls steadily, so it reads in grey."""

SIZE = 7.5
"""Type of labels, points: readable at the width of a column."""

SMALL = 7.0
SMALLEST = 5.0

SETTINGS: dict[str, Any] = {
    "font.size": SIZE,
    "text.parse_math": False,
    "text.usetex": False,
    "text.color": INK,
    "axes.edgecolor": QUIET,
    "axes.labelcolor": INK,
    "axes.linewidth": 0.6,
    "axes.unicode_minus": False,
    "axes.titlepad": 3.0,
    "xtick.color": INK,
    "ytick.color": INK,
    "xtick.labelsize": SMALL,
    "ytick.labelsize": SIZE,
    "hatch.linewidth": 0.6,
    "hatch.color": PAPER,
    "figure.facecolor": PAPER,
    "axes.facecolor": PAPER,
    "savefig.facecolor": PAPER,
    "svg.fonttype": "path",
    "svg.hashsalt": "trialopt",
    "svg.image_inline": True,
    "path.simplify": False,
}

_FALLBACKS = ("Noto Sans CJK SC", "Noto Sans CJK JP", "Noto Sans", "Microsoft YaHei", "PingFang SC", "Arial Unicode MS")
"""Fonts for letters that the font that comes with matplotlib does not have, where the machine has one."""

P = ParamSpec("P")
R = TypeVar("R")


@contextmanager
def styled() -> Iterator[None]:
    """Draw and save in the house style, whatever the user's settings are."""
    settings = {**mpl.rcParamsDefault, "backend": mpl.rcParams["backend"], **SETTINGS, "font.family": _fonts()}
    with mpl.rc_context(settings), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing")
        yield


def in_style(function: Callable[P, R]) -> Callable[P, R]:
    """Make a function draw in the house style."""

    @wraps(function)
    def inside(*args: P.args, **kwargs: P.kwargs) -> R:
        with styled():
            return function(*args, **kwargs)

    return inside


def colour(arm: int) -> str:
    """Colour of an arm by its position in the design."""
    return ARMS[arm % len(ARMS)]


def hatch(arm: int) -> str:
    """Hatch of an arm by its position in the design."""
    return HATCHES[arm % len(HATCHES)]


@cache
def _fonts() -> tuple[str, ...]:
    known = set(fontManager.get_font_names())
    return ("DejaVu Sans", *(name for name in _FALLBACKS if name in known))


# -- A blank `Axes` measured in points, for what is drawn by hand. ------------------------------------------------

INCH = 72.0


def extent(ax: Axes) -> tuple[float, float]:
    """Width and height of an `Axes`, points."""
    figure = ax.get_figure()
    box = ax.get_window_extent()
    dpi = figure.dpi if figure is not None else INCH
    return float(box.width) * INCH / dpi, float(box.height) * INCH / dpi


def page(ax: Axes) -> tuple[float, float]:
    """Clear an `Axes` to a page in points, the origin at its top left; return width and height."""
    width, height = extent(ax)
    ax.set_axis_off()
    ax.set_xlim(0, width)
    ax.set_ylim(height, 0)
    return width, height


def say(ax: Axes, words: str) -> None:
    """Put one sentence where a picture has nothing to show."""
    ax.set_axis_off()
    ax.text(0.5, 0.5, words, ha="center", va="center", color=QUIET, transform=ax.transAxes)


# -- A finished figure that shows itself in a notebook and saves itself with the same bytes every time. -----------

WIDTH = 6.8
"""Inches: the text width of a page; type of 8 points stays above 7 when it is printed in a protocol."""

KINDS = (".svg", ".png", ".pdf")


class Picture(Figure):
    """A matplotlib figure in the house style. `title` says in words what it shows."""

    def __init__(self, height: float, *, title: str, width: float = WIDTH, **options: Any) -> None:
        with styled():
            super().__init__(figsize=(width, height), **options)
            FigureCanvasAgg(self)
        self.title = title

    def png(self, dpi: float = 200) -> bytes:
        """Bytes of the picture as PNG."""
        return self._bytes("png", dpi=dpi, metadata={"Software": None})

    def svg(self) -> str:
        """Text of the picture as SVG; letters are drawn as shapes, so it looks the same everywhere."""
        text = self._bytes("svg", metadata={"Date": None, "Creator": None}).decode()
        return re.sub(rf'<g id="{TIP}([^"]*)">', r"<g><title>\1</title>", text)

    def inline(self, name: str) -> str:
        """The SVG element alone, for a page: no comments, and ids that start with `name`."""
        text = self.svg()
        text = re.sub(r"<!--.*?-->|<metadata>.*?</metadata>", "", text[text.index("<svg") :], flags=re.S)
        text = re.sub(r'(\bid="|href="#|url\(#)', rf"\g<1>{name}-", text)
        text = re.sub(r">\s+<", "><", text)
        return text.replace("<svg", f'<svg role="img" aria-labelledby="{name}-caption"', 1)

    def write(self, path: str | Path) -> Path:
        """Write the picture whole; the suffix is .svg, .png or .pdf."""
        path = Path(path)
        if path.suffix not in KINDS:
            raise ValueError(f"{path}: a picture's file ends in {', '.join(KINDS)}")
        if path.suffix == ".svg":
            content = self.svg().encode()
        elif path.suffix == ".png":
            content = self.png()
        else:
            content = self._bytes("pdf", metadata={"CreationDate": None, "Producer": None, "Creator": None})
        write_bytes(path, content)
        return path

    def _bytes(self, kind: str, **options: Any) -> bytes:
        buffer = io.BytesIO()
        with styled():
            self.savefig(buffer, format=kind, **options)
        return buffer.getvalue()

    def _repr_png_(self) -> bytes:
        return self.png(dpi=110)


TIP = "tip: "
"""Begins the id of what shows words when pointed at."""


def tip(artist: Artist, words: str) -> None:
    """Let a part of a picture say words when it is pointed at, in SVG."""
    artist.set_gid(f"{TIP}{' '.join(words.split())}")


# -- Names in pictures: measured, folded where a reader would break them, and cut before they collide. ------------

LEADING = 1.25
"""Height of a line over the size of its type."""

CUT = "…"


def dose_name(question: Question, dose: Dose) -> str:
    """Agent with its dose: `Carfilzomib 20/56 mg/m2 twice weekly`; its level where the tables give no text."""
    return f"{name(question, dose.agent)} {amount(question, dose)}".rstrip()


def points(text: str, size: float, *, bold: bool = False) -> float:
    """Width of a line of text, points."""
    family = mpl.rcParams["font.family"]
    return _points(text, size, bold, tuple(family) if not isinstance(family, str) else (family,))


@lru_cache(maxsize=4096)
def _points(text: str, size: float, bold: bool, family: tuple[str, ...]) -> float:
    font = FontProperties(family=list(family), size=size, weight="bold" if bold else "normal")
    return float(text_to_path.get_text_width_height_descent(text, font, ismath=False)[0])


_BREAKS = re.compile(r"[^ ]*?(?: +|[_@]+(?=[^ ])|(?<=\w\w\w)[-/](?=[A-Za-z]\w\w)|$)")
"""Where a line may be broken: after a space, `_`, `@`, in long words (`High-|dose`), never in `mg/kg` or `d1-21`."""


def folded(text: str, width: float, size: float, *, most: int = 3, bold: bool = False) -> list[str]:
    """Lines of a text, none wider than `width` points and no more than `most`; the rest is cut off."""
    lines = [""]
    for piece in filter(None, _BREAKS.findall(text)):
        for part in _narrow(piece, width, size, bold):
            if lines[-1] and points((lines[-1] + part).rstrip(), size, bold=bold) > width:
                lines.append("")
            lines[-1] += part
            if len(lines) > most:
                break
    lines = [line.strip() for line in lines]
    if len(lines) <= most:
        return lines
    last = lines[most - 1]
    while last and points(last + CUT, size, bold=bold) > width:
        last = last[:-1]
    return [*lines[: most - 1], last + CUT]


def cut(text: str, width: float, size: float, *, bold: bool = False) -> str:
    """One line of a text, cut where it is wider than `width` points."""
    return folded(text, width, size, most=1, bold=bold)[0]


def _narrow(piece: str, width: float, size: float, bold: bool) -> list[str]:
    """A word in parts that fit."""
    if points(piece.rstrip(), size, bold=bold) <= width:
        return [piece]
    parts = [""]
    for letter in piece:
        if parts[-1] and points(parts[-1] + letter, size, bold=bold) > width:
            parts.append("")
        parts[-1] += letter
    return parts
