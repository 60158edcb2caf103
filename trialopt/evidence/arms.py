"""Published arms, and how they are cited.

The rule for ``confidence`` of a fitted number is ours. ``assumption`` where its 90 % interval spans more than a
factor of ten: then the prior speaks, not the data. Else ``recalled`` where half or more of the patients behind it
come from recalled rows. Else ``read``, with the column named in ``recalled_fields`` if any patients do.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache

import pandas as pd

from trialopt.evidence import library

# -- The arms the response fit uses: one row an arm, from single-agent reports and from trial comparisons. --------

COLUMNS = [
    "arm", "trial_id", "trial", "role", "agents", "population", "published", "n", "responders", "orr_pct",
    "patient_group", "mechanism_share", "confidence", "recalled", "source",
]  # fmt: skip


def is_before(earlier: str, later: str) -> bool:
    """Whether a publication date (``2016`` or ``2016-H1``) is strictly before another.

    Within one year the half-years decide; if one of the two is not known, the answer is no.
    """
    first, second = earlier.split("-H"), later.split("-H")
    if first[0] != second[0]:
        return first[0] < second[0]
    return len(first) == 2 and len(second) == 2 and first[1] < second[1]


def _row(
    base: pd.Series, role: str, agents: str, n: float, responders: float, orr: float, cells: str
) -> dict[str, object]:
    recalled = base["confidence"] == "recalled" or cells in str(base["recalled_fields"]).split(";")
    return {
        "arm": f"{base['trial_id']}:{agents.replace(';', '+')}",
        "trial_id": base["trial_id"],
        "trial": base["trial"],
        "role": role,
        "agents": agents,
        "population": base["population"],
        "published": base["published"],
        "n": n,
        "responders": responders,
        "orr_pct": orr,
        "patient_group": base["patient_group"],
        "mechanism_share": base["mechanism_share"],
        "confidence": base["confidence"],
        "recalled": bool(recalled),
        "source": base["source"],
    }


def response_arms(*, usable: bool = True) -> pd.DataFrame:
    """Arms with responders and denominators (all enrolled, where known), oldest first.

    Parameters
    ----------
    usable
        Keep only what the fit may use; otherwise arms set aside for overlapping patients are kept too.

    Returns
    -------
    DataFrame
        Columns ``COLUMNS``. ``role`` is single, arm or control. ``responders`` is the printed count, or the
        printed percentage times n, rounded.
    """
    rows = []
    singles = library.single_agent_arms()
    for _, base in singles[singles["use_in_fit"] == "y"].iterrows():
        n = base["fit_n"] if pd.notna(base["fit_n"]) else base["n"]
        counted = base["responders"]
        responders = counted if pd.notna(counted) else round(base["orr_pct"] * n / 100.0)
        role = "control" if "control" in base["trial"].lower() else "single"
        rows.append(_row(base, role, base["agents"], n, responders, base["orr_pct"], "orr_pct"))
    for _, base in library.regimens().iterrows():
        if base["use_in_fit"] == "n" and (usable or base["patient_group"] == ""):
            continue
        for role in ("arm", "control"):
            agents, orr, n = base[f"{role}_agents"], base[f"orr_{role}_pct"], base[f"n_{role}"]
            if not agents or agents == "standard_regimens" or pd.isna(orr) or pd.isna(n):
                continue
            responders = round(orr * n / 100.0)
            if role == "arm" and pd.notna(base["fit_n_arm"]):
                n, responders = base["fit_n_arm"], base["fit_responders_arm"]
            rows.append(_row(base, role, agents, n, responders, orr, f"orr_{role}_pct"))
    frame = pd.DataFrame(rows, columns=COLUMNS)
    repeated = frame.groupby("arm").cumcount()
    frame["arm"] = frame["arm"].where(repeated == 0, frame["arm"] + "#" + (repeated + 1).astype("str"))
    order = ["published", "trial_id", "role", "arm"]
    return frame.sort_values(order, kind="stable").reset_index(drop=True)


def known_before(frame: pd.DataFrame, published: str, *, without: str = "") -> pd.DataFrame:
    """Rows published strictly before a date, later reports of the same patients replacing earlier ones.

    Parameters
    ----------
    without
        Patient groups (``;``-separated) that must not be used because the trial being predicted contains them.
    """
    barred = set(library.agent_ids(without))
    keep = [
        is_before(row["published"], published) and not barred & set(library.agent_ids(row["patient_group"]))
        for _, row in frame.iterrows()
    ]
    return latest_reports(frame[pd.Series(keep, index=frame.index, dtype=bool)])


def latest_reports(frame: pd.DataFrame) -> pd.DataFrame:
    """Keep one report for each patient group, the latest published."""
    grouped = frame["patient_group"] != ""
    last = frame[grouped].drop_duplicates("patient_group", keep="last")
    return pd.concat([frame[~grouped], last]).sort_index()


# -- What a fitted number says of itself: ``fitted``, the trials it rests on, and how far it can be trusted. ------

Fact = dict[str, object]
"""Cells of one row of an instance's table, by column."""

SPAN = 10.0
"""A 90 % interval wider than this factor leaves a number to the prior."""
NAMED = 5
"""Trials named in a source, largest first; the rest are counted."""
DIGITS = 4
"""Decimals of a fitted number."""


def fitted_fact(column: str, value: float, row: pd.Series, model: str, trials: Iterable[str], note: str) -> Fact:
    """Cells of a fitted number: the value, its source, confidence and 90 % interval.

    ``row`` is its row of a fitted table, with ``low``, ``high`` and, where there is one, ``recalled_share``.
    """
    recalled = float(row.get("recalled_share", 0.0))
    if row["low"] <= 0.0 or row["high"] / row["low"] > SPAN:
        confidence = "assumption"
    else:
        confidence = "recalled" if recalled >= 0.5 else "read"
    return {
        column: round(value, DIGITS),
        "source": f"fitted: {model} ({named(trials)})",
        "confidence": confidence,
        "recalled_fields": column if confidence == "read" and recalled > 0.0 else "",
        "note": note,
    }


def named(trials: Iterable[str]) -> str:
    """Name the first trials and count the rest."""
    names = list(dict.fromkeys(trials))
    more = len(names) - NAMED
    return "; ".join(names[:NAMED]) + (f" and {more} more" if more > 0 else "")


@cache
def _response_trials() -> tuple[tuple[frozenset[str], str], ...]:
    """Agents and trial of the arms in the response fit, largest first."""
    frame = latest_reports(response_arms()).sort_values("n", ascending=False, kind="stable")
    agents = [frozenset(library.agent_ids(text)) for text in frame["agents"]]
    return tuple(zip(agents, frame["trial"], strict=True))


def response_trials(agent: str) -> Iterator[str]:
    """Trials behind an agent's fitted activity, largest arm first."""
    return (trial for agents, trial in _response_trials() if agent in agents)


def response_trials_of_classes(a: str, b: str) -> Iterator[str]:
    """Trials that gave agents of two classes together, largest arm first."""
    classes = library.class_of()
    return (trial for agents, trial in _response_trials() if {a, b} <= {classes[agent] for agent in agents})


@cache
def _event_trials() -> tuple[tuple[str, frozenset[str], str, str], ...]:
    frame = library.adverse_events()
    frame = frame[frame["use_in_fit"] == "y"].sort_values("n", ascending=False, kind="stable")
    agents = [frozenset(library.agent_ids(text)) for text in frame["agents"]]
    return tuple(zip(frame["category"], agents, frame["population"], frame["trial"], strict=True))


def event_trials(category: str, *, agent: str = "", population: str = "") -> Iterator[str]:
    """Trials behind an agent's fitted event rate, or behind a population's background, largest arm first."""
    return (
        trial
        for found, agents, setting, trial in _event_trials()
        if found == category and (not agent or agent in agents) and (not population or setting == population)
    )


@cache
def _trial_names() -> dict[str, tuple[str, float, bool]]:
    """Trial id -> name, patients, whether the hazard ratio is recalled."""
    out: dict[str, tuple[str, float, bool]] = {}
    for _, row in library.regimens().iterrows():
        fields = set(library.agent_ids(row["recalled_fields"]))
        size = sum(float(row[column]) for column in ("n_arm", "n_control") if pd.notna(row[column]))
        out[row["trial_id"]] = row["trial"], size, row["confidence"] == "recalled" or "pfs_hr" in fields
    return out


def hazard_basis(trials: str) -> tuple[list[str], float]:
    """Names of trials (ids, ``;``-separated), and the share of their patients whose hazard ratio is recalled."""
    rows = [_trial_names()[name] for name in library.agent_ids(trials)]
    total = sum(size for _, size, _ in rows)
    recalled = sum(size for _, size, is_recalled in rows if is_recalled)
    return [name for name, _, _ in rows], recalled / total if total else 1.0
