"""Patient subgroups of the library: their share and what belonging to them changes."""

from __future__ import annotations

import re
from functools import cache

from trialopt.evidence import library
from trialopt.evidence.citing import Fact

SETTINGS = {
    "newly_diagnosed": r"NDMM|newly diagnosed",
    "early_relapse": r"1-3 prior|>=1 prior|CARTITUDE-4",
    "late_relapse": r">=2 prior|1-3 prior",
    "triple_class_exposed": r"triple-class|TCE|KarMMa|MajesTEC|MAMMOTH",
}
"""Population -> settings of ``subgroups`` that are it, as printed there. Ours."""

UNKNOWN_SHARE = 0.1
"""Share of a subgroup whose prevalence the library does not have. An assumption."""


@cache
def subgroup_ids() -> tuple[str, ...]:
    """Ids of the library's subgroups."""
    return tuple(dict.fromkeys(library.subgroups()["subgroup"]))


def share_fact(subgroup: str, population: str) -> Fact | None:
    """Name, definition and share of a subgroup, ``None`` if the library does not have it.

    The share is its prevalence in a setting of the population, else in any setting, else an assumption. Subgroups of
    the library overlap; shares are normalised on reading.
    """
    rows = library.subgroups()
    rows = rows[rows["subgroup"] == subgroup]
    if rows.empty:
        return None
    known = rows[rows["prevalence_pct"].notna()]
    near = known[[re.search(SETTINGS[population], text) is not None for text in known["setting"]]]
    first = rows.iloc[0]
    fact: Fact = {"name": first["name"], "definition": first["name"]}
    if known.empty:
        fact |= {"share": UNKNOWN_SHARE, "source": "assumption", "confidence": "assumption"}
        return {**fact, "note": "the library has no prevalence"}
    row = (known if near.empty else near).iloc[0]
    read = row["confidence"] if not near.empty else "assumption"
    cells = set(library.agent_ids(row["recalled_fields"]))
    fact |= {"share": round(float(row["prevalence_pct"]) / 100.0, 4), "source": row["source"], "confidence": read}
    fact["recalled_fields"] = "share" if read == "read" and "prevalence_pct" in cells else ""
    return {**fact, "note": f"prevalence in {row['setting']}; groups of the library overlap"}


def effect_facts(subgroup: str, kind: str) -> list[Fact]:
    """What belonging to a subgroup changes, for one table: contraindicated, sensitivity, prevalence, susceptibility."""
    column = {"prevalence": "mechanism", "susceptibility": "category"}.get(kind, "key")
    out = []
    for _, row in library.table("subgroup_effects").iterrows():
        if row["subgroup"] == subgroup and row["kind"] == kind:
            fact: Fact = {"subgroup": subgroup, column: row["key"]}
            if kind != "contraindicated":
                fact[kind] = float(row["value"])
            out.append({**fact, "source": row["source"], "confidence": row["confidence"], "note": row["note"]})
    return out
