"""Solver profiles: native HiGHS option files, read and checked by HiGHS itself.

Pyomo passes a misspelt option on and nobody complains; HiGHS' own reader rejects it. So a profile is a file in
HiGHS' own format (`option = value` lines, `#` comments), found by name among the shipped ones or by path.
"""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import highspy

from trialopt.core import WrongInput
from trialopt.core.catalog import solver_file
from trialopt.core.silent_highs import SilentHighs

Value = bool | int | float | str

OF_THE_RUN = frozenset({"mip_abs_gap", "mip_max_nodes", "mip_rel_gap", "time_limit"})
"""Options that say when to stop: they belong to the run (gap, time and node limit), not to a profile."""

HARMLESS = frozenset(
    (
        *("presolve", "parallel", "threads", "random_seed", "solver", "simplex_strategy", "simplex_scale_strategy"),
        *("simplex_dual_edge_weight_strategy", "simplex_primal_edge_weight_strategy", "simplex_max_concurrency"),
        *("mip_detect_symmetry", "mip_allow_restart", "mip_lp_age_limit", "mip_pool_age_limit", "mip_pool_soft_limit"),
        *("mip_pscost_minreliable", "mip_min_cliquetable_entries_for_parallelism", "mip_heuristic_effort"),
        *("mip_heuristic_run_feasibility_jump", "mip_heuristic_run_rins", "mip_heuristic_run_rens"),
        *("mip_heuristic_run_root_reduced_cost", "mip_heuristic_run_zi_round", "mip_heuristic_run_shifting"),
        *("mip_allow_cut_separation_at_nodes", "mip_min_logging_interval"),
    )
)
"""Options that change how a proof is found and how long it takes, never what is proven."""

LOOSEST = {
    "primal_feasibility_tolerance": 1e-7,
    "dual_feasibility_tolerance": 1e-7,
    "mip_feasibility_tolerance": 1e-6,
}
"""Tolerances a profile may tighten; these are the defaults of HiGHS, on which bounds rest."""

MOST_THREADS = 256
"""HiGHS starts as many as it is told, also where thousands leave the machine no time to solve."""


class ProfileError(WrongInput):
    """A profile that does not exist or that HiGHS does not accept. The message names the file and what is wrong."""


@dataclass(frozen=True)
class Profile:
    """A solver profile: its name, its file, and the options as HiGHS read them."""

    name: str
    path: Path
    options: dict[str, Value]


def names() -> tuple[str, ...]:
    """Names of the shipped profiles."""
    return tuple(sorted(path.stem for path in solver_file("highs", "default.opt").parent.glob("*.opt")))


def load(name: str) -> Profile:
    """Find a profile by name or path and have HiGHS read it.

    Raises
    ------
    ProfileError
        When there is no such profile, or HiGHS rejects a line of it.
    """
    path = _find(name)
    return Profile(name, path, apply(SilentHighs(), path))


def apply(solver: Any, path: Path) -> dict[str, Value]:
    """Have a `highspy.Highs` read the option file, and read back the options it names.

    Raises `ProfileError` when HiGHS rejects the file; it names the line at fault.
    """
    solver.setOptionValue("output_flag", False)
    lines = _lines(path)
    for number, option, text in lines:
        if option in OF_THE_RUN:
            raise ProfileError(
                f"{path}, line {number}: {option} belongs to the run (--gap, --time-limit, --node-limit)"
            )
        if solver.getOptionValue(option)[0] != highspy.HighsStatus.kOk:
            near = get_close_matches(option, _known(), n=1)
            hint = f"; did you mean {near[0]}?" if near else ""
            raise ProfileError(f"{path}, line {number}: HiGHS has no option {option!r}{hint}")
        if option not in HARMLESS and option not in LOOSEST:
            raise ProfileError(f"{path}, line {number}: {option} could change what is proven; a profile may not set it")
        # only now may HiGHS see the line: reading `log_file = NAME` empties that file
        if not _accepts(option, text):
            raise ProfileError(f"{path}, line {number}: HiGHS does not take {text!r} for {option}")
        if option == "threads" and int(text) > MOST_THREADS:
            raise ProfileError(f"{path}, line {number}: threads = {text} is more than {MOST_THREADS}")
        if option in LOOSEST and float(text) > LOOSEST[option]:
            most = LOOSEST[option]
            raise ProfileError(f"{path}, line {number}: {option} = {text} is looser than {most:g}; bounds rest on it")
    if solver.readOptions(str(path)) != highspy.HighsStatus.kOk:
        raise ProfileError(f"{path}: HiGHS does not accept this option file")
    return {option: solver.getOptionValue(option)[1] for _, option, _ in lines}


def _find(name: str) -> Path:
    if name.endswith(".opt"):
        path = Path(name)
        if not path.is_file():
            raise ProfileError(f"{name}: no such option file")
        return path
    if name not in names():
        near = get_close_matches(name, names(), n=1)
        hint = f"; did you mean {near[0]}?" if near else ""
        raise ProfileError(f"no solver profile {name!r}: there are {', '.join(names())}{hint}")
    return solver_file("highs", f"{name}.opt")


def _lines(path: Path) -> list[tuple[int, str, str]]:
    """Line number, option and value of each line that sets something."""
    try:
        written = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise ProfileError(f"{path}: not UTF-8 text; an option file has lines `option = value`") from error
    found = []
    for number, line in enumerate(written.splitlines(), start=1):
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        option, equals, value = (part.strip() for part in text.partition("="))
        if not equals or not option or not value:
            raise ProfileError(f"{path}, line {number}: expected `option = value`, found {text!r}")
        found.append((number, option, value))
    return found


def _accepts(option: str, text: str) -> bool:
    """Whether HiGHS reads this one line."""
    import tempfile

    trial = SilentHighs()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "line.opt"
        file.write_text(f"{option} = {text}\n", encoding="utf-8")
        return bool(trial.readOptions(str(file)) == highspy.HighsStatus.kOk)


def _known() -> list[str]:
    return [name for name in dir(highspy.HighsOptions) if not name.startswith("_")]
