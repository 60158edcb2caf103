"""Trials made by hand: two groups in one or several strata, with whatever looks and bounds a test asks for."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from trialopt.simulate import Comparison, Family, Group, Scenario, Trial, Truth

NULL, EFFECT = Scenario("null", "none"), Scenario("effect", "sized")


def family(
    test: str,
    treated: Sequence[int],
    control: Sequence[int],
    outcome: Sequence[Sequence[float]],
    *,
    z: Sequence[float] = (1.959964,),
    alpha: float = 0.025,
    futility: Sequence[float] | None = None,
    fractions: Sequence[float] = (1.0,),
    events: Sequence[int] = (),
    weights: Sequence[float] | None = None,
    **more: object,
) -> Family:
    """One arm against its control; `outcome` is (treated, control) by stratum: rates, or hazards a month."""
    effect = np.array(outcome, dtype=float)[None]
    none = effect[:, [1, 1]]
    risk = np.zeros((1, 2, len(treated), 0))
    total = np.array(treated) + np.array(control)
    settings: dict[str, object] = {"per_month": 10.0, **more}
    return Family(
        name="A1",
        strata=tuple(f"s{k}" for k in range(len(treated))),
        groups=(Group("A1", tuple(treated)), Group("control", tuple(control))),
        comparisons=(
            Comparison("A1 against control", 0, 1, alpha, tuple(z), None if futility is None else tuple(futility)),
        ),
        truths={"none": Truth(none, risk), "sized": Truth(effect, risk)},
        test=test,
        weights=tuple((total / total.sum() if weights is None else np.array(weights)).tolist()),
        fractions=tuple(fractions),
        events=tuple(events),
        **settings,  # type: ignore[arg-type]
    )


def trial(*families: Family) -> Trial:
    """A trial of these families."""
    return Trial("made", "Made by hand", "0" * 64, "pfs" if families[0].survival else "response", families)
