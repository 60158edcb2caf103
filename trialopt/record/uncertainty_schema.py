"""The shape of the fields `uncertainty` and `predicted` of solution.json."""

from __future__ import annotations

from functools import partial

from trialopt.core.vocabulary import ANY, PROBABILITY
from trialopt.record.schema_words import Json, by, list_of, number, object_of, text


def uncertainty_schema() -> Json:
    """The design under many possible truths."""
    share = partial(number, unit="share", range=PROBABILITY)
    value = partial(number, unit="share", range=ANY)
    count = {"expected": number("Mean", "patients"), "low": number("5th percentile", "patients")}
    count["high"] = number("95th percentile", "patients")
    limit = {
        "limit": text("The limit in words"),
        "rule": text("Its family"),
        "subgroup": text("Subgroup"),
        "epoch": {"type": ["string", "null"], "description": "Epoch, null for one over all."},
        "share": share("Truths in which it holds"),
    }
    effect = {name: number(words, "share or ratio", ANY) for name, words in EFFECT.items()}
    arm = {
        "all_kept": share("Truths in which it keeps all its limits"),
        "limits": list_of(object_of("One limit", limit), "Limits that hold least often"),
        "effect": object_of("Its effect over the truths: a difference in rates, or a hazard ratio", effect),
        "assurance": share("Mean power over the truths"),
        "right_direction": share("Truths in which it is better than its control"),
        "reaches_target": share("Truths in which it reaches the target", null=True),
        "patients_with": by("category", object_of("Its patients with a severe event over all epochs", count)),
    }
    return object_of(
        "The design under many possible truths, where the instance asks for them",
        {
            "draws": number("Truths", "truths", whole=True),
            "seed": number("Seed of the draws", "seed", whole=True),
            "draws_sha256": text("Digest of the draws"),
            "objective": text("given, mean or cvar"),
            "tail": share("Worst share"),
            "confidence": share("Truths in which each limit was asked to hold", null=True),
            "margin": number("By which limits on risk were widened", "probability"),
            "min_assurance": share("Least assurance asked for", null=True),
            "assumed_spreads": number("Numbers whose spread is our assumption", "numbers", whole=True),
            "spreads": number("Numbers drawn", "numbers", whole=True),
            "mean": value("Mean value"),
            "worst": value("Mean value in the worst share"),
            "fresh_draws": number("Fresh truths, which the choice did not see", "truths", whole=True),
            "fresh_mean": value("Mean value on them"),
            "fresh_worst": value("Mean value in their worst share"),
            "all_kept": share("Truths in which all arms keep all limits"),
            "assurance": share("Chance that all arms succeed", null=True),
            "arms": by(
                "arm",
                object_of(
                    "One arm",
                    arm,
                    ("effect", "assurance", "right_direction", "reaches_target", "patients_with"),
                ),
            ),
        },
    )


EFFECT = {"mean": "Mean", "low": "5th percentile", "high": "95th percentile"}


def predicted_schema() -> Json:
    """What each arm would show in a new trial."""
    ends = {name: number(EFFECT[name], "share or ratio", ANY) for name in ("low", "high")}
    arm = {
        "rate": object_of("Rate of the comparison, else coverage of the first epoch", ends),
        "control": object_of("The same of its control", ends),
        "hazard_ratio": object_of("Hazard ratio against its control", ends),
    }
    return object_of(
        "What a new trial would show, before the luck of its patients",
        {
            "draws": number("Truths drawn", "truths", whole=True),
            "seed": number("Seed of the draws", "seed", whole=True),
            "arms": by("arm", object_of("90 % intervals of one arm", arm, tuple(arm))),
        },
    )
