"""The tables of the replay: every number that an instance does not give, with where it comes from."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@cache
def rows(name: str) -> tuple[dict[str, str], ...]:
    """Rows of a table of `data`, as text."""
    text = files("trialopt.replay").joinpath("data", f"{name}.csv").read_text(encoding="utf-8")
    return tuple(csv.DictReader(text.splitlines()))


@dataclass(frozen=True)
class Constants:
    """Numbers of the virtual patient; what each means and where it comes from stands in `data/constants.csv`."""

    growth: float
    growth_spread: float
    kill: float
    late_measured: float
    contrast: float
    shared_spread: float
    own_spread: float
    escape_share: float
    escape_spread: float
    escape_retained: float
    driver_share: float
    minor_carriers: float
    minor_share: float
    minor_spread: float
    refractory_keeps: float
    half_life: float
    protein: float
    protein_spread: float
    protein_least: float
    marrow: float
    marrow_spread: float
    assay_relative: float
    assay_floor: float
    immunofixation: float
    mrd_level: float
    pd_rise: float
    pd_least: float
    cells: float
    visit_days: float
    depth_complete: float
    depth_most: float
    to_best: float
    once_days: float
    frailty: float
    early: float
    reduced: float
    dose_exponent: float
    other_stop: float


@cache
def constants() -> Constants:
    """The frozen constants."""
    return Constants(**{row["name"]: float(row["value"]) for row in rows("constants")})


@dataclass(frozen=True)
class Population:
    """Patients whom a trial is about: factors on kill, growth and the clone that escapes; deaths a month."""

    name: str
    sensitivity: float
    growth: float
    escape: float
    deaths_per_month: float


@cache
def populations() -> dict[str, Population]:
    """Populations by name."""
    numbers = ("sensitivity", "growth", "escape", "deaths_per_month")
    found = {}
    for row in rows("populations"):
        found[row["population"]] = Population(row["population"], *(float(row[k]) for k in numbers))
    return found


def population_of(text: str) -> str:
    """The population that a title or name speaks of; early relapse where it names none."""
    told = text.lower()
    for row in rows("populations"):
        if any(word and word in told for word in row["words"].split(";")):
            return row["population"]
    return "early_relapse"
