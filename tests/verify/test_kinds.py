"""Runs of every kind that once could not be checked: truths, component arms, the exact test, accrual that changes.

Each is verified as it is, and an error of 1e-4 in its value, bound, a limit, a size or what it tells of the truths is
caught, whatever else agrees with it.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.random_sized import sized_document
from tests.test_accrual_against_brute_force import changing
from tests.test_components_against_brute_force import asking
from tests.uncertainty.random_truths import truth_document
from tests.uncertainty.test_sized import asked as sized_truths
from tests.verify.test_runs import limit, run_of, states
from trialopt.core import WrongInput
from trialopt.reading import Document
from trialopt.verify import verify

Json = dict[str, Any]
Plant = Callable[[Json], None]


def exact(seed: int) -> Document | None:
    """A sized document of a response, sized by the exact test; `None` for one that is not of that kind."""
    base = sized_document(seed)
    trial = dict(base.settings["trial"])
    if trial["endpoint"] != "response" or "interim" in trial:
        return None
    trial.pop("null_variance", None)
    return replace(base, settings={**base.settings, "trial": {**trial, "analysis": "exact"}})


KINDS = {
    "truths": (truth_document, (1,)),
    "sized truths": (sized_truths, (1,)),
    "components": (asking, (7,)),
    "accrual": (changing, (4,)),
    "exact": (exact, (9,)),
}
"""Of each kind: what makes its documents, and the seeds of the default and the slow run."""

MANY = 40


SLOW = (("accrual", 4), ("exact", 9))


def seeds() -> list[object]:
    """All of each kind; those of the default run, and some of the slow one, first."""
    return [
        pytest.param(
            kind,
            seed,
            marks=pytest.mark.slow if (kind, seed) in SLOW else () if seed in few else pytest.mark.many,
        )
        for kind, (_, few) in KINDS.items()
        for seed in sorted({*few, *range(MANY)})
    ]


def plants(record: Json) -> dict[str, Plant]:
    """Finding that has to be wrong -> a change of a record by 1e-4."""
    arm = record["arms"][0]

    def lower(d: Json) -> None:
        d.update(value=d["value"] - 1e-4, bound=d["bound"] - 1e-4)
        if "gap" in d:
            d["gap"] = max(0.0, (d["bound"] - d["value"]) / max(abs(d["value"]), 1e-9))

    found: dict[str, Plant] = {"value": lower, "bound": lower}
    if any(limits for by_epoch in record["trial"]["limits"].values() for limits in by_epoch.values()):
        found["limits"] = lambda d: limit(d, -1e-4)
    if arm["patients"] is not None:
        found["sizes"] = lambda d: d["arms"][0].update(power=d["arms"][0]["power"] - 1e-4)
    if record.get("uncertainty"):
        found["truths"] = lambda d: d["uncertainty"].update(mean=d["uncertainty"]["mean"] + 1e-4)
        found["draws"] = lambda d: d["uncertainty"].update(fresh_worst=d["uncertainty"]["fresh_worst"] + 1e-4)
    return found


def more_plants(record: Json) -> dict[str, tuple[str, Plant]]:
    """Name -> finding that has to be wrong, and another change of a record by 1e-4."""
    found: dict[str, tuple[str, Plant]] = {}
    arm = record["arms"][0]
    for name in ("patients", "control_patients"):
        if arm[name] is not None:
            found[name] = ("sizes", lambda d, name=name: d["arms"][0].update({name: d["arms"][0][name] - 1}))
    for name in ("cost", "accrual_months", "events"):
        if arm.get(name):
            found[name] = ("sizes", lambda d, n=name: d["arms"][0].update({n: d["arms"][0][n] * (1 + 1e-4)}))
    if arm.get("components"):
        part = "components"
        found[part] = ("sizes", lambda d: d["arms"][0][part][0].update(power=d["arms"][0][part][0]["power"] - 1e-4))
        found["needed"] = ("sizes", lambda d: d["arms"][0][part][0].update(needed=d["arms"][0][part][0]["needed"] - 1))
    if told := record.get("uncertainty"):
        own = told["arms"][arm["arm"]]
        if own["limits"]:
            found["share"] = (
                "truths",
                lambda d: _own(d)["limits"][0].update(share=_own(d)["limits"][0]["share"] + 1e-4),
            )
        for name in ("all_kept", "assurance", "right_direction"):
            if name in own:
                found[name] = ("truths", lambda d, name=name: _own(d).update({name: _own(d)[name] + 1e-4}))
        found["digest"] = ("draws", lambda d: d["uncertainty"].update(draws_sha256="0" * 64))
    return found


def _own(d: Json) -> Json:
    cells: Json = d["uncertainty"]["arms"][d["arms"][0]["arm"]]
    return cells


def _limit(d: Json) -> Json:
    cells: Json = _own(d)["limits"][0]
    return cells


def planted(run: Path, folder: Path, changes: list[Plant]) -> dict[str, str]:
    """States of the findings on a copy of a run whose record, and certificate, are changed."""
    shutil.copytree(run, folder)
    for file in ("solution.json", "certificate.json"):
        data = json.loads((folder / file).read_text())
        for change in changes:
            if file == "solution.json" or change.__name__ == "lower":
                change(data)
        (folder / file).write_text(json.dumps(data))
    return states(verify(folder))


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, int], Path | None]:
    """The run of a kind's document, made once; `None` where there is no such document."""
    made: dict[tuple[str, int], Path | None] = {}

    def run(kind: str, seed: int) -> Path | None:
        if (kind, seed) not in made:
            document = KINDS[kind][0](seed)
            folder = tmp_path_factory.mktemp("runs") / "run"
            made[kind, seed] = None if document is None else run_of(document, folder)
        return made[kind, seed]

    return run


@pytest.mark.parametrize(("kind", "seed"), seeds())
def test_a_kind_is_verified_and_errors_in_it_are_caught(runs, kind: str, seed: int, tmp_path: Path) -> None:
    run = runs(kind, seed)
    if run is None:
        return
    verdict = verify(run)
    assert verdict.verified, [finding for finding in verdict.findings if finding.state != "right"]
    record = json.loads((run / "solution.json").read_text())
    if not record["arms"]:
        return
    errors = plants(record)
    found = planted(run, tmp_path / "all", [change for about, change in errors.items() if about != "bound"])
    assert {about for about in errors if found[about] != "wrong"} == set(), found


@pytest.mark.many
@pytest.mark.parametrize(("kind", "seed"), [(kind, seed) for kind in KINDS for seed in range(20)])
def test_every_other_error_is_caught_by_itself(runs, kind: str, seed: int, tmp_path: Path) -> None:
    run = runs(kind, seed)
    record = {} if run is None else json.loads((run / "solution.json").read_text())
    for name, (about, change) in more_plants(record).items() if record.get("arms") else ():
        assert run is not None
        assert planted(run, tmp_path / name, [change])[about] == "wrong", name


@pytest.mark.slow
def test_weights_of_the_truths_are_only_a_hint(runs, tmp_path: Path) -> None:
    """Others prove the same bound or leave it open; what are no weights is an error in words."""
    run = runs("truths", 18)

    def checked(folder: Path, weights: Callable[[list[float]], list[float]]) -> str:
        shutil.copytree(run, folder)
        data = json.loads((folder / "certificate.json").read_text())
        data["weights"] = weights(data["weights"])
        (folder / "certificate.json").write_text(json.dumps(data))
        return states(verify(folder))["bound"]

    assert checked(tmp_path / "alike", lambda given: [1 / len(given)] * len(given)) in ("right", "open")
    with pytest.raises(WrongInput, match="weights of the truths"):
        checked(tmp_path / "less", lambda given: [0.9 * weight for weight in given])
    with pytest.raises(WrongInput, match="weights of the truths"):
        checked(tmp_path / "one", lambda given: [1.0] + [0.0] * (len(given) - 1))


def test_a_limit_that_holds_too_seldom_is_caught(runs, tmp_path: Path) -> None:
    run = runs("truths", 1)
    shutil.copytree(run, tmp_path / "run")
    trial = tmp_path / "run" / "instance" / "trial.toml"
    text = trial.read_text()
    assert "confidence = 0.7" in text
    trial.write_text(text.replace("confidence = 0.7", "confidence = 1.0"))
    found = states(verify(tmp_path / "run"))
    assert (found["confidence"], found["question"]) == ("wrong", "wrong")
