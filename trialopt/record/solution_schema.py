"""The shape of `solution.json` as a JSON Schema (draft 2020-12): what every number is, and in which unit.

Fields may be added, never renamed, so objects are open. Numbers without a value are null.
"""

from __future__ import annotations

from typing import Any

from trialopt.core.json_schema import bounds
from trialopt.core.vocabulary import AT_LEAST_0, PROBABILITY, Range
from trialopt.record.parts import ENDINGS, FORMAT

Json = dict[str, Any]


def _text(meaning: str, **more: Any) -> Json:
    return {"type": "string", "description": f"{meaning}.", **more}


def _number(meaning: str, unit: str, range: Range = AT_LEAST_0, *, whole: bool = False, null: bool = False) -> Json:
    kind = "integer" if whole else "number"
    types = [kind, "null"] if null else kind
    return {"type": types, "description": f"{meaning}.", "unit": unit, **bounds(range)}


def _list(items: Json, meaning: str) -> Json:
    return {"type": "array", "description": f"{meaning}.", "items": items}


def _by(what: str, content: Json, *, null: bool = False) -> Json:
    """An object whose keys are ids."""
    return {
        "type": ["object", "null"] if null else "object",
        "description": f"By {what}.",
        "additionalProperties": content,
    }


def _object(meaning: str, properties: Json, optional: tuple[str, ...] = (), *, null: bool = False) -> Json:
    return {
        "type": ["object", "null"] if null else "object",
        "description": f"{meaning}.",
        "properties": properties,
        "required": [name for name in properties if name not in optional],
    }


_ANY_NUMBER = Range()
_BELOW_1 = Range(high=1)
_DOSE = _object("One agent at one level", {"agent": _text("Agent"), "level": _text("Level, standard where it has one")})
_SEQUENCE = _by("epoch", _list(_DOSE, "What is given in it"))
_SOURCE = _object(
    "One row of a table, and where its numbers come from",
    {
        "file": _text("File it stands in"),
        "row": _number("Line of the file, 0 for a row given otherwise", "line", whole=True),
        "table": _text("Table it belongs to"),
        "columns": _list(_text("Column"), "Columns of its key"),
        "key": _list(_text("Part"), "What the row is about"),
        "source": _text("Source named in the row"),
        "confidence": _text("How the numbers were come by"),
        "recalled_fields": _text("Columns recalled"),
    },
    ("source", "confidence", "recalled_fields", "columns"),
)


def solution_schema() -> Json:
    """Schema of `solution.json`."""
    return _object(
        "One run: the best design found, and the bound that no other design can exceed",
        {
            "format": {"const": FORMAT, "description": "Version of the record."},
            "instance": _object(
                "The question",
                {
                    "name": _text("Name of the folder or scenario"),
                    "title": _text("Its title"),
                    "sha256": _text("Digest of the resolved instance", pattern="^[0-9a-f]{64}$"),
                },
            ),
            "ending": _text("Why the run stopped", enum=list(ENDINGS)),
            "value": _number("Objective of the design, section 8 of the model text", "share", _ANY_NUMBER, null=True),
            "bound": _number("No design is better", "share", _ANY_NUMBER, null=True),
            "gap": _number("(bound - value) / max(|value|, 1e-9)", "ratio", null=True),
            "seconds": _number("Wall clock of the run", "seconds"),
            "arms": _list(_arm(), "Experimental arms, none where no design was found"),
            "conflict": _list(_text("Limit"), "Limits that cannot hold together, in words"),
            "warnings": _list(_text("Warning"), "What reading warned of"),
            "trial": _trial(),
            "provenance": _object(
                "Versions, options and method of the run",
                {
                    "trialopt": _text("Version"),
                    "method": _text("decompose or compact"),
                    "options": {"type": "object", "description": "Limits and options."},
                    "finished": _text("Date and time"),
                    "timings": _by("step", _number("What it took", "seconds")),
                },
                ("trialopt", "method", "options", "finished", "timings"),
            ),
        },
        ("conflict",),
    )


def _arm() -> Json:
    patients = {
        "experimental": _number("Patients of the arm", "patients", whole=True),
        "control": _number("Patients of its control", "patients", whole=True),
    }
    effect = {
        "p1": _number("Response rate of the arm", "share", _BELOW_1, null=True),
        "p0": _number("Response rate of its control", "share", _BELOW_1, null=True),
        "hazard_ratio": _number("Hazard ratio of the arm", "ratio", null=True),
        "sized_for": _number("Difference in rates, or hazard ratio, that the size is for", "share or ratio"),
    }
    mechanisms = _by("mechanism", _number("Coverage of disease with it", "share", _BELOW_1))
    carried = _by("mechanism", _number("Share of patients whose disease carries it", "share"))
    precedent = {
        "given": _list(_text("Agent"), "Agents of the regimen that the nearest trial gave"),
        "trial": _text("Its name"),
        "source": _text("Its source"),
        "others": _list(_text("Agent"), "Agents it gave beside them"),
        "novel": _list(
            _list(_text("Agent"), "Pair") | {"minItems": 2, "maxItems": 2}, "Pairs of agents in no regimen known"
        ),
        "setting": _text("Setting of the nearest trial"),
        "phase": _text("Its phase"),
        "status": _text("Its status"),
        "patients": _number("Patients it gave the regimen", "patients", whole=True, null=True),
        "under_way": {"type": "boolean", "description": "Whether it has not ended."},
        "elsewhere": _text("A trial in another setting that gave more of the regimen"),
        "listed": _list(
            _list(_text("Agent or record"), "Pair and record"), "New pairs listed together in a registry record"
        ),
        "regimens": _number("Regimens of the setting looked through", "regimens", whole=True),
        "settings": _list(_text("Setting"), "Settings looked in"),
    }
    sized = {
        "patients": _number("Patients of the arm", "patients", whole=True, null=True),
        "control_patients": _number("Patients of its control", "patients", whole=True, null=True),
        "allocation": _by("subgroup", _object("Patients in it", patients), null=True),
        "effect": _object("What the arm does against its control", effect, null=True),
        "power": _number("Power of the arm's comparison", "probability", PROBABILITY, null=True),
        "accrual_months": _number("Accrual of arm and control", "months", null=True),
        "cost": _number("Cost of treating all their patients", "money", null=True),
    }
    later = {
        "events": _number("Events needed", "events", null=True),
        "method": _text("Formula of the size"),
        "alpha": _number("One-sided level of the comparison", "probability", PROBABILITY, null=True),
        "inflation": _number("Factor on the size for interim looks", "factor"),
        "power_by_subgroup": _by("subgroup", _number("Power inside it alone", "probability", PROBABILITY, null=True)),
    }
    looks = _looks()
    return _object(
        "One experimental arm",
        {
            "arm": _text("Its name"),
            "subgroups": _list(_text("Subgroup"), "Subgroups it serves"),
            "sequence": _SEQUENCE,
            **sized,
            **later,
            **looks,
            "coverage": _by("subgroup", _by("epoch", _number("Coverage, below 0 in the extreme", "share", _BELOW_1))),
            "mechanism_coverage": _by("subgroup", _by("epoch", mechanisms)),
            "prevalence": _by("subgroup", _by("epoch", carried)),
            "risk": _by(
                "subgroup", _by("epoch", _by("category", _number("Risk of an event", "probability", PROBABILITY)))
            ),
            "cumulative_risk": _by(
                "subgroup", _by("category", _number("Risk over all epochs", "probability", PROBABILITY))
            ),
            "burden": _by("subgroup", _by("epoch", _number("Attributable severe events", "events, log scale"))),
            "control_coverage": _by(
                "subgroup", _by("epoch", _number("Coverage of the control regimen", "share", _BELOW_1))
            ),
            "precedent": _by("epoch", _object("What of the regimen was given before", precedent, tuple(precedent)[5:])),
            "rests_on": _list(
                _SOURCE | {"type": ["integer", "object"], "description": "Place in trial.sources, or the row itself."},
                "Rows that went into the arm's numbers",
            ),
        },
        (*later, *looks, "control_coverage", "precedent", "rests_on"),
    )


def _looks() -> Json:
    """Analyses of an arm, what they take on average, and its way through time."""
    chance = _by("truth: none, sized, predicted", _number("Chance of stopping here", "probability", PROBABILITY))
    analysis = {
        "look": _number("Number of the analysis", "analyses", whole=True),
        "fraction": _number("Information fraction, 1 at the final analysis", "share", PROBABILITY),
        "patients": _number("Patients read (response) or in (pfs) by then", "patients", whole=True, null=True),
        "events": _number("Events by then", "events", whole=True, null=True),
        "month": _number("After the first patient, under the effect sized for", "months", null=True),
        "z": _number("Efficacy bound on the statistic", "standard deviations", _ANY_NUMBER),
        "p": _number("One-sided p-value at the efficacy bound", "probability", PROBABILITY),
        "effect": _number("Difference or hazard ratio at the efficacy bound", "share or ratio", _ANY_NUMBER),
        "futility_z": _number("Futility bound on the statistic", "standard deviations", _ANY_NUMBER, null=True),
        "futility_effect": _number("Effect at the futility bound", "share or ratio", _ANY_NUMBER, null=True),
        "alpha_spent": _number("Level spent by then", "probability", PROBABILITY),
        "beta_spent": _number("Type II error spent by then", "probability", PROBABILITY, null=True),
        "stop_efficacy": chance,
        "stop_futility": chance,
    }
    expected = {
        "patients": _number("Patients and controls in", "patients"),
        "events": _number("Events", "events", null=True),
        "months": _number("Until the trial stops", "months", null=True),
    }
    point = {
        "month": _number("After the first patient", "months"),
        "enrolled": _number("Patients and controls in", "patients", whole=True),
        "assessed": _number("Responses read", "patients", whole=True, null=True),
        "events": _number("Events under the effect sized for", "events", null=True),
        "events_without_effect": _number("Events without an effect", "events", null=True),
    }
    calendar = {
        "study_months": _number("From the first patient to the final analysis", "months", null=True),
        "per_month": _by("subgroup", _number("Patients and controls that come in", "patients a month")),
        "forecast": _list(_object("What is expected by a month", point), "Expectations by month"),
    }
    return {
        "looks": _list(_object("One analysis", analysis), "Analyses of the arm, the last the final one"),
        "expected": _by("truth: none, sized, predicted", _object("Averages over where the trial stops", expected)),
        "calendar": _object("The arm's way through time", calendar),
    }


def _trial() -> Json:
    limit = _number("Highest risk", "probability", PROBABILITY)
    epoch = {
        "weight": _number("Weight in the objective", "weight"),
        "cycles": _number("Treatment cycles", "cycles"),
    }
    subgroup = {
        "share": _number("Part of the patients", "share", PROBABILITY),
        "reach": _by("epoch", _number("Share still on protocol", "share", PROBABILITY)),
    }
    return _object(
        "What of the question the tables of a run show",
        {
            "max_arms": _number("Most experimental arms", "arms", whole=True),
            "epochs": _by("epoch", _object("An epoch", epoch, ("cycles",))),
            "subgroups": _by("subgroup", _object("A subgroup", subgroup)),
            "mechanisms": _list(_text("Mechanism"), "Mechanisms, none first"),
            "categories": _list(_text("Category"), "Categories of severe events"),
            "labels": _by("id", _text("Name as shown")),
            "limits": _by("subgroup", _by("epoch", _by("category", limit))),
            "cumulative_limits": _by("category", limit),
            "toxicity_weight": _number("Coverage given up to spare one severe event", "share"),
            "sized": {"type": "boolean", "description": "Whether arms carry patients.", "unit": "true or false"},
            "endpoint": _text("response or pfs"),
            "trial_limits": _by(
                "limit", _number("max_patients, max_accrual_months, max_study_months, budget", "as in [trial]")
            ),
            "control": _SEQUENCE | {"type": ["object", "null"]},
            "confidence": _by("word", _number("Rows whose numbers were come by so", "rows", whole=True)),
            "definitions": _by("subgroup", _text("What makes a patient one of it")),
            "registration": _by("key", {"description": "Fact of [registration]", "unit": "as in [registration]"}),
            "dosing": _by("agent@level", {"type": "object", "description": "Amount, unit, route, days, cycle_days"}),
            "kinds": _by("agent", _text("Kind of the agent")),
            "classes": _by("agent", _text("Class of the agent")),
            "sources": _list(_SOURCE, "Rows of all tables"),
        },
        ("definitions", "registration", "dosing", "kinds", "classes", "sources"),
    )
