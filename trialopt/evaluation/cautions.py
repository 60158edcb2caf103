"""What to know beside a size: where its formula is off, and which does better."""

from __future__ import annotations

from collections.abc import Iterator

from trialopt.instance import TrialSettings


def sizing_cautions(trial: TrialSettings) -> Iterator[str]:
    """Sentences about the trial's sizes; none for an unsized trial or equal allocation."""
    ratio = trial.allocation_ratio
    if not trial.sized or trial.endpoint != "pfs" or abs(ratio - 1) < 1e-6:
        return
    optimistic = {"schoenfeld": ratio < 1, "freedman": ratio > 1}.get(trial.method)
    if optimistic is None:
        return
    over = "control is" if ratio < 1 else "experimental side is"
    word, side = ("optimistic", "less") if optimistic else ("pessimistic", "more")
    yield (
        f"{trial.method.capitalize()}'s events are {word} where the {over} over-sampled (allocation ratio {ratio:g}): "
        f'expect somewhat {side} than the power shown, or set method = "rubinstein" or "lachin_foulkes"'
    )
