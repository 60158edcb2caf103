"""`sizes.R` runs in R with rpact for shipped sized instances and looks of every kind, and stops where it should."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

import trialopt
from tests.made import made
from trialopt.core.catalog import find, instances
from trialopt.core.design import Interim
from trialopt.output.formats.size_sas import files as sas_files
from trialopt.output.formats.size_scripts import r_files
from trialopt.record.solution import Solution, decode

TINY = {"power": 0.9, "control_rate": 0.3, "target_difference": 0.2}
LOOKS = [
    None,
    Interim(1, "obrien_fleming"),
    Interim(2, "pocock", (0.4, 0.8), "nonbinding"),
    Interim(3, "hsd:-4", None, "binding", "hsd:-2"),
    Interim(2, "power:3", None, "nonbinding", "power:2"),
]


@cache
def has_rpact() -> bool:
    if shutil.which("Rscript") is None:
        return False
    return subprocess.run(["Rscript", "-e", "library(rpact)"], capture_output=True, check=False).returncode == 0


def run(script: str, folder: Path) -> subprocess.CompletedProcess[str]:
    path = folder / "sizes.R"
    path.write_text(script)
    return subprocess.run(["Rscript", str(path)], capture_output=True, text=True, check=False)


def solved(name: str, interim: Interim | None = None) -> Solution:
    instance = trialopt.read(find(name))
    if interim is not None:
        instance = replace(
            instance, trial=replace(instance.trial, interim=interim, max_patients=None, max_accrual_months=None)
        )
    return trialopt.solve(instance, gap=0.05)


def script_of(solution: Solution) -> str:
    return r_files(decode(solution.to_json(), "solution.json"))["sizes.R"].decode()


def sized() -> list[str]:
    return [entry.name for entry in instances() if trialopt.read(find(entry.name)).trial.sized]


@pytest.mark.many
def test_every_shipped_sized_instance_agrees_with_r(tmp_path: Path) -> None:
    if not has_rpact():
        pytest.skip("needs Rscript with rpact")
    agreed = 0
    for name in sized():
        solution = solved(name)
        got = run(script_of(solution), tmp_path)
        assert got.returncode == 0, (name, got.stderr)
        agreed += len(solution.arms)
    assert agreed >= 5


@pytest.mark.slow
@pytest.mark.parametrize("interim", LOOKS)
@pytest.mark.parametrize(
    "name", ["rrmm_early_relapse_sized", pytest.param("rrmm_early_relapse_pfs", marks=pytest.mark.many)]
)
def test_looks_agree_with_rpact(name: str, interim: Interim | None, tmp_path: Path) -> None:
    if not has_rpact():
        pytest.skip("needs Rscript with rpact")
    solution = solved(name, interim)
    got = run(script_of(solution), tmp_path)
    assert got.returncode == 0, got.stderr
    assert f"{len(solution.arms)} arms agree" in got.stdout
    assert got.stdout.count("efficacy bounds") == (0 if interim is None else len(solution.arms))


@pytest.mark.slow
def test_a_changed_number_stops_the_script(tmp_path: Path) -> None:
    if not has_rpact():
        pytest.skip("needs Rscript with rpact")
    solution = solved("rrmm_early_relapse_sized", Interim(1, "pocock"))
    arm = solution.arms[0]
    assert arm.size is not None
    assert arm.calendar is not None
    fewer = replace(arm, size=replace(arm.size, patients=arm.size.patients - 1))
    first, *rest = arm.calendar.analyses
    lower = replace(arm, calendar=replace(arm.calendar, analyses=(replace(first, z=first.z - 0.01), *rest)))
    for changed, what in ((fewer, "A1 patients"), (lower, "A1 efficacy bounds")):
        got = run(r_files(replace(solution, arms=(changed, *solution.arms[1:])))["sizes.R"].decode(), tmp_path)
        assert got.returncode != 0
        assert what in got.stderr


def test_a_script_without_sizes_says_so() -> None:
    assert "the record has no sizes" in r_files(made())["sizes.R"].decode()
    assert "UNTESTED" in sas_files(made(sized=True))["sizes.sas"].decode()
