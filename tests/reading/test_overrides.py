"""Overrides: the same as the same edits made in the folder, and every mistake named with what is nearest."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.reading.base import Folder
from trialopt.core import catalog
from trialopt.reading import InputErrors, build, document, load, write
from trialopt.reading.fill import without_library
from trialopt.reading.overrides import Overrides, applied, apply, parsed

BASE_RULES = (
    '[rules]\nonce = ["imid"]\n[rules.requires]\nimid = ["bortezomib"]\n[control]\nmaintenance = ["bortezomib"]\n'
)

EDITS = {
    "a trial setting": ("trial.max_arms=4", ("trial.toml", "max_arms = 2", "max_arms = 4")),
    "a setting of trial that was not there": (
        "trial.carry=.5",
        ("trial.toml", "max_arms = 2", "max_arms = 2\ncarry=0.5"),
    ),
    "an epoch's": ("epoch.maintenance.max_agents=2", ("trial.toml", "max_agents = 1", "max_agents = 2")),
    "an epoch's, back to the default": ("epoch.maintenance.weight=", ("trial.toml", "weight = 3\n", "")),
    "a flag": ("rules.precedent=true", ("trial.toml", "[rules]", "[rules]\nprecedent = true")),
    "an empty list": ("rules.once=[]", ("trial.toml", '["imid"]', "[]")),
    "a list without quotes": ("rules.once=[bortezomib, imid]", ("trial.toml", '["imid"]', '["bortezomib", "imid"]')),
    "a rule away": ("rules.requires.imid=", ("trial.toml", 'imid = ["bortezomib"]\n', "")),
    "no control": ("control=", ("trial.toml", '[control]\nmaintenance = ["bortezomib"]', "")),
    "a rule more": (
        "rules.requires.carfilzomib=[imid]",
        ("trial.toml", "[rules.requires]", '[rules.requires]\ncarfilzomib = ["imid"]'),
    ),
    "pairs": (
        "rules.not_together=[[imid,bortezomib]]",
        ("trial.toml", "[rules]", '[rules]\nnot_together=[["imid","bortezomib"]]'),
    ),
    "orders": (
        "rules.not_after=[{item=imid, after=bortezomib}]",
        ("trial.toml", "[rules]", '[rules]\nnot_after=[{ item = "imid", after = "bortezomib" }]'),
    ),
    "the control": (
        "control.maintenance=[lenalidomide]",
        ("trial.toml", 'maintenance = ["bortezomib"]', 'maintenance = ["lenalidomide"]'),
    ),
    "a cell": ("categories.neutropenia.limit=0.45", ("categories.csv", "0.05,0.5", "0.05,0.45")),
    "a cell that was blank": (
        "categories.neutropenia.cumulative_limit=0.9",
        ("categories.csv", "0.05,0.5,", "0.05,0.5,0.9"),
    ),
    "a cell back to its default": ("categories.neutropenia.background=", ("categories.csv", "0.05,0.5", ",0.5")),
    "a part of the key that is blank": (
        "toxicity.lenalidomide.neutropenia..probability=0.2",
        ("toxicity.csv", "lenalidomide,neutropenia,,,,0.3", "lenalidomide,neutropenia,,,,0.2"),
    ),
    "a part of the key that can only be blank": (
        "toxicity.carfilzomib.neutropenia.probability=0.25",
        ("toxicity.csv", "carfilzomib,neutropenia,,,,0.2", "carfilzomib,neutropenia,,,,0.25"),
    ),
    "a blank in the middle": (
        "limits.neutropenia..maintenance.limit=0.3",
        ("limits.csv", "maintenance,0.35", "maintenance,0.3"),
    ),
    "a limit away": (
        "limits.neutropenia.frail.maintenance.limit=",
        ("limits.csv", "neutropenia,frail,maintenance,0.45\n", ""),
    ),
    "a rate in the place of events": (
        "toxicity.bortezomib.neuropathy.probability=0.2",
        ("toxicity.csv", "30,100,", ",,0.2"),
    ),
    "a response rate in the place of responders": ("agents.carfilzomib.orr=0.55", ("agents.csv", "30,60,", ",,0.55")),
    "a hazard ratio in the place of an activity": (
        "activity.bortezomib.maintenance.hazard_ratio=0.8",
        ("activity.csv", "maintenance,0.2,0.9", "maintenance,,0.8"),
    ),
    "a new row": ("prevalence.frail.psmb5.prevalence=0.1", ("prevalence.csv", "$", "frail,psmb5,0.1\n")),
    "a new row of an agent whose class has one": (
        "retained.crbn.lenalidomide.retained=0.5",
        ("retained.csv", "$", "crbn,lenalidomide,0.5\n"),
    ),
    "a pair in the other order": (
        "interactions.imid.proteasome_inhibitor.activity=-0.1",
        ("interactions.csv", "imid,0.05", "imid,-0.1"),
    ),
    "toxicity of a pair": (
        "interactions.bortezomib.lenalidomide.toxicity:neutropenia=0.03",
        ("interactions.csv", "lenalidomide,0.1,", "lenalidomide,0.1,0.03"),
    ),
    "epochs": (
        "agents.lenalidomide.epochs=[maintenance]",
        ("agents.csv", "imid,,,0.3,,,,,", "imid,,,0.3,,,,,maintenance"),
    ),
}


@pytest.mark.parametrize(("text", "edit"), EDITS.values(), ids=EDITS)
def test_an_override_equals_an_edit(folder: Folder, text: str, edit: tuple[str, str, str]) -> None:
    folder.edit("trial.toml", "$", BASE_RULES)
    base = load(folder.path)
    changed = build(apply(base, Overrides(settings=(text,))))
    folder.edit(*edit)
    assert changed.sha256 == folder.read().sha256 != build(base).sha256
    assert changed.name == folder.read().name


def test_counts_in_the_place_of_a_rate(folder: Folder) -> None:
    """Setting responders and n leaves the published rate out, which would win over them."""
    over = Overrides(settings=("agents.bortezomib.responders=20", "agents.bortezomib.n=80"))
    changed = apply(load(folder.path), over)
    folder.edit("agents.csv", "proteasome_inhibitor,,,0.4,", "proteasome_inhibitor,20,80,,")
    assert build(changed).sha256 == folder.read().sha256
    (row,) = (row for row in changed.tables["agents"] if row.file == "--set")
    assert row.cells["source"] == "what-if: responders 20, orr left out; n 80"


def test_a_changed_row_no_longer_claims_its_source(folder: Folder) -> None:
    changed = build(apply(load(folder.path), Overrides(settings=("toxicity.bortezomib.neutropenia.probability=0.2",))))
    row = next(r for r in changed.sources if r.file == "--set")
    assert row.source == "what-if: probability 0.2 instead of 0.1; the rest: a trial"
    assert (row.confidence, row.row, row.key) == ("assumption", 0, ("bortezomib", "neutropenia"))
    assert [r.source for r in changed.sources if r.table == "toxicity"].count("a trial") == 5


def test_include_and_exclude_are_added_to_those_of_the_base(folder: Folder) -> None:
    folder.edit("trial.toml", "max_arms = 2", 'max_arms = 2\ninclude = ["lenalidomide"]\nexclude = ["carfilzomib"]')
    base = load(folder.path)

    def rules(**given: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
        found = build(apply(base, Overrides(**given))).rules
        return found.include, found.exclude

    assert rules(include=("bortezomib",)) == (("lenalidomide", "bortezomib"), ("carfilzomib",))
    assert rules(include=("carfilzomib",)) == (("lenalidomide", "carfilzomib"), ())
    assert rules(exclude=("lenalidomide",)) == ((), ("carfilzomib", "lenalidomide"))
    assert rules(exclude=("lenalidomide",), include=("carfilzomib",)) == (("carfilzomib",), ("lenalidomide",))
    with pytest.raises(InputErrors, match="'imid' is both included and excluded"):
        rules(include=("imid",), exclude=("imid",))
    with pytest.raises(InputErrors, match=r"^--exclude .*'bortezomb' is not an agent .* did you mean 'bortezomib'\?"):
        rules(exclude=("bortezomb",))


BAD = {
    "categories.neutropenia.limt=0.5": "'limt' is not a column of categories.csv that can be set; "
                                        "did you mean 'limit'?",
    "categories.neutropena.limit=0.5": "categories.csv has no category 'neutropena'; did you mean 'neutropenia'?",
    "categories.limit=0.5": "it names no cell of categories.csv; write categories.CATEGORY.COLUMN=VALUE",
    "category.neutropenia.limit=0.5": "'category' is neither a part of trial.toml nor a table; "
                                      "did you mean 'categories'?",
    "categories.neutropenia.category=x": "'category' is not a column of categories.csv that can be set; "
                                         "give one of name, background, limit, cumulative_limit, "
                                         "not_worse_than_control",
    "toxicity.lenalidomid.neutropenia.probability=0.1": "'lenalidomid' is not an agent of agents.csv; "
                                                        "did you mean 'lenalidomide'?",
    "toxicity.lenalidomide.neutropenia.probability=0.1": "several rows could be meant; "
        "write toxicity.lenalidomide.neutropenia..probability or "
        "toxicity.lenalidomide.neutropenia.maintenance.probability",
    "levels.carfilzomib.hgh.activity_factor=1": "levels.csv has no level 'hgh'; did you mean 'high'?",
    "levels.lenalidomide.low.activity_factor=1": "levels.csv has no level 'low'; a new level goes into the file",
    "reach.frail.maintenance.induction.reach=1": "a row of reach.csv is named by subgroup, epoch; "
                                                 "write reach.SUBGROUP.EPOCH.COLUMN=VALUE",
    "precedents.bortezomib.lenalidomide=true": "the rows of precedents.csv have no value to set; edit the file",
    "interactions.bortezomib.lenalidomide.toxicity:neutropaenia=1": "'neutropaenia' is not a category of "
        "categories.csv; did you mean 'neutropenia'?",
    "trial.max_arm=4": "'max_arm' is not a key of [trial]; did you mean 'max_arms'?",
    "trail.max_arms=4": "'trail' is neither a part of trial.toml nor a table; did you mean 'trial'?",
    "trial.max_arms 4": "there is no '=' in it; write NAME=VALUE, for example trial.max_arms=4",
    "epoch.inducton.cycles=4": "'inducton' is not an epoch; did you mean 'induction'?",
    "epoch.induction.cycle=4": "'cycle' is not a key of [[epoch]] induction; did you mean 'cycles'?",
    "epoch.induction.id=x": "the id of an epoch cannot be set; other tables name it; edit the files",
    "epoch.induction=3": "it names no key of an epoch; write epoch.induction.KEY=VALUE",
    "control=3": "it names no key of [control]; write control.KEY=VALUE",
    "trial.max_arms.most=3": "'trial.max_arms.most' goes further than any setting; "
                             "write trial.KEY=VALUE, epoch.ID.KEY=VALUE or the like",
}  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), BAD.items(), ids=BAD)
def test_a_text_that_names_nothing(folder: Folder, text: str, expected: str) -> None:
    with pytest.raises(InputErrors) as caught:
        apply(load(folder.path), Overrides(settings=(text,)))
    assert str(caught.value) == f"--set {text}: {expected}"


WRONG = {
    "trial.max_arms=0": "--set [trial] max_arms: 0 is out of range; give a whole number of at least 1",
    "trial.max_arms=": "--set [trial] max_arms: 'max_arms' is missing; write it, for example max_arms = 1",
    "epoch.maintenance.max_agents=two": "--set [[epoch]] maintenance max_agents: 'two' is not a whole number; "
                                        "give a whole number of at least 1",
    "categories.neutropenia.limit=150%": "--set categories.neutropenia limit: 150% is out of range; "
                                         "give a percentage from 0 % to 100 %",
    "agents.bortezomib.cost_per_cycle=12,500": "--set agents.bortezomib cost_per_cycle: '12,500' has a separator of "
                                               "thousands; write 12500, or 12.5 if the comma is a decimal one",
    "trial.power=0,8": "--set [trial] power: '0,8' has a decimal comma; write 0.8",
    "trial.budget=12,500": "--set [trial] budget: '12,500' has a separator of thousands; "
                           "write 12500, or 12.5 if the comma is a decimal one",
    "trial.max_patients=1 250": "--set [trial] max_patients: '1 250' has a separator of thousands; write 1250",
    "trial.budget=12.500,00": "--set [trial] budget: '12.500,00' has a separator of thousands; write 12500.00",
    "trial.shrink=80%": "--set [trial] shrink: '80%' is a percentage; write 0.8",
    "reach.frail.maintenance.reach=2": "--set reach.frail.maintenance reach: 2 is out of range; "
                                       "give a number from 0 to 1",
    "prevalence.fit.crbn.prevalence=0.9": "--set prevalence.fit.crbn prevalence: the prevalences of 'fit' sum to 1.1; "
        "they may sum to at most 1, the rest is disease with no listed mechanism",
    "rules.requires=3": "--set [rules] requires: 3 is not a table; write its keys under a header in brackets",
    "rules.once=[imd]": "--set [rules] once: 'imd' is not an agent or a class of agents.csv; did you mean 'imid'?",
}  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), WRONG.items(), ids=WRONG)
def test_a_value_that_is_wrong(folder: Folder, text: str, expected: str) -> None:
    with pytest.raises(InputErrors) as caught:
        build(apply(load(folder.path), Overrides(settings=(text,))))
    assert str(caught.value) == expected


def test_mistakes_come_together(folder: Folder) -> None:
    with pytest.raises(InputErrors) as caught:
        apply(load(folder.path), Overrides(settings=("trail.x=1", "trial.max_arms=3", "reach.frail.x.reach=1")))
    assert len(caught.value.problems) == 2


def test_what_was_changed_is_said(folder: Folder) -> None:
    cells = ("categories.neutropenia.limit=0.45", "agents.carfilzomib.orr=0.55")
    texts = (*cells, "trial.max_arms=4", "trial.carry=0.5", "epoch.maintenance.weight=")
    changes = applied(load(folder.path), Overrides(("imid",), (), texts))[1]
    assert [str(change) for change in changes] == [
        "[trial] max_arms: 2 -> 4",
        "[trial] carry: not given -> 0.5",
        "[[epoch]] maintenance weight: 3 -> not given (all are scaled to sum to 1)",
        "limit of neutropenia (categories.csv): 0.5 -> 0.45 "
        "(limits.csv has its own for frail; maintenance; frail in maintenance)",
        "orr of carfilzomib (agents.csv): not given -> 0.55 (responders and n of the row left out)",
        "[trial] include: not given -> imid",
    ]


@pytest.mark.parametrize(
    ("text", "note"),
    [
        ("agents.lenalidomide.orr=0.2", "activity.csv has its own for maintenance"),
        ("agents.carfilzomib.orr=0.2", "responders and n of the row left out"),
        ("retained.psmb5.proteasome_inhibitor.retained=0.1", "retained.csv has its own for carfilzomib"),
        ("retained.crbn.imid.retained=0.1", ""),
        ("sensitivity.fit.proteasome_inhibitor.sensitivity=0.8", ""),
        ("subgroups.fit.share=2", "all are scaled to sum to 1"),
    ],
)
def test_what_wins_over_a_cell_is_said(folder: Folder, text: str, note: str) -> None:
    (change,) = applied(load(folder.path), Overrides(settings=(text,)))[1]
    assert change.note == note


OWN_EVERYWHERE = "agent,epoch,activity\nlenalidomide,induction,0.3\nlenalidomide,maintenance,0.2\n"


def test_a_cell_that_other_rows_make_count_for_nothing_is_refused(folder: Folder) -> None:
    folder.write("activity.csv", OWN_EVERYWHERE)
    base = load(folder.path)
    text = "agents.lenalidomide.orr=0.9"
    with pytest.raises(InputErrors, match=r"changes nothing: .*activity.csv has its own for induction; maintenance"):
        apply(base, Overrides(settings=(text,)))
    folder.write("activity.csv", OWN_EVERYWHERE.replace("lenalidomide,induction,0.3\n", ""))
    fewer = load(folder.path)
    assert build(apply(fewer, Overrides(settings=(text,)))).sha256 != build(fewer).sha256, "it counts in induction now"


def test_a_rate_of_all_epochs_is_refused_where_every_epoch_has_its_own(folder: Folder) -> None:
    rates = ("toxicity.bortezomib.neutropenia.induction.probability=0.3",)
    rates += ("toxicity.bortezomib.neutropenia.maintenance.probability=0.2",)
    own = apply(load(folder.path), Overrides(settings=rates))
    with pytest.raises(InputErrors, match=r"toxicity.csv has its own for induction; maintenance"):
        apply(own, Overrides(settings=("toxicity.bortezomib.neutropenia..probability=0.4",)))


@pytest.mark.parametrize("text", ["agents.bortezomib.n=80", "agents.bortezomib.n=81"])
def test_a_count_beside_a_rate_is_refused(folder: Folder, text: str) -> None:
    with pytest.raises(InputErrors, match="orr of the row counts instead"):
        apply(load(folder.path), Overrides(settings=(text,)))


@pytest.mark.parametrize(
    ("text", "value"),
    [("4", 4), ("0.5", 0.5), (".5", 0.5), ("-.5", -0.5), ("true", True), ('"a"', "a"), ("a", "a"), ("", None),
     ("[]", []), ("[a, b]", ["a", "b"]), ("[a@mg25]", ["a@mg25"]), ('["a", b]', ["a", "b"]), ("50 %", "50 %"),
     ("1\nb = 2", "1\nb = 2"), ("2020-01-01", "2020-01-01"), ("[true, 1]", [True, 1])],
)  # fmt: skip
def test_values(text: str, value: object) -> None:
    assert parsed(text) == value


def test_a_row_of_the_library_is_changed_and_the_others_stay() -> None:
    settings = {
        "format": 1,
        "trial": {"max_arms": 1},
        "epoch": [{"id": "induction", "cycles": 6, "max_agents": 2}],
        "evidence": {"library": "myeloma", "population": "early_relapse"},
    }
    tables = {
        "agents": [{"agent": "bortezomib"}, {"agent": "lenalidomide"}],
        "categories": [{"category": "neutropenia", "limit": 0.5}],
        "subgroups": [{"subgroup": "everybody", "share": 1}],
    }
    base = document("from_library", settings, tables)
    before, after = (build(apply(base, Overrides(settings=texts))) for texts in ((), (LIBRARY_CELL,)))
    assert before.event_rate[0, 0, 0] != 0.123
    assert after.event_rate[0, 0, 0] == 0.123
    assert (after.event_rate[1] == before.event_rate[1]).all()
    assert (after.beta == before.beta).all()
    assert (after.retained == before.retained).all()


LIBRARY_CELL = "toxicity.bortezomib.neutropenia.probability=0.123"


@pytest.mark.parametrize("name", [shipped.name for shipped in catalog.instances()])
def test_a_shipped_instance_written_and_read_again_is_the_same_question(name: str, tmp_path: Path) -> None:
    base = load(catalog.find(name))
    again = load(write(without_library(base), tmp_path / "again"))
    assert build(again).sha256 == build(base).sha256
    assert build(again).warnings == build(base).warnings
