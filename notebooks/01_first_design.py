# %% [markdown]
# # A first design: solve and read it
#
# Which arms, with which regimens in which epoch, for which patients? We solve the smallest shipped instance, whose
# answer can be checked by hand, and read the design from the top: the arms, what they cover, what they risk, the proof.

# %%
import trialopt

# %% [markdown]
# `find` gives the path of a shipped instance; the path of any folder works the same.

# %%
instance = trialopt.read(trialopt.find("tiny_duo"))
instance

# %% [markdown]
# `solve` returns the best design with its proof. The value is computed exactly at the design. The bound is proven: no
# design that keeps the rules and limits is worth more. The gap is the distance between the two.

# %%
solution = trialopt.solve(instance)
solution

# %%
solution.value, solution.bound, solution.gap, solution.ending

# %% [markdown]
# ## The arms
#
# One row an arm. `coverage_EPOCH` is the share of the disease that the regimen deals with; in the first epoch it is the
# predicted response rate.

# %%
solution.tables.arms

# %%
schema = solution.plot.schema()
schema

# %% [markdown]
# ## What they cover
#
# The same by resistance mechanism. The weakest mechanism of each subgroup is where resistance will come from.

# %%
coverage = solution.tables.mechanism_coverage
coverage[coverage["weakest"]]

# %%
solution.plot.coverage()

# %% [markdown]
# ## What they risk
#
# Severe events against their limits. Limits of which at least 90 % is used bind: they shape the design.

# %%
risk = solution.tables.risk
risk[risk["binding"]]

# %%
solution.plot.toxicity()

# %% [markdown]
# ## Is it right?
#
# `evaluate` judges any design, the solver's or your own, with code that shares nothing with the search.

# %%
evaluation = trialopt.evaluate(instance, solution.design)
assert evaluation.feasible
assert abs(evaluation.value - solution.value) < 1e-9
evaluation

# %% [markdown]
# A design of your own: what if frail patients got the regimen of the fit?

# %%
fit = solution.design.arm_of("fit")
same_for_all = trialopt.Design((trialopt.Arm("A1", tuple(instance.subgroups), fit.sequence),))
trialopt.evaluate(instance, same_for_all)

# %% [markdown]
# ## Keep it
#
# `save` writes `solution.json`, from which every table, figure and report can be made again, without the instance.

# %%
solution.save("first_design")
schema.write("first_design/schema.svg")
trialopt.Solution.load("first_design")
