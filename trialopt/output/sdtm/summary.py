"""The records of TS: what a design and `[registration]` say of the trial, and a null flavour for what they do not."""

from __future__ import annotations

from collections.abc import Iterable

from trialopt.output.sdtm.domains import Record, Records
from trialopt.output.sdtm.terms import (
    BLINDING,
    CODES,
    DISEASE,
    INTERVENTION_TYPES,
    PARAMETERS,
    REQUIRED,
    SEXES,
    TERMINOLOGY,
    TRIAL_PHASES,
    VERSION,
    ascii_text,
    fitted,
    pieces,
)
from trialopt.output.study.plan import ENDPOINTS, Given
from trialopt.output.study.plan import Study as Whole
from trialopt.record.solution import Solution

NOT_YET = frozenset({"ACTSUB", "DCUTDESC", "DCUTDTC"})
"""What only a trial that has run can have: not applicable to a design. Everything else that is missing is unknown."""


def summary_records(solution: Solution, study: Whole) -> Records:
    """One record per parameter and value, in the order of the parameters' codes."""
    known = _known(solution, study)
    own = _disease_code(study)
    records: Records = []
    for parameter in sorted(REQUIRED | known.keys()):
        values = [value for value in known.get(parameter, []) if ascii_text(value)]
        records += [
            _record(parameter, number, value) | (own if value and parameter in OF_DISEASE else {})
            for number, value in enumerate(values or [""], start=1)
        ]
    longest = max(sum(name.startswith("TSVAL") and name[5:].isdigit() for name in record) for record in records)
    return [_columns(record, longest) for record in records]


OF_DISEASE = frozenset({"INDIC", "TDIGRP"})
"""Parameters whose value is the disease."""


def _disease_code(study: Whole) -> Record:
    """Code of the disease with its system, where `[registration]` has one."""
    code = study.facts.get("indication_code")
    return {"TSVALCD": str(code), "TSVCDREF": str(study.facts.get("indication_system") or "SNOMED")} if code else {}


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


def _known(solution: Solution, study: Whole) -> dict[str, list[str]]:
    q, told = solution.question, study.facts
    sizes = [arm.size for arm in solution.arms if arm.size is not None]
    measure = ENDPOINTS.get(study.endpoint, "") if sizes else ""
    experimental = _given(study, control=False)
    facts = {
        "ADAPT": ["Y" if any(size.inflation > 1 for size in sizes) else "N"],
        "AGEMAX": _age(told.get("maximum_age")),
        "AGEMIN": _age(told.get("minimum_age")),
        "HLTSUBJI": ["N"],
        "INDIC": [str(told.get("indication") or DISEASE)],
        "INTMODEL": ["PARALLEL" if len(study.arms) > 1 else "SINGLE GROUP"],
        "INTTYPE": _once(INTERVENTION_TYPES[one.kind] for one in experimental),
        "NARMS": [str(len(study.arms))],
        "NCOHORT": [str(len(study.cohorts))],
        "ONGOSIND": ["N"],
        "OUTMSPRI": [measure],
        "PCLAS": _once(one.group.upper() for one in experimental),
        "RANDOM": ["Y" if study.randomised else "N"],
        "RDIND": [{"yes": "Y", "no": "N"}.get(str(told.get("rare_disease")), "")],
        "REGID": [str(told.get("identifier") or "")],
        "SDTIGVER": ["3.4"],
        "SDTMVER": ["2.0"],
        "SEXPOP": [SEXES.get(str(told.get("sex")), "")],
        "SPONSOR": [str(told.get("sponsor") or "")],
        "STYPE": ["INTERVENTIONAL"],
        "TBLIND": [BLINDING.get(str(told.get("blinding")), "")],
        "TCNTRL": [("ACTIVE" if q.control is not None else "") if study.randomised else "NONE"],
        "TDIGRP": [str(told.get("indication") or DISEASE)],
        "THERAREA": ["ONCOLOGY"],
        "TINDTP": ["TREATMENT"],
        "TITLE": [study.title],
        "TPHASE": [TRIAL_PHASES.get(str(told.get("phase")), "")],
        "TRT": _once(one.agent.upper() for one in experimental),
        "TTYPE": ["EFFICACY"],
    }
    if study.randomised and study.patients:
        facts |= {
            "OBJPRIM": [
                f"To compare {measure.lower()} between each experimental arm and its control" if measure else ""
            ],
            "PLANSUB": [str(study.patients)],
            "RANDQT": [f"{_patients(study, control=False) / study.patients:.6g}"],
            "STRATFCT": ["Cohort"] if len(study.cohorts) > 1 else [],
            "COMPTRT": _once(one.agent.upper() for one in _given(study, control=True)),
        }
    return {parameter: values for parameter, values in facts.items() if values}


def _given(study: Whole, control: bool) -> list[Given]:
    arms = [arm for arm in study.arms if arm.control is control]
    return [one for arm in arms for given in arm.given.values() for one in given or ()]


def _patients(study: Whole, control: bool) -> int:
    return sum(arm.total or 0 for arm in study.arms if arm.control is control)


def _age(years: object) -> list[str]:
    return [f"P{years}Y"] if years else []


def _once(values: Iterable[str]) -> list[str]:
    """The values, once each, as they come first."""
    return list(dict.fromkeys(fitted(value) for value in values if value))
