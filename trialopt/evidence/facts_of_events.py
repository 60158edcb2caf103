"""Severe events as cells of toxicity.csv and categories.csv: the component model, the joint one, or imputed."""

from __future__ import annotations

from trialopt.evidence import facts_joint, library
from trialopt.evidence.arms import Fact
from trialopt.evidence.facts_of_patients import event_categories, fitted_background, fitted_rate, pooled_rate
from trialopt.evidence.outcomes import T_CELL


def rate_fact(agent: str, category: str, population: str = "early_relapse", *, joint: bool = False) -> Fact | None:
    """Attributable probability of an agent and category; ``None`` if the library does not have one of the two.

    From the component model. What its arms do not tell comes from the joint model, which has more arms and pools agents
    of a class; where that has no fit of the category, from the mean of the class. A T-cell therapy is given alone in
    patients whose background no other arm tells. Where the component model leaves its rate to the prior (talquetamab's
    infections came out below each of its schedules) the joint model speaks too. ``joint`` asks for the joint model
    wherever it has a fit. An imputed rate says so in its source.
    """
    if agent not in library.class_of() or category not in event_categories():
        return None
    fact = None if joint and facts_joint.has_events(category) else fitted_rate(agent, category)
    vague = fact is not None and fact["confidence"] == "assumption" and library.class_of()[agent].endswith(T_CELL)
    if fact is not None and not (vague and facts_joint.has_events(category)):
        return fact
    if facts_joint.has_events(category):
        return facts_joint.event_fact(agent, population, category)
    return pooled_rate(agent, category)


def background_fact(category: str, population: str, *, joint: bool = False) -> Fact | None:
    """Background of a category in a population; ``None`` if the library does not have the category."""
    if joint and category in event_categories() and facts_joint.has_events(category):
        return facts_joint.ground_fact(population, category)
    return fitted_background(category, population)
