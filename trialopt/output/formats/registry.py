"""The formats by name: where each is written, and how its files end.

A format is one module with `files(solution) -> dict[str, bytes]`: names and contents of its files, the same bytes for
the same run. Modules are imported when they are used, so that naming the formats costs nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from trialopt.record.solution import Solution


@dataclass(frozen=True)
class Format:
    """One format: its module, the end of its files, and what a folder of it holds."""

    module: str
    suffix: str
    holds: str
    """`document` (one file), `tables` (a file per table) or `domains` (a file per SDTM domain)."""

    def files(self, solution: Solution) -> dict[str, bytes]:
        """Names and contents of all files. Raises `ExportError` for a missing extra or a run without a design."""
        write: Callable[[Solution], dict[str, bytes]] = import_module(self.module).files
        return write(solution)


FORMATS: dict[str, Format] = {
    "csv": Format("trialopt.output.formats.delimited", ".csv", "tables"),
    "parquet": Format("trialopt.output.formats.columnar", ".parquet", "tables"),
    "json": Format("trialopt.output.formats.records", ".json", "document"),
    "md": Format("trialopt.output.formats.markdown", ".md", "document"),
    "latex": Format("trialopt.output.formats.latex", ".tex", "document"),
    "xlsx": Format("trialopt.output.formats.workbook", ".xlsx", "document"),
    "docx": Format("trialopt.output.report.section", ".docx", "document"),
    "xpt": Format("trialopt.output.formats.transport", ".xpt", "domains"),
    "dataset-json": Format("trialopt.output.formats.dataset_json", ".json", "domains"),
}

BY_SUFFIX: dict[str, str] = {f.suffix: name for name, f in FORMATS.items() if f.holds != "domains"}
"""End of a file -> the format it says. Domains are not here: their files are named by the standard."""
