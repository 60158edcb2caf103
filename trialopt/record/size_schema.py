"""JSON Schema of what an arm's size rests on (`size_basis`)."""

from __future__ import annotations

from trialopt.core.vocabulary import PROBABILITY, Range
from trialopt.record.schema_words import Json, by, list_of, number, object_of, text

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
    step = {
        "from_month": number("Month of the trial from which on the factor counts", "months"),
        "factor": number("Factor on the subgroup's rate", "factor"),
    }
    enrolment = {
        "subgroup": text("Subgroup"),
        "f": number("Part of the arm's accrual", "share", PROBABILITY),
        "ramp_up_months": number("Months from its opening over which accrual grows evenly to its rate", "months"),
        "steps": list_of(object_of("Step", step), "Factors on its rate"),
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
        "accrual": list_of(object_of("Subgroup", enrolment), "How accrual changes with time, where it does"),
        "inflation": number("Factor for interim looks", "factor"),
        "interim": object_of("Interim looks", looks, null=True),
        "sentence": text("Test, strata, level, power, effect and why"),
        "contribution": object_of("What the comparisons with component arms rest on", _contribution()),
    }
    return object_of("What the size rests on: docs/sizing.md", content, ("contribution", "accrual"))


def component_schema(sequence: Json) -> Json:
    """One comparison of an arm with a component arm, as the arm has it."""
    content = {
        "arm": text("Name of the component arm; empty where the control stands in"),
        "without": text("Agent left out"),
        "sequence": sequence,
        "patients": number("Patients of the component arm", "patients", whole=True),
        "allocation": by("subgroup", number("Patients of the component arm", "patients", whole=True)),
        "coverage": by("subgroup", by("epoch", number("Coverage of the component arm", "share", _RATE))),
        "rate": number("Response rate of the component arm", "share", _RATE, null=True),
        "hazard_ratio": number("Predicted, of the arm against it", "ratio", null=True),
        "sized_for": number("Effect of the size", "share or ratio"),
        "needed": number("Patients of the arm it asks for", "patients", whole=True),
        "events": number("Events it asks for", "events", null=True),
        "alpha": number("One-sided level", "probability", PROBABILITY),
        "power": number("Power with the patients there are", "probability", PROBABILITY),
        "inflation": number("Factor for interim looks", "factor"),
        "cost": number("Cost of treating its patients", "money"),
    }
    return object_of("One comparison: docs/contribution.md", content)


def _contribution() -> Json:
    """What comparisons are computed from; keys of the other endpoint are left out of a stratum."""
    stratum = {
        "subgroup": text("Subgroup"),
        "f": number("Part of the arm's accrual", "share", PROBABILITY),
        "p0": number("Response rate of the component arm", "share", _RATE),
        "p1": number("Response rate of the arm in the size", "share", _RATE),
        "hazard": number("Hazard of the component arm", "per month"),
        "hazard_of_arm": number("Hazard of the arm in the size", "per month"),
    }
    part = {
        "arm": text("Name of the component arm; empty where the control stands in"),
        "against": text("Arm that is compared with it"),
        "without": text("Agent left out"),
        "alpha": number("One-sided level", "probability", PROBABILITY),
        "allocation_ratio": number("Patients of the arm for each of the component arm", "ratio"),
        "inflation": number("Factor for interim looks", "factor"),
        "sized_for": number("Effect of the size", "share or ratio"),
        "needed": number("Patients of the arm it asks for", "patients", whole=True),
        "events": number("Events it asks for", "events", null=True),
        "strata": list_of(object_of("Stratum", stratum, tuple(stratum)[2:]), "What the size averages over"),
        "null_variance": text("Variance under no effect, of rates: unpooled or pooled"),
    }
    return {
        "require": text("Which arms have to show it: novel or all"),
        "against_control": list_of(
            number("Patients", "patients", whole=True),
            "Patients and controls that the control's asks for",
        ),
        "power": number("Power asked for", "probability", PROBABILITY),
        "target": number("Effect each comparison is to show; null: the predicted one", "share or ratio", null=True),
        "shrink": number("Factor on the predicted effect without a target", "factor"),
        "components": list_of(object_of("One comparison", part), "The comparisons"),
        "unshown": list_of(text("Sentence"), "What no component arm shows"),
        "sentence": text("What the arm has to show, against which arms, with how many patients"),
    }
