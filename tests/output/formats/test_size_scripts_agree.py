"""`sizes.R` on many designs in one R process: random sized trials of every kind, and variants of the shipped ones."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from random import Random

import numpy as np
import pytest

import trialopt
from tests.output.formats.test_size_scripts import has_rpact, sized, solved
from tests.plain_designs import as_design, random_arms
from tests.random_sized import sized_document
from tests.sized_oracle import SizedOracle
from tests.test_accrual_against_brute_force import changing
from tests.test_components_against_brute_force import asking
from trialopt.core.design import Design, Interim
from trialopt.core.instance import Instance
from trialopt.output.formats.size_scripts import r_files
from trialopt.reading import build
from trialopt.reading.document import Document
from trialopt.record.solution import DesignNumbers, numbers_of

DRIVER = """
failed <- 0
for (f in readLines(commandArgs(TRUE)[1])) {
  said <- tryCatch({ capture.output(sys.source(f, envir = new.env())); "" }, error = function(e) conditionMessage(e))
  if (said != "") { failed <- failed + 1; cat(basename(f), said, "\\n") }
}
quit(status = failed > 0)
"""

SPENDINGS = ("obrien_fleming", "pocock", "hsd:-4", "hsd:1", "power:1.5", "power:3")


def assert_agree(designs: dict[str, DesignNumbers], folder: Path) -> int:
    """Run the scripts of designs; how many arms they were about."""
    if not has_rpact():
        pytest.skip("needs Rscript with rpact")
    files = []
    for name, numbers in designs.items():
        files.append(folder / f"{name}.R")
        files[-1].write_bytes(r_files(numbers)["sizes.R"])
    (folder / "driver.R").write_text(DRIVER)
    (folder / "files.txt").write_text("\n".join(map(str, files)) + "\n")
    call = ["Rscript", str(folder / "driver.R"), str(folder / "files.txt")]
    got = subprocess.run(call, capture_output=True, text=True, check=False)
    assert got.returncode == 0, got.stdout + got.stderr
    return sum(arm.size is not None for numbers in designs.values() for arm in numbers.arms)


def recorded(instance: Instance, design: Design) -> DesignNumbers:
    return numbers_of(instance, trialopt.evaluate(instance, design))


def drawn(made: Document, seed: int) -> Iterator[DesignNumbers]:
    """A random design of a document, where each of its arms has a size."""
    oracle, instance = SizedOracle(made), build(made)
    for number in range(4):
        arms = random_arms(oracle, Random(1000 * seed + number), False)
        numbers = recorded(instance, as_design(oracle.facts.epochs, arms))
        if all(arm.size is not None for arm in numbers.arms):
            yield numbers
            return


@pytest.mark.parametrize("count", [pytest.param(10, marks=pytest.mark.slow), pytest.param(150, marks=pytest.mark.many)])
def test_random_trials_agree(count: int, tmp_path: Path) -> None:
    """Ratios, strata, methods, looks of every spending and futility, component arms, accrual that changes."""
    designs: dict[str, DesignNumbers] = {}
    for seed in range(count):
        for kind, made in (("sized", sized_document(seed)), ("novel", asking(seed)), ("accrual", changing(seed))):
            if made is not None:
                designs |= {f"{kind}_{seed}": numbers for numbers in drawn(made, seed)}
    agreed = assert_agree(designs, tmp_path)
    assert agreed > count
    assert any(arm.size is not None and arm.size.components for d in designs.values() for arm in d.arms)
    assert any("accrual" in arm.sizing for d in designs.values() for arm in d.arms)


def variants(i: Instance) -> Iterator[tuple[str, Instance]]:
    """Ratios, shares unlike accrual, control medians or rates that differ, and looks of every spending."""

    def trial(**changes: object) -> Instance:
        return replace(i, trial=replace(i.trial, **changes))  # type: ignore[arg-type]

    for ratio in (2.0, 3.0):
        yield f"ratio_{ratio:g}", trial(allocation_ratio=ratio)
    yield "shares", replace(i, accrual=i.accrual[::-1] * np.linspace(0.5, 2, len(i.accrual)))
    factors = np.resize([0.6, 1.0, 1.4], len(i.subgroups))
    if i.trial.endpoint == "pfs":
        yield "medians", replace(i, control_median=i.control_medians * factors)
        for method in ("freedman", "lachin_foulkes", "rubinstein"):
            yield method, trial(method=method)
    elif i.trial.analysis != "exact":
        yield "rates", replace(i, control_rate=i.control_rate * np.resize([0.7, 1.0, 0.9], len(factors)))
    if i.trial.analysis == "exact":
        return
    for number, spending in enumerate(SPENDINGS):
        futility = ("none", "nonbinding", "binding")[number % 3]
        look = Interim(1 + number % 3, spending, None, futility, None if futility == "none" else "hsd:-2")
        yield f"looks_{number}", trial(interim=look)


@pytest.mark.many
@pytest.mark.parametrize("name", sized())
def test_variants_of_shipped_trials_agree(name: str, tmp_path: Path) -> None:
    solution = solved(name)
    instance = trialopt.read(trialopt.core.catalog.find(name))
    if not solution.arms:
        pytest.skip("no design")
    design = solution.design
    designs = {key: recorded(made, design) for key, made in [("as_it_is", instance), *variants(instance)]}
    assert assert_agree(designs, tmp_path) >= len(designs)
