"""Objects of the Unified Study Definitions Model, each with its type and an id of its own."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from typing import Any

from trialopt.output.study import usdm_terms as terms

Json = dict[str, Any]


class Maker:
    """Makes objects of the model, each with its `instanceType` and an id of its own."""

    def __init__(self) -> None:
        self._made: Counter[str] = Counter()

    def make(self, kind: str, **attributes: Any) -> Json:
        """An object. What nobody knows is `None`: the model and its validators take `null` for not known."""
        self._made[kind] += 1
        return {"id": f"{kind}_{self._made[kind]}", **attributes, "instanceType": kind}

    def code(self, term: terms.Term, system: str = terms.SYSTEM, version: str = terms.VERSION) -> Json:
        """A code of a terminology."""
        return self.make("Code", code=term[0], codeSystem=system, codeSystemVersion=version, decode=term[1])

    def alias(self, term: terms.Term) -> Json:
        """A code that may have aliases; it has none."""
        return self.make("AliasCode", standardCode=self.code(term), standardCodeAliases=[])

    def quantity(self, value: float, unit: terms.Term | None = None) -> Json:
        """A number with its unit."""
        return self.make("Quantity", value=value, unit=None if unit is None else self.alias(unit))


def chained(objects: list[Json]) -> list[Json]:
    """The same objects, each knowing the one before and after it; the ends say that they have none.

    The rules of CDISC find the first and the last by `null`, not by a field that is not there.
    """
    for one in objects:
        one["previousId"] = one["nextId"] = None
    for before, after in pairwise(objects):
        before["nextId"], after["previousId"] = after["id"], before["id"]
    return objects
