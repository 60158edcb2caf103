# %% [markdown]
# # Allocations over scenarios: how many arms?
#
# More arms fit the regimen better to each subgroup, but every arm needs patients and controls of its own. Which split
# is right depends on what is asked. We solve the sized early-relapse trial in several ways and hold the designs side
# by side: who shares an arm, how many patients that takes, and what it is worth.

# %%
from pathlib import Path

import matplotlib.pyplot as plt
import pandas as pd

import trialopt
from trialopt.output.figures import allocation, front

# %% [markdown]
# A scenario is a small file: a base, and what is different. It can be solved wherever an instance can.

# %%
BASE = Path(trialopt.find("rrmm_early_relapse_sized")).resolve().as_posix()
SCENARIOS = {
    "two arms": "[trial]\nmax_arms = 2\n",
    "three arms": "[trial]\nmax_arms = 3\n",
    "three, 900 patients": "[trial]\nmax_arms = 3\nmax_patients = 900\n",
}
for name, text in SCENARIOS.items():
    Path(f"{name}.toml").write_text(f'base = "{BASE}"\n\n{text}', encoding="utf-8")

# %%
runs = {name: trialopt.solve(trialopt.read(f"{name}.toml")) for name in SCENARIOS}
comparison = trialopt.compare(*runs.values(), names=list(runs))
comparison.summary

# %% [markdown]
# Every one of them is proven, so what differs is the question, not how well it was answered. Allowing one more arm
# never costs value: the design with fewer is still allowed.

# %%
assert set(comparison.summary["ending"]) <= {"optimal", "infeasible"}
worth = comparison.summary.set_index("run")["value"]
assert worth["two arms"] <= worth["three arms"]

# %% [markdown]
# ## Who shares an arm
#
# One column a scenario, one row a subgroup: the arm that serves it.

# %%
arms = {name: {g: arm.name for arm in run.arms for g in arm.subgroups} for name, run in runs.items()}
pd.DataFrame(arms, index=pd.Index(list(runs["two arms"].question.shares), name="subgroup"))

# %% [markdown]
# The arms side by side. Each arm of a later run stands next to the arm of the first that it is most like, and `changes`
# says in what they differ.

# %%
comparison.arms

# %%
comparison.changes

# %% [markdown]
# ## How many patients
#
# The allocation of each scenario, experimental and control.

# %%
tables = [run.tables.allocation.assign(run=name) for name, run in runs.items()]
patients = pd.concat(tables).assign(all=lambda t: t["experimental"] + t["control"])
patients.pivot_table(index="subgroup", columns="run", values="all", aggfunc="sum")[list(runs)]

# %%
solved = {name: run for name, run in runs.items() if run.arms}
figure, axes = plt.subplots(len(solved), 1, figsize=(7, 2.2 * len(solved)), layout="constrained")
for ax, (name, run) in zip(axes, solved.items(), strict=True):
    allocation(ax, run)
    ax.set_title(name, loc="left", fontsize=8)
figure

# %% [markdown]
# ## What the arms cost
#
# What the trial is worth against the patients it takes. A point further left is cheaper, a point higher is better.

# %%
price = comparison.summary.dropna(subset=["value"])[["run", "patients", "value"]]
price

# %%
figure, ax = plt.subplots(figsize=(5, 3), layout="constrained")
front(ax, price, "patients")
figure

# %% [markdown]
# ## Who gains from the split
#
# Coverage of each subgroup, three arms against two.

# %%
coverage = comparison.coverage.assign(gain=lambda t: t["three arms"] - t["two arms"])
coverage.sort_values("gain", ascending=False)[["subgroup", "epoch", "two arms", "three arms", "gain"]]

# %% [markdown]
# An arm for fewer subgroups can come closer to limits of their own. These bind with three arms and not with two:

# %%
keys = ["subgroup", "epoch", "category"]
held = {name: runs[name].tables.risk.query("binding").set_index(keys) for name in ("two arms", "three arms")}
held["three arms"].drop(held["two arms"].index, errors="ignore")
