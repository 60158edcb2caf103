"""Promised against played, by subgroup and epoch, and what in the replay makes the difference."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from trialopt.core.design import Design
from trialopt.core.instance import Instance
from trialopt.evaluation import evaluate
from trialopt.replay.stage import SWITCHES, Stage, Summary

EXPLAINS = 0.25
"""A cause takes away at least this share of a difference."""

CAUSES = {
    "carried": "what earlier epochs did to the disease lasts (at carry 0 the model judges every epoch afresh)",
    "small clones": "small resistant clones grow out",
    "unequal patients": "patients differ: the sensitive answer to everything, others to nothing",
    "doses": "severe events lower doses and stop agents",
    "assay": "the error of the assay",
}
NO_CAUSE = "none of its parts alone: kills by depth and rate of response, against rates of response"
SMALL = "within three standard errors"


def promises(
    instance: Instance, design: Design, stage: Stage, without_each: Mapping[str, Stage]
) -> list[dict[str, Any]]:
    """Every promise of a design beside what was played, the largest disagreement of each kind first.

    `without_each` has the stages that leave out one part each (`stages_without`); none: no causes are told.
    """
    seen = stage.see_design(design)
    without = {name: one.see_design(design) for name, one in without_each.items()}
    rows: list[dict[str, Any]] = []
    for arm in evaluate(instance, design).arms:
        for k, subgroup in enumerate(arm.arm.subgroups):
            g = instance.subgroups.index(subgroup)
            own = seen[subgroup]
            others = {name: found[subgroup] for name, found in without.items()}
            for s, epoch in enumerate(instance.epochs):
                head = {"subgroup": subgroup, "epoch": epoch, "category": ""}
                pick = _Pick(own, others, s)
                rows.append(_row("coverage", head, float(arm.coverage[k, s]), pick, "by_epoch"))
                rows.append(_row("began", head, float(instance.reach[g, s]), pick, "began"))
                for e, category in enumerate(instance.categories):
                    told = float(arm.risk[k, s, e])
                    rows.append(_row("risk", {**head, "category": category}, told, pick, "risk", e))
    order = {"coverage": 0, "began": 1, "risk": 2}
    return sorted(rows, key=lambda row: (order[row["what"]], -abs(row["difference"])))


def stages_without(stage: Stage) -> dict[str, Stage]:
    """Stages like this one, each without one part of the replay."""
    own = (stage.instance, stage.patients, stage.seed, stage.months, stage.population)
    return {name: Stage(*own, frozenset({name}), stage.frozen) for name in SWITCHES}


class _Pick:
    """What was played of one subgroup in one epoch, with everything and without each part."""

    def __init__(self, own: Summary, others: dict[str, Summary], epoch: int) -> None:
        self.own, self.others, self.epoch = own, others, epoch

    def value(self, name: str, category: int | None, of: Summary | None = None) -> float:
        found = np.asarray(getattr(of or self.own, name))[self.epoch]
        return float(found if category is None else found[category])

    def cause(self, promised: float, name: str, category: int | None) -> str:
        """The part without which the difference is least, if that is much less."""
        gap = self.value(name, category) - promised
        if abs(gap) <= 3 * self.own.error(min(max(promised, 0.02), 0.98)):
            return SMALL
        if not self.others:
            return ""
        left = {part: abs(self.value(name, category, of) - promised) for part, of in self.others.items()}
        best = min(left, key=lambda part: left[part])
        return CAUSES[best] if left[best] <= (1 - EXPLAINS) * abs(gap) else NO_CAUSE


def _row(
    what: str, head: dict[str, str], promised: float, pick: _Pick, name: str, category: int | None = None
) -> dict[str, Any]:
    played = pick.value(name, category)
    return {
        "what": what,
        **head,
        "promised": promised,
        "played": played,
        "difference": played - promised,
        "error": pick.own.error(played),
        "cause": pick.cause(promised, name, category),
    }
