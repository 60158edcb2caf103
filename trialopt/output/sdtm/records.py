"""The records of TA, TE, TV and TI, from the planned arms and the question."""

from __future__ import annotations

import math

from trialopt.output.sdtm.arms import Plan, PlannedArm, named
from trialopt.output.sdtm.domains import Dataset, Domain, Record, Records
from trialopt.output.sdtm.terms import FOLLOW_UP, SCREENING
from trialopt.output.sdtm.text import distinct, fitted
from trialopt.record.solution import Question, Solution


def arm_records(plan: Plan) -> Records:
    """TA: one record per arm and element, the branch where screening ends, a transition where one may leave."""
    return [
        {
            "ARMCD": arm.armcd,
            "ARM": arm.arm,
            "TAETORD": order,
            "ETCD": element.etcd,
            "ELEMENT": element.element,
            "TABRANCH": arm.branch if element.epoch == SCREENING else "",
            "TATRANS": _transition(arm, order),
            "EPOCH": element.epoch,
        }
        for arm in plan.arms
        for order, element in enumerate(arm.elements, start=1)
    ]


def _transition(arm: PlannedArm, order: int) -> str:
    """Who stops a treatment early goes to follow-up; from the last treatment that is the next element anyway."""
    last_treatment = len(arm.elements) - 1
    if order == 1 or order >= last_treatment:
        return ""
    return fitted(f"If disease progression or unacceptable toxicity, go to {arm.elements[-1].element}")


def element_records(plan: Plan) -> Records:
    """TE: one record per element. Durations are left out: how many days a cycle has is not part of a design."""
    return [{"ETCD": e.etcd, "ELEMENT": e.element, "TESTRL": e.start, "TEENRL": fitted(e.end)} for e in plan.elements]


def visit_records(question: Question, plan: Plan) -> Records:
    """TV: screening, the first day of every cycle, and follow-up; the same for all arms, so `ARMCD` is empty."""
    visits = [(SCREENING, "Informed consent")]
    for epoch, term in plan.epochs.items():
        cycles = math.ceil(question.cycles.get(epoch, 1))
        for cycle in range(1, max(cycles, 1) + 1):
            visits.append(
                (f"{named(question, epoch).upper()} CYCLE {cycle} DAY 1", f"Start of cycle {cycle} of the {term} Epoch")
            )
    visits.append((FOLLOW_UP, f"Start of the {FOLLOW_UP} Epoch"))
    names = distinct((visit, str(number)) for number, (visit, _) in enumerate(visits, start=1))
    return [
        {"VISITNUM": number, "VISIT": name, "ARMCD": "", "TVSTRL": start}
        for number, (name, (_, start)) in enumerate(zip(names, visits, strict=True), start=1)
    ]


def criterion_records(solution: Solution) -> Records:
    """TI: what makes a patient eligible, one inclusion criterion per subgroup that an arm serves."""
    q = solution.question
    served = [subgroup for arm in solution.arms for subgroup in arm.subgroups]
    codes = [f"INCL{number:02d}" for number in range(1, len(served) + 1)]
    labels = [named(q, g) for g in served]
    texts = distinct(
        (f"Subgroup {label}: {q.definitions.get(g, '').strip() or 'belongs to the subgroup'}", c)
        for g, label, c in zip(served, labels, codes, strict=True)
    )
    names = distinct((f"SUBGROUP {label.upper()}", c) for label, c in zip(labels, codes, strict=True))
    return [
        {"IETESTCD": c, "IETEST": text, "IECAT": "INCLUSION", "IESCAT": name, "TIVERS": "1"}
        for c, text, name in zip(codes, texts, names, strict=True)
    ]


def dataset(study: str, domain: Domain, records: Records) -> Dataset:
    """The dataset of a domain: the records with `STUDYID` and `DOMAIN` before the rest, the standard's labels."""
    identifiers: Record = {"STUDYID": study, "DOMAIN": domain.name}
    whole = [identifiers | record for record in records]
    labels = {name: variable.label for name in whole[0] if (variable := domain.variable(name)) is not None}
    return Dataset(domain.label, labels, whole)
