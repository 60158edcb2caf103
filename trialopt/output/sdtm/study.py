"""A run as trial design datasets, checked.

A rule looks at the datasets of a study, whoever wrote them, and yields what breaks it. Numbers `CG...` are those of the
CDISC SDTM and SDTMIG Conformance Rules v2.0, `FB...` those of the FDA Business Rules v1.5, `CORE-...` those of
the CDISC open rules; sections are of SDTMIG 3.4.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from trialopt.output.formats.errors import ExportError
from trialopt.output.sdtm import rules, rules_arms, rules_summary
from trialopt.output.sdtm.arms import plan
from trialopt.output.sdtm.domains import DOMAINS, Study
from trialopt.output.sdtm.records import (
    arm_records,
    criterion_records,
    dataset,
    element_records,
    summary_records,
    visit_records,
)
from trialopt.output.sdtm.terms import fitted
from trialopt.record.solution import Solution

# -- From a run to its trial design datasets: planned, written, checked. ------------------------------------------


def trial_design(solution: Solution) -> Study:
    """The records of TA, TE, TI, TS and TV. They have passed every check of `checks`.

    Raises `ExportError` for a run without a design, since a dataset without records must not be submitted, and
    `RuntimeError` when a record breaks a rule of the standard: a fault of this program.
    """
    if not solution.arms:
        raise ExportError("this run has no design, so there is no trial design to write")
    planned = plan(solution)
    study = fitted(solution.question.name) or "STUDY"
    records = {
        "TA": arm_records(planned),
        "TE": element_records(planned),
        "TI": criterion_records(solution),
        "TS": summary_records(solution, planned),
        "TV": visit_records(solution.question, planned),
    }
    made = {name: dataset(study, DOMAINS[name], rows) for name, rows in records.items()}
    if broken := findings(made):
        raise RuntimeError("the trial design datasets break the standard: " + "; ".join(map(str, broken)))
    return made


# -- The consistency rules of the standard for the trial design domains, each a small function that quotes its rule.

Rule = Callable[[Study], Iterator[str]]

RULES: tuple[Rule, ...] = (*rules.RULES, *rules_arms.RULES, *rules_summary.RULES)


@dataclass(frozen=True)
class Finding:
    """One breach: the name of the rule's function, and what breaks it."""

    rule: str
    breach: str

    def __str__(self) -> str:
        return f"{self.breach} ({self.rule})"


def findings(study: Study) -> list[Finding]:
    """Every breach of every rule; an empty list for a study that keeps them all."""
    return [Finding(rule.__name__, breach) for rule in RULES for breach in rule(study)]
