"""Rules that name levels, epochs and sets of subgroups: what is read, and what is refused."""

from __future__ import annotations

import pytest

from tests.reading.base import Folder, message
from trialopt.reading import build, load
from trialopt.reading.overrides import Overrides, apply

WHOLE = """\
same_arm = [["frail", "fit"]]
include = ["imid", { item = "carfilzomib@low", epochs = ["induction"] }]
exclude = [{ item = "carfilzomib@high", epochs = ["induction", "maintenance"] }]
"""
RULES = """\
[rules]
mixed_cycles = true
once = ["carfilzomib@low"]
not_together = [["carfilzomib@high", "imid"]]
requires = [
  { item = "imid", any = ["bortezomib", "carfilzomib@low"], epochs = ["induction"] },
  { item = "bortezomib", any = ["imid"] },
]
"""


def test_what_is_read(folder: Folder) -> None:
    folder.edit("trial.toml", "max_arms = 2\n", f"max_arms = 2\n{WHOLE}")
    folder.edit("trial.toml", "$", RULES)
    rules = folder.read().rules
    assert rules.include == ("imid",)
    assert rules.include_in == (("carfilzomib@low", "induction"),)
    assert rules.exclude == ()
    assert rules.exclude_in == (("carfilzomib@high", "induction"), ("carfilzomib@high", "maintenance"))
    assert rules.requires == (("bortezomib", ("imid",)),)
    assert rules.requires_in == (("imid", ("bortezomib", "carfilzomib@low"), "induction"),)
    assert rules.mixed_cycles
    assert rules.same_arm == (("frail", "fit"),)


def test_the_order_of_what_is_listed_is_no_part_of_the_question(folder: Folder) -> None:
    folder.edit("trial.toml", "max_arms = 2\n", f"max_arms = 2\n{WHOLE}")
    before = folder.read().sha256
    folder.edit("trial.toml", '["frail", "fit"]', '["fit", "frail"]')
    folder.edit("trial.toml", '["induction", "maintenance"]', '["maintenance", "induction"]')
    assert folder.read().sha256 == before
    folder.edit("trial.toml", "same_arm", "apart")
    assert folder.read().sha256 != before


def test_an_override_adds_to_what_is_included_in_epochs(folder: Folder) -> None:
    folder.edit("trial.toml", "max_arms = 2\n", f"max_arms = 2\n{WHOLE}")
    found = build(apply(load(folder.path), Overrides(include=("bortezomib",)))).rules
    assert found.include == ("imid", "bortezomib")
    assert found.include_in == (("carfilzomib@low", "induction"),)


BAD = {
    "an item without epochs": (
        'include = [{ item = "imid" }]',
        "trial.toml:6 [trial] include: a table does not give an item and its epochs; "
        'write ["one", { item = "another", epochs = ["an_epoch"] }]',
    ),
    "an unknown epoch": (
        'exclude = [{ item = "imid", epochs = ["inductoin"] }]',
        "trial.toml:6 [trial] exclude: 'inductoin' is not an epoch of trial.toml; did you mean 'induction'?",
    ),
    "an unknown level": (
        'exclude = ["carfilzomib@lo"]',
        "trial.toml:6 [trial] exclude: 'carfilzomib@lo' is not a level of 'carfilzomib'; did you mean "
        "'carfilzomib@low'?",
    ),
    "asked for where it is barred": (
        'include = [{ item = "imid", epochs = ["induction"] }]\nexclude = ["lenalidomide"]',
        "trial.toml:6 [trial] include: 'imid' is both included and excluded; take it out of include or exclude",
    ),
    "all levels barred": (
        'include = ["carfilzomib"]\nexclude = ["carfilzomib@low", "carfilzomib@high"]',
        "trial.toml:6 [trial] include: 'carfilzomib' is both included and excluded; take it out of include or exclude",
    ),
    "one subgroup": (
        'apart = [["fit"]]',
        'trial.toml:6 [trial] apart: [\'fit\'] is not a list of two ids or more; write [["one", "another"]]',
    ),
    "no subgroup": (
        'same_arm = [["fit", "frial"]]',
        "trial.toml:6 [trial] same_arm: 'frial' is not a subgroup of subgroups.csv; did you mean 'frail'?",
    ),
    "two levels of one agent": (
        '[rules]\nnot_together = [["carfilzomib@low", "carfilzomib@high"]]',
        "trial.toml:7 [rules] not_together: 'carfilzomib' stands on both sides, and the rule is about two distinct "
        "agents; name another agent or a class",
    ),
    "a need without its any": (
        '[rules]\nrequires = [{ item = "imid" }]',
        "trial.toml:7 [rules] requires: a table does not give an item, any of which it needs and perhaps epochs; "
        'write [{ item = "one", any = ["another"], epochs = ["an_epoch"] }]',
    ),
}


@pytest.mark.parametrize(("text", "expected"), BAD.values(), ids=BAD)
def test_what_is_refused(folder: Folder, text: str, expected: str) -> None:
    folder.edit("trial.toml", "max_arms = 2\n", f"max_arms = 2\n{text}\n")
    assert message(folder.path) == expected


def test_items_are_barred_in_some_epochs_and_still_asked_for_in_others(folder: Folder) -> None:
    text = 'include = ["imid"]\nexclude = [{ item = "imid", epochs = ["induction"] }]'
    folder.edit("trial.toml", "max_arms = 2\n", f"max_arms = 2\n{text}\n")
    assert folder.read().rules.exclude_in == (("imid", "induction"),)


def test_a_difference_to_the_control_needs_a_control(folder: Folder) -> None:
    folder.write("categories.csv", "category,limit,not_worse_than_control\nneuropathy,0.3,0.1\nneutropenia,,\n")
    assert message(folder.path) == (
        "categories.csv:2 not_worse_than_control: it compares with the control regimen, and there is none; "
        "write [control], or leave the cell blank"
    )
    folder.edit("trial.toml", "$", '[control]\ninduction = ["bortezomib"]\n')
    assert folder.read().not_worse_than_control.tolist() == [0.1, 1.0]
