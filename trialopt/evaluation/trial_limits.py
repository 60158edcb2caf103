"""Limits on the trial as a whole: patients, months of accrual and budget (model section 7).

Arms that cannot be sized are broken rules of their own and count nothing here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from trialopt.evaluation.result import ArmSize, Violation
from trialopt.evaluation.words import apart, counted, listed
from trialopt.instance import TOLERANCE, Instance, TrialSettings


def broken_trial_limits(instance: Instance, sizes: Mapping[str, ArmSize]) -> Iterator[Violation]:
    """Every limit the sized arms break, `sizes` by arm name in the order of the design."""
    yield from _max_patients(instance.trial, sizes)
    yield from _max_accrual_months(instance.trial, sizes)
    yield from _budget(instance.trial, sizes)


def _max_patients(trial: TrialSettings, sizes: Mapping[str, ArmSize]) -> Iterator[Violation]:
    needed = {name: size.patients + size.control_patients for name, size in sizes.items()}
    total, most = sum(needed.values()), trial.max_patients
    if most is not None and total > most:
        yield Violation(
            "max_patients",
            f"the design needs {total:,} patients{_by_arm(needed)}, above the limit of {most:,}",
        )


def _max_accrual_months(trial: TrialSettings, sizes: Mapping[str, ArmSize]) -> Iterator[Violation]:
    limit = trial.max_accrual_months
    if limit is None:
        return
    for name, size in sizes.items():
        patients = counted(size.patients + size.control_patients, "patient")
        if size.accrual_months is None:
            yield Violation(
                "max_accrual_months",
                f"{name} needs {patients}, and how many months they take is unknown without accrual rates of all "
                f"its subgroups; the limit is {limit:g}",
                name,
            )
        elif size.accrual_months > limit + TOLERANCE:
            months, most = apart(size.accrual_months, limit, 1)
            yield Violation(
                "max_accrual_months",
                f"{name} needs {patients} in {months} months of accrual, above the limit of {_trimmed(most)}",
                name,
            )


def _budget(trial: TrialSettings, sizes: Mapping[str, ArmSize]) -> Iterator[Violation]:
    costs = {name: size.cost for name, size in sizes.items()}
    total, budget = sum(costs.values()), trial.budget
    if budget is not None and total > budget + TOLERANCE:
        shown, most = apart(total, budget, 0)
        yield Violation(
            "budget",
            f"the design costs {shown}{_by_arm(costs)}, above the budget of {most}",
        )


def _by_arm(parts: Mapping[str, float]) -> str:
    """` (A1 530 and A2 412)`; nothing for a single arm."""
    return f" ({listed(f'{name} {part:,.0f}' for name, part in parts.items())})" if len(parts) > 1 else ""


def _trimmed(number: str) -> str:
    """`36` for `36.0`."""
    return number.rstrip("0").rstrip(".") if "." in number else number
