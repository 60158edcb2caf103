# %% [markdown]
# # From a design to what would happen in it
#
# A design comes with a value and a size. Two doubts remain. A statistician's: does the trial as written have the power
# it claims, also when things go otherwise? A sceptic's: does the value mean anything in patients who know nothing of
# the formulas? The first is simulated, the second replayed.

# %%
import trialopt
from trialopt.reading import build, load
from trialopt.reading.overrides import Overrides, apply
from trialopt.simulate.plan import trial_of

asked = ("trial.power=0.8", "trial.control_rate=0.35", "trial.target_difference=0.15")
document = apply(load(trialopt.find("tiny_duo")), Overrides(settings=asked))
instance = build(document)
solution = trialopt.solve(instance)
solution.tables.arms

# %% [markdown]
# ## The trial as written, many times
#
# Every arm is played with its subgroups as strata and its test, without an effect, with the effect it is sized for and
# with the effect predicted; each number has its Monte Carlo error.

# %%
simulated = trialopt.simulate(trial_of(solution, instance, document), trials=2000)
simulated.power

# %% [markdown]
# ## Played on patients who know nothing of the model
#
# The design, its runners-up and random feasible designs are valued by the model and played on the same virtual
# patients: clones that grow and are killed, M-protein, IMWG response and progression, severe events as times.

# %%
found = trialopt.virtual_trial(instance, solution.design, others=10, patients=200, trials=20)
found

# %%
for sentence in found.sentences:
    print(sentence)

# %% [markdown]
# How well does the value rank what was played? Among runners-up the differences are too small for any order; random
# designs say more.

# %%
found.ranks.round(2)

# %% [markdown]
# ## What was promised, and what came of it
#
# The largest disagreement comes first, with the part of the replay that makes it.

# %%
found.promised[found.promised["what"] == "coverage"].round(2)

# %%
assert len(found.designs) >= 11
found.plot()
