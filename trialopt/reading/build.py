"""Document -> Instance: every check, then every array."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np

from trialopt.core.columns import TABLES, TOXICITY_PREFIX
from trialopt.core.design import Rules, TrialSettings
from trialopt.core.digest import digest
from trialopt.core.instance import NO_LIMIT, Floats, Instance
from trialopt.core.shown import Dosing
from trialopt.core.uncertainty import Uncertainty
from trialopt.reading import kept
from trialopt.reading.accrual import accrual_steps, ramp_up
from trialopt.reading.checks import check_across, rate_of
from trialopt.reading.control import Controls, Doses, read_control
from trialopt.reading.document import Document, Problems
from trialopt.reading.doubtful import doubtful_cells
from trialopt.reading.fill import filled
from trialopt.reading.frame import Frame, positions, warnings_of
from trialopt.reading.own_columns import check_own_columns
from trialopt.reading.rules import build_rules, build_trial
from trialopt.reading.settings import check_settings
from trialopt.reading.tables import check_tables, collect_ids, with_right_form


def build(document: Document) -> Instance:
    """Check a document and resolve it into arrays, filled from the evidence library where it asks for that.

    Raises
    ------
    InputErrors
        With every problem of every file, when there is one.
    """
    document = filled(document)
    problems = Problems(document.problems, document.unreadable)
    settings = check_settings(document, problems)
    check_own_columns(settings)
    epochs = with_right_form(settings.epoch_ids()) if settings.all_epochs else None
    ids = collect_ids(document, epochs)
    frame = Frame(settings, check_tables(document, ids, problems))
    rules = build_rules(settings, frame.tables, ids, problems)
    controls = read_control(settings, frame.levels if problems.clean("agents", "levels") else None, ids)
    trial = build_trial(frame, ids, problems)
    activity = check_across(frame, ids, problems)
    kept.check_spreads(frame, problems)
    problems.raise_any([document.settings_file, *(table.file for table in TABLES.values())], document.shown_as)
    instance = _arrays(document, frame, trial, rules, controls, activity)
    if settings.uncertainty is not None:
        instance = _with_truths(document, instance, settings.uncertainty)
    from trialopt.evaluation.control import control_cautions  # sizes take a tenth of a second to load

    warnings = (
        *document.warnings,
        *warnings_of(instance, frame),
        *doubtful_cells(document, frame),
        *control_cautions(instance),
    )
    return replace(instance, sha256=digest(instance), warnings=warnings, inputs=document.inputs)


def _with_truths(document: Document, instance: Instance, asked: Uncertainty) -> Instance:
    """The instance with the truths that its settings ask for."""
    from trialopt.core.inputs import draw  # SciPy and the evidence library take a while to load
    from trialopt.reading.uncertain_cells import all_inputs
    from trialopt.reading.uncertain_library import with_deviation

    asked = with_deviation(document, asked)
    instance = replace(instance, uncertainty=asked)
    return replace(instance, truths=draw(instance, all_inputs(document, instance, asked), np.arange(asked.draws)))


def _arrays(
    document: Document,
    frame: Frame,
    trial: TrialSettings,
    rules: Rules,
    controls: Controls,
    activity: dict[str, float],
) -> Instance:
    tables, epochs = frame.tables, frame.settings.epochs
    options = [(agent, level) for agent in frame.agents for level in frame.levels[agent]]
    option = {dose: index for index, dose in enumerate(options)}

    def by_option(doses: Doses) -> tuple[tuple[int, ...], ...]:
        return tuple(tuple(option[dose] for dose in regimen) for regimen in doses)

    def factor(column: str) -> Floats:
        rows = [(e["agent"], e["level"]) for e in tables["levels"]]
        given = dict(zip(rows, _column(frame, "levels", column).tolist(), strict=True))
        return np.array([given.get(dose, 1.0) for dose in options])

    d = positions(frame.agents)
    c = positions(frame.classes)
    dosing = kept.dosing(frame)
    return Instance(
        name=document.name,
        title=frame.settings.title,
        sha256="",
        agents=frame.agents,
        classes=frame.classes,
        epochs=frame.epochs,
        subgroups=frame.subgroups,
        mechanisms=frame.mechanisms,
        categories=frame.categories,
        labels=kept.labels(frame),
        trial=trial,
        rules=rules,
        agent_class=np.array([c[frame.class_of[a]] for a in frame.agents], dtype=np.int64),
        usable=np.array([[s in frame.usable(e) for s in frame.epochs] for e in tables["agents"]], dtype=bool),
        beta=_beta(frame, activity),
        hazard_ratio=_column(frame, "agents", "hazard_ratio"),
        cost_per_cycle=_column(frame, "agents", "cost_per_cycle"),
        cost_per_course=_column(frame, "agents", "cost_per_course"),
        option_agent=np.array([d[agent] for agent, _ in options], dtype=np.int64),
        option_level=tuple(level for _, level in options),
        activity_factor=factor("activity_factor"),
        toxicity_factor=factor("toxicity_factor"),
        cycle_days=np.array([dosing.get(dose, Dosing()).cycle_days or 0 for dose in options], dtype=np.int64),
        cycles=np.array([e["cycles"] for e in epochs]),
        weight=_normalised([e["weight"] for e in epochs]),
        pfs_weight=_normalised([e["weight"] if e["pfs_weight"] is None else e["pfs_weight"] for e in epochs]),
        exposure=np.array([e["exposure"] for e in epochs]),
        min_agents=np.array([e["min_agents"] for e in epochs], dtype=np.int64),
        max_agents=np.array([e["max_agents"] for e in epochs], dtype=np.int64),
        max_classes=np.array([e["max_classes"] or NO_LIMIT for e in epochs], dtype=np.int64),
        share=_normalised([e.numbers["share"] for e in tables["subgroups"]]),
        accrual=_column(frame, "subgroups", "accrual_per_month"),
        control_rate=_column(frame, "subgroups", "control_rate", trial.control_rate),
        control_median=_own_column(frame, "control_median_months", trial.control_median_months),
        reach=_grid(frame, "reach", frame.epochs),
        sensitivity=np.array([[frame.sensitivity.get((g, a), 1.0) for a in frame.agents] for g in frame.subgroups]),
        susceptibility=_grid(frame, "susceptibility", frame.categories),
        prevalence=_prevalence(frame),
        seed=np.array([0.0, *_column(frame, "mechanisms", "seed")]),
        retained=np.array([[frame.retained.get((m, a), 1.0) for m in frame.mechanisms] for a in frame.agents]),
        min_coverage=np.array([math.nan, *_column(frame, "mechanisms", "min_coverage")]),
        min_active=np.array([0, *_column(frame, "mechanisms", "min_active")], dtype=np.int64),
        prevalence_floor=np.array([0.0, *_column(frame, "mechanisms", "prevalence_floor")]),
        require_epochs=np.array(
            [[False] * len(epochs), *([s in frame.usable(e) for s in frame.epochs] for e in tables["mechanisms"])],
            dtype=bool,
        ),
        control=None if controls.whole is None else by_option(controls.whole),
        own_control={g: by_option(own) for g, own in controls.own.items()},
        accrual_steps=accrual_steps(frame),
        ramp_up=ramp_up(frame, trial.ramp_up_months),
        spreads=kept.spreads(frame),
        dosing=dosing,
        kinds=kept.kinds(frame),
        one_off=kept.one_off(frame),
        registration=frame.settings.registration,
        tested=kept.tested(frame),
        library=kept.library(frame),
        settings=kept.settings_of(frame),
        sources=kept.sources(document),
        definitions={e["subgroup"]: text for e in tables["subgroups"] if (text := e.text("definition"))},
        **_emergence(frame),
        **_pairs(frame),
        **_toxicity(frame),
    )


def _own_column(frame: Frame, column: str, otherwise: float | None) -> Floats:
    """(G,) numbers of the subgroups, else the trial's; NaN all over where no subgroup has its own."""
    own = _column(frame, "subgroups", column)
    return own if np.isnan(own).all() else _column(frame, "subgroups", column, otherwise)


def _normalised(values: list[float]) -> Floats:
    total = math.fsum(values)
    return np.array([value / total for value in values])


def _column(frame: Frame, table: str, column: str, otherwise: float | None = None) -> Floats:
    """Numbers of a column; a blank cell has the declared default, else `otherwise`, else NaN."""
    declared = TABLES[table].names[column].default
    default = next((value for value in (declared, otherwise) if value is not None), math.nan)
    numbers = (entry.number(column) for entry in frame.tables[table])
    return np.array([default if value is None else value for value in numbers], dtype=float)


def _beta(frame: Frame, activity: dict[str, float]) -> Floats:
    beta = np.array([[activity.get(agent, 0.0)] * len(frame.epochs) for agent in frame.agents])
    d, s = positions(frame.agents), positions(frame.epochs)
    for entry in frame.tables["activity"]:
        own = entry.number("activity")
        value = own if own is not None else -math.log(entry.numbers["hazard_ratio"])
        beta[d[entry["agent"]], s[entry["epoch"]]] = value + 0.0
    return beta


def _grid(frame: Frame, table: str, columns: tuple[str, ...]) -> Floats:
    """(G, columns) numbers of a table whose rows are about a subgroup and one of `columns`, 1 where there is no row."""
    found = np.ones((len(frame.subgroups), len(columns)))
    g, k = positions(frame.subgroups), positions(columns)
    subgroup, other = TABLES[table].key
    for entry in frame.tables[table]:
        found[g[entry[subgroup]], k[entry[other]]] = entry.numbers[table]
    return found


def _prevalence(frame: Frame) -> Floats:
    """Prevalences with `none` first, which has what the listed mechanisms leave over."""
    rows = []
    for g in frame.subgroups:
        listed = [frame.prevalence.get((g, m), 0.0) for m in frame.mechanisms[1:]]
        rows.append([max(0.0, 1 - math.fsum(listed)), *listed])
    return np.array(rows)


def _emergence(frame: Frame) -> dict[str, Any]:
    """Rows of emergence.csv; a class's row leaves out the agents with a row of their own for the mechanism."""
    rows = frame.tables["emergence"]
    own = {(e["mechanism"], e["key"]) for e in rows}
    m = positions(frame.mechanisms)
    applies = np.zeros((len(rows), len(frame.agents)), dtype=bool)
    for r, entry in enumerate(rows):
        for agent in frame.matching(entry["key"]):
            applies[r, frame.agents.index(agent)] = agent == entry["key"] or (entry["mechanism"], agent) not in own
    return {
        "emergence_mechanism": np.array([m[e["mechanism"]] for e in rows], dtype=np.int64),
        "emergence_multiplier": np.array([e.numbers["multiplier"] for e in rows], dtype=float),
        "emergence_agents": applies,
    }


def _pairs(frame: Frame) -> dict[str, Any]:
    """Interacting pairs of agents: class rows spelled out, rows of one pair added up (each row once a pair)."""
    d, e = positions(frame.agents), positions(frame.categories)
    activity: dict[tuple[int, int], list[float]] = {}
    toxicity: dict[tuple[int, int, int], list[float]] = {}
    for entry in frame.tables["interactions"]:
        ones, others = frame.matching(entry["a"]), frame.matching(entry["b"])
        for a, b in {(min(d[x], d[y]), max(d[x], d[y])) for x in ones for y in others if x != y}:
            activity.setdefault((a, b), []).append(entry.number("activity") or 0.0)
            for column, tau in entry.numbers.items():
                if column.startswith(TOXICITY_PREFIX):
                    category = e[column.removeprefix(TOXICITY_PREFIX)]
                    toxicity.setdefault((a, b, category), []).append(tau)
    pairs = sorted(activity)
    taus = np.zeros((len(pairs), len(frame.categories)))
    for (a, b, category), values in toxicity.items():
        taus[pairs.index((a, b)), category] = math.fsum(values)
    return {
        "pair_agents": np.array(pairs, dtype=np.int64).reshape(-1, 2),
        "pair_activity": np.array([math.fsum(activity[pair]) for pair in pairs], dtype=float),
        "pair_toxicity": taus,
    }


def _toxicity(frame: Frame) -> dict[str, Any]:
    """Event rates (a row with an epoch wins in it), background, and the most specific limit of each cell."""
    d, e = positions(frame.agents), positions(frame.categories)
    g, s = positions(frame.subgroups), positions(frame.epochs)
    rate = np.zeros((len(d), len(e), len(s)))
    for with_epoch in (False, True):
        for entry in frame.tables["toxicity"]:
            epoch = entry.text("epoch")
            if (epoch is not None) is with_epoch:
                where = slice(None) if epoch is None else s[epoch]
                rate[d[entry["agent"]], e[entry["category"]], where] = rate_of(entry)
    limit = np.ones((len(g), len(e), len(s)))
    limit[:] = _column(frame, "categories", "limit")[None, :, None]
    for kind in ((False, True), (True, False), (True, True)):  # (subgroup given, epoch given)
        for entry in frame.tables["limits"]:
            subgroup, epoch = entry.text("subgroup"), entry.text("epoch")
            if (subgroup is not None, epoch is not None) == kind:
                rows = slice(None) if subgroup is None else g[subgroup]
                columns = slice(None) if epoch is None else s[epoch]
                limit[rows, e[entry["category"]], columns] = entry.numbers["limit"]
    return {
        "event_rate": rate,
        "background": _column(frame, "categories", "background"),
        "limit": limit,
        "cumulative_limit": _column(frame, "categories", "cumulative_limit"),
        "not_worse_than_control": _column(frame, "categories", "not_worse_than_control"),
    }
