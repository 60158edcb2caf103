"""Every row of every shipped instance says where it comes from, and nothing in a folder is stray."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import trialopt
from trialopt.core.catalog import find, instances
from trialopt.evidence import library
from trialopt.reading import build, document, load
from trialopt.reading.document import Document

SHIPPED = [shipped.name for shipped in instances()]
CONFIDENCE = {"read", "recalled", "assumption"}
NO_MODERN_FIGURE = {"niche_adhesion", "pi3k_akt_activation", "drug_metabolism", "pgp_efflux"}
NEW = [
    "gmmg_hd7",
    "ndmm_transplant_eligible",
    "ndmm_frail",
    "rrmm_triple_class",
    "biomarker_umbrella",
    "t11_14_too_few_patients",
]


def rows_without_ground(written: Document) -> list[str]:
    """Rows with neither a source nor the mark of an assumption, and assumptions without their reasoning."""
    found = []
    for table, rows in written.tables.items():
        for row in rows:
            source, confidence = row.cells.get("source", ""), row.cells.get("confidence", "")
            where = f"{row.file}:{row.line} ({table})"
            if not source and confidence != "assumption":
                found.append(f"{where} has neither a source nor the mark of an assumption")
            elif confidence not in CONFIDENCE:
                found.append(f"{where} has confidence {confidence!r}")
            elif "assumption" in (source, confidence) and not row.cells.get("note"):
                found.append(f"{where} assumes without saying why")
    return found


@pytest.mark.parametrize("name", SHIPPED)
def test_every_row_has_a_source_or_is_marked_an_assumption(name: str) -> None:
    written = load(find(name))
    assert sum(len(rows) for rows in written.tables.values()) > 20
    assert rows_without_ground(written) == []


def test_a_row_without_ground_is_found() -> None:
    rows = [
        {"agent": "a", "class": "c", "source": "X 2020", "confidence": "read"},
        {"agent": "b", "class": "c"},
        {"agent": "d", "class": "c", "source": "assumption", "confidence": "assumption"},
        {"agent": "e", "class": "c", "source": "X 2020", "confidence": "sure"},
    ]
    found = rows_without_ground(document("made", {}, {"agents": rows}))
    assert [line.split(" (")[0] for line in found] == ["agents.csv:3", "agents.csv:4", "agents.csv:5"]


@pytest.mark.parametrize("name", NEW)
def test_mechanisms_without_modern_figures_carry_a_range(name: str) -> None:
    rows = load(find(name)).tables["prevalence"]
    spoken_for = [row for row in rows if row.cells["mechanism"] in NO_MODERN_FIGURE]
    assert {row.cells["mechanism"] for row in spoken_for} == NO_MODERN_FIGURE
    for row in spoken_for:
        assert row.cells["confidence"] == "assumption"
        assert "plausible range 0.0" in row.cells["note"], row


@pytest.mark.parametrize("name", NEW)
def test_every_agent_has_a_rate_for_every_limited_category(name: str) -> None:
    written = load(find(name))
    told = {(row.cells["agent"], row.cells["category"]) for row in written.tables["toxicity"]}
    agents = [row.cells["agent"] for row in written.tables["agents"]]
    categories = [row.cells["category"] for row in written.tables["categories"]]
    assert {(a, c) for a in agents for c in categories} - told == set()


@pytest.mark.parametrize("name", NEW)
def test_nothing_in_the_folder_is_stray(name: str) -> None:
    folder = find(name)
    assert isinstance(folder, Path)
    assert (folder / "README.md").is_file()
    assert build(load(folder)).trial.sized
    assert [w for w in load(folder).warnings if "ignored" in w] == []


HOSTS = {
    "aacrjournals.org", "biomarkerres.biomedcentral.com", "clinicaltrials.gov", "doi.org", "dx.doi.org",
    "pmc.ncbi.nlm.nih.gov", "pubmed.ncbi.nlm.nih.gov", "www.nature.com",
}  # fmt: skip
"""Where a source may point: journals, PubMed, DOIs, registries; no mirrors, previews or bare addresses."""
OF_THE_LIBRARY = {
    *(
        "aacrjournals.org",
        "ashpublications.org",
        "biomarkerres.biomedcentral.com",
        "doi.org",
        "onlinelibrary.wiley.com",
    ),
    *("pmc.ncbi.nlm.nih.gov", "pubmed.ncbi.nlm.nih.gov", "www.bloodjournal.org", "www.nature.com"),
    *("digitalcommons.library.tmc.edu", "pure.eur.nl", "repub.eur.nl"),  # universities: their own authors' papers
    *("jnjmedicalconnect.com", "www.jnjmedicalconnect.com", "www.kyprolis-hcp.com", "carvyktihcp.com"),  # makers
}
LIBRARY = Path(trialopt.__file__).parent / "evidence" / "data"
FOLDERS = {"instances": (find("ndmm_frail").parent, HOSTS), "library": (LIBRARY, OF_THE_LIBRARY)}
"""Folders held to it, by name: everything under them, and the hosts a source there may be at."""
ADDRESS = re.compile(r"https?:?//(?:[^/\s>\"@]*@)?([^/\s>\",;)]+)")
BARE = re.compile(
    r"\b(?:\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?|[\w-]+\.(?:vercel|platformsh|netlify|fly)\.\w+|www\.[\w.-]+)\b"
)


def strange_hosts(text: str, known: set[str] = HOSTS) -> set[str]:
    """Hosts named in a text that no source may be at, and addresses without a name."""
    named = ADDRESS.findall(text)
    return {host for host in (*named, *BARE.findall(text)) if host not in known}


@pytest.mark.parametrize(("folder", "known"), FOLDERS.values(), ids=FOLDERS)
def test_sources_name_publications_and_no_mirrors(folder: Path, known: set[str]) -> None:
    files = [file for file in folder.rglob("*") if file.suffix in (".csv", ".toml", ".md")]
    assert len(files) > 3
    found = {str(file): hosts for file in files if (hosts := strange_hosts(file.read_text(encoding="utf-8"), known))}
    assert found == {}


NO_PUBLICATION = {"label", "class rule", "guideline", "guideline knowledge", "expert consensus", "reference", "various"}


@pytest.mark.parametrize("name", [n for n in library.TABLES if "confidence" in library.table(n).columns])
def test_every_row_of_the_library_names_its_source_or_says_assumption_and_why(name: str) -> None:
    """Facts, arms, events, doses and settings: the same rule as for rows of an instance."""
    frame = library.table(name).astype(object).fillna("").astype(str)
    why = frame["note"] if "note" in frame.columns else frame["source"]
    for row, (source, confidence, note) in enumerate(zip(frame["source"], frame["confidence"], why, strict=True), 2):
        assert confidence in CONFIDENCE, (name, row)
        assert confidence == "assumption" or (source and source.lower() not in NO_PUBLICATION | {"assumption"}), (
            name,
            row,
        )
        assert confidence != "assumption" or note, (name, row)


def test_mirrors_are_found() -> None:
    assert strange_hosts("X 2020 <https://pmc.ncbi.nlm.nih.gov/articles/PMC1>; 10.1182/blood.1; 1.5 mg/kg") == set()
    for bad in ("http://47.251.13.51:8081/x", "https://at406antagonist.com/a", "see a-b.vercel.app", "www.x-mol.com"):
        assert strange_hosts(bad), bad


def test_a_number_that_was_assumed_says_so() -> None:
    """A publication for the effect is no publication for its size: such a row is an assumption with a reference."""
    wrong = [
        f"{file.name}: {line}"
        for file in FOLDERS["instances"][0].rglob("*.csv")
        for line in file.read_text(encoding="utf-8").splitlines()
        if "size assumed" in line and ",read," in line
    ]
    assert wrong == []
