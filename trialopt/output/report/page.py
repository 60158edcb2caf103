"""The HTML report."""

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from trialopt.output.formats.errors import ReportError
from trialopt.output.report import grids, runners_up, sentences
from trialopt.output.report.sentences import published
from trialopt.record.solution import Solution
from trialopt.record.words import certificate

if TYPE_CHECKING:
    from trialopt.decision.alternatives import Alternatives

# -- Letters that documents cannot hold. --------------------------------------------------------------------------

_BROKEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")


def clean(text: str) -> str:
    """Text with a mark in the place of each letter that neither HTML nor Word can hold."""
    return _BROKEN.sub("\ufffd", text)


# -- The report: one HTML page that needs nothing but itself. Everything from the instance is escaped. ------------


@dataclass(frozen=True)
class Drawing:
    """One picture of the page: the SVG element, and what it shows in words."""

    name: str
    caption: str
    svg: str


def page(solution: Solution, *, alternatives: Alternatives | None = None) -> str:
    """Text of the page. `alternatives` are the runners-up to show.

    The same run gives the same text. Raises `ReportError` without jinja2 or matplotlib, and for alternatives of
    another instance.
    """
    if alternatives is not None and alternatives.instance["sha256"] != solution.question.sha256:
        raise ReportError(
            f"the alternatives are of another question ({alternatives.instance['name']}, or this one before a change): "
            "make them anew with `trialopt alternatives RUN --out RUN`"
        )
    try:
        from jinja2 import Environment, StrictUndefined
    except ImportError:
        raise ReportError("reports need jinja2: pip install 'trialopt[report]'") from None
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    home = files("trialopt.output.report")
    template = environment.from_string(home.joinpath("page.html").read_text(encoding="utf-8"))
    text: str = template.render(
        style=home.joinpath("page.css").read_text(encoding="utf-8"), **_content(solution, alternatives)
    )
    return clean(text.lstrip())


def _content(solution: Solution, alternatives: Alternatives | None) -> dict[str, Any]:
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
        "alternatives": None if alternatives is None else runners_up.grid(alternatives, q),
        "runners_up": "" if alternatives is None else runners_up.sentence(alternatives, solution),
        "method": grids.certificate(solution),
        "pictures": _pictures(solution, sized, alternatives),
    }


def _pictures(solution: Solution, sized: bool, alternatives: Alternatives | None) -> dict[str, Drawing]:
    if not solution.arms:
        return {}
    try:
        from trialopt.output.figures.plot import NAMES
    except ImportError:
        raise ReportError("reports need matplotlib: pip install 'trialopt[report]'") from None
    wanted = [key for key in NAMES if key != "timeline" or sized]
    drawn = {key: solution.plot[key] for key in wanted}
    if alternatives is not None and len(alternatives.items) > 1:
        drawn["alternatives"] = runners_up.picture(alternatives, solution.question)
    return {key: Drawing(key, picture.title, picture.inline(key)) for key, picture in drawn.items()}
