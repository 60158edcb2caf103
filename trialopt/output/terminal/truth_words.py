"""What a design is under many possible truths, in a few lines."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from trialopt.output.views import TIE
from trialopt.record.solution import Solution
from trialopt.record.words import whole_percent


def truths_in_words(solution: Solution) -> str:
    """Value, limits and assurance over the truths; empty where none were drawn."""
    u = solution.uncertainty
    if u is None:
        return ""
    tail = whole_percent(u["tail"])
    said = [
        f"in {u['draws']:,} possible truths the value is {u['mean']:.3f} on average, {u['worst']:.3f} in the worst "
        f"{tail}{TIE}% ({u['fresh_worst']:.3f} on {u['fresh_draws']:,} fresh ones)",
        _limits(u),
    ]
    if (shown := _shown(u)) is not None:
        said.append(shown)
    return "; ".join(said)


def _limits(u: Mapping[str, Any]) -> str:
    least = [arm["limits"][0] for arm in u["arms"].values() if arm["limits"]]
    kept = f"all limits hold together in {whole_percent(u['all_kept'])}{TIE}%"
    if not least:
        return kept
    first = min(least, key=lambda one: one["share"])
    return f"{kept}, {first['limit']} in {whole_percent(first['share'])}{TIE}%"


def _shown(u: Mapping[str, Any]) -> str | None:
    arms = [f"{name} {whole_percent(arm['assurance'])}{TIE}%" for name, arm in u["arms"].items() if "assurance" in arm]
    if not arms or u["assurance"] is None:
        return None
    every = f", of all {whole_percent(u['assurance'])}{TIE}%" if len(arms) > 1 else ""
    return f"assurance of {', '.join(arms)}{every}"
