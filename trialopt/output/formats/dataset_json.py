"""Dataset-JSON 1.1: a file per trial design domain, with the same records as the transport files.

Source: CDISC Dataset-JSON Specification, version 1.1 (2024-12-05): attributes in the order that it recommends.
"""

from __future__ import annotations

import json
from typing import Any

from trialopt.output.formats.stamp import finished
from trialopt.output.sdtm.domains import DOMAINS, Domain, Records, Variable
from trialopt.output.sdtm.study import trial_design
from trialopt.record.solution import Solution

_INTEGERS = ("TAETORD", "TSSEQ")
"""Numeric variables that are whole by definition; VISITNUM may have decimals."""


def files(solution: Solution) -> dict[str, bytes]:
    """`ta.json`, `te.json`, `ti.json`, `ts.json`, `tv.json`. Raises `ExportError` without a design."""
    created = finished(solution).strftime("%Y-%m-%dT%H:%M:%SZ")
    version = str(solution.provenance.get("trialopt", "unknown"))
    study = trial_design(solution)
    return {
        f"{name.lower()}.json": _content(DOMAINS[name], study[name].records, created, version) for name in sorted(study)
    }


def _content(domain: Domain, records: Records, created: str, version: str) -> bytes:
    variables = [variable for name in records[0] if (variable := domain.variable(name)) is not None]
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
    return (json.dumps(data, indent=1, ensure_ascii=False, allow_nan=False) + "\n").encode()


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
