"""Patients, events, power and detectable effect of a trial arm; stand-alone, NumPy and SciPy only."""

from trialopt.sizing.checks import SizingError
from trialopt.sizing.events import event_effect, event_power, required_events
from trialopt.sizing.group_sequential import group_sequential_design, inflation
from trialopt.sizing.proportions import proportion_effect, proportion_power, proportion_size
from trialopt.sizing.survival import survival_effect, survival_power, survival_size

__all__ = [
    "SizingError",
    "event_effect",
    "event_power",
    "group_sequential_design",
    "inflation",
    "proportion_effect",
    "proportion_power",
    "proportion_size",
    "required_events",
    "survival_effect",
    "survival_power",
    "survival_size",
]
