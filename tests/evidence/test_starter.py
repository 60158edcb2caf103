"""A trial to start from admits the standard of care: every tested regimen of every population passes its limits."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from itertools import chain

import numpy as np
import pytest

from trialopt.core import WrongInput
from trialopt.core.design import Arm, Design, Dose
from trialopt.core.instance import Instance
from trialopt.evaluation import evaluate
from trialopt.evidence import facts, library
from trialopt.evidence.scaffold_groups import ORDER, exclusive
from trialopt.evidence.scaffold_limits import THIN, category_rows, regimens_tested, risk
from trialopt.evidence.starter import Starter, starter
from trialopt.reading import build, document

GROUPS = ("standard_risk", "frail", "renal_impairment")
NEEDS_STEROID = ("imid", "proteasome_inhibitor")


def known(population: str) -> list[tuple[frozenset[str], str]]:
    """Tested regimens whose agents all have a fitted response."""
    out = []
    for regimen, trial in regimens_tested(population):
        if all(facts.activity_fact(agent, population) for agent in regimen):
            out.append((regimen, trial))
    return out


@cache
def scaffold(agents: tuple[str, ...], population: str, groups: tuple[str, ...] = GROUPS) -> tuple[Starter, Instance]:
    made = starter(agents, groups, population)
    return made, build(document("mine", made.settings, made.tables))


@cache
def of_all(population: str) -> tuple[Starter, Instance]:
    return scaffold(tuple(sorted(set(chain.from_iterable(r for r, _ in known(population))))), population)


def levels_of(instance: Instance, agent: str) -> list[str]:
    pairs = zip(instance.option_agent, instance.option_level, strict=True)
    return [level for d, level in pairs if instance.agents[d] == agent]


def given(instance: Instance, regimen: frozenset[str]) -> Design:
    """The regimen in induction in every subgroup, at the dose the scaffold has for it; nothing in other epochs."""
    arms = []
    for number, group in enumerate(instance.subgroups, start=1):
        doses = []
        for agent in sorted(regimen):
            levels = levels_of(instance, agent)
            doses.append(Dose(agent, "renal" if group == "renal_impairment" and "renal" in levels else "standard"))
        sequence = {epoch: tuple(doses) if epoch == "induction" else () for epoch in instance.epochs}
        arms.append(Arm(f"A{number}", (group,), sequence))
    return Design(tuple(arms))


@pytest.mark.parametrize("population", facts.populations())
def test_every_tested_regimen_passes_the_limits_of_a_scaffold_of_all_agents(population):
    _, instance = of_all(population)
    classes = library.class_of()
    assert len(known(population)) >= 10
    broken = []
    for regimen, trial in known(population):
        used = {classes[agent] for agent in regimen}
        bare = bool(used & set(NEEDS_STEROID)) and "corticosteroid" not in used
        for v in evaluate(instance, given(instance, regimen)).violations:
            by_group = v.rule == "contraindicated" and "@" not in v.sentence
            empty = v.rule == "min_agents" and v.epoch == "maintenance"
            if not by_group and not empty and not (v.rule.startswith("requires") and bare and len(regimen) == 1):
                broken.append((trial, v))
    assert broken == []


@pytest.mark.parametrize("population", facts.populations())
def test_every_tested_regimen_is_allowed_where_only_its_agents_are_named(population):
    for regimen, trial in known(population):
        rows = list(chain.from_iterable(category_rows(sorted(regimen), ("standard_risk", "frail"), population)))
        for row in rows:
            if "limit" in row:
                assert risk(str(row["category"]), regimen, population) <= float(str(row["limit"])), (trial, row)


@pytest.mark.parametrize("population", ["newly_diagnosed", "early_relapse"])
def test_lenalidomide_daratumumab_dexamethasone_are_allowed_together(population):
    _, instance = scaffold(("lenalidomide", "daratumumab", "dexamethasone"), population)
    found = evaluate(instance, given(instance, frozenset(instance.agents))).violations
    assert {v.rule for v in found} <= {"min_agents"}


def test_a_limit_below_what_a_tested_regimen_reaches_would_be_noticed():
    _, instance = of_all("early_relapse")
    tighter = replace(instance, limit=np.minimum(instance.limit, 0.3))
    regimen = next(r for r, _ in known("early_relapse") if r == {"lenalidomide", "daratumumab", "dexamethasone"})
    assert any(v.rule == "limit" for v in evaluate(tighter, given(tighter, regimen)).violations)


def test_thin_categories_have_no_limit_and_say_why():
    made, _ = scaffold(("lenalidomide", "daratumumab", "dexamethasone"), "early_relapse")
    rows = {row["category"]: row for row in made.tables["categories"]}
    assert "limit" not in rows["hyponatraemia"]
    assert str(rows["hyponatraemia"]["note"]).startswith("limit: none, no trial")
    assert any("hyponatraemia" in text and f"fewer than {THIN} trials" in text for text in made.remarks)
    assert "limit" in rows["neutropenia"]


def test_usual_rules_come_along():
    agents = ("bortezomib", "lenalidomide", "dexamethasone", "ciltacabtagene_autoleucel", "teclistamab", "iberdomide")
    made, instance = scaffold(agents, "late_relapse")
    rules = made.settings["rules"]
    assert rules["alone"] == rules["once"] == ["bcma_car_t"]
    assert rules["not_together"][:2] == [["imid", "celmod"], ["bcma_car_t", "bcma_bispecific"]]
    assert rules["not_together"][2:] == [["bcma_bispecific", "corticosteroid"]]
    assert [epoch["id"] for epoch in made.settings["epoch"]] == ["bridging", "induction"]
    assert made.settings["trial"]["endpoint_epoch"] == "induction"
    assert {item for item, _ in instance.rules.requires} == {"imid", "proteasome_inhibitor"}
    assert next(row for row in made.tables["agents"] if row["agent"] == agents[3])["epochs"] == "induction"
    assert instance.one_off == {"ciltacabtagene_autoleucel"}


@pytest.mark.parametrize("population", ["newly_diagnosed", "early_relapse"])
def test_a_steroid_is_needed_while_disease_is_reduced_and_not_in_maintenance(population):
    made, instance = scaffold(("lenalidomide", "bortezomib", "dexamethasone"), population)
    assert [need["epochs"] for need in made.settings["rules"]["requires"]] == [["induction"], ["induction"]]
    alone = (Dose("lenalidomide", "standard"),)

    def rules(induction: tuple[Dose, ...]) -> set[str]:
        arm = Arm("A1", ("standard_risk",), {"induction": induction, "maintenance": alone})
        return {v.rule for v in evaluate(instance, Design((arm,))).violations}

    assert "requires_in" in rules(alone)
    assert "requires_in" not in rules((*alone, Dose("dexamethasone", "standard")))


def test_the_renal_dose_is_the_only_one_in_renal_impairment():
    made, instance = scaffold(("lenalidomide", "dexamethasone"), "early_relapse")
    assert [row["key"] for row in made.tables["contraindicated"]] == ["lenalidomide@standard"]
    assert set(levels_of(instance, "lenalidomide")) == {"standard", "renal"}
    alone, _ = scaffold(("lenalidomide", "dexamethasone"), "early_relapse", ("frail",))
    assert {row["level"] for row in alone.tables["levels"]} == {"standard"}
    assert "contraindicated" not in alone.tables


def test_shares_are_exclusive_in_a_declared_order_and_sum_to_1():
    rows = exclusive(dict.fromkeys(("standard_risk", "frail", "t11_14")), "newly_diagnosed").rows
    assert [row["subgroup"] for row in rows] == ["frail", "t11_14", "standard_risk"]
    assert sum(float(str(row["share"])) for row in rows) == pytest.approx(1.0, abs=1e-12)
    first, second, third = (float(str(row["share"])) for row in rows)
    assert second / first == pytest.approx(0.7 * 0.158 / 0.3, rel=1e-2)
    assert third / first == pytest.approx(0.7 * (1 - 0.158) * 0.76 / 0.3, rel=1e-2)
    assert rows[2]["definition"] == "Standard-risk cytogenetics, not frail or t11_14"
    halves = exclusive({"high_risk_any": 0.3, "standard_risk": 0.7}, "newly_diagnosed").rows
    assert [row["share"] for row in halves] == [0.3, 0.7]
    assert set(ORDER) == set(library.subgroups()["subgroup"])


def test_a_later_group_has_none_of_what_defines_an_earlier_one():
    _, instance = scaffold(("venetoclax", "dexamethasone"), "late_relapse", ("t11_14", "standard_risk"))
    at = instance.mechanisms.index("t11_14")
    shares = dict(zip(instance.subgroups, instance.prevalence[:, at], strict=True))
    assert shares == {"t11_14": 1.0, "standard_risk": 0.0}


def test_it_asks_for_what_the_library_does_not_know():
    with pytest.raises(WrongInput, match=r"no prevalence of double_hit; say .*double_hit=0\.15"):
        exclusive(dict.fromkeys(("double_hit", "frail")), "early_relapse")
    assert len(exclusive({"double_hit": 0.1, "frail": None}, "early_relapse").rows) == 2
    with pytest.raises(WrongInput, match="nothing is left of len_refractory"):
        exclusive({"triple_class_refractory": 0.5, "penta_refractory": 0.5, "len_refractory": 0.3}, "late_relapse")
