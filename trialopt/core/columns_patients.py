"""The columns of the tables about patients: their events, their resistance, their subgroups."""

from __future__ import annotations

from trialopt.core.settings import RESPONSE, SIZED
from trialopt.core.vocabulary import (
    AT_LEAST_0,
    COUNT,
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

MECHANISM_KINDS = ("genetic", "cytogenetic", "antigen", "microenvironment", "immune", "transport", "metabolism")

CATEGORIES = Table(
    "categories",
    "Categories of severe adverse events, and how often they may occur",
    (
        own_id("category", "Id of the category"),
        shown_name("category"),
        number("background", "Probability whatever is given", 4, "probability", PROBABILITY, 0.0),
        number("limit", "Highest risk in an epoch", 4, "probability", PROBABILITY, 1.0, otherwise="1, no limit"),
        number(
            "cumulative_limit",
            "Highest risk over all epochs",
            4,
            "probability",
            PROBABILITY,
            1.0,
            otherwise="1, no limit",
        ),
    ),
    key=("category",),
    absent="no toxicity counts",
)

LIMITS = Table(
    "limits",
    "Limits of a category in one subgroup, one epoch or both; the most specific one counts",
    (
        ref("category", "Category", 4, "category"),
        ref("subgroup", "Subgroup the limit is for", 4, "subgroup", "all subgroups; then an epoch is given"),
        ref("epoch", "Epoch the limit is for", 4, "epoch", "all epochs; then a subgroup is given"),
        number("limit", "Highest risk in an epoch", 4, "probability", PROBABILITY, required=True),
    ),
    key=("category", "subgroup", "epoch"),
    absent="the category's limit",
)

MECHANISMS = Table(
    "mechanisms",
    "Resistance mechanisms, and what an arm must do about them",
    (
        own_id("mechanism", "Id of the mechanism"),
        shown_name("mechanism"),
        Field("kind", "Kind of the mechanism", 0, choices=MECHANISM_KINDS, otherwise="not said"),
        number(
            "seed",
            "Share of patients in whom clones too small to see carry it",
            3,
            "share",
            PROBABILITY,
            0.0,
            binds="from the second epoch on",
        ),
        number(
            "min_coverage",
            "Least coverage of disease with the mechanism",
            5,
            "probability",
            PROBABILITY,
            otherwise="nothing required",
        ),
        count("min_active", "Fewest active agents in an epoch", 5, "agents", AT_LEAST_0, 0),
        number(
            "prevalence_floor",
            "Prevalence from which on the two requirements bind in a subgroup",
            5,
            "share",
            PROBABILITY,
            0.0,
            binds="with min_coverage or min_active",
        ),
        epoch_list("Epochs in which the requirements bind", 5),
    ),
    key=("mechanism",),
    absent="no mechanism is listed",
)

RETAINED = Table(
    "retained",
    "What of an agent's activity survives a mechanism: 0 lost, 1 unaffected, above 1 more than without it",
    (
        ref("mechanism", "Mechanism", 2, "mechanism"),
        ref("key", "Agent or class; an agent's row wins over its class's", 2, "item"),
        number("retained", "Share of activity that survives", 2, "share", AT_LEAST_0, required=True),
    ),
    key=("mechanism", "key"),
    absent="1",
)

EMERGENCE = Table(
    "emergence",
    "How exposure selects for a mechanism",
    (
        ref("mechanism", "Mechanism", 3, "mechanism"),
        ref("key", "Agent or class given before; an agent's row wins over its class's", 3, "item"),
        number(
            "multiplier",
            "Factor on the prevalence in later epochs, once for the row",
            3,
            "factor",
            COUNT,
            required=True,
        ),
    ),
    key=("mechanism", "key"),
    absent="1",
)

SUBGROUPS = Table(
    "subgroups",
    "Patient subgroups, the strata of the trial",
    (
        own_id("subgroup", "Id of the subgroup"),
        shown_name("subgroup"),
        Field("definition", "What makes a patient one of it", 0, otherwise="not shown"),
        number(
            "share",
            "Part of the patients the trial is for; all are scaled to sum to 1",
            8,
            "share",
            AT_LEAST_0,
            required=True,
        ),
        number(
            "accrual_per_month",
            "Patients who enrol in a month",
            7,
            "patients per month",
            POSITIVE,
            otherwise="none; pfs and max_accrual_months need it",
            binds=SIZED,
        ),
        number(
            "control_rate",
            "Response rate of the control",
            7,
            "share",
            PROBABILITY,
            otherwise="the trial's control_rate",
            binds=RESPONSE,
        ),
    ),
    key=("subgroup",),
    absent="there must be subgroups",
    required=True,
)

REACH = Table(
    "reach",
    "Who is still on protocol",
    (
        ref("subgroup", "Subgroup", 8, "subgroup"),
        ref("epoch", "Epoch", 8, "epoch"),
        number("reach", "Share of the subgroup still on protocol by the epoch", 8, "share", PROBABILITY, required=True),
    ),
    key=("subgroup", "epoch"),
    absent="1",
)

PREVALENCE = Table(
    "prevalence",
    "Whose disease is driven by which mechanism at the start; what is left to 1 has none of the listed",
    (
        ref("subgroup", "Subgroup", 3, "subgroup"),
        ref("mechanism", "Mechanism", 3, "mechanism"),
        number("prevalence", "Share of the subgroup's patients", 3, "share", PROBABILITY, required=True),
    ),
    key=("subgroup", "mechanism"),
    absent="0",
)

SENSITIVITY = Table(
    "sensitivity",
    "What exposure before the trial, or biology, leaves of an agent's activity in a subgroup",
    (
        ref("subgroup", "Subgroup", 2, "subgroup"),
        ref("key", "Agent or class; an agent's row wins over its class's", 2, "item"),
        number("sensitivity", "Factor on the agent's log-activity", 2, "factor", AT_LEAST_0, required=True),
    ),
    key=("subgroup", "key"),
    absent="1",
)

SUSCEPTIBILITY = Table(
    "susceptibility",
    "How much more often events occur in a subgroup",
    (
        ref("subgroup", "Subgroup", 4, "subgroup"),
        ref("category", "Category", 4, "category"),
        number("susceptibility", "Factor on event probabilities", 4, "factor", AT_LEAST_0, required=True),
    ),
    key=("subgroup", "category"),
    absent="1",
)

CONTRAINDICATED = Table(
    "contraindicated",
    "What an arm that serves a subgroup must not contain",
    (
        ref("subgroup", "Subgroup", 6, "subgroup"),
        ref("key", "Agent or class barred", 6, "item"),
        ref("with", "Agent or class: only the two in one epoch are barred", 6, "item", "barred whatever else is given"),
    ),
    key=("subgroup", "key", "with"),
    absent="nothing is barred",
)
