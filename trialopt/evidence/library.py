"""The evidence library: sourced tables that ship with the package, as DataFrames or, without pandas, as rows of text.

Every row keeps ``source``, ``confidence`` (``read``: seen in a stored page; ``recalled``: known from the
literature, not opened) and ``recalled_fields`` (cells of a read row that were recalled or derived).
``pack_row`` names the row of the original evidence pack; ``cleaning_log`` says what was changed and why.
"""

from __future__ import annotations

import csv
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from trialopt.core.agent_names import agents_in
from trialopt.core.run_folder import settle

if TYPE_CHECKING:
    import pandas as pd

DATA = Path(__file__).parent / "data"

TABLES: dict[str, str] = {
    "agents": "agents, their class and dose",
    "single_agent_arms": "response of single agents and of doublets reported alone",
    "regimens": "trial comparisons: arm, control, response, hazard ratio",
    "adverse_events": "severe events by regimen, category and trial",
    "mechanism_effects": "what a resistance mechanism does to an agent or class",
    "mechanism_prevalence": "how common a mechanism is, by setting",
    "subgroups": "prevalence and restrictions of patient subgroups",
    "contraindications": "pairs, sequences and subgroups that are barred or discouraged",
    "backtest_inputs": "single-agent response rates used for the independence prediction",
    "first_check": "a first check of plain independence, trial by trial",
    "populations": "the populations of the fits and the prior of their factors",
    "population_mechanisms": "share of a population with a mechanism, as the response fit uses it",
    "retained": "share of activity that survives a mechanism, as the response fit uses it",
    "subgroup_effects": "what belonging to a subgroup changes: bars, sensitivity, prevalence, susceptibility",
    "groups": "names that stand for several classes",
    "outcome_arms": "arms of the joint model: response, CR, MRD negativity, hazard ratio, who was treated",
    "event_arms": "arms with severe events and the months on treatment",
    "outcome_agents": "products the joint model knows beside the agents",
    "regimens_given": "regimens given in people: setting, phase, patients and status; no outcomes",
    "label_limits": "highest doses that labels allow by kidney function, age and frailty",
    "joint_shared": "how far numbers of the joint model spread, and what agents share of it",
    "arm_deviation": "a regimen's own deviation, calibrated on gains over control",
    "doses": "usual dose of each agent, and doses that a label bars in a group of patients",
}
"""Name of each sourced table and what it holds."""

_TEXT = {"year", "addon_source_year", "published", "fit_n_basis", "grade", "prior_lines"}


def library_names() -> list[str]:
    """Names an instance may give in ``[evidence] library``."""
    return ["myeloma"]


@cache
def rows(name: str) -> tuple[dict[str, str], ...]:
    """Rows of one table, every cell as it is written; raises ``ValueError`` as ``table`` does.

    For what every instance is read beside, which need not wait half a second for pandas.
    """
    with _file(name).open(encoding="utf-8", newline="") as stream:
        return tuple(csv.DictReader(stream))


def _file(name: str) -> Path:
    settle(DATA)
    path = DATA / f"{name}.csv"
    if not path.exists():
        raise ValueError(f"no evidence table {name!r}; there are: {', '.join(TABLES)}")
    return path


@cache
def _read(name: str) -> pd.DataFrame:
    import pandas as pd

    frame = pd.read_csv(_file(name), dtype=dict.fromkeys(_TEXT, "str"))
    for column in frame.columns:
        if not pd.api.types.is_numeric_dtype(frame[column]):
            frame[column] = frame[column].astype("str").where(frame[column].notna(), "")
    return frame


def table(name: str) -> pd.DataFrame:
    """Return a copy of one table; text cells that are blank are ``""``, numbers that are blank are NaN.

    Raises
    ------
    ValueError
        If there is no table of that name.
    """
    return _read(name).copy()


def agents() -> pd.DataFrame:
    """Agents: id, name, class, targets, approval, dose. Source: the column ``source``."""
    return table("agents")


def single_agent_arms() -> pd.DataFrame:
    """Arms of single agents and lone doublets: responders, n, response rate in percent."""
    return table("single_agent_arms")


def regimens() -> pd.DataFrame:
    """Trial comparisons: agents of both arms, patients, response in percent, hazard ratio with its 95 % limits."""
    return table("regimens")


def adverse_events() -> pd.DataFrame:
    """Adverse events: agents, category, grade, events, n, percent."""
    return table("adverse_events")


def mechanism_effects() -> pd.DataFrame:
    """Effect of a mechanism on an agent, class or group (full, partial, none, sensitises)."""
    return table("mechanism_effects")


def mechanism_prevalence() -> pd.DataFrame:
    """Prevalence of mechanisms in percent, by setting."""
    return table("mechanism_prevalence")


def subgroups() -> pd.DataFrame:
    """Subgroup prevalence in percent, with restrictions as text."""
    return table("subgroups")


def contraindications() -> pd.DataFrame:
    """Rules c01 to c34: pairs, sequences, subgroups, requirements."""
    return table("contraindications")


def backtest_inputs() -> pd.DataFrame:
    """Single-agent response rates in percent, early and heavily pretreated, with their year."""
    return table("backtest_inputs")


def class_of() -> dict[str, str]:
    """Return the class id of every agent id."""
    return {row["agent"]: row["class"] for row in rows("agents")}


@cache
def all_classes() -> dict[str, str]:
    """Return the class of every agent, and of the products only the joint model of outcomes knows."""
    return class_of() | {row["agent"]: row["class"] for row in rows("outcome_agents")}


def agent_ids(text: str) -> tuple[str, ...]:
    """Split a ``;``-separated cell into agent ids, in the order written."""
    return tuple(part for part in text.split(";") if part)


def sources() -> pd.DataFrame:
    """Return every citation of the sourced tables with the tables and number of rows that rest on it.

    Columns: source, confidence, rows, tables, source_url (the first one kept).
    """
    import pandas as pd

    parts = []
    for name in TABLES:
        frame = _read(name)
        if "source" not in frame.columns:
            continue
        part = pd.DataFrame({"source": frame["source"], "table": name})
        part["confidence"] = frame["confidence"] if "confidence" in frame.columns else ""
        part["source_url"] = frame["source_url"] if "source_url" in frame.columns else ""
        parts.append(part)
    rows = pd.concat(parts, ignore_index=True)
    grouped = rows.groupby(["source", "confidence"], sort=True)
    out = grouped.agg(
        rows=("table", "size"),
        tables=("table", lambda column: ";".join(sorted(set(column)))),
        source_url=("source_url", lambda column: next((url for url in column if url), "")),
    )
    return out.reset_index()


def agents_named(regimen: str) -> tuple[str, ...]:
    """Read agents joined by plus, comma or semicolon, with the usual abbreviations (``dara+VRd``, ``Isa-KRd``).

    Raises
    ------
    ValueError
        If a name is no agent, abbreviation or letter regimen.
    """
    found: list[str] = []
    for word in filter(None, re.split(r"[+,;\s]+", regimen)):
        agents = agents_in(word, all_classes())
        if agents is None:
            raise ValueError(
                f"no agent {word!r}; `trialopt evidence list` names them, or use abbreviations like dara, dex, VRd"
            )
        found += agents
    if not found:
        raise ValueError("give at least one agent")
    return tuple(dict.fromkeys(found))
