"""Runs are verified, and an error of 1e-4 planted in any part of one is caught."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.random_documents import random_document
from tests.random_sized import sized_document
from trialopt.core import WrongInput, catalog
from trialopt.decision.solving import solve
from trialopt.output.formats.folder import write_runs
from trialopt.reading import Document, build, load
from trialopt.verify import Verdict, verify

SHIPPED = [
    *("tiny_duo", "frail_infection_ceiling"),
    *(
        pytest.param(name, marks=pytest.mark.many)
        for name in (
            *(
                "rrmm_early_relapse",
                "rrmm_early_relapse_sized",
                "rrmm_early_relapse_pfs",
                "rrmm_triple_class",
                "ndmm_frail",
            ),
            *("ndmm_transplant_eligible", "biomarker_umbrella", "t11_14_too_few_patients"),
        )
    ),
]
SEEDS = [*range(3), *(pytest.param(seed, marks=pytest.mark.many) for seed in range(3, 100))]
"""Each stands for an unsized and a sized random document."""


def run_of(document: Document, folder: Path, method: str = "auto") -> Path:
    solution = solve(build(document), method=method)
    write_runs({"": (solution, document)}, folder)
    return folder


def states(verdict: Verdict) -> dict[str, str]:
    return {finding.about: finding.state for finding in verdict.findings}


@pytest.fixture(scope="module")
def sized(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small sized run of a response endpoint."""
    for seed in range(50):
        document = sized_document(seed)
        trial = document.settings["trial"]
        if trial["endpoint"] == "response" and trial.get("analysis") != "exact" and not trial.get("interim"):
            folder = run_of(document, tmp_path_factory.mktemp("runs") / "sized")
            if json.loads((folder / "solution.json").read_text())["arms"]:
                return folder
    raise AssertionError("no document has a design")


def limit(data, by: float) -> None:
    """Another limit of the first category that has one."""
    for by_epoch in data["trial"]["limits"].values():
        for limits in by_epoch.values():
            for category in limits:
                limits[category] += by
                return


def planted(record) -> dict[str, object]:
    """Changes of a record by 1e-4, or by one patient."""
    errors = {
        "value": lambda d: d.update(value=d["value"] + 1e-4),
        "bound": lambda d: d.update(bound=d["bound"] + 1e-4),
        "risk": lambda d: risk(d, 1e-4),
    }
    if any(limits for by_epoch in record["trial"]["limits"].values() for limits in by_epoch.values()):
        errors["limit"] = lambda d: limit(d, -1e-4)
    if record["arms"][0]["patients"] is not None:
        errors["size"] = lambda d: d["arms"][0].update(power=d["arms"][0]["power"] - 1e-4)
    return errors


def assert_planted_errors_are_caught(run: Path, home: Path) -> None:
    """Each planted error is caught."""
    record = json.loads((run / "solution.json").read_text())
    for name, change in planted(record).items() if record["arms"] else ():
        assert "wrong" in changed(run, home / name, change, besides="files").values(), name


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_instances_are_verified(name: str, tmp_path: Path) -> None:
    run = run_of(load(catalog.find(name)), tmp_path / "run")
    verdict = verify(run)
    assert verdict.verified, verdict.findings
    assert_planted_errors_are_caught(run, tmp_path)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("make", [random_document, sized_document])
def test_random_instances_are_verified(make, seed: int, tmp_path: Path) -> None:
    run = run_of(make(seed), tmp_path / "run")
    verdict = verify(run)
    assert verdict.verified, [finding for finding in verdict.findings if finding.state != "right"]
    assert_planted_errors_are_caught(run, tmp_path)


def test_a_run_without_prices_is_checked_by_enumeration(tmp_path: Path) -> None:
    verdict = verify(run_of(load(catalog.find("tiny_duo")), tmp_path / "run", "compact"))
    assert verdict.verified, verdict.findings


def changed(run: Path, folder: Path, change, file: str = "solution.json", besides: str = "") -> dict[str, str]:
    """States of the findings on a copy of a run with one file changed, but for one of them."""
    shutil.copytree(run, folder)
    data = json.loads((folder / file).read_text())
    change(data)
    (folder / file).write_text(json.dumps(data))
    return {about: state for about, state in states(verify(folder)).items() if about != besides}


def risk(data, by: float) -> None:
    cells = next(iter(data["arms"][0]["risk"].values()))
    epoch = next(iter(cells.values()))
    epoch[next(iter(epoch))] += by


@pytest.mark.parametrize(
    ("about", "change"),
    [
        ("value", lambda d: d.update(value=d["value"] + 1e-4)),
        ("value", lambda d: d.update(value=d["value"] - 1e-4)),
        ("gap", lambda d: d.update(bound=d["bound"] - 1e-4)),
        ("gap", lambda d: d.update(bound=d["bound"] + 1e-4)),
        ("numbers", lambda d: risk(d, 1e-4)),
        ("sizes", lambda d: d["arms"][0].update(patients=d["arms"][0]["patients"] - 1)),
        ("sizes", lambda d: d["arms"][0].update(power=d["arms"][0]["power"] + 1e-4)),
        ("sizes", lambda d: d["arms"][0].update(cost=d["arms"][0]["cost"] * (1 + 1e-4))),
        ("sizes", lambda d: d["arms"][0]["effect"].update(p1=d["arms"][0]["effect"]["p1"] + 1e-4)),
    ],
)
def test_a_planted_error_is_caught(sized: Path, tmp_path: Path, about: str, change) -> None:
    assert changed(sized, tmp_path / "run", change)[about] == "wrong"


def test_a_bound_that_is_too_low_is_caught_whatever_else_says_the_same(sized: Path, tmp_path: Path) -> None:
    """Record, gap and certificate agree on a value and a bound 1e-4 too low; the tables do not."""
    folder = tmp_path / "run"
    shutil.copytree(sized, folder)
    for file in ("solution.json", "certificate.json"):
        data = json.loads((folder / file).read_text())
        data["bound"] = data["value"] = data["value"] - 1e-4
        if "gap" in data:
            data["gap"] = 0.0
        (folder / file).write_text(json.dumps(data))
    assert states(verify(folder))["bound"] == "wrong"


def test_a_limit_that_is_passed_by_1e_4_is_caught(tmp_path: Path) -> None:
    """The limit of one category is set just below what the design uses of it."""
    document = load(catalog.find("tiny_duo"))
    folder = run_of(document, tmp_path / "run")
    record = json.loads((folder / "solution.json").read_text())
    cells = next(iter(record["arms"][0]["risk"].values()))
    category, used = next(iter(next(iter(cells.values())).items()))
    table = folder / "instance" / "categories.csv"
    lines = table.read_text().splitlines()
    place = lines[0].split(",").index("limit")
    for k, line in enumerate(lines[1:], start=1):
        given = line.split(",")
        if given[0] == category:
            given[place] = repr(used - 1e-4)
            lines[k] = ",".join(given)
    table.write_text("\n".join(lines) + "\n")
    found = states(verify(folder))
    assert (found["design"], found["question"], found["files"]) == ("wrong", "wrong", "wrong")


def test_forged_prices_prove_nothing(sized: Path, tmp_path: Path) -> None:
    """Prices are only a hint: with others the bound is shown or left open, never a lower one."""

    def cheaper(data) -> None:
        for case in data["cases"]:
            case["subgroup"] = {g: price - 0.01 for g, price in case["subgroup"].items()}

    assert changed(sized, tmp_path / "run", cheaper, "certificate.json")["bound"] in ("right", "open")


@pytest.mark.parametrize("price", ["nan", float("nan"), float("inf"), 1e12, -1e15])
def test_prices_that_nothing_can_be_computed_with_prove_nothing(sized: Path, tmp_path: Path, price: object) -> None:
    """With value and bound 1e-4 too low everywhere: rounding, or what is no number, must not hide the better design."""
    folder = tmp_path / "run"
    shutil.copytree(sized, folder)
    for file in ("solution.json", "certificate.json"):
        data = json.loads((folder / file).read_text())
        data["bound"] = data["value"] = data["value"] - 1e-4
        for case in data.get("cases", ()):
            case["subgroup"] = dict.fromkeys(case["subgroup"], price)
        (folder / file).write_text(json.dumps(data))
    try:
        assert states(verify(folder))["bound"] == "open"
    except WrongInput as error:
        assert "certificate.json" in str(error)  # noqa: PT017


@pytest.mark.parametrize(
    "cases", [[{}], [7], "x", [{"arms": 1, "exactly": True, "subgroup": {}, "arm": 0}], [{"arms": "a"}]]
)
def test_a_certificate_that_cannot_be_read_is_an_error_in_words(sized: Path, tmp_path: Path, cases: object) -> None:
    with pytest.raises(WrongInput, match=r"certificate\.json"):
        changed(sized, tmp_path / "run", lambda d: d.update(cases=cases), "certificate.json")


def test_a_design_where_none_is_told_is_caught(tmp_path: Path) -> None:
    folder = run_of(load(catalog.find("tiny_duo")), tmp_path / "run")
    record = json.loads((folder / "solution.json").read_text())
    record |= {"ending": "infeasible", "arms": [], "value": None, "bound": None, "gap": None, "conflict": []}
    (folder / "solution.json").write_text(json.dumps(record))
    assert states(verify(folder))["no design"] == "wrong"


def test_the_checker_loads_no_solver_no_search_and_no_judge_of_a_design(sized: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from trialopt.verify import verify; "
        f"verify(Path({str(sized)!r})); print(*[m for m in sys.modules if m.startswith("
        "('highspy', 'pyomo', 'scipy', 'pandas', 'trialopt.engine', 'trialopt.model', 'trialopt.decision'))])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
