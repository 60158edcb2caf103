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
# best design. All ten lie so close together that no trial could tell them apart, so other things may decide. The
# runner-up, for one, gives lenalidomide in the place of iberdomide. What the instance knows of the two in maintenance:

# %%
activity = pd.read_csv(trialopt.find(NAME) / "activity.csv")
two = activity["agent"].isin(["lenalidomide", "iberdomide"]) & (activity["epoch"] == "maintenance")
activity.loc[two, ["agent", "activity", "source", "confidence", "note"]]

# %%
assert listed.items[1].differs == ("A1 maintenance: lenalidomide@mg10 for iberdomide",)
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
# One question is left of many: is the second arm worth its patients? Between the designs of two arms and the single
# one at the end there is nothing to be had. What everybody gets if there is one arm:

# %%
last = found.points[-1]
assert len(last.design.arms) == 1
found.arms[found.arms["point"] == len(found.points)]

# %% [markdown]
# The same front against arms counts only arms. One against burden would weigh value against severe events.

# %%
trialopt.frontier(instance, "arms").frame[["arms", "value", "loses"]]

# %% [markdown]
# ## What if iberdomide cannot be had?
#
# `whatif` solves the question as it stands and as it is asked now, without touching a file. The other overrides are
# `include` and `settings`, such as `settings={"trial.max_accrual_months": 48}`.

# %%
without = trialopt.whatif(NAME, exclude=["iberdomide"])
without.comparison.summary[["run", "ending", "value", "bound", "patients"]]

# %%
without.difference, without.changes_in_words

# %% [markdown]
# Nothing but maintenance changes, and the loss is that of the last design of the diverse list, which is this one. So
# the choice of the agent can wait; the allocation does not hang on it.

# %%
assert abs(-without.difference - apart.items[-1].loss) < 1e-6
assert len(set(without.comparison.summary["patients"])) == 1

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
# First come the limits of fatigue and high glucose of the very frail: five points more there move the value further
# than any choice in the list above. More patients or arms are not what is missing:

# %%
limits[limits["state"] == "gains nothing"][["words", "now", "to", "gained"]]

# %%
assert set(binding["subgroup"].head(2)) == {"very_frail"}
assert binding["gained"].max() > listed.frame["loss"].max()

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
# `better` is the share of draws in which a runner-up beats the best design. Where it is near a half the order of the
# two says nothing, and little where it is above a third, as for lenalidomide in the place of iberdomide. Where it is
# near 0, as for the lower dose of dexamethasone, the order does not hang on what was drawn, however small the loss;
# what a lower dose keeps of the effect is not drawn (the sentences above say what is not). What the best designs of
# the draws share:

# %%
agents = doubt.tables["agents"]
agents[["agent", "recommended", "in_best"]]

# %%
better = (against_first > 0).mean()
assert listed.items[4].differs == ("A1 induction: dexamethasone at mg10 for mg20",)
assert 0.3 < better[1] < 0.5
assert better[4] < 0.05
assert (agents["in_best"] > 0.99).sum() == 4

# %% [markdown]
# Four agents are in the best design of every draw, as far as the list goes. And limits that hold only just with the
# inputs as given are seldom all held; these are missed most often:

# %%
doubt.tables["limits"].head(5)

# %% [markdown]
# ## What to take to the committee
#
# The proof says that nothing better was overlooked. What came after says which part of the answer is firm (the four
# agents), which the data cannot settle yet (lenalidomide or iberdomide in maintenance), and what is for the committee
# alone: the second arm at the price above, and how much fatigue is too much for the very frail.
