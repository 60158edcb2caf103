"""Component arms in everything a run is shown by: tables, screens, reports, and what other programs read."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
import subprocess
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import trialopt
from trialopt.core.catalog import find
from trialopt.core.design import Contribution
from trialopt.output import short_views
from trialopt.output.formats import FORMATS
from trialopt.output.formats.size_sas import files as sas_files
from trialopt.output.formats.size_scripts import r_files
from trialopt.output.report.sentences import recommendation, size_reason
from trialopt.output.study.plan import planned
from trialopt.output.study.randomisation import files
from trialopt.output.terminal.first_words import size_in_words
from trialopt.record.rows import rows
from trialopt.record.solution import Solution, decode


@pytest.fixture(scope="module")
def solution() -> Solution:
    """`tiny_duo` with sizes: A2 gives a novel pair, A1 with every pair known brings nothing."""
    instance = trialopt.read(find("tiny_duo"))
    trial = replace(instance.trial, power=0.8, contribution=Contribution("novel", alpha=0.1))
    made = trialopt.solve(replace(instance, trial=trial, control_rate=np.full(2, 0.3), accrual=np.full(2, 4.0)))
    return decode(made.to_json(), "solution.json")


def test_the_record_holds_the_family(solution: Solution) -> None:
    first, second = solution.arms
    assert first.component_arms == ()
    assert "contribution" not in first.sizing
    assert second.size is not None
    assert [(part.arm, part.without) for part in second.component_arms] == [
        ("A2a", "bortezomib"),
        ("A2b", "lenalidomide"),
    ]
    assert second.size.patients == 3 * second.size.own_patients
    basis = second.sizing["contribution"]
    assert [part["needed"] for part in basis["components"]] == [part.needed for part in second.size.components]
    assert basis["against_control"][0] < second.size.own_patients
    assert "against A2b" in basis["sentence"]
    text = json.loads(solution.to_json())
    assert "components" not in text["arms"][0]
    text["arms"][1]["components"][0]["patients"] += 1
    with pytest.raises(ValueError, match="components"):
        decode(json.dumps(text), "solution.json")


def test_tables_show_the_family(solution: Solution) -> None:
    arms = {row["arm"]: row for row in rows(solution, "arms")}
    assert list(arms) == ["A1", "A2", "A2a", "A2b"]
    total = {row["what"]: row["total"] for row in rows(solution, "totals")}
    assert sum(row["patients"] + (row["control_patients"] or 0) for row in arms.values()) == total["patients"]
    assert sum(row["cost"] for row in arms.values()) == pytest.approx(total["cost"])
    assert sum(row["experimental"] + (row["control"] or 0) for row in rows(solution, "allocation")) == total["patients"]
    assert arms["A2a"]["induction"] == "lenalidomide@mg10"
    assert [row[0] for row in short_views.arms(solution).rows] == list(arms)
    assert [row[:3] for row in short_views.components(solution).rows] == [
        ("A2", "bortezomib", "A2a"),
        ("A2", "lenalidomide", "A2b"),
    ]
    assert {row[0] for row in short_views.sizes(solution).rows} == set(arms)


def test_words_tell_the_family(solution: Solution) -> None:
    told = size_in_words(solution.arms[1])
    assert "as many in each of 2 component arms (without bortezomib and without lenalidomide)" in told
    assert "two experimental arms and two component arms" in recommendation(solution)
    assert "A2 has to show what it owes to bortezomib" in size_reason(solution, solution.arms[1])


def test_every_format_takes_the_family(solution: Solution) -> None:
    found = {name: FORMATS[name].files(solution) for name in FORMATS if name != "parquet"}
    texts = {file: content.decode(errors="replace") for made in found.values() for file, content in made.items()}
    telling = {file for file, text in texts.items() if "A2a" in text or "A2A" in text}
    assert {file.rpartition(".")[2] for file in telling} >= {"csv", "md", "tex", "json", "xml", "R"}, telling


def test_studies_have_component_arms(solution: Solution) -> None:
    study = planned(solution)
    assert [arm.code for arm in study.arms] == ["A1", "C1", "A2", "A2a", "A2b", "C2"]
    assert study.arms[3].comparison == "A2 against A2a"
    assert study.patients == sum(arm.size.patients + arm.size.control_patients for arm in solution.arms if arm.size)
    listed = list(csv.DictReader(io.StringIO(files(solution)["randomisation_production.csv"].decode())))
    counts = Counter(row["redcap_randomization_group"] for row in listed)
    assert counts["3"] == counts["4"] == counts["5"]  # A2, A2a, A2b
    assert set(counts) == set("123456")


def test_sas_has_every_comparison_that_r_has(solution: Solution) -> None:
    """No SAS here, so its numbers are compared with those of `sizes.R`, which R runs."""
    program, script = sas_files(solution)["sizes.sas"].decode(), r_files(solution)["sizes.R"].decode()
    steps = re.findall(
        r"/\* ([^*]+?): recorded (\d+).*?\n.*?groupproportions = \((\S+) (\S+)\) sides = 1 alpha = (\S+) power = (\S+) "
        r"groupweights = \(1 (\S+)\) nfractional",
        program,
        re.DOTALL,
    )
    assert [step[0] for step in steps] == ["A1", "A2", "A2 against A2a", "A2 against A2b"]
    assert program.count("proc power;") == program.count("run;") == len(steps)
    for name, patients, *numbers in steps:
        f = r"c\(1.0\)"
        rates = rf"c\({numbers[0]}\), c\({numbers[1]}\)"
        level = f"{numbers[2]}, {numbers[3]}, {float(numbers[4])}"
        what = name if "against" in name else f"{name} patients"
        computed = rf'"{what}", response_patients\({f}, {rates}, {level}, .*\)(\[1\], |, c\(){patients}\b'
        assert re.search(computed, script), computed


def test_r_computes_the_family_again(solution: Solution, tmp_path: Path) -> None:
    script = r_files(solution)["sizes.R"].decode()
    assert script.count("A2 against A2") == 2
    if shutil.which("Rscript") is None:
        pytest.skip("needs Rscript")
    path = tmp_path / "sizes.R"
    path.write_text(script)
    got = subprocess.run(["Rscript", str(path)], capture_output=True, text=True, check=False)
    assert got.returncode == 0, got.stderr
    path.write_text(script.replace("[1], ", "[1], 1"))
    assert subprocess.run(["Rscript", str(path)], capture_output=True, check=False).returncode != 0
