"""What judges a design: `evaluate`, and the numbers of single arms and of the control regimen."""

from trialopt.evaluation.judge import evaluate
from trialopt.evaluation.numbers import arm_numbers, control_coverage
from trialopt.evaluation.resolve import DesignError
from trialopt.evaluation.result import ArmNumbers, ArmSize, Evaluation, Violation

__all__ = [
    "ArmNumbers",
    "ArmSize",
    "DesignError",
    "Evaluation",
    "Violation",
    "arm_numbers",
    "control_coverage",
    "evaluate",
]
