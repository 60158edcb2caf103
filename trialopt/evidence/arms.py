"""The arms the response fit uses: one row an arm, from single-agent reports and from trial comparisons."""

from __future__ import annotations

import pandas as pd

from trialopt.evidence import library

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
