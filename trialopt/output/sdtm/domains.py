"""The five trial design domains as SDTMIG 3.4 specifies them: variables in order, labels, types and cores.

Source: CDISC, Study Data Tabulation Model Implementation Guide: Human Clinical Trials, version 3.4 (2021), sections
7.2.1 (TA), 7.2.2 (TE), 7.3.1 (TV), 7.4.1 (TI) and 7.4.2 (TS). Permissible variables that a design cannot fill are left
out (section 4.1.5), expected ones are there and empty.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

Cell = str | int | None
Record = dict[str, Cell]
Records = list[Record]


@dataclass(frozen=True)
class Dataset:
    """One dataset as a file holds it: its label, the labels of its variables in order, and its records."""

    label: str
    labels: Mapping[str, str]
    records: Records


Study = Mapping[str, Dataset]
"""Domain -> its dataset."""


def records_of(study: Study, domain: str) -> Records:
    """Records of a domain; none where the study does not have it."""
    return study[domain].records if domain in study else []


@dataclass(frozen=True)
class Variable:
    """One variable: its name, label, type (`Char` or `Num`), core (`Req`, `Exp` or `Perm`) and role."""

    name: str
    label: str
    kind: str
    core: str
    role: str


@dataclass(frozen=True)
class Domain:
    """One domain: its label, its variables in order, and the variables that make a record unique."""

    name: str
    label: str
    variables: tuple[Variable, ...]
    keys: tuple[str, ...]

    def variable(self, name: str) -> Variable | None:
        """The variable of a name; `TSVAL1`, `TSVAL2`, ... continue `TSVAL`. `None` for one the domain does not have."""
        for variable in self.variables:
            if variable.name == name:
                return variable
        if self.name == "TS" and name.startswith("TSVAL") and name[5:].isdigit():
            return Variable(name, f"Parameter Value {name[5:]}", "Char", "Perm", "Result Qualifier")
        return None


def _variables(table: str) -> tuple[Variable, ...]:
    common = "STUDYID|Study Identifier|Char|Req|Identifier\nDOMAIN|Domain Abbreviation|Char|Req|Identifier"
    lines = (f"{common}\n{table.strip()}").splitlines()
    return tuple(Variable(*line.strip().split("|")) for line in lines)


TA = Domain(
    "TA",
    "Trial Arms",
    _variables(
        """
        ARMCD|Planned Arm Code|Char|Req|Topic
        ARM|Description of Planned Arm|Char|Req|Synonym Qualifier
        TAETORD|Planned Order of Element within Arm|Num|Req|Timing
        ETCD|Element Code|Char|Req|Record Qualifier
        ELEMENT|Description of Element|Char|Perm|Synonym Qualifier
        TABRANCH|Branch|Char|Exp|Rule
        TATRANS|Transition Rule|Char|Exp|Rule
        EPOCH|Epoch|Char|Req|Timing
        """,
    ),
    ("STUDYID", "ARMCD", "TAETORD"),
)

TE = Domain(
    "TE",
    "Trial Elements",
    _variables(
        """
        ETCD|Element Code|Char|Req|Topic
        ELEMENT|Description of Element|Char|Req|Synonym Qualifier
        TESTRL|Rule for Start of Element|Char|Req|Rule
        TEENRL|Rule for End of Element|Char|Perm|Rule
        TEDUR|Planned Duration of Element|Char|Perm|Timing
        """,
    ),
    ("STUDYID", "ETCD"),
)

TV = Domain(
    "TV",
    "Trial Visits",
    _variables(
        """
        VISITNUM|Visit Number|Num|Req|Topic
        VISIT|Visit Name|Char|Req|Synonym Qualifier
        VISITDY|Planned Study Day of Visit|Num|Perm|Timing
        ARMCD|Planned Arm Code|Char|Exp|Record Qualifier
        ARM|Description of Planned Arm|Char|Perm|Synonym Qualifier
        TVSTRL|Visit Start Rule|Char|Req|Rule
        TVENRL|Visit End Rule|Char|Perm|Rule
        """,
    ),
    ("STUDYID", "ARMCD", "VISITNUM"),
)

TI = Domain(
    "TI",
    "Trial Inclusion/Exclusion Criteria",
    _variables(
        """
        IETESTCD|Incl/Excl Criterion Short Name|Char|Req|Topic
        IETEST|Inclusion/Exclusion Criterion|Char|Req|Synonym Qualifier
        IECAT|Inclusion/Exclusion Category|Char|Req|Grouping Qualifier
        IESCAT|Inclusion/Exclusion Subcategory|Char|Perm|Grouping Qualifier
        TIRL|Inclusion/Exclusion Criterion Rule|Char|Perm|Rule
        TIVERS|Protocol Criteria Versions|Char|Perm|Record Qualifier
        """,
    ),
    ("STUDYID", "IETESTCD", "TIVERS"),
)

TS = Domain(
    "TS",
    "Trial Summary",
    _variables(
        """
        TSSEQ|Sequence Number|Num|Req|Identifier
        TSGRPID|Group ID|Char|Perm|Identifier
        TSPARMCD|Trial Summary Parameter Short Name|Char|Req|Topic
        TSPARM|Trial Summary Parameter|Char|Req|Synonym Qualifier
        TSVAL|Parameter Value|Char|Exp|Result Qualifier
        TSVALNF|Parameter Value Null Flavor|Char|Perm|Result Qualifier
        TSVALCD|Parameter Value Code|Char|Exp|Result Qualifier
        TSVCDREF|Name of the Reference Terminology|Char|Exp|Result Qualifier
        TSVCDVER|Version of the Reference Terminology|Char|Exp|Result Qualifier
        """,
    ),
    ("STUDYID", "TSPARMCD", "TSSEQ"),
)

DOMAINS: dict[str, Domain] = {domain.name: domain for domain in (TA, TE, TV, TI, TS)}
