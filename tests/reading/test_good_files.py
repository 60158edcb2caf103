"""What reading takes as it comes: line ends, BOM, blank rows, defaults, and the numbers of the small instance."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tests.reading.base import FILES, Folder
from trialopt.core.design import Interim
from trialopt.reading import build, document, load, read

MINIMAL = (
    {"trial": {"max_arms": 1}, "epoch": [{"id": "only", "cycles": 4, "max_agents": 2}]},
    {"agents": [{"agent": "bortezomib", "class": "pi", "orr": 0.5}], "subgroups": [{"subgroup": "all", "share": 1}]},
)


def test_defaults() -> None:
    instance = build(document("small", *MINIMAL))
    trial = instance.trial
    assert (instance.name, instance.title) == ("small", "small")
    assert (trial.endpoint, trial.alpha, trial.allocation_ratio, trial.multiplicity) == ("response", 0.025, 1, "none")
    assert (trial.carry, trial.toxicity_weight, trial.shrink, trial.no_harm) == (0, 0, 1, False)
    assert (trial.follow_up_months, trial.dropout_per_month, trial.power, trial.sized) == (0, 0, None, False)
    assert instance.mechanisms == ("none",)
    assert instance.option_level == ("standard",)
    assert instance.prevalence.tolist() == [[1.0]]
    assert instance.min_agents.tolist() == [1]
    assert instance.exposure.tolist() == instance.weight.tolist() == instance.share.tolist() == [1.0]
    assert instance.limit.shape == (1, 0, 1)
    assert instance.pair_agents.shape == (0, 2)
    assert instance.emergence_agents.shape == (0, 1)
    assert instance.control is None
    assert instance.warnings == ()


def test_numbers_of_the_small_instance(folder: Folder) -> None:
    i = folder.read()
    assert i.agents == ("bortezomib", "carfilzomib", "lenalidomide")
    assert i.classes == ("proteasome_inhibitor", "imid")
    assert i.usable.tolist() == [[True, True], [True, False], [True, True]]
    assert np.allclose(i.beta, [[-math.log(0.6), 0.2], [math.log(2)] * 2, [-math.log(0.7), math.log(2)]])
    assert [(i.agents[d], level) for d, level in zip(i.option_agent, i.option_level, strict=True)] == [
        ("bortezomib", "standard"),
        ("carfilzomib", "low"),
        ("carfilzomib", "high"),
        ("lenalidomide", "standard"),
    ]
    assert i.activity_factor.tolist() == [1, 0.8, 1, 1]
    assert i.toxicity_factor.tolist() == [1, 0.5, 1, 1]
    assert i.cost_per_cycle.tolist() == [100, 200, 0]
    assert i.cost_per_course.tolist() == [0, 50, 0]
    assert i.weight.tolist() == i.pfs_weight.tolist() == [0.25, 0.75]
    assert i.share.tolist() == [0.75, 0.25]
    assert i.reach.tolist() == [[1, 1], [1, 0.7]]
    assert np.allclose(i.prevalence, [[0.7, 0.2, 0.1], [0.7, 0, 0.3]])
    assert i.seed.tolist() == [0, 0.01, 0]
    assert i.min_active.tolist() == [0, 1, 0]
    assert i.min_coverage[2] == 0.2
    assert np.isnan(i.min_coverage[:2]).all()
    assert i.require_epochs.tolist() == [[False, False], [True, True], [True, False]]
    assert i.susceptibility.tolist() == [[1, 1], [1, 1.5]]
    assert i.background.tolist() == [0, 0.05]
    assert i.cumulative_limit.tolist() == [0.4, 1]
    assert i.label("frail") == "Frail"
    assert i.label("imid") == "imid"


def test_an_agents_row_wins_over_its_class(folder: Folder) -> None:
    """Without the rule carfilzomib would have its class's 0.2, 0.9 and 2."""
    i = folder.read()
    assert i.retained[:, 1].tolist() == [0.2, 0.6, 1]
    assert i.sensitivity.tolist() == [[1, 1, 1], [0.9, 0.5, 1]]
    assert i.emergence_multiplier.tolist() == [2, 1.5, 3]
    assert i.emergence_agents.tolist() == [[True, False, False], [False, True, False], [False, False, True]]


def test_class_rows_of_interactions_are_spelled_out_and_added_up(folder: Folder) -> None:
    i = folder.read()
    assert i.pair_agents.tolist() == [[0, 2], [1, 2]]
    assert np.allclose(i.pair_activity, [0.05 + 0.1, 0.05])
    assert i.pair_toxicity.tolist() == [[0, 0.02], [0, 0.02]]


def test_a_class_with_itself_means_two_agents_of_it(folder: Folder) -> None:
    folder.edit("interactions.csv", "$", "proteasome_inhibitor,proteasome_inhibitor,-0.3,\n")
    i = folder.read()
    assert i.pair_agents.tolist() == [[0, 1], [0, 2], [1, 2]]
    assert i.pair_activity[0] == -0.3


def test_the_most_specific_limit_wins(folder: Folder) -> None:
    """Neutropenia: 0.5, in maintenance 0.35, in the frail 0.4, in the frail in maintenance 0.45."""
    i = folder.read()
    assert i.limit[:, 0].tolist() == [[0.3, 0.3], [0.3, 0.3]]
    assert i.limit[:, 1].tolist() == [[0.5, 0.35], [0.4, 0.45]]
    folder.edit("limits.csv", "neutropenia,frail,maintenance,0.45\n", "")
    assert folder.read().limit[1, 1].tolist() == [0.4, 0.4]


def test_a_toxicity_row_with_an_epoch_wins_in_it(folder: Folder) -> None:
    i = folder.read()
    assert i.event_rate[2, 1].tolist() == [0.3, 0.15]
    assert i.event_rate[0, 0].tolist() == [0.3, 0.3]


def test_control_levels(folder: Folder) -> None:
    """A control agent has level `standard`, or its only level; an epoch left out gives nothing."""
    folder.edit("trial.toml", "$", '[control]\ninduction = ["bortezomib", "carfilzomib@high"]\n')
    assert folder.read().control == ((0, 2), ())
    folder.edit("levels.csv", "carfilzomib,low,27 mg/m2,0.8,0.5\n", "")
    folder.edit("trial.toml", "carfilzomib@high", "carfilzomib")
    assert folder.read().control == ((0, 1), ())


def test_rules(folder: Folder) -> None:
    folder.edit(
        "trial.toml",
        "$",
        '[rules]\none_per_class = ["imid"]\nprecedent = true\nonce = ["imid"]\nalone = ["bortezomib"]\n'
        'not_together = [["bortezomib", "imid"]]\nnot_after = [{ item = "imid", after = "imid" }]\n'
        '[rules.requires]\nimid = ["bortezomib", "carfilzomib"]\n',
    )
    folder.edit("trial.toml", "max_arms = 2", 'max_arms = 2\ninclude = ["imid"]\nexclude = ["bortezomib"]')
    rules = folder.read().rules
    assert (rules.one_per_class, rules.once, rules.alone) == (("imid",), ("imid",), ("bortezomib",))
    assert rules.precedent
    assert rules.precedents == {frozenset({"bortezomib", "lenalidomide"})}
    assert rules.not_together == (("bortezomib", "imid"),)
    assert rules.not_after == (("imid", "imid"),)
    assert rules.requires == (("imid", ("bortezomib", "carfilzomib")),)
    assert (rules.include, rules.exclude) == (("imid",), ("bortezomib",))
    (row,) = rules.contraindicated
    assert (row.subgroup, row.key, row.partner) == ("frail", "carfilzomib", "lenalidomide")


def test_interim_looks(folder: Folder) -> None:
    folder.edit("trial.toml", "max_arms = 2", "max_arms = 2\n[trial.interim]\nlooks = 2")
    interim = folder.read().trial.interim
    assert interim is not None
    assert (interim.looks, interim.spending) == (2, "obrien_fleming")
    assert (interim.timing, interim.futility, interim.futility_spending) == (None, "none", None)
    assert interim.fractions == (1 / 3, 2 / 3, 1.0)


def test_interim_looks_in_full(folder: Folder) -> None:
    rules = 'looks = 2\ntiming = [0.5, 0.75]\nspending = "hsd:-4"\nfutility = "binding"\nfutility_spending = "power:2"'
    folder.edit("trial.toml", "max_arms = 2", f"max_arms = 2\n[trial.interim]\n{rules}")
    interim = folder.read().trial.interim
    assert interim == Interim(2, "hsd:-4", (0.5, 0.75), "binding", "power:2")
    assert interim.fractions == (0.5, 0.75, 1.0)


@pytest.mark.parametrize("change", ["bom", "crlf", "cr", "both", "blank rows", "trailing commas", "quotes"])
def test_spreadsheet_habits_change_nothing(folder: Folder, change: str) -> None:
    plain = folder.read()
    for name, text in FILES.items():
        if change in ("bom", "both"):
            text = "\ufeff" + text
        if change in ("crlf", "both"):
            text = text.replace("\n", "\r\n")
        if name.endswith(".csv"):
            if change == "cr":
                text = text.replace("\n", "\r")
            if change == "blank rows":
                text = text.replace("\n", "\n\n , ,\n")
            if change == "trailing commas":
                text = text.replace("\n", ",,\n")
            if change == "quotes":
                text = "\n".join(",".join(f'" {c}"' for c in line.split(",")) for line in text.splitlines())
        folder.write(name, text)
    again = folder.read()
    assert again.sha256 == plain.sha256
    assert again.warnings == plain.warnings == ()


def test_numbers_may_be_written_in_every_plain_way(folder: Folder) -> None:
    plain = folder.read()
    folder.edit("agents.csv", "0.4,", "+4E-1,")
    folder.edit("agents.csv", "0.3,", ".3,")
    folder.edit("agents.csv", "30,60", "30.0,60.")
    assert folder.read().sha256 == plain.sha256


def test_trial_toml_stands_for_its_folder(folder: Folder) -> None:
    assert read(folder.path / "trial.toml").sha256 == folder.read().sha256


def test_sources_of_every_row(folder: Folder) -> None:
    folder.edit("reach.csv", "reach\nfrail,maintenance,0.7", "reach,source,confidence,recalled_fields,note\n"
                "frail,maintenance,0.7,a paper,low,reach,from memory")  # fmt: skip
    i = folder.read()
    (row,) = [row for row in i.sources if row.file == "reach.csv"]
    assert (row.row, row.key, row.source) == (2, ("frail", "maintenance"), "a paper")
    assert (row.confidence, row.recalled_fields, row.note) == ("low", "reach", "from memory")
    assert len(i.sources) == sum(text.count("\n") - 1 for name, text in FILES.items() if name.endswith(".csv"))


def test_documents_from_numpy_and_pandas_values() -> None:
    settings, tables = MINIMAL
    values = {"agents": [{"agent": "bortezomib", "class": "pi", "orr": np.float64(0.5)}], **{"subgroups": [
        {"subgroup": "all", "share": np.int64(2), "accrual_per_month": None, "control_rate": ""}]}}  # fmt: skip
    assert build(document("a", settings, values)).sha256 == build(document("b", settings, tables)).sha256


def test_arrays_are_frozen(folder: Folder) -> None:
    with pytest.raises(ValueError, match="read-only"):
        folder.read().beta[0, 0] = 1


def test_load_does_not_check(folder: Folder) -> None:
    folder.edit("agents.csv", "0.3,,,,,", "lots,,,,,")
    assert load(folder.path).tables["agents"][2].cells["orr"] == "lots"
