"""The bibliography of a document: every source once, numbered as it is first cited."""

from __future__ import annotations

import re
from collections.abc import Iterable

from trialopt.output.report.sentences import ASSUMED

METHODS = {
    "ich m11": "International Council for Harmonisation. M11: Clinical electronic Structured Harmonised Protocol "
    "(CeSHarP), protocol template. 2025",
    "ich e9 r1": "International Council for Harmonisation. E9(R1): Addendum on estimands and sensitivity analysis in "
    "clinical trials. 2019",
    "imwg": "Kumar S et al. Lancet Oncol 2016;17:e328-46 (response and minimal residual disease criteria of the "
    "International Myeloma Working Group)",
    "ctcae": "National Cancer Institute. Common Terminology Criteria for Adverse Events, version 5.0. 2017",
    "stratified": "Greenland S, Robins JM. Biometrics 1985;41:55-68 (risk difference with Mantel-Haenszel weights)",
    "exact": "Boschloo RD. Stat Neerl 1970;24:1-9",
    "schoenfeld": "Schoenfeld DA. Biometrics 1983;39:499-503",
    "freedman": "Freedman LS. Stat Med 1982;1:121-9",
    "lachin_foulkes": "Lachin JM, Foulkes MA. Biometrics 1986;42:507-19",
    "rubinstein": "Rubinstein LV, Gail MH, Santner TJ. J Chronic Dis 1981;34:469-79",
    "spending": "Lan KKG, DeMets DL. Biometrika 1983;70:659-63",
    "monitoring": "Thall PF, Simon R. Biometrics 1994;50:337-49",
}
"""Publications that a protocol cites for its methods, by what they are cited for."""

_NO_PUBLICATION = (*ASSUMED, "fitted")
_PLACE = re.compile(r"(\d{4})\s*;\s*(\w+(?:\(\w+\))?)\s*:\s*(e?\d+)")
"""Year, volume and first page, by which two citations of one paper are known."""

_STANDS_ALONE = re.compile(r"et al\b.*(?:19|20)\d\d|\(10\.|\d{4}\s*;\s*\w+(?:\(\w+\))?\s*:\s*e?\d")
"""A part of a cell that is a citation of its own: it has authors and a year, a volume with a page, or a DOI."""


def publications(text: str) -> list[str]:
    """The publications that a cell of a table names, each as it stands in a bibliography; none for an assumption.

    A cell names several where each part between semicolons has a year of its own; what stands in brackets is the
    trial or the subset that was read, no part of the citation.
    """
    if text in METHODS:
        return [METHODS[text]]
    whole = " ".join(text.split())
    if not whole or whole.lower().startswith(_NO_PUBLICATION):
        return []
    parts = [""]
    for piece in re.split(r"(?<=[^;])(; )(?=[A-Z])", re.sub(r"\s*\[[^\]]*\]", "", whole)):
        if piece == "; ":
            parts.append("")
        else:
            parts[-1] += piece
    entries: list[str] = []
    for part in parts:
        if entries and not _STANDS_ALONE.search(part):
            entries[-1] += f"; {part}"
        else:
            entries.append(part)
    return [part for each in entries if (part := _entry(each))]


def _entry(text: str) -> str:
    plain = re.sub(r"<([^>]*)>", r"\1", text).strip(" .;")
    return re.sub(r"(?:, as reported|(?<=\d) \((?!10\.|PMC)[^()]{1,40}\))$", "", plain)


def key(entry: str) -> str:
    """What two citations of the same publication have in common: year, volume and page, else the words."""
    if found := _PLACE.search(entry):
        return " ".join(found.groups()).lower()
    words = re.sub(r"https?://\S+|\((?:via|as) [^)]*\)|, as reported$", "", entry)
    return " ".join(re.findall(r"\w+", words.lower()))


class Bibliography:
    """Sources in the order in which they are cited."""

    def __init__(self) -> None:
        self._found: dict[str, tuple[int, str]] = {}

    def numbers(self, sources: Iterable[str]) -> list[int]:
        """Number of each publication that cells name, in rising order; a new one gets the next number."""
        found = set()
        for text in sources:
            for entry in publications(text):
                number, _ = self._found.setdefault(key(entry), (len(self._found) + 1, entry))
                found.add(number)
        return sorted(found)

    @property
    def entries(self) -> list[tuple[int, str]]:
        """Number and text of every source, in order."""
        return list(self._found.values())


def spans(numbers: Iterable[int]) -> list[tuple[int, int]]:
    """Runs of numbers: `(1, 1), (3, 6)` for 1, 3, 4, 5, 6."""
    runs: list[tuple[int, int]] = []
    for number in sorted(set(numbers)):
        if runs and number == runs[-1][1] + 1:
            runs[-1] = (runs[-1][0], number)
        else:
            runs.append((number, number))
    return runs
