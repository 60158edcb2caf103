"""What `trialopt evidence predict` prints: outcomes, then severe events, each with its middle half and nine tenths."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

WORDS = {"response": "response", "complete": "complete response", "mrd": "MRD negativity (1e-5)"}
HAZARD = "hazard_ratio"


def sections(frame: pd.DataFrame, months: float) -> dict[str, pd.DataFrame]:
    """Tables by title, of the rows of `trialopt.evidence.predict`."""
    efficacy = frame["outcome"].isin([*WORDS, HAZARD])
    events = f"Severe events, grade 3 or worse, within {months:g} months on treatment (percent)"
    parts = {"Outcome (percent of patients)": frame[efficacy], events: frame[~efficacy]}
    return {title: _table(rows) for title, rows in parts.items() if len(rows)}


def _table(rows: pd.DataFrame) -> pd.DataFrame:
    import pandas as pd

    out = [
        {
            "what": _named(row),
            "median": _number(row["median"], row["unit"]),
            "50 % interval": _between(row, "50"),
            "90 % interval": _between(row, "90"),
            "note": row["note"],
        }
        for row in ({str(name): cell for name, cell in found.items()} for found in rows.to_dict("records"))
    ]
    columns = ["what", "median", "50 % interval", "90 % interval"]
    return pd.DataFrame(out)[[*columns, "note"] if any(row["note"] for row in out) else columns]


def _named(row: dict[str, object]) -> str:
    if row["outcome"] == HAZARD:
        return f"hazard ratio of progression against {row['against']}"
    return WORDS.get(str(row["outcome"]), str(row["outcome"]).replace("_", " "))


def _between(row: dict[str, object], share: str) -> str:
    return f"{_number(row[f'low_{share}'], row['unit'])} to {_number(row[f'high_{share}'], row['unit'])}"


def _number(value: object, unit: object) -> str:
    number = float(str(value))
    return f"{number:.2f}" if unit == "ratio" else f"{number:.0f}" if number >= 9.95 else f"{number:.1f}"
