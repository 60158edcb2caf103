"""Solver profiles: HiGHS accepts the shipped ones and says what is wrong with others."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import highspy
import pytest

from trialopt.core.silent_highs import SilentHighs
from trialopt.model import profiles
from trialopt.model.profiles import ProfileError


@pytest.mark.parametrize("name", ["default", "proof", "quick"])
def test_shipped_profiles_are_read_and_read_back(name: str) -> None:
    profile = profiles.load(name)
    assert profile.options
    solver = SilentHighs()
    assert profiles.apply(solver, profile.path) == profile.options
    untouched = SilentHighs()
    assert any(untouched.getOptionValue(option)[1] != value for option, value in profile.options.items())


def test_names_lists_the_shipped_ones() -> None:
    assert profiles.names() == ("default", "proof", "quick")


def test_a_file_of_ones_own(tmp_path: Path) -> None:
    file = tmp_path / "mine.opt"
    file.write_text("# mine\n\nmip_heuristic_effort = 0.2\n")
    assert profiles.load(str(file)).options == {"mip_heuristic_effort": 0.2}


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("mip_heuristic_efort = 0.2", "HiGHS has no option 'mip_heuristic_efort'; did you mean mip_heuristic_effort?"),
        ("mip_heuristic_effort = much", "HiGHS does not take 'much' for mip_heuristic_effort"),
        ("mip_heuristic_effort = 7", "HiGHS does not take '7' for mip_heuristic_effort"),
        ("mip_heuristic_effort", "expected `option = value`, found 'mip_heuristic_effort'"),
        ("objective_bound = -1", "objective_bound could change what is proven; a profile may not set it"),
        ("solve_relaxation = on", "solve_relaxation could change what is proven; a profile may not set it"),
        (
            "mip_feasibility_tolerance = 1e-3",
            "mip_feasibility_tolerance = 1e-3 is looser than 1e-06; bounds rest on it",
        ),
        ("threads = 9999", "threads = 9999 is more than 256"),
        ("time_limit = 5", "time_limit belongs to the run (--gap, --time-limit, --node-limit)"),
    ],
)
def test_a_wrong_line_is_named(tmp_path: Path, line: str, said: str) -> None:
    file = tmp_path / "wrong.opt"
    file.write_text(f"# wrong\n{line}\n")
    with pytest.raises(ProfileError) as caught:
        profiles.load(str(file))
    assert str(caught.value) == f"{file}, line 2: {said}"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("quik", "no solver profile 'quik': there are default, proof, quick; did you mean quick?"),
        ("nowhere.opt", "nowhere.opt: no such option file"),
    ],
)
def test_an_unknown_profile(name: str, said: str) -> None:
    with pytest.raises(ProfileError) as caught:
        profiles.load(name)
    assert str(caught.value) == said


def test_reading_a_profile_prints_nothing() -> None:
    """HiGHS greets on stdout the first time it is used; tables and JSON go there."""
    code = "from trialopt.model import profiles; profiles.load('default')"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert (run.stdout, run.stderr) == ("", "")


def test_solving_prints_nothing() -> None:
    code = (
        "from trialopt.core.catalog import find\nfrom trialopt.model import search\nfrom trialopt.reading import read\n"
        "from trialopt.core.run import Limits, Monitor\nsearch(read(find('tiny_duo')), Monitor(Limits()))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert (run.stdout, run.stderr) == ("", "")


def test_every_option_that_may_be_set_is_one_of_highs() -> None:
    solver = SilentHighs()
    for option in profiles.HARMLESS | set(profiles.LOOSEST):
        assert solver.getOptionValue(option)[0] == highspy.HighsStatus.kOk, option


def test_options_that_forge_a_proof_are_refused_by_name(tmp_path: Path) -> None:
    """Whatever HiGHS has beside the harmless ones: limits, targets, bounds, relaxations."""
    solver = SilentHighs()
    for option in ("objective_target", "mip_max_improving_sols", "mip_max_leaves", "simplex_iteration_limit"):
        file = tmp_path / "forged.opt"
        file.write_text(f"{option} = {solver.getOptionValue(option)[1]}\n")
        with pytest.raises(ProfileError, match="could change what is proven"):
            profiles.load(str(file))


@pytest.mark.parametrize("option", ["log_file", "write_model_file", "write_iis_model_file", "read_solution_file"])
def test_a_refused_option_touches_no_file(tmp_path: Path, option: str) -> None:
    """HiGHS empties the file of `log_file` as soon as it reads the line."""
    other, file = tmp_path / "agents.csv", tmp_path / "mine.opt"
    other.write_text("precious")
    file.write_text(f"{option} = {other}\n")
    with pytest.raises(ProfileError):
        profiles.load(str(file))
    assert other.read_text() == "precious"


def test_a_file_that_is_no_text(tmp_path: Path) -> None:
    file = tmp_path / "wrong.opt"
    file.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ProfileError, match="not UTF-8 text"):
        profiles.load(str(file))
