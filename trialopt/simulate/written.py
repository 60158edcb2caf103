"""A trial written by hand: groups, whom they are compared with, and what may be true, in a TOML file.

For trials that no run designed: a combination against each of its parts, more doses, bounds from elsewhere. Every
comparison has to succeed. `docs/simulate.md` has an example.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Mapping
from pathlib import Path
from statistics import NormalDist
from typing import Any

import numpy as np

from trialopt.core import WrongInput
from trialopt.simulate.trial import EXACT, RATE_TESTS, SURVIVAL_TESTS, Comparison, Family, Group, Trial, Truth

KEYS = {
    "trial": {"title", "test", "alpha", "accrual_per_month", "study_months", "dropout_per_month", "not_evaluable"},
    "looks": {"fractions", "events", "z", "futility_z"},
    "group": {"id", "patients"},
    "comparison": {"of", "against", "alpha"},
    "truth": {"none", "sized", "predicted"},
}
"""Section -> what may stand in it; a truth has a rate or a median in months of each group, or a list by stratum."""


def read_trial(path: Path) -> Trial:
    """Read a trial. Raises `WrongInput` that names the file, the place and what would be right."""
    try:
        text = path.read_text(encoding="utf-8-sig")
        data = tomllib.loads(text)
    except OSError as error:
        raise WrongInput(f"{path}: cannot be read ({error.strerror or error})") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise WrongInput(f"{path}: no TOML file ({error})") from None
    try:
        family = _family(data)
    except _Wrong as wrong:
        raise WrongInput(f"{path}: {wrong}") from None
    return Trial(
        name=path.stem,
        title=str(data["trial"].get("title", "")),
        sha256=hashlib.sha256(text.encode()).hexdigest(),
        endpoint="pfs" if family.survival else "response",
        families=(family,),
        alpha=family.comparisons[0].alpha,
    )


class _Wrong(ValueError):
    """What is wrong with a file, without its name."""


def _family(data: Mapping[str, Any]) -> Family:
    for section in data:
        _known("section", section, KEYS)
    for section in ("trial", "group", "comparison", "truth"):
        if section not in data:
            raise _Wrong(f"there is no [{section}]")
    trial, looks = data["trial"], data.get("looks", {})
    for section, table in (("trial", trial), ("looks", looks), ("truth", data["truth"])):
        for key in table:
            _known(f"key in [{section}]", key, KEYS[section])
    test = _one_of("[trial] test", trial.get("test"), (*RATE_TESTS, *SURVIVAL_TESTS))
    names, groups = _groups(data["group"])
    survival, strata = test in SURVIVAL_TESTS, len(groups[0].patients)
    fractions = tuple(_numbers("[looks] fractions", looks.get("fractions", [1.0]), 0, 1))
    if test in EXACT and len(fractions) > 1:
        raise _Wrong(f"[trial] test: {test} is for trials without interim looks")
    alpha = _number("[trial] alpha", trial.get("alpha", 0.025), 0, 0.5)
    comparisons = tuple(_comparison(row, names, alpha, looks, len(fractions)) for row in data["comparison"])
    truths = {effect: _truth(effect, row, names, strata, survival) for effect, row in data["truth"].items()}
    if "sized" not in truths:
        raise _Wrong("[truth] has no sized: give the effect that the trial is sized for")
    control = truths["sized"].outcome[:, [comparisons[0].control]]
    truths.setdefault("none", Truth(np.repeat(control, len(names), axis=1), truths["sized"].risk))
    total = np.sum([group.patients for group in groups], axis=0)
    events = tuple(int(n) for n in _numbers("[looks] events", looks.get("events", []), 1, 1e6))
    if survival and len(events) != len(fractions):
        raise _Wrong("[looks] events: give the events of each analysis, as many as there are fractions")
    return Family(
        name=names[comparisons[0].treatment],
        strata=tuple(f"stratum {k + 1}" for k in range(strata)),
        groups=groups,
        comparisons=comparisons,
        truths=truths,
        test=test,
        weights=tuple((total / total.sum()).tolist()),
        fractions=fractions,
        events=events if survival else (),
        per_month=_maybe("[trial] accrual_per_month", trial.get("accrual_per_month")),
        study_months=_maybe("[trial] study_months", trial.get("study_months")),
        dropout=_number("[trial] dropout_per_month", trial.get("dropout_per_month", 0.0), -1e-9, 10),
        not_evaluable=_number("[trial] not_evaluable", trial.get("not_evaluable", 0.0), -1e-9, 1),
    )


def _groups(rows: Any) -> tuple[list[str], tuple[Group, ...]]:
    found = []
    for n, row in enumerate(rows, start=1):
        for key in row:
            _known(f"key in [[group]] {n}", key, KEYS["group"])
        patients = row.get("patients")
        patients = patients if isinstance(patients, list) else [patients]
        if not all(isinstance(k, int) and 0 < k < 1_000_000 for k in patients):
            raise _Wrong(f"[[group]] {n} patients: give a whole number above 0, or a list of them by stratum")
        found.append(Group(str(row.get("id", "")), tuple(patients)))
    names = [group.name for group in found]
    if "" in names or len(set(names)) < len(names) or len(names) < 2:
        raise _Wrong("[[group]] id: give two or more groups, each with an id of its own")
    if len({len(group.patients) for group in found}) > 1:
        raise _Wrong("[[group]] patients: all groups have as many strata")
    return names, tuple(found)


def _comparison(
    row: Mapping[str, Any], names: list[str], alpha: float, looks: Mapping[str, Any], many: int
) -> Comparison:
    for key in row:
        _known("key in [[comparison]]", key, KEYS["comparison"])
    of, against = (_one_of(f"[[comparison]] {key}", row.get(key), names) for key in ("of", "against"))
    level = _number("[[comparison]] alpha", row.get("alpha", alpha), 0, 0.5)
    z = tuple(_numbers("[looks] z", looks.get("z", [-NormalDist().inv_cdf(level)] if many == 1 else []), -10, 40))
    low = tuple(_numbers("[looks] futility_z", looks.get("futility_z", []), -40, 40))
    if len(z) != many or (low and len(low) not in (many, many - 1)):
        raise _Wrong("[looks] z, futility_z: give a bound for each analysis")
    futility = None if not low else (*low, 0.0)[:many]
    return Comparison(f"{of} against {against}", names.index(of), names.index(against), level, z, futility)


def _truth(effect: str, row: Any, names: list[str], strata: int, survival: bool) -> Truth:
    if not isinstance(row, dict) or set(row) != set(names):
        raise _Wrong(f"[truth] {effect}: give a number for each of {', '.join(names)}")
    outcome = np.empty((1, len(names), strata))
    for k, name in enumerate(names):
        values = row[name] if isinstance(row[name], list) else [row[name]] * strata
        if len(values) != strata:
            raise _Wrong(f"[truth] {effect}, {name}: give one number, or {strata} by stratum")
        outcome[0, k] = _numbers(f"[truth] {effect}, {name}", values, 0, 1e4 if survival else 1)
    return Truth(np.log(2) / outcome if survival else outcome, np.zeros((1, len(names), strata, 0)))


def _known(what: str, name: str, known: Any) -> None:
    if name not in known:
        raise _Wrong(f"{name!r} is no {what}; there are {', '.join(sorted(known))}")


def _one_of(where: str, value: Any, known: Any) -> str:
    if value not in known:
        raise _Wrong(f"{where} is {value!r}; it has to be one of {', '.join(known)}")
    return str(value)


def _maybe(where: str, value: Any) -> float | None:
    return None if value is None else _number(where, value, 0, 1e6)


def _number(where: str, value: Any, low: float, high: float) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not low < value <= high:
        raise _Wrong(f"{where} is {value!r}; give a number above {max(low, 0):g} and at most {high:g}")
    return float(value)


def _numbers(where: str, values: Any, low: float, high: float) -> list[float]:
    if not isinstance(values, list):
        raise _Wrong(f"{where} is {values!r}; give a list of numbers")
    return [_number(where, value, low - 1e-12, high) for value in values]
