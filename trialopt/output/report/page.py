"""The HTML report."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from importlib.resources import files
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from trialopt.decision.differences import Naming, differences
from trialopt.output.formats import ReportError
from trialopt.output.replay_views import replay_grids
from trialopt.output.report import explore, grids, sentences
from trialopt.output.report.sentences import dose, published
from trialopt.output.simulation_views import grids as simulation_grids
from trialopt.output.simulation_views import sentence as simulation_sentence
from trialopt.output.under_truths import BESIDE, Part, under_truths
from trialopt.output.views import Grid
from trialopt.record.solution import Question, Solution
from trialopt.record.words import conflict_in_words, ended, lost, name, objective, worded

if TYPE_CHECKING:
    from trialopt.decision.alternatives import Alternative, Alternatives
    from trialopt.decision.verdict import Verdict
    from trialopt.output.figures.picture import Picture

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


def page(
    solution: Solution,
    *,
    alternatives: Alternatives | None = None,
    replay: Verdict | None = None,
    beside: Mapping[str, Any] = MappingProxyType({}),
    whatifs: Mapping[str, Solution] = MappingProxyType({}),
) -> str:
    """Text of the page.

    `alternatives` are the runners-up to show, `replay` what virtual patients said, `beside` records of `robust` and
    `learn` by the name of their file, `whatifs` the runs of changed questions by what they are called.

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
    script = home.joinpath("page.js").read_text(encoding="utf-8")
    parts = [make(beside[key], solution.question) for key, make in BESIDE.items() if key in beside]
    content = _content(solution, alternatives, replay)
    content |= {"truths": under_truths(solution), "whatifs": explore.whatifs(solution, whatifs)}
    for k, part in enumerate(parts, start=1):
        if part.drawing is not None:
            content["pictures"][f"beside-{k}"] = _drawing(f"beside-{k}", part.drawing())
    text: str = template.render(
        script=script,
        digest=b64encode(sha256(script.encode()).digest()).decode(),
        style=home.joinpath("page.css").read_text(encoding="utf-8"),
        contents=list(_contents(content, parts)),
        beside=[(f"beside-{k}", part) for k, part in enumerate(parts, start=1)],
        **content,
    )
    return clean(text.lstrip())


def _contents(content: Mapping[str, Any], parts: Sequence[Part]) -> Iterator[tuple[str, str]]:
    """Sections of the page: id and heading."""
    found = bool(content["solution"].arms)
    yield "recommendation", "Recommendation"
    yield "question", "The question"
    if found:
        yield from (("arms", "The arms"), ("coverage", "Coverage"), ("toxicity", "Toxicity"), ("patients", "Patients"))
    if found and content["simulation"]:
        yield "simulation", "Simulated trials"
    if content["replay"]:
        yield "replay", "Replay"
    if content["truths"]:
        yield "truths", content["truths"].title
    yield from ((f"beside-{k}", part.title) for k, part in enumerate(parts, start=1))
    yield from (("sources", "Sources"), ("alternatives", "Alternatives"))
    if content["whatifs"].rows:
        yield "whatifs", "What if"
    if content["solution"].warnings:
        yield "warnings", "Warnings"
    yield "method", "Method and certificate"


def _content(solution: Solution, alternatives: Alternatives | None, replay: Verdict | None) -> dict[str, Any]:
    q, sized = solution.question, bool(sentences.sizes(solution))
    sources = published(solution, of_design=True)
    return {
        "solution": solution,
        "title": " ".join((q.title or q.name).split()),
        "certificate": ended(solution),
        "recommendation": sentences.recommendation(solution),
        "conflict": conflict_in_words(solution),
        "warnings": [worded(q, line) for line in solution.warnings],
        "objective": sentences.objective_in_words(q),
        "question": grids.question(solution),
        "subgroups": grids.subgroups(solution),
        "synopsis": grids.synopsis(solution),
        "schedule": grids.schedule(solution),
        "precedent": grids.precedent(solution),
        "coverage": grids.coverage(solution),
        "toxicity": grids.toxicity(solution),
        "limits": explore.limits_by_subgroup(solution),
        "sized": sized,
        "sizes": grids.sizes(solution),
        "analyses": grids.analyses(solution),
        "reasons": [sentences.size_reason(solution, arm) for arm in solution.arms] if sized else [],
        "totals": sentences.totals(solution),
        "simulation": [] if solution.simulation is None else simulation_grids(solution.simulation),
        "simulated": "" if solution.simulation is None else simulation_sentence(solution.simulation),
        "replay": [] if replay is None else replay_grids(replay),
        "replayed": () if replay is None else replay.sentences,
        "confidence": grids.confidence(solution),
        "sources": sources,
        "further": len(published(solution)) - len(sources),
        "alternatives": None if alternatives is None else _best(alternatives, q),
        "side_by_side": None if alternatives is None else explore.side_by_side(alternatives, q),
        "runners_up": "" if alternatives is None else _about(alternatives, solution),
        "method": grids.certificate(solution),
        "pictures": _pictures(solution, sized, alternatives, replay),
    }


def _pictures(
    solution: Solution, sized: bool, alternatives: Alternatives | None, replay: Verdict | None
) -> dict[str, Drawing]:
    if not solution.arms:
        return {}
    try:
        from trialopt.output.figures.plot import NAMES
    except ImportError:
        raise ReportError("reports need matplotlib: pip install 'trialopt[report]'") from None
    wanted = [key for key in NAMES if key not in ("timeline", "calendar") or sized]
    drawn = {key: solution.plot[key] for key in wanted}
    if replay is not None:
        drawn["replay"] = replay.plot()
    if solution.simulation is not None:
        drawn["simulation"] = solution.simulation.plot()
    if alternatives is not None and len(alternatives.items) > 1:
        drawn["alternatives"] = _picture(alternatives, solution.question)
    return {key: _drawing(key, picture) for key, picture in drawn.items()}


def _drawing(key: str, picture: Picture) -> Drawing:
    return Drawing(key, picture.title, picture.inline(key))


# -- The designs that come next. ----------------------------------------------------------------------------------

SHOWN = 20
"""Most designs on the page."""

CLOSE = 1e-6
"""Values are proven to this."""


def _about(found: Alternatives, solution: Solution) -> str:
    """What the list is, and what to know when the recommended design is not its first."""
    text = found.sentence
    if len(found.items) > SHOWN:
        text += f" The first {SHOWN} are shown."
    if found.items and solution.value is not None and found.items[0].value > solution.value + CLOSE:
        text += (
            f" The recommended design was accepted with a gap: its value of {objective(solution.value)} is below that "
            "of the first of the list."
        )
    return text


def _best(found: Alternatives, question: Question) -> Grid:
    """One row a design: rank, value, loss, patients where the trial is sized, and what differs from the first."""
    items = found.items[:SHOWN]
    sized = any(item.patients is not None for item in items)
    heads = ("Rank", "Value", "Loss", *(("Patients",) if sized else ()), "Differs from the first")
    rows = tuple(
        (
            str(item.rank),
            objective(item.value),
            "" if item.rank == 1 else lost(item.loss),
            *((str(item.patients),) if sized else ()),
            _differs(found, item, question),
        )
        for item in items
    )
    return Grid("The best designs", heads, rows, frozenset(range(1, len(heads) - 1)))


def _picture(found: Alternatives, question: Question) -> Picture:
    """Draw those that are shown."""
    from trialopt.output.figures.plot import alternatives_picture

    frame = found.frame.head(SHOWN)
    words = [_differs(found, item, question) for item in found.items[:SHOWN]]
    return alternatives_picture(frame.assign(differs=words), complete=found.complete)


def _differs(found: Alternatives, item: Alternative, question: Question) -> str:
    """What a design does differently from the first, with the names a reader knows."""
    if item.rank == 1:
        return ""
    naming = Naming(lambda given: dose(question, given), lambda key: name(question, key))
    return "; ".join(differences(found.items[0].design, item.design, naming) or item.differs)
