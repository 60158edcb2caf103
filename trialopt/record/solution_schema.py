"""The shape of `solution.json` as a JSON Schema (draft 2020-12): what every number is, and in which unit.

Fields may be added, never renamed, so objects are open. Numbers without a value are null.
"""

from __future__ import annotations

from trialopt.core.vocabulary import PROBABILITY, Range
from trialopt.record.parts import ENDINGS, FORMAT
from trialopt.record.schema_words import Json, by, list_of, number, object_of, text
from trialopt.record.size_schema import component_schema, size_basis_schema
from trialopt.record.uncertainty_schema import predicted_schema, uncertainty_schema

_ANY_NUMBER = Range()
_BELOW_1 = Range(high=1)
_DOSE = object_of("One agent at one level", {"agent": text("Agent"), "level": text("Level, standard where it has one")})
_SEQUENCE = by("epoch", list_of(_DOSE, "What is given in it"))
_DOSING = object_of(
    "How a level is given, as levels.csv says",
    {
        "amount": number("Amount of one dose", "as unit says"),
        "unit": text("Unit of the amount"),
        "route": text("Route"),
        "days": text("Days of the cycle, or how often"),
        "cycle_days": number("Length of a cycle", "days", whole=True),
    },
    ("amount", "unit", "route", "days", "cycle_days"),
)
_SOURCE = object_of(
    "One row of a table, and where its numbers come from",
    {
        "file": text("File it stands in"),
        "row": number("Line of the file, 0 for a row given otherwise", "line", whole=True),
        "table": text("Table it belongs to"),
        "columns": list_of(text("Column"), "Columns of its key"),
        "key": list_of(text("Part"), "What the row is about"),
        "source": text("Source named in the row"),
        "confidence": text("How the numbers were come by"),
        "recalled_fields": text("Columns recalled"),
    },
    ("source", "confidence", "recalled_fields", "columns"),
)

_INPUT = object_of(
    "One file that reading saw",
    {
        "name": text("Name in the folder, or of the sheet"),
        "used": {"type": "boolean", "description": "Whether it counts.", "unit": "true or false"},
        "why": text("As what it was read, or why it was not"),
    },
)


def solution_schema() -> Json:
    """Schema of `solution.json`."""
    return object_of(
        "One run: the best design found, and the bound that no other design can exceed",
        {
            "format": {"const": FORMAT, "description": "Version of the record."},
            "instance": object_of(
                "The question",
                {
                    "name": text("Name of the folder or scenario"),
                    "title": text("Its title"),
                    "sha256": text("Digest of the resolved instance", pattern="^[0-9a-f]{64}$"),
                },
            ),
            "ending": text("Why the run stopped", enum=list(ENDINGS)),
            "value": number("Objective of the design, section 8 of the model text", "share", _ANY_NUMBER, null=True),
            "bound": number("No design is better", "share", _ANY_NUMBER, null=True),
            "gap": number("(bound - value) / max(|value|, 1e-9)", "ratio", null=True),
            "seconds": number("Wall clock of the run", "seconds"),
            "arms": list_of(_arm(), "Experimental arms, none where no design was found"),
            "conflict": list_of(text("Limit"), "Limits that cannot hold together, in words"),
            "warnings": list_of(text("Warning"), "What reading warned of"),
            "inputs": list_of(_INPUT, "Files the run saw, used or ignored"),
            "uncertainty": uncertainty_schema(),
            "predicted": predicted_schema(),
            "trial": _trial(),
            "provenance": object_of(
                "Versions, options and method of the run",
                {
                    "trialopt": text("Version"),
                    "method": text("decompose or compact"),
                    "options": {"type": "object", "description": "Limits and options."},
                    "details": {"type": "object", "description": "What the method found on its way."},
                    "finished": text("Date and time"),
                    "timings": by("step", number("What it took", "seconds")),
                },
                ("trialopt", "method", "options", "details", "finished", "timings"),
            ),
        },
        ("conflict", "inputs", "uncertainty", "predicted"),
    )


def _arm() -> Json:
    patients = {
        "experimental": number("Patients of the arm", "patients", whole=True),
        "control": number("Patients of its control", "patients", whole=True),
    }
    effect = {
        "p1": number("Response rate of the arm", "share", _BELOW_1, null=True),
        "p0": number("Response rate of its control", "share", _BELOW_1, null=True),
        "hazard_ratio": number("Hazard ratio of the arm", "ratio", null=True),
        "sized_for": number("Difference in rates, or hazard ratio, that the size is for", "share or ratio"),
    }
    mechanisms = by("mechanism", number("Coverage of disease with it", "share", _BELOW_1))
    carried = by("mechanism", number("Share of patients whose disease carries it", "share"))
    precedent = {
        "given": list_of(text("Agent"), "Agents of the regimen that the nearest trial gave"),
        "trial": text("Its name"),
        "source": text("Its source"),
        "others": list_of(text("Agent"), "Agents it gave beside them"),
        "novel": list_of(
            list_of(text("Agent"), "Pair") | {"minItems": 2, "maxItems": 2}, "Pairs of agents in no regimen known"
        ),
        "setting": text("Setting of the nearest trial"),
        "phase": text("Its phase"),
        "status": text("Its status"),
        "patients": number("Patients it gave the regimen", "patients", whole=True, null=True),
        "under_way": {"type": "boolean", "description": "Whether it has not ended."},
        "elsewhere": text("A trial in another setting that gave more of the regimen"),
        "listed": list_of(
            list_of(text("Agent or record"), "Pair and record"), "New pairs listed together in a registry record"
        ),
        "regimens": number("Regimens of the setting looked through", "regimens", whole=True),
        "settings": list_of(text("Setting"), "Settings looked in"),
    }
    sized = {
        "patients": number("Patients of the arm and its component arms", "patients", whole=True, null=True),
        "control_patients": number("Patients of its control", "patients", whole=True, null=True),
        "allocation": by("subgroup", object_of("Patients in it", patients), null=True),
        "effect": object_of("What the arm does against its control", effect, null=True),
        "power": number("Power of the arm's comparison", "probability", PROBABILITY, null=True),
        "accrual_months": number("Accrual of arm and control", "months", null=True),
        "cost": number("Cost of treating all their patients", "money", null=True),
    }
    later = {
        "events": number("Events needed", "events", null=True),
        "method": text("Formula of the size"),
        "alpha": number("One-sided level of the comparison", "probability", PROBABILITY, null=True),
        "inflation": number("Factor on the size for interim looks", "factor"),
        "power_by_subgroup": by("subgroup", number("Power inside it alone", "probability", PROBABILITY, null=True)),
        "components": list_of(component_schema(_SEQUENCE), "What the arm has to show of its agents, one by one"),
        "unshown": list_of(text("Sentence"), "What of it no component arm shows"),
    }
    looks = _looks()
    return object_of(
        "One experimental arm",
        {
            "arm": text("Its name"),
            "subgroups": list_of(text("Subgroup"), "Subgroups it serves"),
            "sequence": _SEQUENCE,
            **sized,
            **later,
            **looks,
            "coverage": by("subgroup", by("epoch", number("Coverage, below 0 in the extreme", "share", _BELOW_1))),
            "mechanism_coverage": by("subgroup", by("epoch", mechanisms)),
            "prevalence": by("subgroup", by("epoch", carried)),
            "risk": by("subgroup", by("epoch", by("category", number("Risk of an event", "probability", PROBABILITY)))),
            "cumulative_risk": by(
                "subgroup", by("category", number("Risk over all epochs", "probability", PROBABILITY))
            ),
            "burden": by("subgroup", by("epoch", number("Attributable severe events", "events, log scale"))),
            "control_coverage": by(
                "subgroup", by("epoch", number("Coverage of the control regimen", "share", _BELOW_1))
            ),
            "precedent": by(
                "epoch", object_of("What of the regimen was given before", precedent, tuple(precedent)[5:])
            ),
            "rests_on": list_of(
                _SOURCE | {"type": ["integer", "object"], "description": "Place in trial.sources, or the row itself."},
                "Rows that went into the arm's numbers",
            ),
        },
        (*later, *looks, "control_coverage", "precedent", "rests_on"),
    )


def _looks() -> Json:
    """Analyses of an arm, what they take on average, and its way through time."""
    chance = by("truth: none, sized, predicted", number("Chance of stopping here", "probability", PROBABILITY))
    analysis = {
        "look": number("Number of the analysis", "analyses", whole=True),
        "fraction": number("Information fraction, 1 at the final analysis", "share", PROBABILITY),
        "patients": number("Patients read (response) or in (pfs) by then", "patients", whole=True, null=True),
        "events": number("Events by then", "events", whole=True, null=True),
        "month": number("After the first patient, under the effect sized for", "months", null=True),
        "z": number("Efficacy bound on the statistic", "standard deviations", _ANY_NUMBER),
        "p": number("One-sided p-value at the efficacy bound", "probability", PROBABILITY),
        "effect": number("Difference or hazard ratio at the efficacy bound", "share or ratio", _ANY_NUMBER),
        "futility_z": number("Futility bound on the statistic", "standard deviations", _ANY_NUMBER, null=True),
        "futility_effect": number("Effect at the futility bound", "share or ratio", _ANY_NUMBER, null=True),
        "alpha_spent": number("Level spent by then", "probability", PROBABILITY),
        "beta_spent": number("Type II error spent by then", "probability", PROBABILITY, null=True),
        "stop_efficacy": chance,
        "stop_futility": chance,
    }
    expected = {
        "patients": number("Patients and controls in", "patients"),
        "events": number("Events", "events", null=True),
        "months": number("Until the trial stops", "months", null=True),
    }
    point = {
        "month": number("After the first patient", "months"),
        "enrolled": number("Patients and controls in", "patients", whole=True),
        "assessed": number("Responses read", "patients", whole=True, null=True),
        "events": number("Events under the effect sized for", "events", null=True),
        "events_without_effect": number("Events without an effect", "events", null=True),
    }
    calendar = {
        "study_months": number("From the first patient to the final analysis", "months", null=True),
        "per_month": by("subgroup", number("Patients and controls that come in", "patients a month")),
        "forecast": list_of(object_of("What is expected by a month", point), "Expectations by month"),
        "enrolling": by(
            "subgroup", list_of(number("Month", "months"), "First and last patient in, where accrual changes with time")
        ),
    }
    return {
        "sizing": size_basis_schema(),
        "looks": list_of(object_of("One analysis", analysis), "Analyses of the arm, the last the final one"),
        "expected": by("truth: none, sized, predicted", object_of("Averages over where the trial stops", expected)),
        "calendar": object_of("The arm's way through time", calendar, ("enrolling",)),
    }


def _trial() -> Json:
    limit = number("Highest risk", "probability", PROBABILITY)
    epoch = {
        "weight": number("Weight in the objective", "weight"),
        "cycles": number("Treatment cycles", "cycles"),
    }
    subgroup = {
        "share": number("Part of the patients", "share", PROBABILITY),
        "reach": by("epoch", number("Share still on protocol", "share", PROBABILITY)),
    }
    return object_of(
        "What of the question the tables of a run show",
        {
            "max_arms": number("Most experimental arms", "arms", whole=True),
            "epochs": by("epoch", object_of("An epoch", epoch, ("cycles",))),
            "subgroups": by("subgroup", object_of("A subgroup", subgroup)),
            "mechanisms": list_of(text("Mechanism"), "Mechanisms, none first"),
            "categories": list_of(text("Category"), "Categories of severe events"),
            "labels": by("id", text("Name as shown")),
            "limits": by("subgroup", by("epoch", by("category", limit))),
            "cumulative_limits": by("category", limit),
            "toxicity_weight": number("Coverage given up to spare one severe event", "share"),
            "sized": {"type": "boolean", "description": "Whether arms carry patients.", "unit": "true or false"},
            "endpoint": text("response, mrd or pfs"),
            "trial_limits": by(
                "limit", number("max_patients, max_accrual_months, max_study_months, budget", "as in [trial]")
            ),
            "control": _SEQUENCE | {"type": ["object", "null"]},
            "own_control": by("subgroup", _SEQUENCE),
            "confidence": by("word", number("Rows whose numbers were come by so", "rows", whole=True)),
            "definitions": by("subgroup", text("What makes a patient one of it")),
            "registration": by("key", {"description": "Fact of [registration]", "unit": "as in [registration]"}),
            "dosing": by("agent@level", _DOSING),
            "kinds": by("agent", text("Kind of the agent")),
            "classes": by("agent", text("Class of the agent")),
            "sources": list_of(_SOURCE, "Rows of all tables"),
        },
        ("own_control", "definitions", "registration", "dosing", "kinds", "classes", "sources"),
    )
