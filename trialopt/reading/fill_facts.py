"""Which of the library's models a document is filled from: the component model, or the joint one of its outcome."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import product

from trialopt.evidence import facts, library
from trialopt.evidence.arms import Fact
from trialopt.reading.fill_request import Request

NAMED = 4
"""Imputed pairs named in a warning; the rest are counted."""
JOINT = {"mrd": "MRD negativity", "complete": "complete response"}


def of_agent(agent: str, request: Request) -> list[Fact | None]:
    """Name, class and hazard ratio; the last predicted where no trial of the agent tells it."""
    fact = facts.hazard_fact(agent)
    if fact is None and request.population and agent in library.class_of():
        from trialopt.evidence import facts_joint  # its draws cost start-up time

        fact = facts_joint.predicted_hazard(agent, request.population)
    return [facts.agent_fact(agent), fact]


def ground(category: str, request: Request) -> Fact | None:
    """Background of a category in the population."""
    from trialopt.evidence import facts_of_events  # draws of the joint model cost start-up time

    return facts_of_events.background_fact(category, request.population, joint=bool(request.outcome))


def rates(agents: Iterable[str], categories: Sequence[str], request: Request) -> Iterator[Fact]:
    """Rows of `toxicity`, for the agents and categories the library has."""
    from trialopt.evidence import facts_of_events  # as above

    for agent, category in product(agents, categories):
        fact = facts_of_events.rate_fact(agent, category, request.population, joint=bool(request.outcome))
        if fact is not None:
            yield {"agent": agent, "category": category, **fact}


def activities(agents: Sequence[str], request: Request) -> Mapping[str, Fact]:
    """Log-activity of agents outside maintenance."""
    if request.outcome:
        from trialopt.evidence import facts_joint  # as above

        return facts_joint.activity_facts(agents, request.population, request.outcome)
    found = {agent: facts.activity_fact(agent, request.population) for agent in agents}
    return {agent: fact for agent, fact in found.items() if fact is not None}


def pairs(agents: Sequence[str], request: Request) -> list[Fact]:
    """Pair terms."""
    if request.outcome:
        from trialopt.evidence import facts_joint  # as above

        return facts_joint.pair_facts(agents, request.population, request.outcome)
    return facts.interaction_facts(request.population)


def imputed_words(rows: Iterable[Mapping[str, object]]) -> list[str]:
    """Say which severe events no arm tells of, so that they were imputed; nothing where none was."""
    named = [f"{row['category']} of {row['agent']}" for row in rows if str(row["source"]).startswith("imputed")]
    if not named:
        return []
    more = len(named) - NAMED
    listed = ", ".join(named[:NAMED]) + (f" and {more} more" if more > 0 else "")
    return [f"No arm of the library tells {listed}: imputed from the class, as toxicity.csv says."]


def endpoint_words(endpoint: object, request: Request) -> list[str]:
    """Warn where the outcome that coverage means and the endpoint do not go together."""
    if endpoint == "mrd" and request.outcome != "mrd":
        return ['endpoint is "mrd", and coverage means response: write outcome = "mrd" in [evidence].']
    if endpoint in (None, "response") and request.outcome in JOINT:
        return [f"coverage means {JOINT[request.outcome]} ([evidence] outcome), and is shown as response."]
    return []
