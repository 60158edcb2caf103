"""The records of TS: what a design knows of the trial, and a null flavour for each required parameter it does not."""

from __future__ import annotations

from trialopt.output.sdtm.arms import Plan, named
from trialopt.output.sdtm.domains import Record, Records
from trialopt.output.sdtm.terms import CODES, PARAMETERS, REQUIRED, TERMINOLOGY, VERSION
from trialopt.output.sdtm.text import ascii_text, fitted, pieces
from trialopt.record.solution import Question, Solution

NOT_YET = frozenset({"ACTSUB", "DCUTDESC", "DCUTDTC"})
"""What only a trial that has run can have: not applicable to a design. Everything else that is missing is unknown."""

MEASURES = {"response": "Response rate", "pfs": "Progression-free survival"}


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
