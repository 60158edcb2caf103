"""The report: one HTML page that needs nothing but itself. Everything from the instance is escaped."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from trialopt.report import grids, sentences
from trialopt.report.errors import ReportError
from trialopt.report.letters import clean
from trialopt.report.sources import published
from trialopt.solution import Solution
from trialopt.words import certificate

if TYPE_CHECKING:
    import pandas as pd

ALTERNATIVES_SHOWN = 20


@dataclass(frozen=True)
class Drawing:
    """One picture of the page: the SVG element, and what it shows in words."""

    name: str
    caption: str
    svg: str


def page(solution: Solution, *, alternatives: pd.DataFrame | None = None) -> str:
    """Text of the page. `alternatives` is a data frame of runners-up to show, best first.

    The same run gives the same text. Raises `ReportError` without jinja2 or matplotlib.
    """
    try:
        from jinja2 import Environment, StrictUndefined
    except ImportError:
        raise ReportError("reports need jinja2: pip install 'trialopt[report]'") from None
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    home = files("trialopt.report")
    template = environment.from_string(home.joinpath("page.html").read_text(encoding="utf-8"))
    text: str = template.render(
        style=home.joinpath("page.css").read_text(encoding="utf-8"), **_content(solution, alternatives)
    )
    return clean(text.lstrip())


def _content(solution: Solution, alternatives: pd.DataFrame | None) -> dict[str, Any]:
    q, sized = solution.question, bool(sentences.sizes(solution))
    sources = published(solution, of_design=True)
    return {
        "solution": solution,
        "title": " ".join((q.title or q.name).split()),
        "certificate": certificate(solution),
        "recommendation": sentences.recommendation(solution),
        "objective": sentences.objective_in_words(q),
        "question": grids.question(solution),
        "subgroups": grids.subgroups(solution),
        "synopsis": grids.synopsis(solution),
        "schedule": grids.schedule(solution),
        "precedent": grids.precedent(solution),
        "coverage": grids.coverage(solution),
        "toxicity": grids.toxicity(solution),
        "sized": sized,
        "sizes": grids.sizes(solution),
        "reasons": [sentences.size_reason(solution, arm) for arm in solution.arms] if sized else [],
        "totals": sentences.totals(solution),
        "confidence": grids.confidence(solution),
        "sources": sources,
        "further": len(published(solution)) - len(sources),
        "alternatives": _alternatives(alternatives),
        "method": grids.certificate(solution),
        "pictures": _pictures(solution, sized),
    }


def _pictures(solution: Solution, sized: bool) -> dict[str, Drawing]:
    if not solution.arms:
        return {}
    try:
        from trialopt.figures.plot import NAMES
    except ImportError:
        raise ReportError("reports need matplotlib: pip install 'trialopt[report]'") from None
    wanted = [key for key in NAMES if key != "timeline" or sized]
    drawn = {key: solution.plot[key] for key in wanted}
    return {key: Drawing(key, picture.title, picture.inline(key)) for key, picture in drawn.items()}


def _alternatives(frame: pd.DataFrame | None) -> grids.Grid | None:
    if frame is None:
        return None
    shown = frame.head(ALTERNATIVES_SHOWN)
    rows = tuple(
        tuple(f"{cell:.6g}" if isinstance(cell, float) else str(cell) for cell in row)
        for row in shown.itertuples(index=False, name=None)
    )
    heads = tuple(str(column).replace("_", " ") for column in shown.columns)
    numeric = frozenset(k for k, kind in enumerate(shown.dtypes) if kind.kind in "if")
    return grids.Grid("Alternatives", heads, rows, numeric)
