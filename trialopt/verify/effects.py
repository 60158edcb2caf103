"""What arms show against their controls, by subgroup: with the inputs as given, or in every truth (sections 7 and 11).

`K` scenes: the inputs as given, alone, or the truths. What sizes rest on is the mean over the scenes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from trialopt.core.instance import Bools, Floats
from trialopt.verify.drawn import Drawn
from trialopt.verify.facts import Facts, control_coverage, control_given, coverage_along
from trialopt.verify.limits import Limits, controls_in
from trialopt.verify.regimens import hazard_removed


@dataclass(frozen=True)
class World:
    """Response rates are `reach - anchor * residual` of an arm in the epoch of the endpoint; (K, G) unless said."""

    facts: Facts
    drawn: Drawn | None
    limits: Limits
    scenes: tuple[Facts, ...]
    control_rate: Floats
    """p0; NaN where neither a rate nor a control regimen is known, or the control leaves nothing to improve on."""
    anchor: Floats
    control_theta: Floats
    option_theta: Floats
    """(K, S, O, G) log hazard ratio that an option adds."""

    def response(self, sequences: Bools) -> Floats:
        """(K, n, G) response rates of sequences (n, S, O)."""
        t = self.facts.instance.trial.endpoint_epoch
        if self.drawn is None:
            covered = coverage_along(self.facts, sequences)[0][None, :, t]
        else:
            covered = self.drawn.coverage(sequences)[:, :, t]
        return np.asarray(self.facts.instance.reach[:, t] - self.anchor[:, None] * (1 - covered))

    def theta(self, sequences: Bools) -> Floats:
        """(K, n, G) log hazard ratios gained by sequences (n, S, O)."""
        return np.asarray(np.einsum("nso,ksog->kng", sequences.astype(float), self.option_theta))


def world_of(facts: Facts, drawn: Drawn | None) -> World:
    """The numbers of an instance, `drawn` where it has truths."""
    i = facts.instance
    scenes = (facts,) if drawn is None else drawn.facts
    t, epochs = i.trial.endpoint_epoch, range(len(i.epochs))
    reach = i.reach[:, t]
    nothing_left = ~np.isnan(i.control_rate) & (control_coverage(facts)[:, t] >= 1)
    rates, anchors, thetas = [], [], []
    option = np.array([[hazard_removed(scene, s) for s in epochs] for scene in scenes])
    for n, scene in enumerate(scenes):
        given, residual = scene.instance.control_rate, 1 - controls_in(scene, drawn, n)[:, t]
        known = ~np.isnan(given)
        rate = np.where(known, given, reach * (1 - residual))
        with np.errstate(divide="ignore", invalid="ignore"):
            anchor = np.where(known & ~np.isnan(residual), (reach - rate) / residual, reach)
        rates.append(np.where(nothing_left, np.nan, rate))
        anchors.append(anchor)
        theta = np.zeros(facts.groups)
        for g in range(facts.groups):
            control = control_given(i, g)
            if control is not None:
                theta[g] = sum(float(option[n, s][control[s], g].sum()) for s in epochs)
        thetas.append(theta)
    in_truths = i.uncertainty is not None and i.uncertainty.confidence is not None
    limits = Limits(facts, drawn if in_truths else None)
    return World(facts, drawn, limits, scenes, np.array(rates), np.array(anchors), np.array(thetas), option)
