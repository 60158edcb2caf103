"""From a run to its trial design datasets: planned, written, checked."""

from __future__ import annotations

from trialopt.export.errors import ExportError
from trialopt.export.sdtm.arms import plan
from trialopt.export.sdtm.checks import findings
from trialopt.export.sdtm.domains import DOMAINS, Study
from trialopt.export.sdtm.records import (
    arm_records,
    criterion_records,
    dataset,
    element_records,
    visit_records,
)
from trialopt.export.sdtm.summary import summary_records
from trialopt.export.sdtm.text import fitted
from trialopt.solution import Solution


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
