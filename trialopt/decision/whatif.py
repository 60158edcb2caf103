"""What if the question were another one: base and changed instance solved, and their answers held together."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from html import escape
from pathlib import Path
from typing import Any

from trialopt.core.handed import of_kind, texts
from trialopt.core.instance import Instance
from trialopt.core.run import PROVEN_TO, Limits
from trialopt.core.seams import late
from trialopt.core.shown import brief
from trialopt.decision.differences import differences, written
from trialopt.decision.solving import solve
from trialopt.evaluation import Evaluation, evaluate
from trialopt.reading import Document, asked_of, build
from trialopt.reading.overrides import Change, Overrides, applied
from trialopt.reading.toml_values import value_text
from trialopt.record.comparison import Comparison, compare
from trialopt.record.solution import Solution

BASE, CHANGED = "base", "changed"


@dataclass(frozen=True)
class WhatIf:
    """The answers to a question and to the same question asked otherwise.

    Attributes
    ----------
    overrides : tuple of Change
        What is asked otherwise: where, what stood there, what stands there now.
    base, changed : Solution
        The two runs, each with its own proof.
    kept : Evaluation or None
        The base design judged by the changed question: its value there and what it breaks; `None` without a base
        design.
    documents : tuple of Document
        The two questions as they would be written to files.
    """

    overrides: tuple[Change, ...]
    base: Solution
    changed: Solution
    kept: Evaluation | None
    documents: tuple[Document, Document]

    @property
    def same_question(self) -> bool:
        """Whether the overrides leave everything as it was."""
        return self.base.question.sha256 == self.changed.question.sha256

    @cached_property
    def comparison(self) -> Comparison:
        """The two runs side by side, as data frames."""
        return compare(self.base, self.changed, names=(BASE, CHANGED))

    @property
    def difference(self) -> float | None:
        """Value of the changed run's design less that of the base's; `None` when one has none."""
        if self.base.value is None or self.changed.value is None:
            return None
        return self.changed.value - self.base.value

    @property
    def difference_range(self) -> tuple[float, float] | None:
        """Between what the best values of the two questions differ, whatever the gaps hide; `None` when not proven."""
        values = (self.base.value, self.base.bound, self.changed.value, self.changed.bound)
        if any(number is None for number in values):
            return None
        value, bound, new_value, new_bound = (float(number or 0.0) for number in values)
        return new_value - max(bound, value), max(new_bound, new_value) - value

    @property
    def gained(self) -> float | None:
        """How much more than the base design the changed one is worth, both under the changed question.

        0 where it is no more to within 1e-6; `None` where one is missing, or the base design breaks a rule there.
        """
        if self.kept is None or not self.kept.feasible or self.changed.value is None:
            return None
        gain = self.changed.value - self.kept.value
        return gain if gain > PROVEN_TO else 0.0

    @property
    def changes_in_words(self) -> list[str]:
        """What the changed run's design does differently; empty when the designs are the same, or one is missing."""
        if self.base.design is None or self.changed.design is None:
            return []
        return differences(self.base.design, self.changed.design)

    def save(self, folder: str | Path, *, force: bool = False) -> None:
        """Write both runs, each with its question, into `base` and `changed` of a folder: both or none.

        Without `force`, runs of other questions there are not replaced.
        """
        runs = dict(zip((BASE, CHANGED), zip((self.base, self.changed), self.documents, strict=True), strict=True))
        late("write runs")(runs, Path(folder), force=force)

    def to_json(self) -> str:
        """All of it as text: overrides, differences, and both records."""
        kept = self.kept
        data: dict[str, Any] = {
            "overrides": [{"where": c.where, "before": c.before, "after": c.after} for c in self.overrides],
            "difference": self.difference,
            "difference_range": self.difference_range,
            "changes_in_words": self.changes_in_words,
            "base_design_under_changed_question": None
            if kept is None
            else {"value": kept.value, "violations": [violation.sentence for violation in kept.violations]},
            BASE: json.loads(self.base.to_json()),
            CHANGED: json.loads(self.changed.to_json()),
        }
        return written(data)

    def __repr__(self) -> str:
        values = ["none" if v is None else f"{v:#.4g}" for v in (self.base.value, self.changed.value)]
        count = len(self.overrides)
        asked = f"{count} change{'' if count == 1 else 's'}"
        return brief(f"<WhatIf of {self.base.question.name}: {asked}, value {values[0]} before, {values[1]} after>")

    def _repr_html_(self) -> str:
        listed = "".join(f"<li>{escape(text)}</li>" for text in (*map(str, self.overrides), *self.changes_in_words))
        return f"<div><ul>{listed}</ul>{self.comparison._repr_html_()}</div>"


def whatif(
    instance: Document | str | Path,
    *,
    include: Iterable[str] = (),
    exclude: Iterable[str] = (),
    settings: Mapping[str, object] | Iterable[str] = (),
    gap: float = 1e-4,
    time_limit: float | None = None,
    base: Solution | None = None,
    search: Callable[[str, Instance], Solution] | None = None,
) -> WhatIf:
    """Solve an instance and the same instance asked otherwise.

    Parameters
    ----------
    instance
        The name of a shipped instance, a path, or a document that `trialopt.reading.load` read.
    include, exclude
        Agents or classes that every arm must contain, or none may.
    settings
        Names and values, such as `{"trial.max_arms": 4, "categories.neutropenia.limit": 0.5}`, or texts
        `NAME=VALUE` as `--set` takes them; `None`, or nothing after `=`, removes the setting.
    gap, time_limit
        Of each of the two runs.
    base
        A run of the instance, where there is one already, in the place of solving it again.
    search
        Called with `base` or `changed` and the instance, in the place of `trialopt.solve`.

    Raises
    ------
    InputErrors
        With everything wrong with the instance, or with the overrides.
    ValueError
        When `base` is a run of another instance.
    """
    document = asked_of(instance, "instance")
    question = build(document)
    if base is not None:
        of_kind(base, Solution, "base", "a Solution", "trialopt.solve makes one, trialopt.Solution.load reads one")
    if base is not None and base.question.sha256 != question.sha256:
        raise ValueError("the base run is one of another instance")
    overrides = Overrides(texts(include, "include"), texts(exclude, "exclude"), _texts(settings))
    Limits(gap, time_limit)  # refuses what is no limit
    changed_document, changes = applied(document, overrides)
    changed_question = build(changed_document)
    search = search or (lambda _, question: solve(question, gap=gap, time_limit=time_limit))
    before = base if base is not None else search(BASE, question)
    after = before if changed_question.sha256 == question.sha256 else search(CHANGED, changed_question)
    kept = evaluate(changed_question, before.design) if before.design is not None else None
    return WhatIf(changes, before, after, kept, (document, changed_document))


def _texts(settings: Mapping[str, object] | Iterable[str]) -> tuple[str, ...]:
    if not isinstance(settings, Mapping):
        return texts(settings, "settings")
    return tuple(f"{name}={_text(value)}" for name, value in settings.items())


def _text(value: object) -> str:
    return "" if value is None else value if isinstance(value, str) else value_text(value)
