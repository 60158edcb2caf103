"""A run as trial design datasets: the records of TA, TE, TV, TI and TS, and the rules that they pass.

A rule looks at the datasets of a study, whoever wrote them, and yields what breaks it. Numbers `CG...` are those of the
CDISC SDTM and SDTMIG Conformance Rules v2.0, `FB...` those of the FDA Business Rules v1.5, `CORE-...` those of
the CDISC open rules; sections are of SDTMIG 3.4.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from trialopt.output.formats import ExportError
from trialopt.output.sdtm import rules, rules_arms, rules_summary
from trialopt.output.sdtm.arms import Plan, PlannedArm, named, plan
from trialopt.output.sdtm.domains import DOMAINS, Dataset, Domain, Record, Records, Study
from trialopt.output.sdtm.terms import (
    CODES,
    FOLLOW_UP,
    PARAMETERS,
    REQUIRED,
    SCREENING,
    TERMINOLOGY,
    VERSION,
    ascii_text,
    distinct,
    fitted,
    pieces,
)
from trialopt.record.solution import Question, Solution
from trialopt.record.words import MEASURES

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


# -- The records of TS: what a design knows of the trial, and a null flavour for each required parameter it does not.


NOT_YET = frozenset({"ACTSUB", "DCUTDESC", "DCUTDTC"})
"""What only a trial that has run can have: not applicable to a design. Everything else that is missing is unknown."""


def summary_records(solution: Solution, plan: Plan) -> Records:
    """One record per parameter and value, in the order of the parameters' codes."""
    known = _known(solution, plan)
    records: Records = []
    for parameter in sorted(REQUIRED | known.keys()):
        values = [value for value in known.get(parameter, []) if ascii_text(value)]
        records += [_record(parameter, number, value) for number, value in enumerate(values or [""], start=1)]
    longest = max(sum(name.startswith("TSVAL") and name[5:].isdigit() for name in record) for record in records)
    return [_columns(record, longest) for record in records]


def _record(parameter: str, number: int, value: str) -> Record:
    first, *more = pieces(value)
    coded = CODES.get((parameter, first), "")
    return {
        "TSSEQ": number,
        "TSPARMCD": parameter,
        "TSPARM": PARAMETERS[parameter],
        "TSVAL": first,
        **{f"TSVAL{k}": text for k, text in enumerate(more, start=1)},
        "TSVALNF": "" if first else ("NA" if parameter in NOT_YET else "UNK"),
        "TSVALCD": coded,
        "TSVCDREF": TERMINOLOGY if coded else "",
        "TSVCDVER": VERSION if coded else "",
    }


def _columns(record: Record, more: int) -> Record:
    """The record with as many `TSVALn` as any has."""
    return {
        name: record.get(name, "")
        for name in (
            *("TSSEQ", "TSPARMCD", "TSPARM", "TSVAL"),
            *(f"TSVAL{k}" for k in range(1, more + 1)),
            *("TSVALNF", "TSVALCD", "TSVCDREF", "TSVCDVER"),
        )
    }


def _known(solution: Solution, plan: Plan) -> dict[str, list[str]]:
    q = solution.question
    sizes = [arm.size for arm in solution.arms if arm.size is not None]
    measure = MEASURES.get(q.endpoint, "")
    measure = measure[:1].upper() + measure[1:]
    facts = {
        "ADAPT": ["Y" if any(size.inflation > 1 for size in sizes) else "N"],
        "HLTSUBJI": ["N"],
        "INTMODEL": ["PARALLEL" if len(plan.arms) > 1 else "SINGLE GROUP"],
        "INTTYPE": ["DRUG"],
        "NARMS": [str(len(plan.arms))],
        "NCOHORT": [str(len({arm.subgroup for arm in plan.arms}))],
        "ONGOSIND": ["N"],
        "OUTMSPRI": [measure],
        "RANDOM": ["Y" if sizes else "N"],
        "SDTIGVER": ["3.4"],
        "SDTMVER": ["2.0"],
        "STYPE": ["INTERVENTIONAL"],
        "TCNTRL": [("ACTIVE" if q.control is not None else "") if sizes else "NONE"],
        "TINDTP": ["TREATMENT"],
        "TITLE": [q.title or q.name],
        "TRT": _agents(q, [dose.agent for arm in solution.arms for doses in arm.sequence.values() for dose in doses]),
        "TTYPE": ["EFFICACY"],
    }
    if sizes:
        experimental = sum(size.patients for size in sizes)
        everybody = experimental + sum(size.control_patients for size in sizes)
        facts |= {
            "OBJPRIM": [
                f"To compare {measure.lower()} between each experimental arm and its control" if measure else ""
            ],
            "PLANSUB": [str(everybody)],
            "RANDQT": [f"{experimental / everybody:.6g}"] if everybody else [],
            "STRATFCT": ["Subgroup"] if len({arm.subgroup for arm in plan.arms}) > 1 else [],
        }
        if q.control is not None:
            facts["COMPTRT"] = _agents(q, [dose.agent for doses in q.control.values() for dose in doses])
    return {parameter: values for parameter, values in facts.items() if values}


def _agents(q: Question, agents: list[str]) -> list[str]:
    """Names of the agents, once each, in capitals as registers of substances write them."""
    return list(dict.fromkeys(fitted(named(q, agent).upper()) for agent in agents))
