"""JSON Schema of what an arm's size rests on (`size_basis`)."""

from __future__ import annotations

from trialopt.core.vocabulary import PROBABILITY, Range
from trialopt.record.schema_words import Json, list_of, number, object_of, text

_RATE = Range(high=1)


def size_basis_schema() -> Json:
    """Everything that a size is computed from; keys of the other endpoint are left out of a stratum."""
    stratum = {
        "subgroup": text("Subgroup; empty where subgroups are ignored"),
        "f": number("Part of the arm's accrual", "share", PROBABILITY),
        "median_months": number("Median progression-free survival under the control", "months"),
        "p0": number("Response rate of the control, in all randomised", "share", _RATE),
        "p1": number("Response rate of the arm in the size", "share", _RATE),
        "predicted": number("Response rate of the arm as predicted", "share", _RATE),
        "reach": number("Share still on protocol by the endpoint", "share", PROBABILITY),
    }
    looks = {
        "timing": list_of(number("Fraction of the information", "share", PROBABILITY), "When the analyses are"),
        "spending": text("How alpha is spent"),
        "futility": text("none, nonbinding or binding"),
        "futility_spending": text("How beta is spent") | {"type": ["string", "null"]},
    }
    content = {
        "endpoint": text("What arms are compared on"),
        "endpoint_epoch": text("Epoch in which response is read") | {"type": ["string", "null"]},
        "analysis": text("How subgroups enter the comparison"),
        "method": text("Formula of the size"),
        "alpha": number("One-sided level, multiplicity included", "probability", PROBABILITY),
        "multiplicity": text("How alpha is shared between arms"),
        "power": number("Power asked for", "probability", PROBABILITY),
        "allocation_ratio": number("Experimental patients for each control patient", "ratio"),
        "sized_for": number("Effect of the size", "share or ratio"),
        "target": number("Effect the trial is to show; null: the predicted one", "share or ratio", null=True),
        "shrink": number("Factor on the predicted effect without a target", "factor"),
        "strata": list_of(object_of("Stratum", stratum, tuple(stratum)[2:]), "What the size averages over"),
        "not_evaluable": number("Share of patients without an assessment", "share", PROBABILITY),
        "follow_up_months": number("Follow-up after the last patient", "months"),
        "dropout_per_month": number("Hazard of dropping out", "per month"),
        "accrual_per_month": number("Patients of all strata who enrol in a month", "patients per month", null=True),
        "inflation": number("Factor for interim looks", "factor"),
        "interim": object_of("Interim looks", looks, null=True),
        "sentence": text("Test, strata, level, power, effect and why"),
    }
    return object_of("What the size rests on: docs/sizing.md", content)
