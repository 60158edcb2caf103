# %% [markdown]
# # One arm or three? Comparing allocations
#
# Splitting patients into more arms lets each subgroup have the regimen that suits it. How much is that worth, who
# moves, and to what? We solve the same early-relapse patients with one arm and with three, and compare the arms.

# %%
from dataclasses import replace

from trialopt.catalog import find
from trialopt.comparison import compare
from trialopt.reading import build, load
from trialopt.solving import solve

# %% [markdown]
# `load` gives the folder as written, `build` checks it. In between, a setting can be changed, here `max_arms`.

# %%
INSTANCE = "rrmm_early_relapse"


def with_arms(most):
    document = load(find(INSTANCE))
    trial = {**document.settings["trial"], "max_arms": most}
    return build(replace(document, settings={**document.settings, "trial": trial}))


pooled = solve(with_arms(1))
split = solve(with_arms(3))
pooled, split

# %% [markdown]
# Both are proven: the gap is the distance between the value and what no design can exceed.

# %%
comparison = compare(pooled, split, names=["one arm", "three arms"])
comparison.summary

# %% [markdown]
# The arms side by side. Each arm of the second run stands next to the arm of the first that it is most like.

# %%
comparison.arms

# %%
comparison.changes

# %% [markdown]
# Who gains? Coverage by subgroup and epoch, and what the second allocation adds to the first.

# %%
coverage = comparison.coverage.assign(gain=lambda frame: frame["three arms"] - frame["one arm"])
coverage.sort_values("gain", ascending=False)

# %% [markdown]
# An arm for fewer subgroups can also come closer to their own limits. These bind with three arms:

# %%
risk = split.tables.risk
risk[risk["binding"]]
