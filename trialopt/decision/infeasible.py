"""Why an instance has no design, and what is the least to give up: sentences and tables."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

from trialopt.core.design import Design
from trialopt.core.instance import Instance
from trialopt.core.run import Limits, Monitor
from trialopt.decision.solving import solve
from trialopt.evaluation.control import control_sentences
from trialopt.limits.conflict import Conflict, find_conflict
from trialopt.limits.named import NamedLimit
from trialopt.limits.questions import Questions
from trialopt.limits.repairs import EACH, Repair, Repairs, change_words, repairs


@dataclass(frozen=True)
class Infeasible:
    """Limits that cannot hold together, and repairs.

    Attributes
    ----------
    instance
        The question.
    found
        The conflict, with what is kept and what is left out of it.
    repaired
        The repairs, and whether they are all.
    proven
        Whether it is proven that no design exists; without that there is no conflict and no repair either.
    """

    instance: Instance
    found: Conflict
    repaired: Repairs
    proven: bool

    @property
    def conflict(self) -> tuple[NamedLimit, ...]:
        """Limits that no design can keep together."""
        return self.found.members

    @property
    def repairs(self) -> tuple[Repair, ...]:
        """Changes that are each enough alone, the smallest first."""
        return self.repaired.alone

    @property
    def complete(self) -> bool:
        """Whether the conflict is irreducible and every repair was looked for to the end."""
        return self.found.reduced and self.repaired.complete

    @property
    def lines(self) -> tuple[str, ...]:
        """The explanation as lines of text."""
        if not self.proven:
            return ("It is not known whether a design exists: the search for one was cut short.",)
        return (*self._control_lines(), *self._conflict_lines(), "", *self._repair_lines())

    @property
    def words(self) -> str:
        """The explanation as one text."""
        return "\n".join(self.lines)

    @property
    def conflict_table(self) -> pd.DataFrame:
        """One row per limit of the conflict: `limit` in words, `name`, `family` and `value`, empty for a rule."""
        rows = [(x.words, x.name, x.family, x.scale.value if x.scale else None) for x in self.conflict]
        return pd.DataFrame(rows, columns=["limit", "name", "family", "value"]).astype({"value": "float64"})

    @property
    def repairs_table(self) -> pd.DataFrame:
        """One row per change. Changes with one `repair` number belong together; different numbers are each enough.

        `change` in words, `name` and `family` of the limit, its value `from` and `to` (empty where it is dropped),
        `change_share` of its value, `least` whether less is proven not to be enough, and `value`, the
        objective of a design of the repaired instance.
        """
        all_ = [*self.repairs, *([self.repaired.together] if self.repaired.together else [])]
        rows = [
            {
                "repair": number,
                "change": change_words(change),
                "name": change.limit.name,
                "family": change.limit.family,
                "from": change.limit.scale.value if change.limit.scale else None,
                "to": change.to,
                "change_share": None if change.to is None else change.size,
                "least": change.least,
                "value": repair.value,
            }
            for number, repair in enumerate(all_, start=1)
            for change in repair.changes
        ]
        columns = ["repair", "change", "name", "family", "from", "to", "change_share", "least", "value"]
        numbers = dict.fromkeys(("from", "to", "change_share", "value"), "float64")
        return pd.DataFrame(rows, columns=columns).astype(numbers)

    def _control_lines(self) -> Iterator[str]:
        """What bars the control regimen itself comes first: it is usually a mistake in the limits."""
        broken = control_sentences(self.instance)
        if broken:
            yield "First of all, limits and rules bar the control regimen itself, which is usually a mistake in them:"
            yield from (f"  - {sentence}" for sentence in broken)
            yield ""

    def _conflict_lines(self) -> Iterator[str]:
        if not self.conflict:
            yield "No design exists even without limits and rules: too few agents are usable in some epoch."
            return
        yield "These cannot hold together:" if len(self.conflict) > 1 else "This cannot hold:"
        yield from (f"  - {limit.words}" for limit in self.conflict)
        yield self._kept()
        if not self.found.reduced:
            yield "Some of them may not matter: the search was stopped before that was settled."

    def _kept(self) -> str:
        if self.found.of_trial:
            return "With all rules and limits on regimens kept, dropping other limits of the trial would not help."
        sizes = ", and sizes," if self.instance.trial.sized else ""
        return f"Dropping all other limits and rules{sizes} would not help{self._most_agents()}."

    def _most_agents(self) -> str:
        """How far `max_agents` is left out where regimens of any size are too many to look at."""
        agents = len(self.instance.agents)
        left_out = [x for x in self.found.left_out if x.family == "max_agents"]
        most = [
            f"{x.scale.end:g} agents in {x.about[0]}" for x in left_out if x.scale is not None and x.scale.end < agents
        ]
        return f" (tried with up to {' and '.join(most)})" if most else ""

    def _repair_lines(self) -> Iterator[str]:
        alone, together, complete = self.repairs, self.repaired.together, self.repaired.complete
        if alone:
            yield "Each of these changes alone is enough:" if len(alone) > 1 else "This change is enough:"
            yield from (f"  - {_line(repair)}" for repair in alone)
        elif self.conflict:
            yield "No single change is enough." if complete else "No single change that is enough was found."
        if together is not None:
            yield f"These changes are enough together (value {together.value:.4f}):"
            yield from (f"  - {change_words(change)}{_certainty(change.least)}" for change in together.changes)
        if not complete:
            yield "There may be other or smaller changes: the search for them was cut short."
        elif alone and self.found.of_trial and all(c.limit.of.of_trial for repair in alone for c in repair.changes):
            yield "Changing a single rule or limit on regimens is not enough."


def _line(repair: Repair) -> str:
    return f"{repair.words}{_certainty(repair.least)} (value {repair.value:.4f})"


def _certainty(least: bool) -> str:
    return "" if least else "; a smaller change may do too"


def explain_infeasible(instance: Instance, monitor: Monitor | None = None, *, proven: bool = False) -> Infeasible:
    """Which limits leave no design, and the smallest changes after which there is one.

    Parameters
    ----------
    instance
        A question without any design.
    monitor
        Limits, progress and the wish to stop; what was found until then is kept.
    proven
        Whether it is known that no design exists; else that is asked first.

    Raises
    ------
    ValueError
        When the instance has a design.
    """
    monitor = monitor or Monitor(Limits())
    questions = Questions(monitor, EACH)
    if not proven:
        monitor.report(doing="asking whether there is no design")
        answer = questions.ask(instance)
        if answer.design is not None:
            raise ValueError(f"{instance.name} has a design: there is nothing to repair")
        if not answer.nothing:
            return Infeasible(instance, Conflict((), (), False, False), Repairs((), None, False), False)
    found = find_conflict(instance, questions)
    return Infeasible(instance, found, repairs(instance, found, monitor, _best), True)


def _best(instance: Instance, monitor: Monitor) -> Design | None:
    return solve(instance, monitor=monitor).design
