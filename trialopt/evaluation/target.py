"""Whether an arm is predicted to do what the trial is sized for (model section 7), in words."""

from __future__ import annotations

from math import log

from trialopt.evaluation.effect import Progression, Response, Unsizable
from trialopt.evaluation.words import apart
from trialopt.instance import TOLERANCE, TrialSettings


def response_below_target(trial: TrialSettings, effect: Response) -> str | None:
    """A predicted difference below the target, as a sentence without the arm's name; `None` when it is reached."""
    target, gain = trial.target_difference, effect.mean_p1 - effect.mean_p0
    if target is None or gain >= target - TOLERANCE:
        return None
    shown, least = apart(gain, target)
    return (
        f"is predicted a response rate of {effect.mean_p1:.3f} against {effect.mean_p0:.3f} of its control: "
        f"a difference of {shown}, below the target {least}"
    )


def progression_above_target(trial: TrialSettings, effect: Progression) -> str | None:
    """A predicted hazard ratio above the target, as a sentence without the arm's name; `None` when it is reached."""
    target = trial.target_hazard_ratio
    if target is None or effect.hazard_ratio <= target + TOLERANCE:
        return None
    shown, most = apart(effect.hazard_ratio, target)
    return f"is predicted a hazard ratio of {shown} against its control, above the target {most}"


def check_response(effect: Response) -> None:
    """Raise `Unsizable` unless the effect is above 0 and both rates lie inside (0, 1), each by more than 1e-9."""
    p0, p1 = effect.mean_p0, effect.mean_p0 + effect.sized_for
    if not effect.sized_for > TOLERANCE:
        raise Unsizable(
            f"has no effect to be sized for: its predicted response rate is {effect.mean_p1:.3f}, "
            f"not above the {effect.mean_p0:.3f} of its control"
        )
    if not p0 > TOLERANCE:
        raise Unsizable(f"cannot be sized: the response rate of its control is {p0:.3f}, and must be above 0")
    if not p1 < 1 - TOLERANCE:
        raise Unsizable(
            f"cannot be sized: the {p0:.3f} of its control and a difference of {effect.sized_for:.3f} "
            f"make a response rate of {p1:.3f}, and it must be below 1"
        )


def check_progression(effect: Progression) -> None:
    """Raise `Unsizable` unless the hazard ratio to size for is below 1, by more than 1e-9 on the log scale."""
    if not (0 < effect.sized_for < 1 and -log(effect.sized_for) > TOLERANCE):
        raise Unsizable(
            f"has no effect to be sized for: its predicted hazard ratio against its control is "
            f"{effect.hazard_ratio:.3f}, not below 1"
        )
