"""What a sequence of regimens costs a patient (model section 7)."""

from __future__ import annotations

from trialopt.evaluation.coverage import agents_given
from trialopt.evaluation.resolve import Sequence
from trialopt.instance import Instance


def cost_per_patient(instance: Instance, sequence: Sequence | None) -> float:
    """`sum over epochs of cycles * cost_per_cycle + cost_per_course` of the agents given, whatever their level.

    In the currency of the agents' costs. No regimen costs nothing.
    """
    if sequence is None:
        return 0.0
    given = agents_given(instance, sequence)
    return float((given * (instance.cycles[:, None] * instance.cost_per_cycle + instance.cost_per_course)).sum())
