"""Settings: the trial, its epochs, its rules, and the control regimen."""

from __future__ import annotations

from typing import Any

from trialopt.generate.people import CATEGORIES, AgentClass, Cast
from trialopt.generate.size import MAINTENANCE

POWER = 0.8
TARGET_DIFFERENCE = 0.15


def settings(cast: Cast, seed: int) -> dict[str, Any]:
    """`trial.toml`. A sized trial has a target and no_harm; patients, months and budget are left to the user."""
    size = cast.size
    trial: dict[str, Any] = {"max_arms": size.arms, "carry": size.carry}
    if size.sized:
        trial.update(power=POWER, target_difference=TARGET_DIFFERENCE, no_harm=True)
    support = [c.name for c in cast.classes if c.support]
    cellular = [c.name for c in cast.classes if c.cellular]
    rules: dict[str, Any] = {
        "one_per_class": [c.name for c in cast.classes if not c.support],
        "alone": cellular,
        "once": cellular,
    }
    if len(cast.classes) > 1:
        rules["requires"] = {cast.classes[1].name: support}
    return {
        "format": 1,
        "title": f"Synthetic: {size.agents} agents, {size.subgroups} subgroups, {size.arms} arms, "
        f"{size.epochs} epochs, {size.mechanisms} mechanisms, seed {seed}",
        "trial": trial,
        "epoch": [
            {
                "id": epoch,
                "cycles": 12 if epoch == MAINTENANCE else 6,
                "weight": 0.5 if n == 0 else 0.5 / max(1, size.epochs - 1),
                "max_agents": 2 if epoch == MAINTENANCE else 4 if n == 0 else 3,
            }
            for n, epoch in enumerate(cast.epochs)
        ],
        "control": control(cast),
        "rules": rules,
    }


def control(cast: Cast) -> dict[str, list[str]]:
    """A doublet that is easy to bear, the support and one other; in maintenance the other alone."""
    usual = list(cast.agents[:1])
    others = [(a, c) for a, c in zip(cast.agents[1:], cast.class_of[1:], strict=True) if not c.cellular]
    if others:
        usual.append(min(others, key=lambda other: _worst(cast.class_of[0], other[1]))[0])
    return {epoch: usual[-1:] if epoch == MAINTENANCE else usual for epoch in cast.epochs}


def _worst(a: AgentClass, b: AgentClass) -> float:
    """Rate of the most frequent event of two classes together, about."""
    return max(a.profile.get(e, 0.0) + b.profile.get(e, 0.0) for e in CATEGORIES)
