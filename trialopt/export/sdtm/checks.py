"""The consistency rules of the standard for the trial design domains, each a small function that quotes its rule.

A rule looks at the datasets of a study, whoever wrote them, and yields what breaks it. Numbers `CG...` are those of the
CDISC SDTM and SDTMIG Conformance Rules v2.0, `FB...` those of the FDA Business Rules v1.5, `CORE-...` those of
the CDISC open rules; sections are of SDTMIG 3.4.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from trialopt.export.sdtm import rules_arms, rules_datasets, rules_summary, rules_visits
from trialopt.export.sdtm.domains import Study

Rule = Callable[[Study], Iterator[str]]

RULES: tuple[Rule, ...] = (*rules_datasets.RULES, *rules_arms.RULES, *rules_visits.RULES, *rules_summary.RULES)


@dataclass(frozen=True)
class Finding:
    """One breach: the name of the rule's function, and what breaks it."""

    rule: str
    breach: str

    def __str__(self) -> str:
        return f"{self.breach} ({self.rule})"


def findings(study: Study) -> list[Finding]:
    """Every breach of every rule; an empty list for a study that keeps them all."""
    return [Finding(rule.__name__, breach) for rule in RULES for breach in rule(study)]
