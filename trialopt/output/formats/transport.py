"""SAS transport (XPT version 5): a file per trial design domain, as agencies take them."""

from __future__ import annotations

import re
import tempfile
from datetime import datetime
from pathlib import Path

import pandas as pd

from trialopt.output.formats.errors import ExportError
from trialopt.output.formats.stamp import finished
from trialopt.output.sdtm.domains import DOMAINS, Domain, Records
from trialopt.output.sdtm.study import trial_design
from trialopt.record.solution import Solution

_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_STAMP = re.compile(rf"\d\d(?:{'|'.join(_MONTHS)})\d\d:\d\d:\d\d:\d\d".encode())
_STAMPS = 4
"""When the library and its member were made and changed: twice each, all in the records before the first variable."""


def files(solution: Solution) -> dict[str, bytes]:
    """`ta.xpt`, `te.xpt`, `ti.xpt`, `ts.xpt`, `tv.xpt`. Raises `ExportError` without pyreadstat or without a design."""
    try:
        import pyreadstat  # noqa: F401
    except ImportError:
        raise ExportError("SAS transport files need pyreadstat: pip install 'trialopt[sdtm]'") from None
    stamp = _stamp(finished(solution))
    study = trial_design(solution)
    return {
        f"{name.lower()}.xpt": _stamped(_content(DOMAINS[name], study[name].records), stamp) for name in sorted(study)
    }


def _content(domain: Domain, records: Records) -> bytes:
    """Bytes of one dataset. Character variables are as long as their longest value."""
    import pyreadstat

    variables = [variable for name in records[0] if (variable := domain.variable(name)) is not None]
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
