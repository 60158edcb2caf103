"""Patient groups of a new trial: groups of the library overlap, so they are made exclusive, in a declared order.

Each patient belongs to the first group of `ORDER` that fits: what forbids a drug comes before what the disease has
seen, that before what it is, and the complements ("standard risk", "fit") come last. The share of a group is what the
groups before leave of it, and the shares of a trial sum to 1.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from trialopt.core import WrongInput
from trialopt.evidence import facts
from trialopt.evidence.arms import Fact
from trialopt.evidence.facts_of_patients import effect_facts, known_share

ORDER = (
    "active_infection", "renal_impairment", "cardiac_comorbidity", "neuropathy_baseline", "vte_history", "frail",
    "age75", "penta_refractory", "triple_class_refractory", "bcma_exposed", "anti_cd38_refractory", "len_refractory",
    "bort_refractory", "emd", "double_hit", "hyperhaploid", "t11_14", "del17p", "t4_14", "t14_16", "gain1q",
    "high_risk_any", "intermediate_fit", "fit", "standard_risk",
)  # fmt: skip
"""Which group a patient of several belongs to. Ours."""

APART = (
    {"high_risk_any", "standard_risk"}, {"frail", "intermediate_fit", "fit"}, {"t11_14", "t4_14", "t14_16"},
    {"standard_risk", "del17p"}, {"standard_risk", "t4_14"}, {"standard_risk", "t14_16"},
)  # fmt: skip
"""Groups no patient is in two of: by definition, or because the translocations exclude each other."""

WITHIN = {
    "penta_refractory": {"triple_class_refractory", "anti_cd38_refractory", "len_refractory", "bort_refractory"},
    "triple_class_refractory": {"anti_cd38_refractory"},
    "del17p": {"high_risk_any"}, "t4_14": {"high_risk_any"}, "t14_16": {"high_risk_any"},
}  # fmt: skip
"""Group -> groups that hold all of its patients."""

DECIMALS = 4


@dataclass(frozen=True)
class Groups:
    """Rows of `subgroups` and `prevalence` of exclusive groups, and what was done in words."""

    rows: list[Fact]
    prevalence: list[Fact]
    remarks: list[str]


def exclusive(asked: Mapping[str, float | None], population: str) -> Groups:
    """Make groups exclusive; `asked` has the share a designer gives, or `None` for the library's prevalence.

    Raises
    ------
    WrongInput
        Where a share is needed and the library has none, or where the groups before leave nothing of a group.
    """
    names = sorted(asked, key=lambda name: ORDER.index(name) if name in ORDER else len(ORDER))
    if len(names) == 1:
        return Groups([_alone(names[0], population)], [], [])
    found, wrong = {}, []
    for name in names:
        share = asked[name] if asked[name] is not None else known_share(name, population)
        if share is None:
            wrong.append(f"the library has no prevalence of {name}; say its share of all patients: {name}=0.15")
        else:
            found[name] = share
    if wrong:
        raise WrongInput("\n".join(wrong))
    left: dict[str, float] = {}
    for place, name in enumerate(names):
        left[name] = _left(name, names[:place], found, left)
        if left[name] <= 0.0:
            before = ", ".join(names[:place])
            sentence = f"nothing is left of {name} once the patients of {before} are taken out"
            wrong.append(f"{sentence}; leave one out, or say the shares: {name}=0.2")
    if wrong:
        raise WrongInput("\n".join(wrong))
    shares = _rounded([left[name] / sum(left.values()) for name in names])
    rows = [_row(name, names[:place], share, found[name], asked[name] is not None, population)
            for place, (name, share) in enumerate(zip(names, shares, strict=True))]  # fmt: skip
    listed = ", then ".join(f"{name} {100 * share:.1f} %" for name, share in zip(names, shares, strict=True))
    remark = f"groups overlap, so each patient counts in the first that fits: {listed} of the trial's patients"
    return Groups(rows, list(_prevalence(names)), [remark])


def _left(name: str, before: Sequence[str], found: Mapping[str, float], left: Mapping[str, float]) -> float:
    """Share of all patients who are of a group and of none before it; groups not known to touch are independent."""
    share = found[name] - sum(left[other] for other in before if name in WITHIN.get(other, ()))
    for other in before:
        apart = any({name, other} <= pair for pair in APART)
        if not apart and name not in WITHIN.get(other, ()):
            share *= 1.0 - found[other]
    return share


def _rounded(shares: Sequence[float]) -> list[float]:
    """Shares to four decimals that sum to 1, by largest remainder."""
    units = [int(share * 10**DECIMALS) for share in shares]
    rest = sorted(range(len(shares)), key=lambda i: units[i] - shares[i] * 10**DECIMALS)
    for i in rest[: 10**DECIMALS - sum(units)]:
        units[i] += 1
    return [round(unit / 10**DECIMALS, DECIMALS) for unit in units]


def _alone(name: str, population: str) -> Fact:
    fact = facts.share_fact(name, population) or {}
    return {**fact, "subgroup": name, "share": 1, "source": "by definition: the only group of the trial",
            "confidence": "assumption", "recalled_fields": "", "note": ""}  # fmt: skip


def _row(name: str, before: Sequence[str], share: float, all_of_it: float, own: bool, population: str) -> Fact:
    fact = facts.share_fact(name, population) or {}
    definition = str(fact.get("definition", name))
    if before:
        definition += f", not {' or '.join(before)}"
    note = f"share of the trial's patients, after those of {', '.join(before)}" if before else "the first group"
    if before:
        note += "; groups not known to exclude or hold each other are taken as independent"
    source = "the designer's share" if own else str(fact.get("source", "assumption"))
    return {**fact, "subgroup": name, "definition": definition, "share": share, "source": source,
            "confidence": "assumption", "recalled_fields": "",
            "note": f"{100 * all_of_it:g} % of all patients are in the group; {note}"}  # fmt: skip


def _prevalence(names: Sequence[str]) -> list[Fact]:
    """A mechanism that every patient of an earlier group has by definition is in none of the later ones."""
    out: list[Fact] = []
    for place, name in enumerate(names):
        for effect in effect_facts(name, "prevalence"):
            if effect["prevalence"] == 1.0:
                out += [{"subgroup": later, "mechanism": effect["mechanism"], "prevalence": 0,
                         "source": f"by definition: patients with it are in {name}", "confidence": "assumption"}
                        for later in names[place + 1 :]]  # fmt: skip
    return out
