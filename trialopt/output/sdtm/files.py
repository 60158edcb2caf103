"""The trial design domains as files: SAS transport (XPT version 5), as agencies take them, and Dataset-JSON 1.1.

Source of the second: CDISC Dataset-JSON Specification, version 1.1 (2024-12-05): attributes in the order that it
recommends. Beside either stands a define.xml that describes them.
"""

from __future__ import annotations

import re
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd

from trialopt.output.formats import ExportError
from trialopt.output.formats.data import as_json
from trialopt.output.sdtm.define import NAME, define_xml
from trialopt.output.sdtm.domains import DOMAINS, Domain, Records, Study, Variable
from trialopt.output.sdtm.study import trial_design
from trialopt.output.sdtm.terms import ascii_text
from trialopt.output.sdtm.transport_check import problems
from trialopt.output.study.plan import Study as Plan
from trialopt.output.study.plan import missing
from trialopt.record.solution import Solution

UNKNOWN = datetime(2000, 1, 1, tzinfo=UTC)
"""For records that do not say when their run ended."""


def finished(solution: Solution) -> datetime:
    """When the run ended, in UTC, to the second."""
    try:
        moment = datetime.fromisoformat(str(solution.provenance["finished"]))
    except (KeyError, ValueError):
        return UNKNOWN
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC).replace(microsecond=0)


def _variables(domain: Domain, records: Records) -> list[Variable]:
    """Variables that the records have, in their order."""
    return [variable for name in records[0] if (variable := domain.variable(name)) is not None]


# -- SAS transport. -----------------------------------------------------------------------------------------------

_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_STAMP = re.compile(rf"\d\d(?:{'|'.join(_MONTHS)})\d\d:\d\d:\d\d:\d\d".encode())
_STAMPS = 4
"""When the library and its member were made and changed: twice each, all in the records before the first variable."""


def transport_files(solution: Solution) -> dict[str, bytes]:
    """A `.xpt` for each domain, and `define.xml`. Raises `ExportError` without pyreadstat or without a design."""
    try:
        import pyreadstat  # noqa: F401
    except ImportError:
        raise ExportError("SAS transport files need pyreadstat: pip install 'trialopt[sdtm]'") from None
    stamp = _stamp(finished(solution))
    study = trial_design(solution)
    made = {
        f"{name.lower()}.xpt": _stamped(_transport(DOMAINS[name], study[name].records), stamp) for name in sorted(study)
    }
    if found := [line for name in study for line in problems(made[f"{name.lower()}.xpt"], name, study[name])]:
        raise RuntimeError("the transport files are broken: " + "; ".join(found))
    return made | {NAME: _define(solution, study, ".xpt")}


def _define(solution: Solution, study: Study, suffix: str) -> bytes:
    """Content of the file that describes the datasets."""
    q = solution.question
    return define_xml(
        study,
        created=_created(solution),
        version=_version(solution),
        title=ascii_text(q.title or q.name),
        suffix=suffix,
    )


NEEDED = {
    "sponsor": "SPONSOR",
    "identifier": "REGID",
    "phase": "TPHASE",
    "blinding": "TBLIND",
    "minimum_age": "AGEMIN",
    "maximum_age": "AGEMAX",
    "sex": "SEXPOP",
    "indication_code": "the code of INDIC",
    "rare_disease": "RDIND",
}
"""Facts of the trial summary that a planner gives, and the parameter that is unknown without them."""


def lacking(study: Plan) -> list[str]:
    """What the trial summary and the elements ask for and nobody has given."""
    return missing(study, NEEDED)


def _created(solution: Solution) -> str:
    return finished(solution).strftime("%Y-%m-%dT%H:%M:%SZ")


def _version(solution: Solution) -> str:
    return str(solution.provenance.get("trialopt", "unknown"))


def _transport(domain: Domain, records: Records) -> bytes:
    """Bytes of one dataset. Character variables are as long as their longest value."""
    import pyreadstat

    variables = _variables(domain, records)
    frame = pd.DataFrame(
        {
            v.name: pd.Series([record[v.name] for record in records], dtype="float64" if v.kind == "Num" else "object")
            for v in variables
        }
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{domain.name.lower()}.xpt"
        pyreadstat.write_xport(
            frame,
            str(path),
            file_label=domain.label,
            table_name=domain.name,
            column_labels=[v.label for v in variables],
            file_format_version=5,
        )
        return path.read_bytes()


def _stamp(moment: datetime) -> bytes:
    """`23NOV26:17:05:19`, whatever the language of the machine."""
    return f"{moment:%d}{_MONTHS[moment.month - 1]}{moment:%y:%H:%M:%S}".encode()


def _stamped(content: bytes, stamp: bytes) -> bytes:
    """The file with the time of the run in place of the time of writing."""
    head, rest = content[: _head(content)], content[_head(content) :]
    head, found = _STAMP.subn(stamp, head)
    if found != _STAMPS:
        raise RuntimeError(f"a transport file with {found} times in its head, not {_STAMPS}")
    return head + rest


def _head(content: bytes) -> int:
    return content.index(b"HEADER RECORD*******NAMESTR HEADER RECORD")


# -- Dataset-JSON, with the same records. -------------------------------------------------------------------------

_INTEGERS = ("TAETORD", "TSSEQ", "VISITDY")
"""Numeric variables that are whole by definition; VISITNUM may have decimals."""


def json_files(solution: Solution) -> dict[str, bytes]:
    """`ta.json`, `te.json`, `ti.json`, `ts.json`, `tv.json`, `define.xml`. Raises `ExportError` without a design."""
    created, version = _created(solution), _version(solution)
    study = trial_design(solution)
    made = {
        f"{name.lower()}.json": _json(DOMAINS[name], study[name].records, created, version) for name in sorted(study)
    }
    return made | {NAME: _define(solution, study, ".json")}


def _json(domain: Domain, records: Records, created: str, version: str) -> bytes:
    variables = _variables(domain, records)
    study = str(records[0]["STUDYID"])
    data: dict[str, Any] = {
        "datasetJSONCreationDateTime": created,
        "datasetJSONVersion": "1.1.0",
        "fileOID": f"{study}.{domain.name}",
        "originator": "trialopt",
        "sourceSystem": {"name": "trialopt", "version": version},
        "studyOID": study,
        "itemGroupOID": f"IG.{domain.name}",
        "records": len(records),
        "name": domain.name,
        "label": domain.label,
        "columns": [_column(domain, variable, records) for variable in variables],
        "rows": [[record[v.name] for v in variables] for record in records],
    }
    return as_json(data).encode()


def _column(domain: Domain, variable: Variable, records: Records) -> dict[str, Any]:
    column: dict[str, Any] = {
        "itemOID": f"IT.{domain.name}.{variable.name}",
        "name": variable.name,
        "label": variable.label,
        "dataType": "string",
    }
    if variable.kind == "Char":
        column["length"] = max(1, *(len(str(record[variable.name])) for record in records))
    else:
        column["dataType"] = "integer" if variable.name in _INTEGERS else "float"
    if variable.name in domain.keys:
        column["keySequence"] = domain.keys.index(variable.name) + 1
    return column
