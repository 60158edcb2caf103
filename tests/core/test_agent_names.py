"""Every abbreviation and brand is of an agent of the library, and regimens are read from the left."""

from __future__ import annotations

import pytest

from trialopt.core.agent_names import LETTER, SHORT, agent_named, agents_in, agents_of
from trialopt.evidence.library import all_classes

REGIMENS = {
    "VRd": "bortezomib lenalidomide dexamethasone", "KRd": "carfilzomib lenalidomide dexamethasone",
    "DVd": "daratumumab bortezomib dexamethasone", "Pd": "pomalidomide dexamethasone",
    "Isa-KRd": "isatuximab carfilzomib lenalidomide dexamethasone",
    "D-VTd": "daratumumab bortezomib thalidomide dexamethasone",
    "CyBorD": "cyclophosphamide bortezomib dexamethasone", "VMP": "bortezomib melphalan prednisone",
    "EloPd": "elotuzumab pomalidomide dexamethasone", "SVd": "selinexor bortezomib dexamethasone",
    "BPd": "belantamab_mafodotin pomalidomide dexamethasone", "IRD": "ixazomib lenalidomide dexamethasone",
    "Tec-Dara": "teclistamab daratumumab", "cilta-cel": "ciltacabtagene_autoleucel",
}  # fmt: skip


def test_they_name_agents_of_the_library():
    assert set(SHORT.values()) <= set(all_classes())
    assert set(LETTER.values()) <= set(SHORT)


@pytest.mark.parametrize(("name", "agents"), REGIMENS.items())
def test_regimens(name, agents):
    assert agents_in(name, all_classes()) == tuple(agents.split())


@pytest.mark.parametrize("text", ["", "-", "qqq", "Delta", "Prd", "bortezomibb"])
def test_other_texts_are_no_agents(text):
    assert agents_in(text, all_classes()) is None
    assert agent_named(text) is None


def test_an_agent_that_a_regimen_names_again_stands_once():
    known = all_classes()
    assert agents_of(["VRd", "dara", "dexamethasone"], known) == (
        "bortezomib", "lenalidomide", "dexamethasone", "daratumumab",
    )  # fmt: skip
    assert agents_of(["dex", "dexamethasone", "zeta"], known) == ("dexamethasone", "dexamethasone", "zeta")
