"""Patients, events, power and detectable effect of a trial arm; stand-alone, NumPy and SciPy only."""

from trialopt.sizing.accrual import dropout_hazard, event_probability, month_of_events
from trialopt.sizing.checks import SizingError
from trialopt.sizing.events import event_effect, event_power, required_events
from trialopt.sizing.families import shared_control_allocation
from trialopt.sizing.group_sequential import group_sequential_design, inflation
from trialopt.sizing.multiplicity import critical_value, dunnett_critical, family_power
from trialopt.sizing.proportions import proportion_effect, proportion_power, proportion_size
from trialopt.sizing.subgroups import response_subgroup_power, survival_subgroup_power
from trialopt.sizing.survival import survival_effect, survival_power, survival_size

__all__ = [
    "SizingError",
    "critical_value",
    "dropout_hazard",
    "dunnett_critical",
    "event_effect",
    "event_power",
    "event_probability",
    "family_power",
    "group_sequential_design",
    "inflation",
    "month_of_events",
    "proportion_effect",
    "proportion_power",
    "proportion_size",
    "required_events",
    "response_subgroup_power",
    "shared_control_allocation",
    "survival_effect",
    "survival_power",
    "survival_size",
    "survival_subgroup_power",
]
