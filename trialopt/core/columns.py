"""Every table, by name; their columns are declared once each, in `columns_agents` and `columns_patients`.

A column that is read but never computed with is of section 0.
"""

from __future__ import annotations

from trialopt.core.columns_agents import (
    ACTIVITY,
    AGENTS,
    INTERACTIONS,
    LEVELS,
    PRECEDENTS,
    REGIMENS,
    TOXICITY,
    TOXICITY_PREFIX,
)
from trialopt.core.columns_patients import (
    CATEGORIES,
    CONTRAINDICATED,
    EMERGENCE,
    LIMITS,
    MECHANISMS,
    PREVALENCE,
    REACH,
    RETAINED,
    SENSITIVITY,
    SUBGROUPS,
    SUSCEPTIBILITY,
)
from trialopt.core.vocabulary import Field, Table, ref

__all__ = ["DESIGN", "REMARKS", "REMARK_COLUMNS", "TABLES", "TOXICITY_PREFIX"]

REMARK_COLUMNS = (
    Field("source", "Where the row's numbers come from", 0, otherwise="no source is named"),
    Field("confidence", "How the numbers were come by: read, recalled or assumption", 0, otherwise="not said"),
    Field(
        "recalled_fields",
        "Columns recalled rather than read in the source, separated by semicolons",
        0,
        otherwise="none",
    ),
    Field("note", "Anything else a reader should know", 0, otherwise="none"),
)
REMARKS = tuple(column.name for column in REMARK_COLUMNS)
"""Columns any table may have: kept and shown, never computed with."""

TABLES = {
    table.name: table
    for table in (
        AGENTS,
        ACTIVITY,
        LEVELS,
        TOXICITY,
        CATEGORIES,
        LIMITS,
        MECHANISMS,
        RETAINED,
        EMERGENCE,
        SUBGROUPS,
        REACH,
        PREVALENCE,
        SENSITIVITY,
        SUSCEPTIBILITY,
        CONTRAINDICATED,
        PRECEDENTS,
        REGIMENS,
        INTERACTIONS,
    )
}
"""Every table of an instance, by name."""

DESIGN = Table(
    "design",
    "A design to be judged by `trialopt check`: one row for each agent of each epoch of each arm",
    (
        Field("arm", "Name of the arm", 7, required=True),
        Field(
            "subgroups",
            "Subgroups it serves, separated by semicolons, in at least one row of the arm",
            7,
            "ids",
            required=True,
        ),
        ref("epoch", "Epoch, blank with agent for an arm that gives nothing", 1, "epoch"),
        ref("agent", "Agent given in the epoch", 1, "agent"),
        Field("level", "Its level", 1, otherwise="standard, or the agent's only level"),
    ),
    key=("arm", "epoch", "agent", "level"),
    absent="nothing is given in the epoch",
)
"""Not part of an instance: see `record.design_file`."""
