"""Documents with a limit moved or dropped as a designer would write it: repairs told without the package's own."""

from __future__ import annotations

from typing import Any

from trialopt.reading.document import Document, document

Rows = dict[str, list[dict[str, Any]]]


def changed(base: Document, key: tuple[str, ...], to: float | None) -> Document:
    """The document with the limit of this family and these ids at another value; `None` drops it."""
    settings: dict[str, Any] = {
        **base.settings,
        "trial": dict(base.settings["trial"]),
        "epoch": [dict(epoch) for epoch in base.settings["epoch"]],
        "rules": dict(base.settings.get("rules", {})),
    }
    tables: Rows = {name: [dict(row.cells) for row in rows] for name, rows in base.tables.items()}
    _change(settings, tables, key, to)
    return document(base.name, settings, tables)


def _change(settings: dict[str, Any], tables: Rows, key: tuple[str, ...], to: float | None) -> None:
    trial, rules = settings["trial"], settings["rules"]
    match key:
        case ("max_arms",):
            trial["max_arms"] = len(tables["subgroups"]) if to is None else int(to)
        case (("max_patients" | "power" | "max_accrual_months" | "max_study_months" | "budget" | "no_harm") as name,):
            _set(trial, name, to)
        case (("target_difference" | "target_hazard_ratio") as name,):
            _set(trial, name, to)
        case ("limit", subgroup, category, epoch):
            rows = tables.setdefault("limits", [])
            for row in rows:
                if (row["category"], row.get("subgroup"), row.get("epoch")) == (category, subgroup, epoch):
                    row["limit"] = 1.0 if to is None else to
                    return
            rows.append(
                {"category": category, "subgroup": subgroup, "epoch": epoch, "limit": 1.0 if to is None else to}
            )
        case ("cumulative_limit", category):
            _set(_row(tables["categories"], category=category), "cumulative_limit", to)
        case (("min_coverage" | "min_active") as name, mechanism):
            _set(_row(tables["mechanisms"], mechanism=mechanism), name, to)
        case ("min_coverage" | "min_active", mechanism, epoch):
            row = _row(tables["mechanisms"], mechanism=mechanism)
            every = [x["id"] for x in settings["epoch"]]
            now = str(row["epochs"]).split(";") if row.get("epochs") else every
            row["epochs"] = ";".join(x for x in now if x.strip() != epoch)
        case (("min_agents" | "max_agents") as name, epoch):
            _row(settings["epoch"], id=epoch)[name] = int(0 if to is None else to)
        case (("include" | "exclude") as name, item):
            trial[name] = [x for x in trial[name] if x != item]
        case (("include_in" | "exclude_in") as name, item, epoch):
            name = name.removesuffix("_in")
            trial[name] = [y for x in trial[name] for y in _not_in(x, item, epoch)]
        case (("same_arm" | "apart") as name, *subgroups):
            trial[name] = [x for x in trial[name] if list(x) != list(subgroups)]
        case ("not_worse_than_control", category):
            _set(_row(tables["categories"], category=category), "not_worse_than_control", to)
        case ("mixed_cycles",):
            rules["mixed_cycles"] = True
        case (("one_per_class" | "alone" | "once") as name, item):
            rules[name] = [x for x in rules[name] if x != item]
        case ("not_together", a, b):
            rules["not_together"] = [x for x in rules["not_together"] if list(x) != [a, b]]
        case ("not_after", item, after):
            rules["not_after"] = [x for x in rules["not_after"] if (x["item"], x["after"]) != (item, after)]
        case ("requires", *ids):
            needs = _needs(rules["requires"])
            rules["requires"] = [x for x in needs if "epochs" in x or _said(x) != ids]
        case ("requires_in", *ids, epoch):
            needs = _needs(rules["requires"])
            rules["requires"] = [
                y for x in needs for y in (_not_in(x, x["item"], epoch) if "epochs" in x and _said(x) == ids else [x])
            ]
        case ("contraindicated", *ids):
            every = [x["id"] for x in settings["epoch"]]
            tables["contraindicated"] = [row for row in tables["contraindicated"] if _bar(row, every) != ids]
        case ("precedent",):
            rules["precedent"] = False
        case _:
            raise ValueError(f"no such limit: {key}")


def _needs(written: Any) -> list[dict[str, Any]]:
    if isinstance(written, list):
        return written
    return [{"item": item, "any": any_of} for item, any_of in written.items()]


def _said(need: dict[str, Any]) -> list[str]:
    return [need["item"], *dict.fromkeys(need["any"])]


def _not_in(entry: Any, item: str, epoch: str) -> list[Any]:
    """A rule of some epochs without one of them."""
    if isinstance(entry, str) or entry["item"] != item:
        return [entry]
    rest = [x for x in entry["epochs"] if x != epoch]
    return [{**entry, "epochs": rest}] if rest else []


def _bar(row: dict[str, Any], every: list[str]) -> list[str]:
    """What a contraindication names."""
    given = [x for x in every if x in str(row.get("epochs") or "").split(";")]
    partner = [row["with"]] if row.get("with") else []
    return [row["subgroup"], row["key"], *partner, *(given if len(given) < len(every) else [])]


def _set(where: dict[str, Any], name: str, to: float | None) -> None:
    if to is None:
        where.pop(name, None)
    else:
        where[name] = int(to) if name in ("max_patients", "min_active") else to


def _row(rows: list[dict[str, Any]], **wanted: str) -> dict[str, Any]:
    return next(row for row in rows if all(row[name] == value for name, value in wanted.items()))
