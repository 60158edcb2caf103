import numpy as np
import pytest

from trialopt.evidence import rebuild
from trialopt.evidence.hazard import contrasts, fit_hazard
from trialopt.evidence.response import fit_library
from trialopt.evidence.toxicity import categories, fit_toxicity, toxicity_arms


def test_every_category_fits_and_adds_up_to_probabilities():
    assert {"neutropenia", "peripheral_neuropathy", "infection", "crs"} <= set(categories())
    for category in categories():
        found = fit_toxicity(category)
        assert np.isfinite(found.mode).all()


def test_bortezomib_not_the_background_explains_neuropathy():
    found = fit_toxicity("peripheral_neuropathy")
    rate = dict(
        zip(found.structure.components, 1 - np.exp(-np.exp(found.mode[: len(found.structure.components)])), strict=True)
    )
    assert rate["bortezomib"] > 3 * rate["carfilzomib"]
    assert rate["bortezomib"] > 3 * rate["background:early_relapse"]


def test_only_severe_events_enter_but_for_clots():
    for category in categories():
        grades = set(toxicity_arms(category)["grade"])
        assert ">=2" not in grades
        if any(grade.startswith("any") for grade in grades):
            assert category == "venous_thromboembolism"


def test_a_category_without_arms_is_an_error():
    with pytest.raises(ValueError, match="no usable adverse-event rows"):
        toxicity_arms("headache")


def test_hazard_contrasts_are_randomised_and_differ():
    frame = contrasts("treatment")
    assert (frame["arm"] != frame["control"]).all()
    assert "arrow" not in set(frame["trial_id"])
    assert not {"connect_mm_registry_maintenance", "karmma_3"} & set(frame["trial_id"])


def test_daratumumab_halves_the_hazard_and_pembrolizumab_does_not():
    found = fit_hazard("treatment")
    ratio = dict(zip(found.agents, np.exp(found.mean), strict=True))
    assert 0.4 < ratio["daratumumab"] < 0.6
    assert ratio["pembrolizumab"] > 1.0
    with pytest.raises(ValueError, match="no context"):
        contrasts("induction")


def test_an_interval_of_another_level_is_read_as_such():
    frame = contrasts("treatment").set_index("trial_id")
    # Elotuzumab with Vd prints a 70 % interval, 0.59 to 0.88: its standard error is wide.
    assert frame.loc["evd_phase2", "se"] == pytest.approx(np.log(0.88 / 0.59) / (2 * 1.0364), rel=1e-3)


def test_the_shipped_estimates_are_those_of_the_shipped_library():
    found, frame = fit_library()
    for name, table in [
        ("fitted_activity", rebuild.activity_table(found, frame)),
        ("fitted_pairs", rebuild.pairs_table(found, frame)),
        ("fitted_factors", rebuild.factors_table(found)),
    ]:
        change = rebuild.compare(name, rebuild.shipped(name), table.round(rebuild.DECIMALS))
        assert change.same, change


def test_comparing_names_the_largest_change():
    old = rebuild.shipped("fitted_factors")
    new = old.copy()
    new.loc[new["factor"] == "late_relapse", "value"] += 0.1
    change = rebuild.compare("fitted_factors", old, new)
    assert (change.changed, change.added, change.removed) == (1, 0, 0)
    assert "late_relapse value" in change.largest
    assert not change.same


@pytest.fixture
def rebuilt(monkeypatch):
    """What a rebuild makes, without its half minute: the shipped tables."""
    tables = {name: rebuild.shipped(name) for name in rebuild.KEYS}
    joint = {name: tables.pop(name) for name in ("joint_shared", "arm_deviation")}
    monkeypatch.setattr(rebuild, "build", lambda: tables)
    monkeypatch.setattr(rebuild, "_of_joint", lambda: joint)
    monkeypatch.setattr(rebuild.forecast, "fit_all", rebuild.forecast._shipped)


def test_tables_that_are_written_again_are_all_new_or_all_old(tmp_path, monkeypatch, rebuilt):
    (tmp_path / "fitted_pairs.csv").write_text("class_a,class_b\nold,old\n", encoding="utf-8")
    (tmp_path / "notes.txt").write_text("mine", encoding="utf-8")
    with monkeypatch.context() as patch:
        patch.setattr(rebuild.forecast, "save", lambda arrays, path: 1 / 0)  # after every table
        with pytest.raises(ZeroDivisionError):
            rebuild.rebuild(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {"fitted_pairs.csv", "notes.txt"}
    assert "old" in (tmp_path / "fitted_pairs.csv").read_text(encoding="utf-8")
    changes = rebuild.rebuild(tmp_path)
    assert {path.stem for path in tmp_path.iterdir()} == {*rebuild.KEYS, "outcome_posterior", "notes"}
    assert [change.table for change in changes if not change.same]
    assert all(change.same for change in rebuild.rebuild(tmp_path, write=False))


@pytest.mark.many
def test_a_full_rebuild_changes_nothing(tmp_path):
    changes = rebuild.rebuild(write=False)
    assert all(change.same for change in changes), changes
