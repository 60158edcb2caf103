"""Rules, the control regimen and the trial's settings: references checked, contradictions found."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from trialopt.core.design import Contraindication, Contribution, Interim, Rules, TrialSettings
from trialopt.core.settings import RULES, TRIAL
from trialopt.core.vocabulary import Field, Section
from trialopt.reading.cells import CellError, parts
from trialopt.reading.document import Problems
from trialopt.reading.frame import Frame
from trialopt.reading.setting_values import ItemIn, shown
from trialopt.reading.settings import Settings
from trialopt.reading.tables import Entry, Ids, row_problem


def build_rules(settings: Settings, tables: Mapping[str, list[Entry]], ids: Ids, problems: Problems) -> Rules:
    """Check every rule of the settings and join the rules that stand in tables."""
    rules = {
        field.name: _checked(settings, ids, RULES, field)
        for field in RULES.fields
        if field.kind not in ("table", "needs")
    }
    lists = {
        field.name: _checked(settings, ids, TRIAL, field) for field in TRIAL.fields if field.kind in ("items", "lists")
    }
    uses = {name: _uses(settings, ids, name) for name in ("include", "exclude")}
    contents: dict[str, Any] = {}
    for name, found in uses.items():
        contents[name] = _unique(item for item, epochs in found if epochs is None)
        contents[f"{name}_in"] = _unique((item, s) for item, epochs in found for s in epochs or ())
    _check_contradiction(settings, ids, tables["agents"] if problems.clean("agents") else [], uses)
    always, in_epochs = _requires(settings, ids)
    return Rules(
        **rules,
        **lists,
        **contents,
        requires=always,
        requires_in=in_epochs,
        precedents=frozenset(frozenset((e["a"], e["b"])) for e in tables["precedents"]),
        contraindicated=tuple(
            Contraindication(e["subgroup"], e["key"], e.text("with"), _listed(settings, e.text("epochs")))
            for e in tables["contraindicated"]
        ),
    )


def _listed(settings: Settings, cell: str | None) -> tuple[str, ...]:
    """Epochs a cell names, in order of time; empty for all."""
    named = parts(cell or "")
    found = tuple(s for s in settings.epoch_ids() if s in named)
    return () if len(found) == len(settings.epochs) else found


def _checked(settings: Settings, ids: Ids, section: Section, field: Field) -> Any:
    """Value of a rule, its references checked, nothing in it twice."""
    value = (settings.trial if section is TRIAL else settings.rules)[field.name]
    path, label = f"{section.name}.{field.name}", f"{section.title} {field.name}"
    for entry in [value] if field.kind == "items" else value if field.kind in ("pairs", "orders", "lists") else ():
        _check(settings, ids, path, label, entry, field.refers)
        one, other = (item.partition("@")[0] for item in entry[:2]) if field.kind in ("pairs", "orders") else ("", "")
        if one == other and one in (ids.agent or ()):
            sentence = f"{one!r} stands on both sides, and the rule is about two distinct agents"
            settings.places.add(path, label, one, sentence, "name another agent or a class")
    return _unique(value) if isinstance(value, tuple) else value


def _unique(items: Iterable[Any]) -> tuple[Any, ...]:
    return tuple(dict.fromkeys(items))


def _check(settings: Settings, ids: Ids, path: str, label: str, items: Iterable[str], refers: str = "dose") -> None:
    for item in items:
        try:
            ids.check(item, refers)
        except CellError as error:
            settings.places.add(path, label, item, error.sentence, error.right)


Use = tuple[str, tuple[str, ...] | None]
"""An item, and the epochs it is asked for or barred in; `None` for some epoch, or for all of them."""


def _uses(settings: Settings, ids: Ids, name: str) -> list[Use]:
    """What `include` or `exclude` of the trial says, its references checked."""
    path, label = f"trial.{name}", f"[trial] {name}"
    found: list[Use] = []
    for entry in settings.trial[name]:
        item, epochs = (entry.item, entry.epochs) if isinstance(entry, ItemIn) else (entry, None)
        _check(settings, ids, path, label, [item])
        _check(settings, ids, path, label, epochs or (), "epoch")
        found.append((item, epochs))
    return found


Need = tuple[str, tuple[str, ...]]


def _requires(settings: Settings, ids: Ids) -> tuple[tuple[Need, ...], tuple[tuple[str, tuple[str, ...], str], ...]]:
    """What items need in every epoch, and in single ones."""
    written = settings.rules["requires"] or {}
    if isinstance(written, Mapping):
        written = tuple({"item": item, "any": partners} for item, partners in written.items())
        paths = [f"rules.requires.{entry['item']}" for entry in written]
    else:
        paths = ["rules.requires"] * len(written)
    always: list[Need] = []
    in_epochs: list[tuple[str, tuple[str, ...], str]] = []
    for path, entry in zip(paths, written, strict=True):
        item, partners, label = entry["item"], entry["any"], f"[rules.requires] {entry['item']}"
        _check(settings, ids, path, label, [item])
        if not isinstance(partners, list | tuple) or not partners or not all(isinstance(p, str) for p in partners):
            sentence = f"{shown(partners)} is not a list of agents or classes"
            settings.places.add(path, label, partners, sentence, 'write ["one", "another"]')
            continue
        _check(settings, ids, path, label, partners)
        _check(settings, ids, path, label, entry.get("epochs", ()), "epoch")
        if "epochs" in entry:
            in_epochs += [(item, _unique(partners), epoch) for epoch in _unique(entry["epochs"])]
        else:
            always.append((item, _unique(partners)))
    return _unique(always), _unique(in_epochs)


def _check_contradiction(settings: Settings, ids: Ids, agents: list[Entry], uses: Mapping[str, list[Use]]) -> None:
    """An item every arm must contain needs an agent that is not banned where it is asked for."""
    every = settings.epoch_ids()
    for item, asked in dict.fromkeys(uses["include"]):
        free = {epoch: _left(item, epoch, agents, ids, uses["exclude"]) for epoch in asked or every}
        if free and (not all(free.values()) if asked else not any(free.values())):
            sentence = f"{item!r} is both included and excluded"
            settings.places.add("trial.include", "[trial] include", item, sentence, "take it out of include or exclude")


def _left(item: str, epoch: str, agents: list[Entry], ids: Ids, excluded: Iterable[Use]) -> bool:
    """Whether anything that meets an item is not banned in an epoch."""
    banned = {other for other, epochs in excluded if epochs is None or epoch in epochs}
    if item in banned:
        return False
    agent, at, _ = item.partition("@")
    matching = [a for a in agents if agent in (a["agent"], a["class"])]
    doses = [dose for dose in ids.doses or () if any(dose.partition("@")[0] == a["agent"] for a in matching)]
    doses = [item] if at else doses
    whole = {a["agent"]: bool(banned & {a["agent"], a["class"]}) for a in matching}
    return not matching or not doses or any(not whole[d.partition("@")[0]] and d not in banned for d in doses)


NOT_OF_TRIAL = ("include", "exclude", "same_arm", "apart", "endpoint_epoch")
"""Keys of `[trial]` that are rules, or names of what the instance has by index."""


def build_trial(frame: Frame, ids: Ids, problems: Problems) -> TrialSettings:
    """Check what the settings ask of each other and of the tables, and freeze them."""
    settings = frame.settings
    given = {k: v for k, v in settings.trial.items() if k not in NOT_OF_TRIAL}
    epoch = settings.trial["endpoint_epoch"]
    position = 0
    if epoch is not None:
        try:
            ids.check(epoch, "epoch")
            position = frame.epochs.index(epoch) if epoch in frame.epochs else 0
        except CellError as error:
            _add(frame, "endpoint_epoch", epoch, error.sentence, error.right)
    if given["no_harm"] and "control" not in settings.raw:
        sentence = "no_harm compares with the control regimen, and there is none"
        _add(frame, "no_harm", True, sentence, "write [control], or no_harm = false")
    if "control" not in settings.raw:
        for entry in frame.tables["categories"]:
            if (entry.number("not_worse_than_control") or 1.0) < 1:
                sentence = "it compares with the control regimen, and there is none"
                value = entry.row.cells["not_worse_than_control"]
                right = "write [control], or leave the cell blank"
                problem = row_problem(entry.row, "not_worse_than_control", value, sentence, right)
                problems.add(problem, "categories")
    if given["power"] is not None:
        _check_sizing(frame, problems)
    interim = settings.interim
    given["max_arms"] = given["max_arms"] or 1
    look = Interim(**{**interim, "looks": interim["looks"] or 1}) if interim is not None else None
    return TrialSettings(endpoint_epoch=position, interim=look, contribution=_contribution(frame), **given)


def _contribution(frame: Frame) -> Contribution | None:
    """What `[trial.contribution]` asks; `None` where it requires nothing."""
    asked, trial = frame.settings.contribution, frame.settings.trial
    if asked is None or asked["require"] == "none":
        return None
    required, power = asked["require"], trial["power"]
    if power is None:
        sentence = f"{required!r} is asked of a sized trial, and this one has no power"
        _add(frame, "contribution", required, sentence, 'give [trial] power, or write require = "none"', "require")
    alpha = trial["alpha"] if asked["alpha"] is None else asked["alpha"]
    if asked["power"] <= alpha:
        sentence = f"{asked['power']} is not above alpha, which is {alpha}"
        _add(frame, "contribution", asked["power"], sentence, f"give a number above {alpha} and below 1", "power")
    return Contribution(**asked)


def _add(frame: Frame, key: str, value: object, sentence: str, right: str, inner: str = "") -> None:
    """Record a problem with a key of `[trial]`, or with `inner` of its table `[trial.KEY]`."""
    path, label = (f"trial.{key}.{inner}", f"[trial.{key}] {inner}") if inner else (f"trial.{key}", f"[trial] {key}")
    frame.settings.places.add(path, label, value, sentence, right)


def _check_sizing(frame: Frame, problems: Problems) -> None:
    trial = frame.settings.trial
    if trial["power"] <= trial["alpha"]:
        sentence = f"{trial['power']} is not above alpha, which is {trial['alpha']}"
        _add(frame, "power", trial["power"], sentence, f"give a number above {trial['alpha']} and below 1")
    if trial["endpoint"] == "pfs":
        lacking = [e for e in frame.tables["subgroups"] if "control_median_months" not in e.row.cells]
        if lacking and not frame.settings.written("trial", "control_median_months"):
            names = "" if len(lacking) == len(frame.tables["subgroups"]) else f" in {_names(lacking)}"
            right = "give it in months, here or in subgroups.csv"
            _add(frame, "control_median_months", "", f"sizing for pfs needs the control's median{names}", right)
        _need_cells(frame, problems, "agents", "hazard_ratio", "sizing for pfs needs it of every agent")
    elif not frame.settings.written("trial", "control_rate") and "control" not in frame.settings.raw:
        lacking = [e for e in frame.tables["subgroups"] if "control_rate" not in e.row.cells]
        if lacking:
            sentence = f"sizing needs a control rate or a control regimen, and there is neither for {_names(lacking)}"
            right = "give control_rate here or in subgroups.csv, or write [control]"
            _add(frame, "control_rate", "", sentence, right)
    if trial["endpoint"] == "pfs":
        _need_cells(frame, problems, "subgroups", "accrual_per_month", "sizing for pfs needs it of every subgroup")
    elif frame.tables["accrual"]:
        _need_cells(frame, problems, "subgroups", "accrual_per_month", "accrual.csv needs it of every subgroup")
    else:
        for limit in ("max_accrual_months", "max_study_months"):
            if trial[limit] is not None:
                _need_cells(frame, problems, "subgroups", "accrual_per_month", f"{limit} needs it of every subgroup")
                break
        _check_analysis(frame)
        _check_reach(frame, problems)


def _names(rows: Iterable[Entry]) -> str:
    return ", ".join(repr(e["subgroup"]) for e in rows)


def _check_analysis(frame: Frame) -> None:
    settings = frame.settings
    if settings.trial["analysis"] != "exact":
        return
    if settings.interim is not None:
        sentence = "an exact test has no interim looks here"
        _add(frame, "analysis", "exact", sentence, 'take [trial.interim] out, or write "stratified" or "pooled_data"')
    if settings.trial["null_variance"] is not None:
        sentence = "an exact test has no variance"
        _add(frame, "null_variance", settings.trial["null_variance"], sentence, "take it out, or choose an analysis")


def _check_reach(frame: Frame, problems: Problems) -> None:
    """Who is off protocol by the endpoint did not respond, so no control rate is above the reach there."""
    settings = frame.settings
    if "control" not in settings.raw or not frame.epochs:
        return
    at = settings.trial["endpoint_epoch"] or frame.epochs[0]
    reach = {e["subgroup"]: e.numbers["reach"] for e in frame.tables["reach"] if e["epoch"] == at}
    for entry in frame.tables["subgroups"]:
        rate, most = entry.number("control_rate"), reach.get(entry["subgroup"], 1.0)
        own = rate is not None
        rate = rate if own else settings.trial["control_rate"]
        if rate is None or rate <= most:
            continue
        sentence = f"{rate:g} is above the reach of {entry['subgroup']!r} in {at!r}, which is {most:g}"
        right = f"give at most {most:g}: who is off protocol by then counts as not responding"
        if own:
            problems.add(row_problem(entry.row, "control_rate", f"{rate:g}", sentence, right), "subgroups")
        else:
            _add(frame, "control_rate", rate, sentence, right)


def _need_cells(frame: Frame, problems: Problems, table: str, column: str, why: str) -> None:
    for entry in frame.tables[table]:
        if column not in entry.row.cells:
            problem = row_problem(entry.row, column, "", f"the cell is blank, and {why}", "give a number above 0")
            problems.add(problem, table)
