"""Regimens under many truths: numbers of which what an objective, or a size, rests on is linear (section 11).

The value of a design is linear in what its regimens leave, so its mean over the truths (at any weights) is that of
regimens that leave the mean. Where effects carry over that holds no more, and the truths become columns of their own.
Sizes rest on plain means: where response is read a regimen has numbers of its own for that (`end_left`, or `end` of
the columns), with the anchors of the truths in them.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from trialopt.core.instance import Bools, Floats
from trialopt.verify.effects import World
from trialopt.verify.facts import Facts, events, log_activity
from trialopt.verify.regimens import Regimens, TooMany, parts_of

MOST_CELLS = 60_000_000
"""Numbers of regimens in columns beyond which truths that carry over are not looked at."""


def mixed(world: World, epochs: list[Regimens], weights: Floats | None) -> tuple[Facts, list[Regimens]]:
    """Columns and regimens whose worth is the weighted mean over the truths; without `weights` that of the inputs.

    Raises `TooMany`.
    """
    facts, drawn = world.facts, world.drawn
    if drawn is None:
        return facts, epochs
    trial = facts.instance.trial
    ends = trial.sized and trial.endpoint != "pfs"
    scenes = [*world.scenes, facts]
    value = np.append(np.zeros(len(drawn)), 1.0) if weights is None else np.append(weights, 0.0)
    end = np.vstack([world.anchor / len(drawn), np.zeros(facts.groups)]) if ends else np.zeros((0, 0))
    theta = world.option_theta.mean(axis=0)
    used = [k for k in range(len(scenes)) if value[k] > 0 or (ends and k < len(drawn))]
    carries = trial.carry > 0
    if carries and max(map(len, epochs)) * len(used) * len(facts.group) > MOST_CELLS:
        raise TooMany("too many regimens, subgroups, mechanisms and truths where effects carry over")
    made = []
    for s, regimens in enumerate(epochs):
        read = end if s == trial.endpoint_epoch else end[:0]
        left, burden, at_end = _left(world, s, regimens.given, value, read, used)
        if weights is None:
            burden = regimens.burden
        removed = np.asarray(regimens.given @ theta[s])
        made.append(replace(regimens, left=left, burden=burden, end_left=at_end, theta=removed))
    if not carries:
        return facts, made
    count = len(used)
    columns = replace(
        facts,
        group=np.tile(facts.group, count),
        mechanism=np.tile(facts.mechanism, count),
        start=np.concatenate([value[k] * facts.start for k in used], axis=1),
        end=np.concatenate([end[k][facts.group] * facts.start[trial.endpoint_epoch] for k in used]) if ends else None,
        emerges=np.tile(facts.emerges, (1, count)),
    )
    return columns, made


def _left(
    world: World, s: int, given: Bools, value: Floats, end: Floats, used: list[int]
) -> tuple[Floats, Floats, Floats | None]:
    """What regimens of an epoch leave (n, columns), their mean burden (n, G), and what they leave at the endpoint."""
    facts, drawn = world.facts, world.drawn
    assert drawn is not None
    carries = facts.instance.trial.carry > 0
    found: list[tuple[Floats, Floats, Floats]] = []
    for part in parts_of(given):
        factors = np.column_stack([drawn.factors(part), np.ones(len(part))])
        columns: list[Floats] = []
        left, at_end = np.zeros((2, len(part), len(facts.group)))
        burden = np.zeros((len(part), facts.groups))
        for k in used:
            scene = drawn.facts[k] if k < len(drawn) else facts
            own = np.exp(-factors[:, k, None] * log_activity(scene, s, part))
            if carries:
                columns.append(own)
            else:
                left += value[k] * own
                at_end += (end[k][facts.group] if len(end) else 0.0) * own
            if value[k] > 0:
                burden += value[k] * events(scene, s, part).sum(axis=2)
        found.append((np.concatenate(columns, axis=1) if carries else left, burden, at_end))
    lefts, burdens, ends = (np.concatenate([part[n] for part in found]) for n in range(3))
    return lefts, burdens, ends if len(end) and not carries else None
