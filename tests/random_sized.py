"""Small random sized documents: a random document of every rule, with a trial of either endpoint written over it.

`sized_document(seed)` has no limits on the trial. `limits_for` draws some that bind, or that nothing can meet, from
what the best design without limits takes.
"""

from __future__ import annotations

from random import Random
from typing import Any

from tests.random_documents import random_document
from tests.random_draft import between
from tests.sized_oracle import SizedBest
from trialopt.reading.document import Document, document

STRICT = frozenset(
    {
        *("min_coverage", "min_active", "include", "requires", "cumulative_limits", "special_limits"),
        *("level_items", "in_epochs", "sets", "beside_control"),
    }
)
"""Features that most documents do without, so that most have a design before the trial asks for anything."""

Tables = dict[str, list[dict[str, object]]]

KINDS = (
    *("max_patients", "budget", "max_accrual_months", "patients_and_budget", "all", "max_study_months"),
    *("too_few_patients", "too_little"),
)
"""Ways of limiting a trial; the last two are usually infeasible."""


def sized_document(seed: int) -> Document:
    """A random document with sizes and without limits on patients, money or months."""
    random = Random(f"{seed}/sized")
    base = random_document(seed, STRICT if random.random() < 0.8 else frozenset(), most=5)
    settings: dict[str, Any] = {**base.settings, "trial": dict(base.settings["trial"])}
    tables: Tables = {name: [dict(row.cells) for row in rows] for name, rows in base.tables.items()}
    trial = settings["trial"]
    trial["power"] = random.choice([0.7, 0.8, 0.9])
    trial["alpha"] = random.choice([0.025, 0.05])
    trial["allocation_ratio"] = random.choice([1, 1, 1, 2, 0.5, 1.5])
    trial["multiplicity"] = random.choice(["none", "bonferroni"])
    if random.random() < 0.2:
        trial["interim"] = {"looks": random.choice([1, 2]), "spending": random.choice(["obrien_fleming", "pocock"])}
        trial["interim"] |= _look_rules(trial["interim"]["looks"], Random(f"{seed}/interim"))
    for epoch in settings["epoch"]:
        epoch["cycles"] = random.randint(1, 12)
        if random.random() < 0.3:
            epoch["pfs_weight"] = between(random, 0.1, 1.0)
    for row in tables["agents"]:
        row["cost_per_cycle"] = random.choice([0, 100, random.randint(100, 3000)])
        row["cost_per_course"] = random.choice([0, 0, 5000])
    (_progression if random.random() < 0.45 else _response)(trial, settings, tables, random)
    _strata(trial, settings, tables, Random(f"{seed}/strata"))
    return document(f"sized_{seed}", settings, tables)


def _look_rules(looks: int, random: Random) -> dict[str, Any]:
    """Any spending, fractions and futility of interim looks."""
    spendings = ("obrien_fleming", "pocock", f"hsd:{random.choice([-4, -2, 1])}", f"power:{random.choice([1.5, 3])}")
    rules: dict[str, Any] = {"spending": random.choice(spendings)}
    if random.random() < 0.5:
        rules["timing"] = sorted(random.sample([0.3, 0.45, 0.6, 0.75, 0.9], looks))
    if random.random() < 0.5:
        rules["futility"] = random.choice(["nonbinding", "binding"])
        if random.random() < 0.5:
            rules["futility_spending"] = random.choice(spendings)
    return rules


def _response(trial: dict[str, Any], settings: dict[str, Any], tables: Tables, random: Random) -> None:
    """Anchored on given control rates, on the control regimen, or on both; a target or the predicted effect."""
    trial["endpoint"] = "response"
    trial["endpoint_epoch"] = random.choice(settings["epoch"])["id"]
    if random.random() < 0.5:
        trial["target_difference"] = random.choice([0.02, 0.05, 0.1, 0.15, 0.25])
    else:
        trial["shrink"] = random.choice([1, 0.8, 0.5])
    for row in tables["subgroups"]:
        if random.random() < 0.3:
            row["control_rate"] = between(random, 0.05, 0.35)
    if random.random() < 0.6:
        trial["control_rate"] = between(random, 0.05, 0.3)
    if random.random() < 0.85:
        _accrual(tables, random)
    if "control_rate" not in trial and any("control_rate" not in row for row in tables["subgroups"]):
        _control(settings, tables)


def _progression(trial: dict[str, Any], settings: dict[str, Any], tables: Tables, random: Random) -> None:
    """With and without a control regimen, follow-up and dropout; a target or the predicted effect."""
    trial["endpoint"] = "pfs"
    trial["control_median_months"] = random.choice([6, 9, 14.5])
    trial["follow_up_months"] = random.choice([0, 6, 12])
    trial["dropout_per_month"] = random.choice([0, 0.01, 0.03])
    for row in tables["agents"]:
        row["hazard_ratio"] = between(random, 0.35, 1.05)
    if random.random() < 0.5:
        trial["target_hazard_ratio"] = random.choice([0.6, 0.7, 0.8, 0.9, 0.95])
    else:
        trial["shrink"] = random.choice([1, 0.8, 0.5])
    _accrual(tables, random)
    if random.random() < 0.5:
        _control(settings, tables)


def _strata(trial: dict[str, Any], settings: dict[str, Any], tables: Tables, random: Random) -> None:
    """How strata enter the comparison, who is off protocol by the endpoint, and medians that differ."""
    if trial["endpoint"] == "pfs":
        trial["method"] = random.choice(["schoenfeld", "schoenfeld", "lachin_foulkes"])
        for row in tables["subgroups"]:
            if random.random() < 0.6:
                row["control_median_months"] = between(random, 3, 30)
        if all("control_median_months" in row for row in tables["subgroups"]) and random.random() < 0.5:
            del trial["control_median_months"]
        return
    trial["analysis"] = random.choice(["stratified", "stratified", "stratified", "pooled_data", "pooled_data"])
    if random.random() < 0.4:
        trial["null_variance"] = random.choice(["pooled", "unpooled"])
    trial["not_evaluable"] = random.choice([0, 0, 0.1])
    if random.random() < 0.15 and "interim" not in trial:
        trial.pop("null_variance", None)
        trial.pop("shrink", None)
        trial |= {"analysis": "exact", "target_difference": random.choice([0.35, 0.4, 0.45])}
    s = trial["endpoint_epoch"]
    rows = [row for row in tables.get("reach", []) if row["epoch"] != s]
    for row in tables["subgroups"]:
        if random.random() < 0.4:
            rows.append({"subgroup": row["subgroup"], "epoch": s, "reach": between(random, 0.5, 1.0)})
    tables["reach"] = rows


def _accrual(tables: Tables, random: Random) -> None:
    """Whole rates now and then, so that the split has ties."""
    whole = random.random() < 0.4
    for row in tables["subgroups"]:
        row["accrual_per_month"] = random.choice([1, 2, 3]) if whole else between(random, 0.5, 12)


def _control(settings: dict[str, Any], tables: Tables) -> None:
    """The first agent in the first epoch, where there is no control yet."""
    if "control" in settings:
        return
    agent = tables["agents"][0]["agent"]
    level = next((row["level"] for row in tables.get("levels", []) if row["agent"] == agent), None)
    settings["control"] = {settings["epoch"][0]["id"]: [f"{agent}@{level}" if level else str(agent)]}


def limited(base: Document, limits: dict[str, float]) -> Document:
    """The document with other limits on the trial."""
    settings = {**base.settings, "trial": {**base.settings["trial"], **limits}}
    return document(base.name, settings, {name: [row.cells for row in rows] for name, rows in base.tables.items()})


def limits_for(
    base: Document, free: SizedBest, months: list[float | None], kind: str, random: Random
) -> dict[str, Any]:
    """Limits of a kind around what the best design without limits takes; `months` are those of its arms."""
    patients = max(1, int(free.patients * random.uniform(0.7, 0.99)))
    budget = max(1.0, free.cost * random.uniform(0.7, 0.99))
    known = [m for m in months if m is not None]
    longest = max(known) * random.uniform(0.4, 0.95) if len(known) == len(months) and known else None
    if any("accrual_per_month" not in row.cells for row in base.tables["subgroups"]):
        longest = None
    match kind:
        case "max_patients":
            return {"max_patients": patients}
        case "budget":
            return {"budget": budget}
        case "max_accrual_months" if longest is not None:
            return {"max_accrual_months": longest}
        case "max_study_months" if longest is not None:
            trial = base.settings["trial"]
            return {"max_study_months": longest + trial.get("follow_up_months", 0) * (trial["endpoint"] == "pfs")}
        case "all" if longest is not None:
            wider = {"max_patients": int(free.patients * 0.9) + 1, "budget": max(1.0, free.cost * 0.9)}
            return {**wider, "max_accrual_months": longest}
        case "too_few_patients":
            return {"max_patients": max(1, free.patients // 10)}
        case "too_little" if longest is not None:
            return {"max_accrual_months": longest / 10}
        case _:
            return {"max_patients": patients, "budget": budget}
