"""Sentences of the record with names in place of the ids that they list."""

from __future__ import annotations

import re

from trialopt.output.report.sentences import listed
from trialopt.record.solution import Question
from trialopt.record.words import heading, name


def named(question: Question, text: str) -> str:
    """A sentence of the record with names in place of the ids of subgroups and agents that it lists."""
    subgroups, agent_ids = set(question.shares), set(question.kinds)

    def strata(match: re.Match[str]) -> str:
        members = re.split(r", | and ", match[2])
        return match[1] + listed(heading(question, m) for m in members) + ")" if set(members) <= subgroups else match[0]

    text = re.sub(r"(strat(?:um|a) \()([^()]*)\)", strata, text)
    ids = sorted((i for i in agent_ids | subgroups if "_" in i), key=len, reverse=True)
    found = "|".join(rf"(?<!\w){re.escape(identifier)}(?!\w)" for identifier in ids)
    single = "|".join(rf"(?<!\w){re.escape(i)}(?= \(against)" for i in sorted(agent_ids) if "_" not in i)
    pattern = "|".join(part for part in (found, single) if part)
    return re.sub(pattern, lambda match: name(question, match[0]), text) if pattern else text
