"""Every table of an instance and its columns, declared once each: one row here is one column there.

A column that is read but never computed with is of section 0.
"""

from __future__ import annotations

from trialopt.core.settings import PFS, RESPONSE, SIZED
from trialopt.core.vocabulary import (
    ANY,
    AT_LEAST_0,
    COUNT,
    HAZARD_RATIO,
    POSITIVE,
    PROBABILITY,
    Field,
    Table,
    count,
    epoch_list,
    number,
    own_id,
    ref,
    shown_name,
)

# fmt: off

AGENT_KINDS = ("small_molecule", "biologic", "cell_therapy", "procedure")
MECHANISM_KINDS = ("genetic", "cytogenetic", "antigen", "microenvironment", "immune", "transport", "metabolism")

CATEGORIES = Table("categories", "Categories of severe adverse events, and how often they may occur", (
    own_id("category", "Id of the category"),
    shown_name("category"),
    number("background", "Probability whatever is given", 4, "probability", PROBABILITY, 0.0),
    number("limit", "Highest risk in an epoch", 4, "probability", PROBABILITY, 1.0, otherwise="1, no limit"),
    number("cumulative_limit", "Highest risk over all epochs", 4, "probability", PROBABILITY, 1.0,
           otherwise="1, no limit"),
    number("not_worse_than_control", "Most that an arm's attributable risk in an epoch may exceed the control's by", 6,
           "difference of probabilities", PROBABILITY, 1.0, otherwise="1, no limit"),
), key=("category",), absent="no toxicity counts", uncertain=("background",))

LIMITS = Table("limits", "Limits of a category in one subgroup, one epoch or both; the most specific one counts", (
    ref("category", "Category", 4, "category"),
    ref("subgroup", "Subgroup the limit is for", 4, "subgroup", "all subgroups; then an epoch is given"),
    ref("epoch", "Epoch the limit is for", 4, "epoch", "all epochs; then a subgroup is given"),
    number("limit", "Highest risk in an epoch", 4, "probability", PROBABILITY, required=True),
), key=("category", "subgroup", "epoch"), absent="the category's limit")

MECHANISMS = Table("mechanisms", "Resistance mechanisms, and what an arm must do about them", (
    own_id("mechanism", "Id of the mechanism"),
    shown_name("mechanism"),
    Field("kind", "Kind of the mechanism", 0, choices=MECHANISM_KINDS, otherwise="not said"),
    number("seed", "Share of patients in whom clones too small to see carry it", 3, "share", PROBABILITY, 0.0,
           binds="from the second epoch on"),
    number("min_coverage", "Least coverage of disease with the mechanism", 5, "probability", PROBABILITY,
           otherwise="nothing required"),
    count("min_active", "Fewest active agents in an epoch", 5, "agents", AT_LEAST_0, 0),
    number("prevalence_floor", "Prevalence from which on the two requirements bind in a subgroup", 5, "share",
           PROBABILITY, 0.0, binds="with min_coverage or min_active"),
    epoch_list("Epochs in which the requirements bind", 5),
), key=("mechanism",), absent="no mechanism is listed", uncertain=("seed",))

RETAINED = Table("retained",
                 "What of an agent's activity survives a mechanism: 0 lost, 1 unaffected, above 1 more than without it",
                 (
    ref("mechanism", "Mechanism", 2, "mechanism"),
    ref("key", "Agent or class; an agent's row wins over its class's", 2, "item"),
    number("retained", "Share of activity that survives", 2, "share", AT_LEAST_0, required=True),
), key=("mechanism", "key"), absent="1", uncertain=("retained",))

EMERGENCE = Table("emergence", "How exposure selects for a mechanism", (
    ref("mechanism", "Mechanism", 3, "mechanism"),
    ref("key", "Agent or class given before; an agent's row wins over its class's", 3, "item"),
    number("multiplier", "Factor on the prevalence in later epochs, once for the row", 3, "factor", COUNT,
           required=True),
), key=("mechanism", "key"), absent="1", uncertain=("multiplier",))

SUBGROUPS = Table("subgroups", "Patient subgroups, the strata of the trial", (
    own_id("subgroup", "Id of the subgroup"),
    shown_name("subgroup"),
    Field("definition", "What makes a patient one of it", 0, otherwise="not shown"),
    number("share", "Part of the patients the trial is for; all are scaled to sum to 1", 8, "share", AT_LEAST_0,
           required=True),
    number("accrual_per_month", "Patients who enrol in a month", 7, "patients per month", POSITIVE,
           otherwise="none; pfs, max_accrual_months and max_study_months need it", binds=SIZED),
    number("ramp_up_months", "Months over which its accrual grows evenly from nothing to its rate", 7, "months",
           AT_LEAST_0, otherwise="the trial's ramp_up_months", binds=SIZED),
    number("control_rate", "Response rate of the control", 7, "share", PROBABILITY,
           otherwise="the trial's control_rate", binds=RESPONSE),
    number("control_median_months", "Median progression-free survival under the control", 7, "months", POSITIVE,
           otherwise="the trial's control_median_months", binds=PFS),
), key=("subgroup",), absent="there must be subgroups", required=True, uncertain=("control_rate",))

ACCRUAL = Table("accrual", "How accrual changes with time: factors on the rates of subgroups.csv, in steps", (
    number("from_month", "Month of the trial from which on the factor counts, until the next row's", 7, "months",
           AT_LEAST_0, required=True),
    ref("subgroup", "Subgroup it is for; its rows win over those for all", 7, "subgroup", "all subgroups"),
    number("factor", "Factor on accrual_per_month; 0 only at the start, in a subgroup that opens later", 7, "factor",
           AT_LEAST_0, required=True),
), key=("from_month", "subgroup"), absent="1 from the first month on")

REACH = Table("reach", "Who is still on protocol", (
    ref("subgroup", "Subgroup", 8, "subgroup"),
    ref("epoch", "Epoch", 8, "epoch"),
    number("reach", "Share of the subgroup still on protocol by the epoch", 8, "share", PROBABILITY, required=True),
), key=("subgroup", "epoch"), absent="1", uncertain=("reach",))

PREVALENCE = Table("prevalence",
                   "Whose disease is driven by which mechanism at the start; what is left to 1 has none of the listed",
                   (
    ref("subgroup", "Subgroup", 3, "subgroup"),
    ref("mechanism", "Mechanism", 3, "mechanism"),
    number("prevalence", "Share of the subgroup's patients", 3, "share", PROBABILITY, required=True),
), key=("subgroup", "mechanism"), absent="0", uncertain=("prevalence",))

SENSITIVITY = Table("sensitivity",
                    "What exposure before the trial, or biology, leaves of an agent's activity in a subgroup", (
    ref("subgroup", "Subgroup", 2, "subgroup"),
    ref("key", "Agent or class; an agent's row wins over its class's", 2, "item"),
    number("sensitivity", "Factor on the agent's log-activity", 2, "factor", AT_LEAST_0, required=True),
), key=("subgroup", "key"), absent="1", uncertain=("sensitivity",))

SUSCEPTIBILITY = Table("susceptibility", "How much more often events occur in a subgroup", (
    ref("subgroup", "Subgroup", 4, "subgroup"),
    ref("category", "Category", 4, "category"),
    number("susceptibility", "Factor on event probabilities", 4, "factor", AT_LEAST_0, required=True),
), key=("subgroup", "category"), absent="1", uncertain=("susceptibility",))

CONTRAINDICATED = Table("contraindicated", "What an arm that serves a subgroup must not contain", (
    ref("subgroup", "Subgroup", 6, "subgroup"),
    ref("key", "Agent, class or agent@level barred", 6, "dose"),
    ref("with", "Agent, class or agent@level: only the two in one epoch are barred", 6, "dose",
        "barred whatever else is given"),
    epoch_list("Epochs in which it is barred", 6),
), key=("subgroup", "key", "with"), absent="nothing is barred")

TOXICITY_PREFIX = "toxicity:"
"""Start of the columns of interactions.csv that add toxicity to a category."""

AGENTS = Table("agents", "Agents, what they do alone, and what they cost", (
    own_id("agent", "Id of the agent"),
    shown_name("agent"),
    own_id("class", "Class of the agent: an id that no agent has"),
    Field("kind", "What the agent is", 0, default=AGENT_KINDS[0], choices=AGENT_KINDS),
    Field("one_off", "Given once in an epoch, whatever the cycles", 0, "flag", default=False),
    count("responders", "Patients who responded", 2, "patients", AT_LEAST_0, otherwise="not known"),
    count("n", "Patients treated", 2, "patients", otherwise="not known"),
    number("orr", "Response rate alone, below 1", 2, "share", PROBABILITY, otherwise="responders / n, else rate 0"),
    ref("orr_in", "Subgroup the rate was measured in", 2, "subgroup", "disease with no listed mechanism"),
    number("hazard_ratio", "Hazard ratio when added to a backbone", 7, "ratio", HAZARD_RATIO,
           otherwise="none, and sizing for pfs needs it", binds=PFS),
    number("cost_per_cycle", "Cost of one patient's cycle", 7, "money", AT_LEAST_0, 0.0,
           binds="with a budget, and in an arm's cost"),
    number("cost_per_course", "Cost of one patient, once in every epoch that has the agent", 7, "money", AT_LEAST_0,
           0.0, binds="with a budget, and in an arm's cost"),
    epoch_list("Epochs in which it may be used", 6),
), key=("agent",), absent="there must be agents", required=True, uncertain=("orr", "hazard_ratio"))

ACTIVITY = Table("activity", "Log-activity of an agent in an epoch where it is not that of its response rate", (
    ref("agent", "Agent", 2, "agent"),
    ref("epoch", "Epoch", 2, "epoch"),
    number("activity", "Log-activity on disease with no listed mechanism", 2, "log", otherwise="-ln(hazard_ratio)"),
    number("hazard_ratio", "Hazard ratio against no treatment in the epoch", 2, "ratio", HAZARD_RATIO,
           otherwise="not used; one of the two is given"),
), key=("agent", "epoch"), absent="the agent's own log-activity, from its response rate",
   uncertain=("activity", "hazard_ratio"))

LEVELS = Table("levels", "Dose levels of an agent; an agent with rows has just those levels", (
    ref("agent", "Agent", 1, "agent"),
    own_id("level", "Id of the level"),
    Field("dose", "The dose as shown", 0, otherwise="put together from the five columns that follow"),
    number("amount", "Amount given on each day of treatment, in `unit`", 0, "as `unit` says", POSITIVE,
           otherwise="not shown"),
    Field("unit", "Unit of the amount, such as mg or mg/m2", 0, otherwise="not shown"),
    Field("route", "How it is given, such as PO, SC or IV", 0, otherwise="not shown"),
    Field("days", "Days of the cycle on which it is given, such as 1-21 or 1,8,15", 0, otherwise="not shown"),
    count("cycle_days", "Length of its cycle; levels of one regimen have the same", 6, "days",
          otherwise="goes with any", binds="unless rules.mixed_cycles"),
    number("activity_factor", "Factor on the agent's log-activity", 2, "factor", AT_LEAST_0, 1.0),
    number("toxicity_factor", "Factor on its event probabilities", 4, "factor", AT_LEAST_0, 1.0),
), key=("agent", "level"), absent="one level, standard, with factors 1", uncertain=("activity_factor",))

TOXICITY = Table("toxicity", "Probability of a grade 3 or worse event under an agent, in an epoch of exposure 1", (
    ref("agent", "Agent", 4, "agent"),
    ref("category", "Category of the event", 4, "category"),
    ref("epoch", "Epoch the rate is for; its row wins over one for all epochs", 4, "epoch", "all epochs"),
    count("events", "Patients with the event", 4, "patients", AT_LEAST_0, otherwise="not known"),
    count("n", "Patients treated", 4, "patients", otherwise="not known"),
    number("probability", "Probability of the event", 4, "probability", PROBABILITY, otherwise="events / n"),
), key=("agent", "category", "epoch"), absent="0, with a warning where the category is limited",
   uncertain=("probability",))

INTERACTIONS = Table("interactions",
                     "What a pair gains, loses or adds in toxicity when both are given in an epoch, in either order", (
    ref("a", "Agent or class", 2, "item"),
    ref("b", "Another agent, or a class: all pairs that match", 2, "item"),
    number("activity", "Log-activity gained (above 0) or lost (below 0)", 2, "log", ANY, 0.0),
), more=number(f"{TOXICITY_PREFIX}CATEGORY", "Events added to the category", 4, "events, log scale", AT_LEAST_0, 0.0),
   key=("a", "b"), absent="the two act independently", unordered=True, uncertain=("activity",))

PRECEDENTS = Table("precedents", "Pairs of agents given together in people before, in either order", (
    ref("a", "One agent", 6, "agent", binds="with rules.precedent; else new pairs are flagged"),
    ref("b", "The other agent", 6, "agent", binds="with rules.precedent; else new pairs are flagged"),
), key=("a", "b"), absent="no pair is known", unordered=True)

REGIMENS = Table("regimens", "Regimens given in people, to name the nearest trial of a recommendation", (
    Field("trial", "Name of the trial", 0, required=True),
    Field("agents", "Agents given together, separated by semicolons, of the instance or not", 0, "ids", required=True),
    Field("setting", "Patients it was given to, such as early_relapse", 0, otherwise="not said"),
    Field("phase", "Phase of the trial", 0, otherwise="not said"),
    count("patients", "Patients who were given it", 0, "patients", otherwise="not said"),
    Field("status", "How far the trial is, such as published or recruiting", 0, otherwise="not said"),
), key=("trial", "agents"), absent="no trial is named")

REMARK_COLUMNS = (
    Field("source", "Where the row's numbers come from", 0, otherwise="no source is named"),
    Field("confidence", "How the numbers were come by: read, recalled or assumption", 0, otherwise="not said"),
    Field("recalled_fields", "Columns recalled rather than read in the source, separated by semicolons", 0,
          otherwise="none"),
    Field("note", "Anything else a reader should know", 0, otherwise="none"),
)
REMARKS = tuple(column.name for column in REMARK_COLUMNS)
"""Columns any table may have: kept and shown, never computed with."""

SPREAD_COLUMNS = (
    number("low", "5th percentile of the row's uncertain number", 0, "as the number", otherwise="not said"),
    number("high", "95th percentile of the row's uncertain number", 0, "as the number", otherwise="not said"),
)
SPREAD = tuple(column.name for column in SPREAD_COLUMNS)
"""Columns of every table with an uncertain number (`Table.uncertain`): both or neither. See `Instance.spreads`."""

TABLES = {table.name: table for table in (
    AGENTS, ACTIVITY, LEVELS, TOXICITY, CATEGORIES, LIMITS, MECHANISMS, RETAINED, EMERGENCE, SUBGROUPS, ACCRUAL,
    REACH, PREVALENCE, SENSITIVITY, SUSCEPTIBILITY, CONTRAINDICATED, PRECEDENTS, REGIMENS, INTERACTIONS,
)}
"""Every table of an instance, by name."""

DESIGN = Table("design",
               "A design to be judged by `trialopt check`: one row for each agent of each epoch of each arm", (
    Field("arm", "Name of the arm", 7, required=True),
    Field("subgroups", "Subgroups it serves, separated by semicolons, in at least one row of the arm", 7, "ids",
          required=True),
    ref("epoch", "Epoch, blank with agent for an arm that gives nothing", 1, "epoch"),
    ref("agent", "Agent given in the epoch", 1, "agent"),
    Field("level", "Its level", 1, otherwise="standard, or the agent's only level"),
), key=("arm", "epoch", "agent", "level"), absent="nothing is given in the epoch")
"""Not part of an instance: see `record.design_file`."""
