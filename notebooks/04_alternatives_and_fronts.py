# %% [markdown]
# # Is the best design the one to choose?
#
# A committee never takes a design because it is the best. It asks what the runner-up is and what it costs, what fewer
# patients would still buy, what holds the design where it is, and whether any of it outlasts the doubt about the
# inputs. We ask all of that of a shipped trial: newly diagnosed myeloma without a transplant, from fit to very frail.

# %%
import pandas as pd

import trialopt
from trialopt.decision.stability import stability

NAME = "ndmm_frail"
instance = trialopt.read(trialopt.find(NAME))
instance

# %% [markdown]
# ## What is the runner-up, and what does it cost?
#
# The list is proven in its order: no design that is missing is better than one that is there. Two designs are the same
# when every subgroup gets the same, whatever the arms are called.

# %%
listed = trialopt.alternatives(instance, 10)
assert listed.complete
print(listed.sentence)

# %%
listed.arms[listed.arms["rank"] == 1]

# %%
listed.frame[["rank", "value", "loss", "loss_percent", "patients", "differs"]]

# %% [markdown]
# `loss` is what a design is worth less than the best, `differs` what it does otherwise, with the arms named as in the
# best design. The ten lie so close together that no trial could tell them apart, so other things may decide: the dose
# of a steroid, what a site is used to.

# %%
assert listed.frame["loss_percent"].max() < 1

# %% [markdown]
# ## Are there choices that are really different?
#
# Runners-up often change one dose. With `diverse=4` any two designs of the list differ by at least four agents,
# counted over arms and epochs; each is still proven to be the best design that far from those above it.

# %%
apart = trialopt.alternatives(instance, 4, diverse=4)
apart.frame[["rank", "loss", "loss_percent", "differs"]]

# %% [markdown]
# ## What do fewer patients still buy?
#
# The front holds every design that no other beats in value without more patients. It is complete, or says that it is
# not. Read it from the top: `saves` are the patients that a step down frees, `loses` the value it gives up.

# %%
found = trialopt.frontier(instance, "patients")
assert found.complete
print(found.sentence)

# %%
found.frame[["patients", "value", "saves", "loses", "differs"]]

# %%
found.plot()

# %% [markdown]
# The same front against arms counts only arms. One against burden would weigh value against severe events.

# %%
trialopt.frontier(instance, "arms").frame[["arms", "value", "loses"]]

# %% [markdown]
# ## What if daratumumab cannot be had?
#
# `whatif` solves the question as it stands and as it is asked now, without touching a file. The other overrides are
# `include` and `settings`, such as `settings={"trial.max_accrual_months": 48}`.

# %%
without = trialopt.whatif(NAME, exclude=["daratumumab"])
without.comparison.summary[["run", "ending", "value", "bound", "patients"]]

# %%
without.difference, without.changes_in_words

# %%
assert without.difference < 0

# %% [markdown]
# ## What holds the design where it is?
#
# Each limit is loosened by one unit (toxicity 5 points, one arm, 50 patients, 6 months) and the question is solved
# again. A limit binds if that one alone buys something: `gained`, by doing `instead`. These are not shadow prices; each
# is the difference of two proven values. This takes a moment.

# %%
reasons = trialopt.explain(instance, parts=["limits"])
assert reasons.complete
limits = reasons.limits.table
binding = limits[limits["state"] == "binds"].sort_values("gained", ascending=False)
binding[["words", "now", "used", "to", "gained", "patients", "instead"]]

# %% [markdown]
# What is not missing:

# %%
limits[limits["state"] == "gains nothing"][["words", "now", "to", "gained"]]

# %% [markdown]
# ## Does it outlast the doubt about the inputs?
#
# Response and event rates come from trials of some hundred patients. `stability` draws them anew from what their
# sources leave open, and values the best designs under each draw.

# %%
doubt = stability(trialopt.find(NAME), draws=200, top=20, verify=0)
doubt.sentences

# %%
designs = doubt.tables["designs"]
designs[["design", "differs", "value", "expected_value", "q05", "q95", "expected_regret", "best"]].head(8)

# %% [markdown]
# `best` is how often a design is the best of the list: none stands out. A draw moves all of them together (`q05` to
# `q95`), so what counts is each against the first in the same draw:

# %%
against_first = pd.DataFrame(doubt.draws.value).sub(doubt.draws.value[:, 0], axis=0)
designs[["differs", "loss"]].assign(sd=against_first.std(), better=(against_first > 0).mean()).head(8)

# %% [markdown]
# `better` is the share of draws in which a runner-up beats the best design. Near a half the order of
# the two says nothing; near 0 the order does not hang on what was drawn, however small the loss; what a lower dose
# keeps of the effect is not drawn (the sentences above say what is not). What the best designs of the draws share:

# %%
agents = doubt.tables["agents"]
agents[["agent", "recommended", "in_best"]]

# %%
firm = agents.loc[agents["in_best"] > 0.99, "agent"]
assert len(firm) > 0
firm

# %% [markdown]
# These agents are in the best design of nearly every draw, as far as the list goes. And limits that hold only just
# with the inputs as given are seldom all held; these are missed most often:

# %%
doubt.tables["limits"].head(5)

# %% [markdown]
# ## What to take to the committee
#
# The proof says that nothing better was overlooked. What came after says which part of the answer is firm (the agents
# above), which the data cannot settle yet (runners-up that are better in half of the draws), and what is for the
# committee alone: how many patients the last bit of value is worth, and how much toxicity is too much.
