"""The least patients of arms whose effects are only bounded from above, for many arms and sets at once.

With a target the size of a set is the same for every arm that reaches it. A response that is known gives the size
itself. Of a hazard ratio that is at best so much patients fall as the effect grows: events by `1 / effect^2`, while the
chance of an event falls by at most the factor that the hazard does (its elasticity in the hazard is at most 1). So the
size at the best effect is the least one while the elasticity of the first, 2 over the log effect (for Freedman's
formula over its own measure), is above 1; beyond `FAR_EFFECT` nothing is claimed. Source: ours.
"""

from __future__ import annotations

import numpy as np

from trialopt.core.instance import Bools, Floats
from trialopt.verify.facts import MISS, ROUNDING
from trialopt.verify.formulas import Course, progression_patients, response_patients, whole
from trialopt.verify.sizes import Sizing

FAR_EFFECT = {"freedman": 0.9}
OTHERWISE = 1.9
"""Log hazard ratios up to which patients fall as the effect grows, by method."""

STEPS = 400
"""Effects at which sizes are known; between two, that of the larger effect counts."""


class LeastSizes:
    """For n sets of subgroups, their members (n, G)."""

    def __init__(self, sizing: Sizing, member: Bools) -> None:
        self._sizing, self._member = sizing, member
        self._parts = np.zeros(member.shape)
        for k, row in enumerate(member):
            self._parts[k, row] = sizing.parts(np.flatnonzero(row))
        self._tables: list[tuple[Floats, Floats]] | None = None

    def patients(self, epoch: int, response: Floats, theta: Floats) -> tuple[Floats, Floats]:
        """(m, n) experimental and control patients that arms take at least; inf where an effect does not suffice.

        `response` (m, G) and `theta` (m, G) are what is known of the effects once epochs through `epoch` are.
        """
        trial = self._sizing.facts.instance.trial
        if trial.endpoint == "pfs":
            return self._progression(theta)
        control = np.nan_to_num(self._sizing.control_rate, nan=0.0)
        if epoch < trial.endpoint_epoch:
            response = np.where(self._sizing.rising, 1.0, response)
        gain = (response - control) @ self._parts.T
        least = MISS if trial.target_difference is None else trial.target_difference - MISS
        short = trial.shrink * gain < least - ROUNDING if trial.target_difference is None else gain < least - ROUNDING
        nothing = np.where(short, np.inf, 0.0)
        if trial.target_difference is not None or epoch < trial.endpoint_epoch or trial.analysis == "exact":
            return nothing, nothing
        return self._response(response, control, nothing)

    def _response(self, response: Floats, control: Floats, nothing: Floats) -> tuple[Floats, Floats]:
        """Sizes at rates that are known."""
        sizing, trial = self._sizing, self._sizing.facts.instance.trial
        n1, n0 = nothing.copy(), nothing.copy()
        sized = control + trial.shrink * (response - control)
        p0 = np.broadcast_to(control, sized.shape)
        for k, f in enumerate(self._parts):
            rows = np.flatnonzero(np.isfinite(nothing[:, k]))
            low, high, parts = p0[rows], sized[rows], f
            if trial.analysis == "pooled_data":
                low, high, parts = (low @ f)[:, None], (high @ f)[:, None], np.ones(1)
            with np.errstate(invalid="ignore"):
                found = response_patients(parts, low, high, sizing.asked, trial.pools_null_variance)
            n1[rows, k], n0[rows, k] = np.nan_to_num(found[0], posinf=np.inf), np.nan_to_num(found[1], posinf=np.inf)
        return n1, n0

    def _progression(self, theta: Floats) -> tuple[Floats, Floats]:
        sizing, trial = self._sizing, self._sizing.facts.instance.trial
        effect = (theta - sizing.control_theta) @ self._parts.T
        if trial.target_hazard_ratio is not None:
            nothing = np.where(np.exp(-effect) > trial.target_hazard_ratio + MISS + ROUNDING, np.inf, 0.0)
            return nothing, nothing
        if self._tables is None:
            self._tables = [self._table(k) for k in range(len(self._parts))]
        n1, n0 = np.empty(effect.shape), np.empty(effect.shape)
        most = FAR_EFFECT.get(trial.method, OTHERWISE)
        place = np.ceil(np.maximum(trial.shrink * effect, 0.0) * (STEPS / most) + 1e-9).astype(np.int64)
        place = np.minimum(place, STEPS + 1)
        for k, (experimental, control) in enumerate(self._tables):
            n1[:, k], n0[:, k] = experimental[place[:, k]], control[place[:, k]]
        none = trial.shrink * effect <= MISS - ROUNDING
        return np.where(none, np.inf, n1), np.where(none, np.inf, n0)

    def _table(self, k: int) -> tuple[Floats, Floats]:
        """Sizes of one set at the effects of `STEPS`; the last place is for effects beyond."""
        sizing, trial = self._sizing, self._sizing.facts.instance.trial
        members = np.flatnonzero(self._member[k])
        n1, n0 = np.zeros(STEPS + 2), np.zeros(STEPS + 2)
        known = not np.isnan(sizing.facts.instance.control_medians[members]).any()
        if not sizing.rate(members) > 0 or not known:
            return n1 + np.inf, n0 + np.inf
        if sizing.asked.power < 0.5:
            return n1, n0
        effects = FAR_EFFECT.get(trial.method, OTHERWISE) * np.arange(1, STEPS + 1) / STEPS
        course: Course = sizing.course(members, np.exp(-effects))
        found = progression_patients(course, sizing.asked)
        for kept, some in zip((n1, n0), found[:2], strict=True):
            kept[1:-1] = whole(np.nan_to_num(some, posinf=np.inf))
        late = ~sizing.in_time(members, n1 + n0)
        return np.where(late, np.inf, n1), np.where(late, np.inf, n0)
