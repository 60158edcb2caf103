# %% [markdown]
# # A design for many possible truths
#
# The best design for the inputs as given sits on its limits, and inputs come from trials of a hundred patients. So we
# draw *truths*, complete sets of all uncertain numbers, and ask for designs that stand in many of them. Few draws are
# enough to see how it works; for a decision take 500 or more.

# %%
import trialopt
from trialopt.reading import build, load
from trialopt.reading.overrides import Overrides, apply

NAME, DRAWS = "tiny_duo", 30


def asked(*settings: str) -> trialopt.Instance:
    """The instance under its truths, with settings changed."""
    return build(apply(load(trialopt.find(NAME)), Overrides(settings=(f"uncertainty.draws={DRAWS}", *settings))))


# %% [markdown]
# ## What the best design is under the truths
#
# Chosen with the inputs as given; the truths only describe it. `fresh_worst` is on truths drawn after the choice.

# %%
given = trialopt.solve(asked())
{name: given.uncertainty[name] for name in ("mean", "worst", "fresh_worst", "all_kept")}

# %% [markdown]
# ## Limits with confidence, and the worst tenth
#
# Each limit holds in at least so large a share of the truths, or no design does. The worst tenth asks for the design
# whose mean over its worst truths is best. Each is proven for these truths.

# %%
for confidence in (0.6, 0.9):
    held = trialopt.solve(asked(f"uncertainty.confidence={confidence}"))
    print(confidence, held.ending, held.value)

# %%
worst = trialopt.solve(asked("uncertainty.objective=cvar", "uncertainty.tail=0.1"))
assert worst.bound >= worst.value - 1e-9
worst.value, worst.bound, worst.uncertainty["fresh_worst"]

# %% [markdown]
# ## What robustness costs
#
# One table: a proven design for each confidence and each worst share, and the highest confidence there is.

# %%
price = trialopt.robust(NAME, draws=DRAWS, confidences=(0.6,), tails=(1.0, 0.1))
assert price.complete
for sentence in price.sentences:
    print(sentence)

# %%
price.frame

# %%
price.plot()

# %% [markdown]
# ## What the trial is likely to show
#
# Power is a probability given an effect. Assurance is power averaged over the effects that are possible; it cannot
# exceed the chance that the arm is better at all, but for the type I error.

# %%
sized = trialopt.solve(asked("trial.power=0.8", "trial.control_rate=0.35", "trial.target_difference=0.15"))
for arm, told in sized.uncertainty["arms"].items():
    print(arm, told["assurance"], told["right_direction"], told["reaches_target"], told["effect"])
    assert told["assurance"] <= told["right_direction"] + 0.025

# %% [markdown]
# ## What to find out first
#
# Every truth is solved by itself: what knowing all would be worth, which input carries most of it, and what a study of
# it would buy before the choice is made.

# %%
first = trialopt.learn(NAME, draws=DRAWS)
assert first.complete
for sentence in first.sentences:
    print(sentence)

# %%
first.tables["inputs"].head()

# %% [markdown]
# ## How to read it
#
# Compare designs with each other in the same truths. A single probability is only as good as its spreads, and where
# most of them are assumptions it should not be quoted by itself.
