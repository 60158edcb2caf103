"""What reading warns of, in one sentence each; the small instance gives no cause."""

from __future__ import annotations

import pytest

from tests.reading.base import Folder
from trialopt.reading import InputErrors, read
from trialopt.reading.doubtful import misread_as

CAUSES = {
    "no activity": (
        [("agents.csv", "0.3,,,,,", ",,,,,")],
        "lenalidomide has no orr, no responders and no row in activity.csv for induction; it counts as inactive there.",
    ),
    "no toxicity row": (
        [("toxicity.csv", "carfilzomib,neuropathy,,,,0,a trial\n", ""),
         ("toxicity.csv", "carfilzomib,neutropenia,,,,0.2,a trial\n", "")],
        "toxicity.csv has no row of carfilzomib for neuropathy, neutropenia; they count as 0.",
    ),
    "no toxicity row in one epoch": (
        [("toxicity.csv", "lenalidomide,neutropenia,,,,0.3,a trial\n", "")],
        "toxicity.csv has no row of lenalidomide for neutropenia (induction); they count as 0.",
    ),
    "clipped": (
        [("toxicity.csv", "bortezomib,neutropenia,,,,0.1", "bortezomib,neutropenia,,,,0.7")],
        "The rate of neutropenia under bortezomib exceeds 0.95 in frail and counts as 0.95.",
    ),
    "clipped background": (
        [("categories.csv", "neutropenia,,0.05", "neutropenia,,0.7")],
        "The background of neutropenia exceeds 0.95 in frail and counts as 0.95.",
    ),
    "overfull": (
        [("emergence.csv", "crbn,imid,3", "crbn,imid,3.5")],
        "Prevalences of frail could add up to 1.08 after emergence; coverage can fall below 0 there.",
    ),
    "equal levels": (
        [("levels.csv", "0.8,0.5", "1,1")],
        "Levels low and high of carfilzomib have the same factors in levels.csv.",
    ),
    "target of the other endpoint": (
        [("trial.toml", "max_arms = 2", "max_arms = 2\npower = 0.8\ncontrol_rate = 0.3\ntarget_hazard_ratio = 0.7")],
        "target_hazard_ratio is about the pfs endpoint and does not count for response.",
    ),
    "a pair of one": (
        [("contraindicated.csv", "carfilzomib,lenalidomide", "carfilzomib,carfilzomib")],
        "contraindicated.csv bars carfilzomib together with itself in frail, which bars nothing; "
        "leave `with` blank to bar the agent.",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("edits", "sentence"), CAUSES.values(), ids=CAUSES)
def test_warning(folder: Folder, edits: list[tuple[str, str, str]], sentence: str) -> None:
    assert folder.read().warnings == ()
    for edit in edits:
        folder.edit(*edit)
    assert folder.read().warnings == (sentence,)


@pytest.mark.parametrize("name", ["notes.txt", "toxicty.csv", "Reach2.csv", "trial.tml"])
def test_unknown_files(folder: Folder, name: str) -> None:
    """The file a name is like is there, so it is not what was meant."""
    folder.write(name, "x")
    assert folder.read().warnings == (f"{name} is not a file of an instance and is ignored.",)


def test_a_table_in_a_folder_is_pointed_out_where_it_is_missing(folder: Folder) -> None:
    deep = folder.path / "tables"
    deep.mkdir()
    folder.write("tables/reach.csv", "x")
    assert folder.read().warnings == ()
    (folder.path / "reach.csv").rename(deep / "reach.csv")
    said = "tables/reach.csv is in a folder of the instance and is ignored; reach.csv is missing."
    assert folder.read().warnings == (said,)
    folder.write("tables/trial.toml", "an instance of its own")
    assert folder.read().warnings == ()


def test_settings_almost_rightly_named(folder: Folder) -> None:
    (folder.path / "trial.toml").rename(folder.path / "Trial.toml.txt")
    with pytest.raises(InputErrors, match=r"no trial.toml.*Trial.toml.txt is almost that: rename or save it"):
        folder.read()


@pytest.mark.parametrize(
    "name",
    [
        *("Reach.csv", "reach.CSV", "reach.csv.txt", "reach (1).csv", "reach - Copy.csv", "Copy of reach.csv"),
        *("reach.xlsx", "reach.parquet", "reach.json", "raech.csv", "reaches.csv", "r\u0435ach.csv"),
    ],
)
def test_a_file_that_is_almost_a_table_is_an_error(folder: Folder, name: str) -> None:
    """Left out in silence it would be no data: no reach, no toxicity, no limits."""
    (folder.path / "reach.csv").rename(folder.path / name)
    with pytest.raises(InputErrors) as caught:
        folder.read()
    assert f"{name}: the name is almost that of reach.csv" in str(caught.value)


def test_a_folder_or_a_dead_link_in_the_place_of_a_table_is_an_error(folder: Folder) -> None:
    (folder.path / "reach.csv").unlink()
    (folder.path / "reach.csv").mkdir()
    with pytest.raises(InputErrors, match=r"reach.csv: this is a folder, not a table"):
        folder.read()
    (folder.path / "reach.csv").rmdir()
    (folder.path / "reach.csv").symlink_to(folder.path / "nowhere")
    with pytest.raises(InputErrors, match=r"reach.csv: this is a link to nothing"):
        folder.read()


def test_companions_are_known(folder: Folder) -> None:
    for name in ("README.md", "reference.toml", "__init__.py", ".hidden"):
        folder.write(name, "x")
    (folder.path / "__pycache__").mkdir()
    assert folder.read().warnings == ()


def test_an_agent_that_is_not_usable_needs_no_numbers(folder: Folder) -> None:
    """Lenalidomide in maintenance only: there it has its own activity and its own neutropenia."""
    folder.edit("agents.csv", "0.3,,,,,", ",,,,,maintenance")
    folder.edit("toxicity.csv", "lenalidomide,neutropenia,,,,0.3,a trial\n", "")
    assert folder.read().warnings == ()


def test_warnings_of_the_base_stay_with_a_scenario(folder: Folder) -> None:
    folder.write("notes.txt", "x")
    assert len(read(folder.scenario("[trial]\nmax_arms = 1")).warnings) == 1


MISREAD = ("na", "nan", "null", "n_a", "true", "inf", "1e5", "007", "march1", "sept2", "dec1", "1mar")


def _renamed(folder: Folder, old: str, new: str) -> None:
    for path in (*folder.path.glob("*.csv"), folder.path / "trial.toml"):
        folder.write(path.name, path.read_text().replace(old, new))


@pytest.mark.parametrize("name", MISREAD)
def test_ids_that_other_software_misreads(folder: Folder, name: str) -> None:
    _renamed(folder, "carfilzomib", name)
    (said,) = folder.read().warnings
    assert said.startswith(f"agents.csv:3 agent: other software reads the id {name!r} as a")


def test_ids_that_are_texts_everywhere() -> None:
    assert not any(map(misread_as, ("mg25", "t_cell", "march", "may_be", "june_dose", "e5", "nano", "cd38", "d1_21")))


def test_epochs_that_are_dates(folder: Folder) -> None:
    _renamed(folder, "maintenance", "dec1")
    line = (folder.path / "trial.toml").read_text().splitlines().index('id = "dec1"') + 1
    (said,) = folder.read().warnings
    assert said.startswith(f"trial.toml:{line} [[epoch]] id: other software reads the id 'dec1' as a date")


LEVELS = "agent,level,activity_factor,toxicity_factor"

SLIPS = {
    "pair": ("interactions.csv", "a,b,activity", "carfilzomib,lenalidomide,-15", "activity: -15 of carfilzomib"),
    "retained": ("retained.csv", "mechanism,key,retained", "crbn,imid,50", "retained: 50 of crbn, imid"),
    "looked up": ("retained.csv", "mechanism,key,retained,confidence", "crbn,imid,50,read", "retained: 50 of crbn"),
    "sensitivity": ("sensitivity.csv", "subgroup,key,sensitivity", "frail,imid,40", "sensitivity: 40 of frail, imid"),
    "level": ("levels.csv", LEVELS, "carfilzomib,low,80,0.5", "activity_factor: 80 of carfilzomib, low"),
    "toxic": ("levels.csv", LEVELS, "carfilzomib,low,0.8,5", "toxicity_factor: 5 of carfilzomib, low"),
}


@pytest.mark.parametrize(("file", "header", "row", "start"), SLIPS.values(), ids=SLIPS)
def test_slips_of_scale(folder: Folder, file: str, header: str, row: str, start: str) -> None:
    folder.write(file, f"{header}\n{row}\n")
    said = [text for text in folder.read().warnings if "beyond what is usual" in text]
    assert len(said) == 1
    assert said[0].startswith(f"{file}:2 {start}")


def test_a_large_number_that_was_looked_up(folder: Folder) -> None:
    folder.write("retained.csv", "mechanism,key,retained,source,confidence\ncrbn,imid,9,a paper,read\n")
    assert not [text for text in folder.read().warnings if "usual" in text]


def test_a_hazard_ratio_above_3_is_an_error(folder: Folder) -> None:
    folder.edit("activity.csv", "maintenance,,0.5", "maintenance,,45.9")
    with pytest.raises(InputErrors, match=r"activity\.csv:2 hazard_ratio: 45\.9 is"):
        folder.read()
