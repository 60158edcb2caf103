"""trialopt: provably best designs for combination-therapy trials.

    import trialopt
    instance = trialopt.read(trialopt.find("rrmm_early_relapse"))
    solution = trialopt.solve(instance)
    solution.tables.arms
    solution.plot.schema()

Names are loaded when first used, so that importing the package costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from trialopt.core.catalog import find
    from trialopt.core.design import Arm, Design, Dose
    from trialopt.core.instance import Instance
    from trialopt.decision.alternatives import alternatives
    from trialopt.decision.explain import explain
    from trialopt.decision.frontier import frontier
    from trialopt.decision.solving import solve
    from trialopt.decision.whatif import whatif
    from trialopt.evaluation import Evaluation, evaluate
    from trialopt.reading import InputErrors, read
    from trialopt.record.comparison import Comparison, compare
    from trialopt.record.solution import Solution

__version__ = "0.1.0"

_HOME = {
    "Arm": "core.design",
    "Comparison": "record.comparison",
    "Design": "core.design",
    "Dose": "core.design",
    "Evaluation": "evaluation",
    "InputErrors": "reading",
    "Instance": "core.instance",
    "Solution": "record.solution",
    "alternatives": "decision.alternatives",
    "compare": "record.comparison",
    "evaluate": "evaluation",
    "explain": "decision.explain",
    "find": "core.catalog",
    "frontier": "decision.frontier",
    "read": "reading",
    "solve": "decision.solving",
    "whatif": "decision.whatif",
}

__all__ = [
    "Arm",
    "Comparison",
    "Design",
    "Dose",
    "Evaluation",
    "InputErrors",
    "Instance",
    "Solution",
    "alternatives",
    "compare",
    "evaluate",
    "explain",
    "find",
    "frontier",
    "read",
    "solve",
    "whatif",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'trialopt' has no attribute {name!r}")
    return getattr(import_module(f"trialopt.{_HOME[name]}"), name)
