"""The table of published combinations in the README of rrmm_early_relapse is what its tables give."""

from __future__ import annotations

import re

import trialopt
from trialopt.core.catalog import find
from trialopt.core.design import Arm, Design, Dose
from trialopt.evaluation import evaluate

AGENTS = {
    "B": "belantamab_mafodotin", "D": "daratumumab", "E": "elotuzumab", "I": "ixazomib", "K": "carfilzomib",
    "P": "pomalidomide", "R": "lenalidomide", "S": "selinexor", "V": "bortezomib", "Ven": "venetoclax",
    "d": "dexamethasone",
}  # fmt: skip
FULL = {
    "belantamab_mafodotin": "mgkg2_5", "bortezomib": "twice_weekly", "carfilzomib": "mg56", "dexamethasone": "mg40",
    "lenalidomide": "mg25", "pomalidomide": "mg4", "selinexor": "mg100_weekly",
}  # fmt: skip
GROUPS = ("standard_risk", "high_risk", "len_refractory")
ROW = re.compile(r"^\| ((?:Ven)?[A-Z]+d)(?: 56)?( in t\(11;14\))? \| (\d+) \| (\d*) ?\| (\d*) ?\|", re.MULTILINE)


def test_the_table_of_published_combinations() -> None:
    instance = trialopt.read(find("rrmm_early_relapse"))
    levels = {
        (instance.agents[d], level) for d, level in zip(instance.option_agent, instance.option_level, strict=True)
    }

    def response(regimen: str, group: str) -> int:
        full = FULL | ({"carfilzomib": "mg27"} if regimen == "KRd" else {})
        named = [AGENTS[letter] for letter in re.findall(r"Ven|[A-Zd]", regimen)]
        own = {agent: full.get(agent, "standard") for agent in named}
        assert set(own.items()) <= levels, regimen
        doses = tuple(Dose(agent, level) for agent, level in own.items())
        judged = evaluate(instance, Design((Arm("A1", (group,), {"induction": doses}),)))
        return round(100 * float(judged.arms[0].coverage[0, 0]))

    rows = ROW.findall((find("rrmm_early_relapse") / "README.md").read_text(encoding="utf-8"))
    assert len(rows) == 17
    for regimen, marked, *told in rows:
        groups = ("t11_14",) if marked else GROUPS
        assert [response(regimen, group) for group in groups] == [int(x) for x in told if x], regimen
