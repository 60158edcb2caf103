"""Every kind of wrong setting, rule and control regimen has one clear message."""

from __future__ import annotations

import pytest

from tests.reading.base import Folder, message

SPENDINGS = (
    'write "obrien_fleming" or "pocock" or "hsd:GAMMA" or "power:RHO" '
    "(GAMMA from -40 to 40, RHO above 0 and at most 40)"
)

CASES = {
    "no max_arms": (
        "trial.toml",
        "max_arms = 2",
        "",
        "trial.toml:4 [trial] max_arms: 'max_arms' is missing; write it, for example max_arms = 1",
    ),
    "a number in quotes": (
        "trial.toml",
        "max_arms = 2",
        'max_arms = "3"',
        "trial.toml:5 [trial] max_arms: '3' is not a whole number; give a whole number of at least 1",
    ),
    "a truth for a number": (
        "trial.toml",
        "max_arms = 2",
        "max_arms = true",
        "trial.toml:5 [trial] max_arms: true is not a whole number; give a whole number of at least 1",
    ),
    "half an arm": (
        "trial.toml",
        "max_arms = 2",
        "max_arms = 2.5",
        "trial.toml:5 [trial] max_arms: 2.5 is not a whole number; give a whole number of at least 1",
    ),
    "no arm": (
        "trial.toml",
        "max_arms = 2",
        "max_arms = 0",
        "trial.toml:5 [trial] max_arms: 0 is out of range; give a whole number of at least 1",
    ),
    "not finite": (
        "trial.toml",
        "max_arms = 2",
        "max_arms = 2\ncarry = nan",
        "trial.toml:6 [trial] carry: nan is not a finite number; give a number from 0 to 1",
    ),
    "out of range": (
        "trial.toml",
        "max_arms = 2",
        "max_arms = 2\ncarry = 1.5",
        "trial.toml:6 [trial] carry: 1.5 is out of range; give a number from 0 to 1",
    ),
    "more patients than a rate can be worth": (
        "trial.toml",
        "$",
        "\n[uncertainty.default]\nassumed_patients = 1e30\n",
        "trial.toml:19 [uncertainty.default] assumed_patients: 1e+30 is out of range; "
        "give a number above 0 and at most 1e+09",
    ),
    "text for a truth": (
        "trial.toml",
        "max_arms = 2",
        'max_arms = 2\nno_harm = "yes"',
        "trial.toml:6 [trial] no_harm: 'yes' is neither true nor false; write true or false, without quotes",
    ),
    "unknown choice": (
        "trial.toml",
        "max_arms = 2",
        'max_arms = 2\nendpoint = "survival"',
        'trial.toml:6 [trial] endpoint: \'survival\' is not known; write "response" or "pfs" or "mrd"',
    ),
    "unknown key": (
        "trial.toml",
        "max_arms = 2",
        "max_arms = 2\nalpa = 0.05",
        "trial.toml:6 [trial] alpa: 'alpa' is not a key of [trial]; did you mean 'alpha'?",
    ),
    "unknown table": (
        "trial.toml",
        "[trial]",
        '[wishes]\nlibrary = "myeloma"\n\n[trial]',
        "trial.toml:4 wishes: 'wishes' is not a key of trial.toml; "
        "the keys are format, title, setting, trial, epoch, control, rules, evidence, uncertainty, "
        "registration, columns",
    ),
    "misspelt table": (
        "trial.toml",
        "[trial]",
        "[rule]\nprecedent = true\n\n[trial]",
        "trial.toml:4 rule: 'rule' is not a key of trial.toml; did you mean 'rules'?",
    ),
    "a key outside its table": (
        "trial.toml",
        "format = 1",
        "format = 1\nmax_arms = 3",
        "trial.toml:2 max_arms: 'max_arms' is not a key of trial.toml; "
        "the keys are format, title, setting, trial, epoch, control, rules, evidence, uncertainty, "
        "registration, columns",
    ),
    "another format": (
        "trial.toml",
        "format = 1",
        "format = 2",
        "trial.toml:1 format: format 2 is not known; write format = 1",
    ),
    "title of no text": (
        "trial.toml",
        'title = "Two epochs, by hand"',
        "title = 7",
        'trial.toml:2 title: 7 is not a text; write a text in quotes, "..."',
    ),
    "table for a list": (
        "trial.toml",
        "$",
        '[rules]\nonce = "imid"\n',
        'trial.toml:18 [rules] once: \'imid\' is not a list of ids; write ["one", "another"]',
    ),
    "epoch without id": (
        "trial.toml",
        'id = "maintenance"\n',
        "",
        "trial.toml:12 [[epoch]] 2 id: 'id' is missing; write it, for example id = \"one\"",
    ),
    "epoch without cycles and max_agents": (
        "trial.toml",
        "cycles = 12\nweight = 3\nmax_agents = 1\n",
        "",
        "trial.toml:12 [[epoch]] maintenance cycles: 'cycles' is missing; write it, for example cycles = 1\n"
        "trial.toml:12 [[epoch]] maintenance max_agents: 'max_agents' is missing; "
        "write it, for example max_agents = 1",
    ),
    "epoch twice": (
        "trial.toml",
        'id = "maintenance"',
        'id = "induction"',
        "trial.toml:13 [[epoch]] induction id: 'induction' is already an epoch; use another id",
    ),
    "epoch id": (
        "trial.toml",
        'id = "maintenance"',
        'id = "Maintenance"',
        "trial.toml:13 [[epoch]] Maintenance id: 'Maintenance' is not a lower_snake id; write it like 'maintenance'",
    ),
    "min above max": (
        "trial.toml",
        "max_agents = 1",
        "max_agents = 1\nmin_agents = 2",
        "trial.toml:17 [[epoch]] maintenance min_agents: 2 is above max_agents, which is 1; give at most 1",
    ),
    "unknown epoch key": (
        "trial.toml",
        "weight = 3",
        "weigth = 3",
        "trial.toml:15 [[epoch]] maintenance weigth: 'weigth' is not a key of [[epoch]] maintenance; "
        "did you mean 'weight'?",
    ),
    "weights sum to 0": (
        "trial.toml",
        'cycles = 4\nmax_agents = 3\n\n[[epoch]]\nid = "maintenance"\ncycles = 12\nweight = 3',
        'cycles = 4\nmax_agents = 3\nweight = 0\n\n[[epoch]]\nid = "maintenance"\ncycles = 12\nweight = 0.0',
        "trial.toml:11 [[epoch]] weight: the weights of the epochs sum to 0; give at least one above 0",
    ),
    "pfs weights": (
        "trial.toml",
        "cycles = 12\n",
        "cycles = 12\npfs_weight = -1\n",
        "trial.toml:15 [[epoch]] maintenance pfs_weight: -1 is out of range; give a number of at least 0",
    ),
    "fewer agents than min": (
        "trial.toml",
        "max_agents = 1",
        "max_agents = 3\nmin_agents = 3",
        "trial.toml:17 [[epoch]] maintenance min_agents: only 2 agents are usable in 'maintenance', and "
        "min_agents is 3; let more agents into the epoch (agents.csv, column epochs), or lower min_agents",
    ),
    "unknown endpoint epoch": (
        "trial.toml",
        "max_arms = 2",
        'max_arms = 2\nendpoint_epoch = "inducton"',
        "trial.toml:6 [trial] endpoint_epoch: 'inducton' is not an epoch of trial.toml; did you mean 'induction'?",
    ),
    "unknown item": (
        "trial.toml",
        "$",
        '[rules]\nonce = ["imids"]\n',
        "trial.toml:18 [rules] once: 'imids' is not an agent or a class of agents.csv; did you mean 'imid'?",
    ),
    "an agent where a class is meant": (
        "trial.toml",
        "$",
        '[rules]\none_per_class = ["bortezomib"]\n',
        "trial.toml:18 [rules] one_per_class: 'bortezomib' is not a class of agents.csv; "
        "give one of proteasome_inhibitor, imid",
    ),
    "unknown rule": (
        "trial.toml",
        "$",
        "[rules]\nnot_with = []\n",
        "trial.toml:18 [rules] not_with: 'not_with' is not a key of [rules]; did you mean 'not_together'?",
    ),
    "a pair of three": (
        "trial.toml",
        "$",
        '[rules]\nnot_together = [["bortezomib", "imid", "carfilzomib"]]\n',
        "trial.toml:18 [rules] not_together: ['bortezomib', 'imid', 'carfilzomib'] is not a pair of ids; "
        'write [["one", "another"]]',
    ),
    "a flat pair": (
        "trial.toml",
        "$",
        '[rules]\nnot_together = ["bortezomib", "imid"]\n',
        'trial.toml:18 [rules] not_together: \'bortezomib\' is not a pair of ids; write [["one", "another"]]',
    ),
    "a pair with itself": (
        "trial.toml",
        "$",
        '[rules]\nnot_together = [["imid", "imid"], ["bortezomib", "bortezomib"]]\n',
        "trial.toml:18 [rules] not_together: 'bortezomib' stands on both sides, and the rule is about two "
        "distinct agents; name another agent or a class",
    ),
    "after itself": (
        "trial.toml",
        "$",
        '[rules]\nnot_after = [{ item = "bortezomib", after = "bortezomib" }]\n',
        "trial.toml:18 [rules] not_after: 'bortezomib' stands on both sides, and the rule is about two "
        "distinct agents; name another agent or a class",
    ),
    "no after": (
        "trial.toml",
        "$",
        '[rules]\nnot_after = [{ item = "bortezomib", before = "imid" }]\n',
        "trial.toml:18 [rules] not_after: a table does not give item and after; "
        'write [{ item = "one", after = "another" }]',
    ),
    "unknown required": (
        "trial.toml",
        "$",
        '[rules.requires]\nimid = ["dexamethasone"]\n',
        "trial.toml:18 [rules.requires] imid: 'dexamethasone' is not an agent or a class of agents.csv; "
        "give one of bortezomib, carfilzomib, lenalidomide, proteasome_inhibitor, imid",
    ),
    "requires of one text": (
        "trial.toml",
        "$",
        '[rules.requires]\nimid = "bortezomib"\n',
        "trial.toml:18 [rules.requires] imid: 'bortezomib' is not a list of agents or classes; "
        'write ["one", "another"]',
    ),
    "requires nothing": (
        "trial.toml",
        "$",
        "[rules.requires]\nimid = []\n",
        'trial.toml:18 [rules.requires] imid: [] is not a list of agents or classes; write ["one", "another"]',
    ),
    "requirement of an unknown": (
        "trial.toml",
        "$",
        '[rules.requires]\nimids = ["bortezomib"]\n',
        "trial.toml:18 [rules.requires] imids: 'imids' is not an agent or a class of agents.csv; did you mean 'imid'?",
    ),
    "precedent": (
        "trial.toml",
        "$",
        "[rules]\nprecedent = 1\n",
        "trial.toml:18 [rules] precedent: 1 is neither true nor false; write true or false, without quotes",
    ),
    "included and excluded": (
        "trial.toml",
        "max_arms = 2",
        'max_arms = 2\ninclude = ["bortezomib"]\nexclude = ["bortezomib"]',
        "trial.toml:6 [trial] include: 'bortezomib' is both included and excluded; take it out of include or exclude",
    ),
    "included, its class excluded": (
        "trial.toml",
        "max_arms = 2",
        'max_arms = 2\ninclude = ["lenalidomide"]\nexclude = ["imid"]',
        "trial.toml:6 [trial] include: 'lenalidomide' is both included and excluded; take it out of include or exclude",
    ),
    "unknown include": (
        "trial.toml",
        "max_arms = 2",
        'max_arms = 2\ninclude = ["bortezomid"]',
        "trial.toml:6 [trial] include: 'bortezomid' is not an agent or a class of agents.csv; "
        "did you mean 'bortezomib'?",
    ),
    "unknown control agent": (
        "trial.toml",
        "$",
        '\n[control]\ninduction = ["bortezomid"]\n',
        "trial.toml:19 [control] induction: 'bortezomid' is not an agent of agents.csv; did you mean 'bortezomib'?",
    ),
    "unknown control level": (
        "trial.toml",
        "$",
        '\n[control]\ninduction = ["carfilzomib@mid"]\n',
        "trial.toml:19 [control] induction: 'carfilzomib' has no level 'mid'; "
        'write "carfilzomib@low" or "carfilzomib@high"',
    ),
    "level needed": (
        "trial.toml",
        "$",
        '\n[control]\ninduction = ["carfilzomib"]\n',
        "trial.toml:19 [control] induction: 'carfilzomib' has several levels and none is 'standard'; "
        'write "carfilzomib@low" or "carfilzomib@high"',
    ),
    "control twice": (
        "trial.toml",
        "$",
        '\n[control]\ninduction = ["bortezomib", "bortezomib@standard"]\n',
        "trial.toml:19 [control] induction: 'bortezomib' is given twice; give an agent once in an epoch",
    ),
    "control epoch": (
        "trial.toml",
        "$",
        '\n[control]\ninducton = ["bortezomib"]\n',
        "trial.toml:19 [control] inducton: 'inducton' is not an epoch of trial.toml; did you mean 'induction'?",
    ),
    "control text": (
        "trial.toml",
        "$",
        '\n[control]\ninduction = "bortezomib"\n',
        'trial.toml:19 [control] induction: \'bortezomib\' is not a list of agents; write ["agent", "agent@level"]',
    ),
    "no_harm": (
        "trial.toml",
        "max_arms = 2",
        "max_arms = 2\nno_harm = true",
        "trial.toml:6 [trial] no_harm: no_harm compares with the control regimen, and there is none; "
        "write [control], or no_harm = false",
    ),
    "power below alpha": (
        "trial.toml",
        "max_arms = 2",
        "max_arms = 2\npower = 0.02\ncontrol_rate = 0.3",
        "trial.toml:6 [trial] power: 0.02 is not above alpha, which is 0.025; give a number above 0.025 and below 1",
    ),
    "no control": (
        "trial.toml",
        "max_arms = 2",
        "max_arms = 2\npower = 0.8",
        "trial.toml:4 [trial] control_rate: sizing needs a control rate or a control regimen, and there is "
        "neither for 'fit', 'frail'; give control_rate here or in subgroups.csv, or write [control]",
    ),
    "target": (
        "trial.toml",
        "max_arms = 2",
        "max_arms = 2\ntarget_difference = 15",
        "trial.toml:6 [trial] target_difference: 15 is out of range; give a number above 0 and below 1; 15 % is 0.15",
    ),
    "pfs": (
        "trial.toml",
        "max_arms = 2",
        'max_arms = 2\npower = 0.8\nendpoint = "pfs"',
        "trial.toml:4 [trial] control_median_months: sizing for pfs needs the control's median; "
        "give it in months, here or in subgroups.csv\n"
        "agents.csv:2 hazard_ratio: the cell is blank, and sizing for pfs needs it of every agent; "
        "give a number above 0\n"
        "agents.csv:3 hazard_ratio: the cell is blank, and sizing for pfs needs it of every agent; "
        "give a number above 0\n"
        "agents.csv:4 hazard_ratio: the cell is blank, and sizing for pfs needs it of every agent; "
        "give a number above 0\n"
        "subgroups.csv:2 accrual_per_month: the cell is blank, and sizing for pfs needs it of every "
        "subgroup; give a number above 0\n"
        "subgroups.csv:3 accrual_per_month: the cell is blank, and sizing for pfs needs it of every "
        "subgroup; give a number above 0",
    ),
    "accrual": (
        "trial.toml",
        "max_arms = 2",
        "max_arms = 2\npower = 0.8\ncontrol_rate = 0.3\nmax_accrual_months = 36",
        "subgroups.csv:2 accrual_per_month: the cell is blank, and max_accrual_months needs it of every "
        "subgroup; give a number above 0\n"
        "subgroups.csv:3 accrual_per_month: the cell is blank, and max_accrual_months needs it of every "
        "subgroup; give a number above 0",
    ),
    "interim looks": (
        "trial.toml",
        "max_arms = 2",
        'max_arms = 2\n[trial.interim]\nspending = "obf"',
        "trial.toml:6 [trial.interim] looks: 'looks' is missing; write it, for example looks = 1\n"
        f"trial.toml:7 [trial.interim] spending: 'obf' is not known; {SPENDINGS}",
    ),
    "spending without its number": (
        "trial.toml",
        "max_arms = 2",
        'max_arms = 2\n[trial.interim]\nlooks = 1\nspending = "power:0"\nfutility_spending = "hsd"',
        f"trial.toml:8 [trial.interim] spending: 'power:0' is not known; {SPENDINGS}\n"
        f"trial.toml:9 [trial.interim] futility_spending: 'hsd' is not known; {SPENDINGS}",
    ),
    "timing of other looks": (
        "trial.toml",
        "max_arms = 2",
        "max_arms = 2\n[trial.interim]\nlooks = 2\ntiming = [0.5]",
        "trial.toml:8 [trial.interim] timing: there are 1 fractions for 2 looks; "
        "give one for each interim look, without the final 1",
    ),
    "timing that falls": (
        "trial.toml",
        "max_arms = 2",
        "max_arms = 2\n[trial.interim]\nlooks = 2\ntiming = [0.6, 0.5]",
        "trial.toml:8 [trial.interim] timing: [0.6, 0.5] does not rise from above 0 to below 1 in steps of at least "
        "0.005; write fractions in order, such as [0.5, 0.75]",
    ),
    "timing in percent": (
        "trial.toml",
        "max_arms = 2",
        "max_arms = 2\n[trial.interim]\nlooks = 2\ntiming = [50, 75]",
        "trial.toml:8 [trial.interim] timing: 50 is out of range; give a number above 0 and below 1",
    ),
    "contribution in a trial without sizes": (
        "trial.toml",
        "max_arms = 2",
        'max_arms = 2\n[trial.contribution]\nrequire = "novel"\npower = 0.02',
        "trial.toml:7 [trial.contribution] require: 'novel' is asked of a sized trial, and this one has no power; "
        'give [trial] power, or write require = "none"\n'
        "trial.toml:8 [trial.contribution] power: 0.02 is not above alpha, which is 0.025; give a number above 0.025 "
        "and below 1",
    ),
    "contribution of a word": (
        "trial.toml",
        "max_arms = 2",
        'max_arms = 2\n[trial.contribution]\nrequire = "some"\ntarget = 15\nalfa = 0.1',
        'trial.toml:7 [trial.contribution] require: \'some\' is not known; write "none" or "novel" or "all"\n'
        "trial.toml:8 [trial.contribution] target: 15 is out of range; give a number above 0 and below 1; 15 % is "
        "0.15\n"
        "trial.toml:9 [trial.contribution] alfa: 'alfa' is not a key of [trial.contribution]; did you mean 'alpha'?",
    ),
    "interim": (
        "trial.toml",
        "max_arms = 2",
        "max_arms = 2\ninterim = 2",
        "trial.toml:6 [trial] interim: 2 is not a table; write its keys under a header in brackets",
    ),
    "too many": (
        "trial.toml",
        "max_agents = 3",
        "max_agents = 3000000000",
        "trial.toml:10 [[epoch]] induction max_agents: 3000000000 is out of range; "
        "give a whole number of at most 1000000000",
    ),
    "no usable agent": (
        "agents.csv",
        "100,,\ncarfilzomib,,proteasome_inhibitor,30,60,,,,200,50,induction\nlenalidomide,,imid,,,0.3,,,,,",
        "100,,induction\n"
        "carfilzomib,,proteasome_inhibitor,30,60,,,,200,50,induction\n"
        "lenalidomide,,imid,,,0.3,,,,,induction",
        "trial.toml:12 [[epoch]] maintenance min_agents: no agent is usable in 'maintenance', and min_agents "
        "is 1; let more agents into the epoch (agents.csv, column epochs), or lower min_agents",
    ),
    "no epochs": (
        "trial.toml",
        "[[epoch]]\n"
        'id = "induction"\n'
        "cycles = 4\n"
        "max_agents = 3\n"
        "\n"
        "[[epoch]]\n"
        'id = "maintenance"\n'
        "cycles = 12\n"
        "weight = 3\n"
        "max_agents = 1\n"
        "",
        "",
        "trial.toml [[epoch]]: the trial has no epoch; write at least one [[epoch]]",
    ),
    "no trial": (
        "trial.toml",
        "[trial]\nmax_arms = 2\n",
        "",
        "trial.toml [trial] max_arms: 'max_arms' is missing; write it, for example max_arms = 1",
    ),
}  # name: file, what stands there, what the test writes instead, the whole message


@pytest.mark.parametrize(("file", "old", "new", "expected"), CASES.values(), ids=CASES)
def test_wrong_setting(folder: Folder, file: str, old: str, new: str, expected: str) -> None:
    folder.edit(file, old, new)
    assert message(folder.path) == expected
