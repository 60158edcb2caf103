# %% [markdown]
# # From a design to its operating characteristics
#
# A size is a formula. Before a trial is run one wants to see it run: how often it succeeds when the treatment works,
# how often when it does not, where it stops, what it costs the patients in it. We size a small trial with an interim
# look, play it, and hold what it claims beside what it attains.

# %%
from pathlib import Path

import trialopt
from trialopt.reading import build, load
from trialopt.reading.overrides import Overrides, apply
from trialopt.simulate import Scenario
from trialopt.simulate.plan import trial_of

# %%
ASKED = [
    *("trial.power=0.8", "trial.control_rate=0.35", "trial.interim.looks=1", "trial.interim.spending=obrien_fleming"),
    *("trial.interim.futility=nonbinding", "subgroups.fit.accrual_per_month=6", "subgroups.frail.accrual_per_month=4"),
]
document = apply(load(Path(trialopt.find("tiny_duo"))), Overrides((), (), tuple(ASKED)))
instance = build(document)
solution = trialopt.solve(instance)
solution.tables.arms

# %% [markdown]
# ## Played
#
# Patients come in, are randomised within their subgroup, respond or not; looks are taken, bounds are crossed. Without
# an effect, with the one the trial is sized for, with the one predicted, and with effects drawn from all that is
# uncertain.

# %%
trial = trial_of(solution, instance, document)
scenarios = [
    Scenario("accrual x0.5", accrual=0.5),
    Scenario("control 5 points better", control_added=0.05),
    Scenario("nothing in the frail", without=("frail",)),
]
found = trialopt.simulate(trial, scenarios=scenarios, trials=2000)
found.power

# %%
found.plot()

# %% [markdown]
# Claimed and attained, with the Monte Carlo error.

# %%
for claim in found.claims["tiny_duo"]:
    power = found.number("effect sized for", "all", arm=claim.arm)
    level = found.number("no effect", "all", arm=claim.arm)
    print(f"{claim.arm}: power {claim.power:.3f}, attained {power.value:.3f} (error {power.error:.3f});", end=" ")
    print(f"alpha {claim.alpha:.3f}, attained {level.value:.3f} (error {level.error:.3f})")
    assert power.value > claim.power - 0.05
    assert level.value < claim.alpha + 0.015

# %% [markdown]
# The mean success over predictive draws is the assurance: lower than the power, as some truths have no effect.

# %%
found.frame.query("what == 'all' and arm == ''")[["scenario", "value", "error"]]

# %% [markdown]
# What the trial takes, and where it stops.

# %%
takes = found.frame.query("arm == '' and what in ['patients', 'patients_90', 'months', 'months_90', 'worse']")
takes.pivot_table(index="scenario", columns="what", values="value", sort=False).round(1)

# %%
stops = found.frame.query("what in ['stop_success', 'stop_futility', 'month_of']")
stops.pivot_table(index=["arm", "scenario", "of"], columns="what", values="value", sort=False).round(3)
