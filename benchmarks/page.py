"""The page of the docs: prose by hand, tables between two marks, the plot beside it."""

from __future__ import annotations

import shutil
from pathlib import Path

BEGIN, END = "<!-- results -->", "<!-- end of results -->"


def update_page(docs: Path, report: str, plot: Path) -> None:
    """Put the report between the marks of `benchmarks.md`, and the plot into `figures/`.

    Raises `ValueError` when a mark is missing.
    """
    page = docs / "benchmarks.md"
    text = page.read_text(encoding="utf-8")
    if text.count(BEGIN) != 1 or text.count(END) != 1:
        raise ValueError(f"{page} has no place for the results: it needs the lines {BEGIN} and {END}, once each")
    before, rest = text.split(BEGIN)
    page.write_text(f"{before}{BEGIN}\n{report}\n{END}{rest.split(END)[1]}", encoding="utf-8")
    if plot.exists():
        (docs / "figures").mkdir(exist_ok=True)
        shutil.copyfile(plot, docs / "figures" / "benchmarks_growth.svg")
