"""Patients, events, power and detectable effect of a trial arm; stand-alone, NumPy and SciPy only."""

from trialopt.sizing.accrual import dropout_hazard, event_probability, month_of_events
from trialopt.sizing.adjust import dunnett_step_down, hochberg, holm, hommel
from trialopt.sizing.at_look import conditional_power, predictive_power
from trialopt.sizing.checks import SizingError
from trialopt.sizing.delayed import DelayedPower, delayed_power
from trialopt.sizing.events import event_effect, event_power, required_events
from trialopt.sizing.exact import ExactPower, exact_power
from trialopt.sizing.exact_size import ExactSize, casagrande_power, casagrande_size, exact_size
from trialopt.sizing.families import shared_control_allocation
from trialopt.sizing.group_sequential import group_sequential_design, inflation
from trialopt.sizing.looks import Look, LooksDesign, inflation_for, looks_design, looks_of
from trialopt.sizing.mams import TwoStageBounds, mams_bounds, mams_power
from trialopt.sizing.multiplicity import critical_value, dunnett_critical, family_power
from trialopt.sizing.noninferiority import (
    NoninferioritySize,
    noninferiority_events,
    noninferiority_power,
    noninferiority_size,
)
from trialopt.sizing.populations import (
    NestedBounds,
    PopulationPower,
    disjoint_critical,
    disjoint_power,
    nested_bounds,
    nested_power,
)
from trialopt.sizing.proportions import proportion_effect, proportion_power, proportion_size
from trialopt.sizing.single_arm import OneStage, TwoStage, one_stage, simon_two_stage
from trialopt.sizing.spending import spend
from trialopt.sizing.strata import (
    StratifiedResponse,
    StratifiedSurvival,
    stratified_response_power,
    stratified_response_size,
    stratified_survival_power,
    stratified_survival_size,
)
from trialopt.sizing.subgroups import response_subgroup_power, survival_subgroup_power
from trialopt.sizing.survival import survival_effect, survival_power, survival_size

__all__ = [
    "DelayedPower",
    "ExactPower",
    "ExactSize",
    "Look",
    "LooksDesign",
    "NestedBounds",
    "NoninferioritySize",
    "OneStage",
    "PopulationPower",
    "SizingError",
    "StratifiedResponse",
    "StratifiedSurvival",
    "TwoStage",
    "TwoStageBounds",
    "casagrande_power",
    "casagrande_size",
    "conditional_power",
    "critical_value",
    "delayed_power",
    "disjoint_critical",
    "disjoint_power",
    "dropout_hazard",
    "dunnett_critical",
    "dunnett_step_down",
    "event_effect",
    "event_power",
    "event_probability",
    "exact_power",
    "exact_size",
    "family_power",
    "group_sequential_design",
    "hochberg",
    "holm",
    "hommel",
    "inflation",
    "inflation_for",
    "looks_design",
    "looks_of",
    "mams_bounds",
    "mams_power",
    "month_of_events",
    "nested_bounds",
    "nested_power",
    "noninferiority_events",
    "noninferiority_power",
    "noninferiority_size",
    "one_stage",
    "predictive_power",
    "proportion_effect",
    "proportion_power",
    "proportion_size",
    "required_events",
    "response_subgroup_power",
    "shared_control_allocation",
    "simon_two_stage",
    "spend",
    "stratified_response_power",
    "stratified_response_size",
    "stratified_survival_power",
    "stratified_survival_size",
    "survival_effect",
    "survival_power",
    "survival_size",
    "survival_subgroup_power",
]
