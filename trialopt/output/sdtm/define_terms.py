"""What define.xml says beyond the datasets: controlled terms by variable, origins, and how records are told apart.

Codelists are those of CDISC SDTM Controlled Terminology (see `terms.VERSION`), with their codes in the NCI Thesaurus.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from trialopt.output.sdtm.domains import DOMAINS
from trialopt.output.sdtm.term_codes import CATEGORIES, DOMAINS_CODED, EPOCHS, PARAMETERS_CODED
from trialopt.output.sdtm.terms import CODES, NULL_FLAVORS, PARAMETERS


@dataclass(frozen=True)
class Terms:
    """One codelist: its name, its code in the NCI Thesaurus (none where it is not of CDISC), and its terms."""

    name: str
    code: str
    terms: Mapping[str, str]
    """Term -> what it stands for; empty where the term says it itself."""
    codes: Mapping[str, str]
    """Term -> its code; those that a sponsor adds have none."""


def _plain(codes: Mapping[str, str]) -> dict[str, str]:
    return dict.fromkeys(sorted(codes), "")


_NAMES_CODED = {PARAMETERS[parameter]: code for parameter, code in PARAMETERS_CODED.items()}
"""Name of a parameter -> its code, which is that of its short name."""

VARIABLES: dict[str, Terms] = {
    "DOMAIN": Terms(
        "SDTM Domain Abbreviation", "C66734", {k: d.label for k, d in sorted(DOMAINS.items())}, DOMAINS_CODED
    ),
    "EPOCH": Terms("Epoch", "C99079", _plain(EPOCHS), EPOCHS),
    "IECAT": Terms("Category of Inclusion/Exclusion", "C66797", _plain(CATEGORIES), CATEGORIES),
    "TSPARMCD": Terms("Trial Summary Parameter Test Code", "C66738", PARAMETERS, PARAMETERS_CODED),
    "TSPARM": Terms("Trial Summary Parameter Test Name", "C67152", _plain(_NAMES_CODED), _NAMES_CODED),
    "TSVALNF": Terms("Null flavor (ISO 21090)", "", _plain(dict.fromkeys(NULL_FLAVORS, "")), {}),
}
"""Variable -> its codelist."""

_OF_PARAMETER = {
    "ADAPT": ("No Yes Response", "C66742"),
    "HLTSUBJI": ("No Yes Response", "C66742"),
    "INTMODEL": ("Intervention Model Response", "C99076"),
    "INTTYPE": ("Intervention Type Response", "C99078"),
    "ONGOSIND": ("No Yes Response", "C66742"),
    "RANDOM": ("No Yes Response", "C66742"),
    "RDIND": ("No Yes Response", "C66742"),
    "SEXPOP": ("Sex of Participants Response", "C66732"),
    "STYPE": ("Study Type Response", "C99077"),
    "TBLIND": ("Trial Blinding Schema Response", "C66735"),
    "TCNTRL": ("Control Type Response", "C66785"),
    "TINDTP": ("Trial Intent Type Response", "C66736"),
    "TPHASE": ("Trial Phase Response", "C66737"),
    "TTYPE": ("Trial Type Response", "C66739"),
}
"""Parameter of the summary -> name and code of the codelist of its values."""


def of_parameter(parameter: str) -> Terms | None:
    """Codelist of the values of a parameter of the summary; `None` where they are free text."""
    if parameter not in _OF_PARAMETER:
        return None
    name, code = _OF_PARAMETER[parameter]
    mine = {p for p, entry in _OF_PARAMETER.items() if entry == (name, code)}
    codes = {term: nci for (p, term), nci in CODES.items() if p in mine}
    return Terms(name, code, dict.fromkeys(sorted(codes), ""), codes)


STRUCTURE = {
    "TA": "One record per planned Element per Arm",
    "TE": "One record per planned Element",
    "TI": "One record per I/E criterion",
    "TS": "One record per trial summary parameter value",
    "TV": "One record per planned Visit per Arm",
}
"""Domain -> what a record is (SDTMIG 3.4, structure of each dataset)."""

ASSIGNED = frozenset({"STUDYID", "DOMAIN", "ETCD", "ARMCD", "IETESTCD", "TAETORD", "VISITNUM", "TSSEQ", "TSVALNF"})
"""Variables whose values a sponsor assigns; all others come from the protocol."""

DURATIONS = frozenset({"TEDUR"})
"""Character variables that hold durations of ISO 8601."""
