"""Limits and wishes of a trial itself by name: what is compared, how many arms, patients, months, how much money."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from trialopt.core.instance import Instance
from trialopt.limits.named import NamedLimit, Scale, number

if TYPE_CHECKING:
    from trialopt.evaluation import Evaluation
    from trialopt.evaluation.result import ArmSize


def trial_limits(instance: Instance) -> list[NamedLimit]:
    """All of `[trial]` that could leave no design; those on patients, time, money and effect only of a sized trial."""
    return [*_arms(instance), *(_size(instance) if instance.trial.sized else ())]


def power_limit(instance: Instance) -> NamedLimit:
    """The wish to size arms at all."""
    return NamedLimit(
        f"power {instance.trial.power:g}: in no design has every arm a predicted effect over its control "
        "that it can be sized for",
        "power",
        "power",
        (),
        _setting("power", None),
    )


def _arms(i: Instance) -> Iterator[NamedLimit]:
    if i.trial.no_harm:
        words = "coverage not below the control's in any subgroup (no_harm)"
        yield NamedLimit(words, "no_harm", "no_harm", (), _setting("no_harm", False))
    if i.trial.max_arms < len(i.subgroups):
        most = len(i.subgroups)
        scale = Scale(i.trial.max_arms, most, _moved("max_arms", whole=True), None, number, whole=True)
        words = f"max_arms {i.trial.max_arms}"
        yield NamedLimit(words, "max_arms", "max_arms", (), _setting("max_arms", most), scale)


def _size(i: Instance) -> Iterator[NamedLimit]:
    t = i.trial
    if t.max_patients is not None:
        words = f"max_patients {t.max_patients} over all arms and controls"
        yield _most(words, "max_patients", t.max_patients, _patients, whole=True)
    if t.max_accrual_months is not None:
        words = f"max_accrual_months {t.max_accrual_months:g} of an arm"
        yield _most(words, "max_accrual_months", t.max_accrual_months, _months)
    if t.budget is not None:
        yield _most(f"budget {t.budget:g}", "budget", t.budget, _cost)
    monotone = t.max_patients is None and t.max_accrual_months is None and t.budget is None
    if t.target_difference is not None and t.endpoint == "response":
        yield _target("target_difference", t.target_difference, 0.0, _least_difference, monotone)
    if t.target_hazard_ratio is not None and t.endpoint == "pfs":
        yield _target("target_hazard_ratio", t.target_hazard_ratio, 1.0, _largest_ratio, monotone)


def _most(words: str, key: str, value: float, takes: Callable[[Evaluation], float], whole: bool = False) -> NamedLimit:
    scale = Scale(value, float("inf"), _moved(key, whole), takes, number, whole)
    return NamedLimit(words, key, key, (), _setting(key, None), scale)


def _target(key: str, value: float, end: float, takes: Callable[[Evaluation], float], monotone: bool) -> NamedLimit:
    scale = Scale(value, end, _moved(key), takes, number, monotone=monotone)
    return NamedLimit(f"{key} {value:g} predicted of every arm", key, key, (), _setting(key, None), scale)


def _setting(key: str, to: Any) -> Callable[[Instance], Instance]:
    changed: dict[str, Any] = {key: to}
    return lambda j: replace(j, trial=replace(j.trial, **changed))


def _moved(key: str, whole: bool = False) -> Callable[[Instance, float], Instance]:
    return lambda j, x: _setting(key, int(x) if whole else x)(j)


# -- what a design takes ------------------------------------------------------------------------------------


def _sizes(found: Evaluation) -> list[ArmSize]:
    return [arm.size for arm in found.arms if arm.size is not None]


def _patients(found: Evaluation) -> float:
    return sum(size.patients + size.control_patients for size in _sizes(found))


def _months(found: Evaluation) -> float:
    months = [size.accrual_months for size in _sizes(found)]
    return max(float("inf") if m is None else m for m in months)


def _cost(found: Evaluation) -> float:
    return sum(size.cost for size in _sizes(found))


def _least_difference(found: Evaluation) -> float:
    return min((size.p1 or 0.0) - (size.p0 or 0.0) for size in _sizes(found))


def _largest_ratio(found: Evaluation) -> float:
    return max(size.hazard_ratio or 0.0 for size in _sizes(found))
