"""Equal questions have equal digests, and another question has another."""

from __future__ import annotations

from random import Random

import pytest

from tests.reading.base import FILES, Folder

ORR_IN = ("agents.csv", "0.3,,,,,", "0.25,fit,,,,")


def _table(text: str) -> list[list[str]]:
    return [line.split(",") for line in text.splitlines()]


@pytest.mark.parametrize("seed", range(5))
def test_order_of_rows_and_columns_does_not_matter(folder: Folder, seed: int) -> None:
    random = Random(seed)
    folder.edit(*ORR_IN)
    folder.edit("subgroups.csv", "frail,Frail,80 years or older,1", "frail,,,0.1\nolder,,,0.2\nyoung,,,0.3")
    before = folder.read()
    for name in FILES:
        if name.endswith(".csv"):
            header, *rows = _table((folder.path / name).read_text())
            random.shuffle(rows)
            order = random.sample(range(len(header)), len(header))
            width = len(header)
            lines = [[(row + [""] * width)[i] for i in order] for row in [header, *rows]]
            folder.write(name, "\n".join(map(",".join, lines)))
    after = folder.read()
    assert set(after.agents) == set(before.agents)
    assert after.sha256 == before.sha256


def test_names_sources_titles_and_folders_do_not_matter(folder: Folder) -> None:
    before = folder.read()
    folder.edit("trial.toml", "Two epochs, by hand", "Another title")
    folder.edit("subgroups.csv", "80 years or older", "75 years or older")
    folder.edit("agents.csv", "bortezomib,Bortezomib", "bortezomib,Velcade")
    folder.edit("toxicity.csv", "another trial", "a third trial")
    folder.path = folder.path.rename(folder.path.parent / "renamed")
    after = folder.read()
    assert after.name == "renamed"
    assert after.sha256 == before.sha256


CHANGES = {
    "a setting": ("trial.toml", "max_arms = 2", "max_arms = 3"),
    "an epoch": ("trial.toml", "cycles = 12", "cycles = 13"),
    "an id": ("levels.csv", "carfilzomib,low", "carfilzomib,lower"),
    "an activity": ("agents.csv", "0.3,,,,,", "0.31,,,,,"),
    "a rate": ("toxicity.csv", "30,100", "31,100"),
    "a limit": ("limits.csv", "0.45", "0.46"),
    "a multiplier": ("emergence.csv", "imid,3", "imid,4"),
    "a pair": ("interactions.csv", "0.05,0.02", "0.05,0.03"),
    "a precedent": ("precedents.csv", "bortezomib,lenalidomide", "carfilzomib,lenalidomide"),
    "a rule": ("contraindicated.csv", "carfilzomib,lenalidomide", "carfilzomib,"),
    "a control": ("trial.toml", "$", '[control]\ninduction = ["bortezomib"]\n'),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_another_question_has_another_digest(folder: Folder, change: tuple[str, str, str]) -> None:
    before = folder.read()
    folder.edit(*change)
    assert folder.read().sha256 != before.sha256


def test_epochs_keep_their_order(folder: Folder) -> None:
    folder.write("limits.csv", "category,subgroup,epoch,limit\n")
    before = folder.read()
    top, first, second = FILES["trial.toml"].split("[[epoch]]")
    folder.write("trial.toml", f"{top}[[epoch]]{second}\n[[epoch]]{first}")
    assert folder.read().sha256 != before.sha256
