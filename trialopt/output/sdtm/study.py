"""A run as trial design datasets: the records of TA, TE, TV, TI and TS, and the rules that they pass.

A rule looks at the datasets of a study, whoever wrote them, and yields what breaks it. Numbers `CG...` are those of the
CDISC SDTM and SDTMIG Conformance Rules v2.0, `FB...` those of the FDA Business Rules v1.5, `CORE-...` those of
the CDISC open rules; sections are of SDTMIG 3.4.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from trialopt.output.formats import ExportError
from trialopt.output.sdtm import rules, rules_arms, rules_summary
from trialopt.output.sdtm.arms import Plan, PlannedArm, plan
from trialopt.output.sdtm.domains import DOMAINS, Dataset, Domain, Record, Records, Study
from trialopt.output.sdtm.summary import summary_records
from trialopt.output.sdtm.terms import distinct, fitted
from trialopt.output.study.plan import Study as Whole
from trialopt.output.study.plan import planned
from trialopt.record.solution import Solution

# -- From a run to its trial design datasets: planned, written, checked. ------------------------------------------


def trial_design(solution: Solution) -> Study:
    """The records of TA, TE, TI, TS and TV. They have passed every check of `checks`.

    Raises `ExportError` for a run without a design, since a dataset without records must not be submitted, and
    `RuntimeError` when a record breaks a rule of the standard: a fault of this program.
    """
    if not solution.arms:
        raise ExportError("this run has no design, so there is no trial design to write")
    whole = planned(solution)
    path = plan(whole)
    study = fitted(solution.question.name) or "STUDY"
    records = {
        "TA": arm_records(path),
        "TE": element_records(path),
        "TI": criterion_records(whole),
        "TS": summary_records(solution, whole),
        "TV": visit_records(path),
    }
    made = {name: dataset(study, DOMAINS[name], rows) for name, rows in records.items()}
    if broken := findings(made):
        raise RuntimeError("the trial design datasets break the standard: " + "; ".join(map(str, broken)))
    return made


# -- The consistency rules of the standard for the trial design domains, each a small function that quotes its rule.

Rule = Callable[[Study], Iterator[str]]

RULES: tuple[Rule, ...] = tuple(
    function
    for module in (rules, rules_arms, rules_summary)
    for name, function in vars(module).items()
    if getattr(function, "__annotations__", {}) == {"study": "Study", "return": "Iterator[str]"} and name[0] != "_"
)
"""Every public function of the modules from a study to its breaches, so that none is forgotten."""


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


# -- The records of TA, TE, TV and TI, from the planned arms and the question. ------------------------------------


def arm_records(plan: Plan) -> Records:
    """TA: one record per arm and element, the branch where screening ends, a transition where one may leave."""
    return [
        {
            "ARMCD": arm.armcd,
            "ARM": arm.arm,
            "TAETORD": order,
            "ETCD": stage.element.etcd,
            "ELEMENT": stage.element.element,
            "TABRANCH": arm.branch if order == 1 else "",
            "TATRANS": _transition(arm, order),
            "EPOCH": stage.epoch,
        }
        for arm in plan.arms
        for order, stage in enumerate(arm.stages, start=1)
    ]


def _transition(arm: PlannedArm, order: int) -> str:
    """Who stops a treatment early goes to follow-up; from the last treatment that is the next element anyway."""
    last_treatment = len(arm.stages) - 1
    if order == 1 or order >= last_treatment:
        return ""
    return fitted(f"If disease progression or unacceptable toxicity, go to {arm.stages[-1].element.element}")


def element_records(plan: Plan) -> Records:
    """TE: one record per element, with its duration where cycles have a length; no `TEDUR` where no element has one."""
    timed = any(e.days is not None for e in plan.elements)
    return [
        {
            "ETCD": e.etcd,
            "ELEMENT": e.element,
            "TESTRL": e.start,
            "TEENRL": fitted(e.end),
            **({"TEDUR": "" if e.days is None else f"P{e.days}D"} if timed else {}),
        }
        for e in plan.elements
    ]


def visit_records(plan: Plan) -> Records:
    """TV: screening, the first day of every cycle, and follow-up: once where all arms have the same, else by arm.

    A visit is the same in two arms when its name and its day are (CG0035), and has one number and one name.
    """
    visits = list(dict.fromkeys(visit for arm in plan.arms for visit in arm.visits))
    order = {name: k for arm in plan.arms for k, (name, _, _) in enumerate(arm.visits)}
    visits.sort(key=lambda visit: (order[visit[0]], visit[2] is None, visit[2] or 0))
    repeated = Counter(name for name, _, _ in visits)
    named = [
        f"{name}, {'DAY NOT SET' if day is None else f'DAY {day}'}" if repeated[name] > 1 else name
        for name, _, day in visits
    ]
    names = distinct((name, str(number)) for number, name in enumerate(named, start=1))
    numbers = {visit: number for number, visit in enumerate(visits, start=1)}
    alike = len({arm.visits for arm in plan.arms}) == 1
    timed = any((day or 1) > 1 for _, _, day in visits)
    return [
        {
            "VISITNUM": numbers[visit],
            "VISIT": names[numbers[visit] - 1],
            **({"VISITDY": visit[2]} if timed else {}),
            "ARMCD": "" if alike else arm.armcd,
            "TVSTRL": visit[1],
        }
        for arm in (plan.arms[:1] if alike else plan.arms)
        for visit in arm.visits
    ]


def criterion_records(study: Whole) -> Records:
    """TI: what makes a patient eligible, one inclusion criterion per cohort."""
    codes = [f"INCL{number:02d}" for number in range(1, len(study.cohorts) + 1)]
    texts = distinct(
        (f"For cohort {cohort.name}: {cohort.definition or 'as the protocol defines it'}", c)
        for cohort, c in zip(study.cohorts, codes, strict=True)
    )
    names = distinct((f"COHORT {cohort.name.upper()}", c) for cohort, c in zip(study.cohorts, codes, strict=True))
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
