"""Several limits named at once, shorter than one by one."""

from __future__ import annotations

from collections.abc import Sequence

from trialopt.decision.relaxing import Relaxation

FEW = 3
"""More rules than this are counted instead of spelled out."""

FAMILIES = {"limit": "toxicity limits", "cumulative_limit": "cumulative limits", "contraindicated": "contraindications"}
"""Family -> what several of it are called."""


def set_words(group: Sequence[Relaxation]) -> str:
    """`infection limits of frail and high_risk in induction`, `9 requires rules`."""
    first = group[0].limit
    if len(group) == 1:
        return group[0].words
    if first.family == "limit":
        return _toxicity([one.limit.about for one in group])
    if len(group) <= FEW:
        return listed([one.words for one in group])
    return f"{len(group)} {FAMILIES.get(first.family, f'{first.family} rules')}"


def listed(names: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _toxicity(about: list[tuple[str, ...]]) -> str:
    """Limits by category, subgroup and epoch; those of one category and epoch together."""
    places: dict[tuple[str, str], list[str]] = {}
    for category, subgroup, epoch in about:
        places.setdefault((category, epoch), []).append(subgroup)
    if len(places) > FEW:
        return f"{len(about)} toxicity limits"
    return listed([f"{category} limits of {listed(who)} in {epoch}" for (category, epoch), who in places.items()])
