# %% [markdown]
# # Your own instance: from a shipped folder to your arms
#
# An instance is a folder: `trial.toml` and CSV tables that any spreadsheet opens. We copy a shipped one, change its
# tables with pandas, see what a mistake looks like, and solve our version. No optimisation is needed to do this.

# %%
import shutil
from pathlib import Path

import pandas as pd

import trialopt

# %% [markdown]
# ## Copy a folder
#
# On the command line this is `trialopt new tiny_duo my_trial`.

# %%
folder = Path("my_trial")
shutil.rmtree(folder, ignore_errors=True)
shutil.copytree(trialopt.find("tiny_duo"), folder)
sorted(path.name for path in folder.iterdir())

# %%
agents = pd.read_csv(folder / "agents.csv")
agents

# %% [markdown]
# ## Where numbers come from
#
# `trialopt evidence list` shows the published arms behind the shipped numbers; here are those of the agents. Every row
# of a table may name its source and how sure it is, and both are kept up to the report.

# %%
from trialopt.evidence import library

published = library.table("agents")
published[published["agent"].isin(agents["agent"])]

# %% [markdown]
# ## Edit the tables
#
# A new trial of bortezomib, and a third subgroup that is less frail than the frail.

# %%
new = agents["agent"] == "bortezomib"
agents.loc[new, "orr"] = 0.5
agents.loc[new, "source"] = "assumption"
agents.to_csv(folder / "agents.csv", index=False)

subgroups = pd.read_csv(folder / "subgroups.csv")
between = subgroups[subgroups["subgroup"] == "frail"].assign(subgroup="intermediate", share=0.3)
subgroups = pd.concat([subgroups, between], ignore_index=True)
subgroups.to_csv(folder / "subgroups.csv", index=False)

prevalence = pd.read_csv(folder / "prevalence.csv")
like_frail = prevalence[prevalence["subgroup"] == "frail"].assign(subgroup="intermediate")
pd.concat([prevalence, like_frail], ignore_index=True).to_csv(folder / "prevalence.csv", index=False)

# %% [markdown]
# ## What a mistake looks like
#
# Every problem of every file is told at once, with file, row and column, and what would be right.

# %%
wrong = prevalence.assign(prevalence=1.7)
wrong.to_csv(folder / "prevalence.csv", index=False)
try:
    trialopt.read(folder)
except trialopt.InputErrors as problems:
    print(problems)
else:
    raise AssertionError("a prevalence of 1.7 was read")

pd.concat([prevalence, like_frail], ignore_index=True).to_csv(folder / "prevalence.csv", index=False)

# %% [markdown]
# ## Read, solve, compare
#
# Shares are made to add up to 1. The arms of our version stand next to those of the shipped one.

# %%
mine = trialopt.read(folder)
mine

# %%
ours, shipped = trialopt.solve(mine), trialopt.solve(trialopt.read(trialopt.find("tiny_duo")))
assert ours.ending == "optimal"
ours

# %%
comparison = trialopt.compare(shipped, ours, names=["shipped", "ours"])
comparison.arms

# %%
ours.plot.schema()

# %% [markdown]
# ## A setting, without touching the files
#
# A scenario says only what is different, here one arm for everybody.

# %%
Path("one_arm.toml").write_text('base = "my_trial"\n\n[trial]\nmax_arms = 1\n', encoding="utf-8")
one = trialopt.solve(trialopt.read("one_arm.toml"))
trialopt.compare(ours, one, names=["ours", "one arm"]).summary
