"""The trial's settings as a whole: what the endpoint, sizing and `no_harm` need to be there."""

from __future__ import annotations

from trialopt.instance import Interim, TrialSettings
from trialopt.reading.cells import CellError
from trialopt.reading.frame import Frame
from trialopt.reading.problems import Problems
from trialopt.reading.tables import Ids, row_problem


def build_trial(frame: Frame, ids: Ids, problems: Problems) -> TrialSettings:
    """Check what the settings ask of each other and of the tables, and freeze them."""
    settings = frame.settings
    given = {k: v for k, v in settings.trial.items() if k not in ("include", "exclude", "endpoint_epoch")}
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
    if given["power"] is not None:
        _check_sizing(frame, problems)
    interim = settings.interim
    given["max_arms"] = given["max_arms"] or 1
    look = Interim(interim["looks"] or 1, interim["spending"]) if interim is not None else None
    return TrialSettings(endpoint_epoch=position, interim=look, **given)


def _add(frame: Frame, key: str, value: object, sentence: str, right: str) -> None:
    frame.settings.places.add(f"trial.{key}", f"[trial] {key}", value, sentence, right)


def _check_sizing(frame: Frame, problems: Problems) -> None:
    trial = frame.settings.trial
    if trial["power"] <= trial["alpha"]:
        sentence = f"{trial['power']} is not above alpha, which is {trial['alpha']}"
        _add(frame, "power", trial["power"], sentence, f"give a number above {trial['alpha']} and below 1")
    if trial["endpoint"] == "pfs":
        if not frame.settings.written("trial", "control_median_months"):
            _add(frame, "control_median_months", "", "sizing for pfs needs the control's median", "give it in months")
        _need_cells(frame, problems, "agents", "hazard_ratio", "sizing for pfs needs it of every agent")
    elif not frame.settings.written("trial", "control_rate") and "control" not in frame.settings.raw:
        lacking = [e for e in frame.tables["subgroups"] if "control_rate" not in e.row.cells]
        if lacking:
            names = ", ".join(repr(e["subgroup"]) for e in lacking)
            sentence = f"sizing needs a control rate or a control regimen, and there is neither for {names}"
            right = "give control_rate here or in subgroups.csv, or write [control]"
            _add(frame, "control_rate", "", sentence, right)
    if trial["endpoint"] == "pfs":
        _need_cells(frame, problems, "subgroups", "accrual_per_month", "sizing for pfs needs it of every subgroup")
    elif trial["max_accrual_months"] is not None:
        why = "max_accrual_months needs it of every subgroup"
        _need_cells(frame, problems, "subgroups", "accrual_per_month", why)


def _need_cells(frame: Frame, problems: Problems, table: str, column: str, why: str) -> None:
    for entry in frame.tables[table]:
        if column not in entry.row.cells:
            problem = row_problem(entry.row, column, "", f"the cell is blank, and {why}", "give a number above 0")
            problems.add(problem, table)
