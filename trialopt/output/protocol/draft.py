"""What every section of the protocol is written from."""

from __future__ import annotations

from dataclasses import dataclass, replace

from trialopt.output.formats import ReportError
from trialopt.output.protocol.paper import Paper
from trialopt.output.protocol.wording import Voice
from trialopt.output.study.plan import Study
from trialopt.output.views import Grid, View, drawn
from trialopt.record.solution import Question, Solution


@dataclass(frozen=True)
class Draft:
    """A document under way: the paper, the run, and the study it plans."""

    paper: Paper
    solution: Solution
    study: Study

    @property
    def question(self) -> Question:
        """What was asked."""
        return self.solution.question

    def grid(self, view: View) -> Grid:
        """A view in words, which speak of cohorts as a protocol does."""
        grid = drawn(view.telling(), Voice(self.question))
        heads = tuple(_of_cohorts(head) for head in grid.heads)
        return replace(grid, caption=_of_cohorts(grid.caption), heads=heads, note=_of_cohorts(grid.note))

    def fact(self, key: str, missing: str = "to be completed by the sponsor") -> str:
        """A fact of the registration, or that it is missing."""
        return " ".join(str(self.study.facts.get(key) or missing).split())


def _of_cohorts(text: str) -> str:
    return text.replace("ubgroup", "ohort").replace("Sohort", "Cohort").replace("sohort", "cohort")


def picture(solution: Solution, name: str) -> bytes:
    """One of the pictures of a run as PNG. Raises `ReportError` without matplotlib."""
    try:
        png: bytes = solution.plot[name].png(dpi=220)
        return png
    except ImportError:
        raise ReportError("Word files need matplotlib: pip install 'trialopt[word]'") from None
