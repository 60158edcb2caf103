"""What a reader of a design should doubt, for the terminal and documents alike. Costs no start-up time."""

from __future__ import annotations

from trialopt.evaluation.cautions import too_long
from trialopt.record.solution import Solution


def doubts(solution: Solution) -> list[str]:
    """Arms that nobody would run, each in a sentence without its full stop."""
    taken = {
        arm.name: (arm.size.patients + arm.size.control_patients, arm.size.accrual_months)
        for arm in solution.arms
        if arm.size is not None
    }
    return list(too_long(taken, solution.question.trial_limits))
