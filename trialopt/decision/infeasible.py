"""Why an instance has no design, and what is the least to give up: sentences and tables."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from trialopt.conflict import Conflict, find_conflict
from trialopt.decision.repairs import EACH, Repair, Repairs, change_words, repairs
from trialopt.existence import Questions
from trialopt.instance import Instance
from trialopt.named_limit import NamedLimit
from trialopt.run import Limits, Monitor

if TYPE_CHECKING:
    import pandas as pd


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
    """

    instance: Instance
    found: Conflict
    repaired: Repairs

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
        return (*self._conflict_lines(), "", *self._repair_lines())

    @property
    def words(self) -> str:
        """The explanation as one text."""
        return "\n".join(self.lines)

    # -- tables ---------------------------------------------------------------------------------------------

    @property
    def conflict_table(self) -> pd.DataFrame:
        """One row per limit of the conflict: `limit` in words, `name`, `family` and `value`, empty for a rule."""
        import pandas as pd

        rows = [(x.words, x.name, x.family, x.scale.value if x.scale else None) for x in self.conflict]
        return pd.DataFrame(rows, columns=["limit", "name", "family", "value"]).astype({"value": "float64"})

    @property
    def repairs_table(self) -> pd.DataFrame:
        """One row per change. Changes with one `repair` number belong together; different numbers are each enough.

        `change` in words, `name` and `family` of the limit, its value `from` and `to` (empty where it is dropped),
        `change_share` of its value, `least` whether less is proven not to be enough, and `best_value`, what a design
        of the repaired instance is worth.
        """
        import pandas as pd

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
                "best_value": repair.value,
            }
            for number, repair in enumerate(all_, start=1)
            for change in repair.changes
        ]
        columns = ["repair", "change", "name", "family", "from", "to", "change_share", "least", "best_value"]
        numbers = dict.fromkeys(("from", "to", "change_share", "best_value"), "float64")
        return pd.DataFrame(rows, columns=columns).astype(numbers)

    # -- sentences ------------------------------------------------------------------------------------------

    def _conflict_lines(self) -> Iterator[str]:
        if not self.conflict:
            yield "No design exists even without limits and rules: too few agents are usable in some epoch."
            return
        yield "These cannot hold together:" if len(self.conflict) > 1 else "This cannot hold:"
        yield from (f"  - {limit.words}" for limit in self.conflict)
        yield self._kept()
        if not self.found.reduced:
            yield "Perhaps not all of them are needed for that: the search was stopped before they were told apart."

    def _kept(self) -> str:
        if self.found.of_trial:
            return "All limits and rules on regimens are kept; even without the other limits of the trial nothing fits."
        sizes = " and without sizes" if self.instance.trial.sized else ""
        return f"Even without all other limits and rules{sizes} nothing fits."

    def _repair_lines(self) -> Iterator[str]:
        alone, together = self.repairs, self.repaired.together
        if alone:
            yield "Each of these changes alone is enough:" if len(alone) > 1 else "This change is enough:"
            yield from (f"  - {_line(repair)}" for repair in alone)
        else:
            yield "No single change was found." if not self.repaired.complete else "No single change is enough."
        if together is not None:
            yield "These changes are enough together:"
            yield from (f"  - {change_words(change)}{_certainty(change.least)}" for change in together.changes)
        if not self.repaired.complete:
            yield "There may be other or smaller changes: the search for them was cut short."


def _line(repair: Repair) -> str:
    return repair.words + _certainty(repair.least) + f" (then worth {repair.value:.4f})"


def _certainty(least: bool) -> str:
    return "" if least else " would do, perhaps less too"


def explain_infeasible(instance: Instance, monitor: Monitor | None = None) -> Infeasible:
    """Which limits leave no design, and the smallest changes after which there is one.

    Parameters
    ----------
    instance
        A question without any design.
    monitor
        Limits, progress and the wish to stop; what was found until then is kept.

    Raises
    ------
    ValueError
        When the instance has a design.
    """
    monitor = monitor or Monitor(Limits())
    questions = Questions(monitor, EACH)
    if questions.ask(instance).design is not None:
        raise ValueError(f"{instance.name} has a design: nothing to repair")
    found = find_conflict(instance, questions)
    return Infeasible(instance, found, repairs(instance, found, monitor))
