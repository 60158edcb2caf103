"""The columns of the tables about agents: what they do, alone, in pairs and at which dose."""

from __future__ import annotations

from trialopt.core.settings import PFS
from trialopt.core.vocabulary import (
    ANY,
    AT_LEAST_0,
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

TOXICITY_PREFIX = "toxicity:"
"""Start of the columns of interactions.csv that add toxicity to a category."""

AGENTS = Table(
    "agents",
    "Agents, what they do alone, and what they cost",
    (
        own_id("agent", "Id of the agent"),
        shown_name("agent"),
        own_id("class", "Class of the agent: an id that no agent has"),
        count("responders", "Patients who responded", 2, "patients", AT_LEAST_0, otherwise="not known"),
        count("n", "Patients treated", 2, "patients", otherwise="not known"),
        number("orr", "Response rate alone, below 1", 2, "share", PROBABILITY, otherwise="responders / n, else rate 0"),
        ref("orr_in", "Subgroup the rate was measured in", 2, "subgroup", "disease with no listed mechanism"),
        number(
            "hazard_ratio",
            "Hazard ratio when added to a backbone",
            7,
            "ratio",
            POSITIVE,
            otherwise="none, and sizing for pfs needs it",
            binds=PFS,
        ),
        number(
            "cost_per_cycle",
            "Cost of one patient's cycle",
            7,
            "money",
            AT_LEAST_0,
            0.0,
            binds="with a budget, and in an arm's cost",
        ),
        number(
            "cost_per_course",
            "Cost of one patient, once in every epoch that has the agent",
            7,
            "money",
            AT_LEAST_0,
            0.0,
            binds="with a budget, and in an arm's cost",
        ),
        epoch_list("Epochs in which it may be used", 6),
    ),
    key=("agent",),
    absent="there must be agents",
    required=True,
)

ACTIVITY = Table(
    "activity",
    "Log-activity of an agent in an epoch where it is not that of its response rate",
    (
        ref("agent", "Agent", 2, "agent"),
        ref("epoch", "Epoch", 2, "epoch"),
        number("activity", "Log-activity on disease with no listed mechanism", 2, "log", otherwise="-ln(hazard_ratio)"),
        number(
            "hazard_ratio",
            "Hazard ratio against no treatment in the epoch",
            2,
            "ratio",
            POSITIVE,
            otherwise="not used; one of the two is given",
        ),
    ),
    key=("agent", "epoch"),
    absent="the agent's own log-activity, from its response rate",
)

LEVELS = Table(
    "levels",
    "Dose levels of an agent; an agent with rows has just those levels",
    (
        ref("agent", "Agent", 1, "agent"),
        own_id("level", "Id of the level"),
        Field("dose", "The dose as shown", 0, otherwise="not shown"),
        number("activity_factor", "Factor on the agent's log-activity", 2, "factor", AT_LEAST_0, 1.0),
        number("toxicity_factor", "Factor on its event probabilities", 4, "factor", AT_LEAST_0, 1.0),
    ),
    key=("agent", "level"),
    absent="one level, standard, with factors 1",
)

TOXICITY = Table(
    "toxicity",
    "Probability of a grade 3 or worse event under an agent, in an epoch of exposure 1",
    (
        ref("agent", "Agent", 4, "agent"),
        ref("category", "Category of the event", 4, "category"),
        ref("epoch", "Epoch the rate is for; its row wins over one for all epochs", 4, "epoch", "all epochs"),
        count("events", "Patients with the event", 4, "patients", AT_LEAST_0, otherwise="not known"),
        count("n", "Patients treated", 4, "patients", otherwise="not known"),
        number("probability", "Probability of the event", 4, "probability", PROBABILITY, otherwise="events / n"),
    ),
    key=("agent", "category", "epoch"),
    absent="0, with a warning where the category is limited",
)

INTERACTIONS = Table(
    "interactions",
    "What a pair gains, loses or adds in toxicity when both are given in an epoch, in either order",
    (
        ref("a", "Agent or class", 2, "item"),
        ref("b", "Another agent, or a class: all pairs that match", 2, "item"),
        number("activity", "Log-activity gained (above 0) or lost (below 0)", 2, "log", ANY, 0.0),
    ),
    more=number(f"{TOXICITY_PREFIX}CATEGORY", "Events added to the category", 4, "events, log scale", AT_LEAST_0, 0.0),
    key=("a", "b"),
    absent="the two act independently",
    unordered=True,
)

PRECEDENTS = Table(
    "precedents",
    "Pairs of agents given together in people before, in either order",
    (
        ref("a", "One agent", 6, "agent", binds="with rules.precedent; else new pairs are flagged"),
        ref("b", "The other agent", 6, "agent", binds="with rules.precedent; else new pairs are flagged"),
    ),
    key=("a", "b"),
    absent="no pair is known",
    unordered=True,
)

REGIMENS = Table(
    "regimens",
    "Regimens given in people, to name the nearest trial of a recommendation",
    (
        Field("trial", "Name of the trial", 0, required=True),
        Field(
            "agents", "Agents given together, separated by semicolons, of the instance or not", 0, "ids", required=True
        ),
    ),
    key=("trial", "agents"),
    absent="no trial is named",
)
