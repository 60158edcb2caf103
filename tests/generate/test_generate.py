"""Synthetic instances: the same from the same seed, any size, and limited by what limits a real trial."""

from __future__ import annotations

from dataclasses import asdict, replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import trialopt
from trialopt.core.coefficients import coefficients
from trialopt.core.design import Design
from trialopt.core.instance import Instance
from trialopt.engine.regimens import enumerate_regimens
from trialopt.generate import Size, generate
from trialopt.generate.people import EPOCHS
from trialopt.limits.named import named_limits
from trialopt.reading import build, write
from trialopt.reading.document import Document

SEEDS = range(1, 4)


@cache
def instance(seed: int, size: Size | None = None) -> Instance:
    return build(generate(size or Size(), seed))


def unsized(i: Instance) -> Instance:
    return replace(i, trial=replace(i.trial, power=None))


@cache
def best(seed: int) -> float:
    value = trialopt.solve(instance(seed)).value
    assert value is not None
    return value


def rows(document: Document) -> dict[str, list[dict[str, str]]]:
    return {name: [dict(row.cells) for row in table] for name, table in document.tables.items()}


def test_the_same_seed_makes_the_same_bytes(tmp_path: Path) -> None:
    size = Size(agents=12, levels=True, sized=True, carry=0.5)
    for name, seed in (("one", 7), ("again", 7), ("other", 8)):
        write(generate(size, seed), tmp_path / name)
    files = sorted(path.name for path in (tmp_path / "one").iterdir())
    assert "trial.toml" in files
    assert "levels.csv" in files
    content = {name: [(tmp_path / name / file).read_bytes() for file in files] for name in ("one", "again", "other")}
    assert content["one"] == content["again"]
    assert all(
        a != b for a, b, file in zip(content["one"], content["other"], files, strict=True) if "categor" not in file
    )


def test_levels_and_patients_leave_the_science_alone() -> None:
    plain = rows(generate(Size(), 3))
    more = rows(generate(Size(levels=True, sized=True), 3))
    assert len(more.pop("levels")) == 2 * 13
    added = {"accrual_per_month", "control_rate"}
    assert all(added <= set(row) for row in more["subgroups"])
    more["subgroups"] = [{k: v for k, v in row.items() if k not in added} for row in more["subgroups"]]
    assert more == plain


@settings(max_examples=40)
@given(
    st.integers(0, 10**6),
    st.builds(
        Size,
        agents=st.integers(1, 30),
        subgroups=st.integers(1, 15),
        arms=st.integers(1, 8),
        epochs=st.integers(1, len(EPOCHS)),
        mechanisms=st.integers(0, 20),
        levels=st.booleans(),
        sized=st.booleans(),
        carry=st.sampled_from([0.0, 0.5, 1.0]),
    ),
)
def test_any_size_is_an_instance_of_that_size(seed: int, size: Size) -> None:
    i = build(generate(size, seed))
    assert (len(i.agents), len(i.subgroups), len(i.epochs), len(i.mechanisms)) == (
        size.agents,
        size.subgroups,
        size.epochs,
        size.mechanisms + 1,
    )
    assert (i.trial.max_arms, i.trial.carry, i.trial.sized) == (size.arms, size.carry, size.sized)
    assert len(i.option_agent) == size.agents + (-(-size.agents // 2) if size.levels else 0)
    assert all("0.95" not in warning for warning in i.warnings)


@pytest.mark.parametrize(
    "wrong",
    [
        {"agents": 0},
        {"subgroups": 0},
        {"arms": 0},
        {"epochs": 0},
        {"epochs": 7},
        {"mechanisms": -1},
        {"carry": -0.1},
        {"carry": 1.1},
    ],
)
def test_sizes_that_make_no_instance(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        generate(Size(**{**asdict(Size()), **wrong}), 1)


# -- realism --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", SEEDS)
def test_toxicity_limits_decide_which_agents_fit_together(seed: int) -> None:
    i = instance(seed)
    within = len(enumerate_regimens(i, coefficients(i), 0))
    free = replace(i, limit=np.ones_like(i.limit))
    without = len(enumerate_regimens(free, coefficients(free), 0))
    assert within < without / 3
    assert within > 300
    value = trialopt.solve(free).value
    assert value is not None
    assert value > best(seed) + 0.005


@pytest.mark.slow
def test_rules_and_limits_of_every_kind_cost_something() -> None:
    """Over the seeds, a better design would be there without each of these; a rule that never binds is no rule."""
    kinds = ("cumulative", "one_per_class", "requires", "alone", "max_agents", "max_arms")
    bind: set[str] = set()
    for seed in SEEDS:
        for kind in set(kinds) - bind:
            i = instance(seed)
            for limit in named_limits(i):
                if kind in limit.words:
                    i = limit.drop(i)
            value = trialopt.solve(i, gap=1e-5).value
            assert value is not None
            if value > best(seed) * 1.0003:
                bind.add(kind)
    assert bind == set(kinds)


@pytest.mark.parametrize("seed", SEEDS)
def test_subgroups_want_different_arms(seed: int) -> None:
    one = instance(seed)
    value = trialopt.solve(replace(one, trial=replace(one.trial, max_arms=1))).value
    assert value is not None
    assert value < best(seed) * 0.995


@pytest.mark.parametrize("seed", SEEDS)
def test_a_sized_trial_is_a_sensible_one(seed: int) -> None:
    """Its best unsized design can be run: each arm reaches its target with patients that turn up in a few years."""
    i = instance(seed, Size(sized=True))
    trial = i.trial
    assert trial.no_harm
    assert (trial.power, trial.target_difference) == (0.8, 0.15)
    assert (trial.max_patients, trial.max_accrual_months, trial.budget) == (None, None, None)
    assert i.control is not None
    assert all(i.control)
    assert ((i.control_rate > 0.1) & (i.control_rate < 0.6)).all()
    design = trialopt.solve(unsized(i)).design
    assert isinstance(design, Design)
    judged = trialopt.evaluate(i, design)
    assert judged.violations == ()
    sizes = [numbers.size for numbers in judged.arms if numbers.size is not None]
    assert len(sizes) == len(design.arms)
    assert all(50 < size.patients < 250 for size in sizes)
    assert all(size.accrual_months is not None and 6 < size.accrual_months < 80 for size in sizes)
    assert all(1e6 < size.cost < 1e9 for size in sizes)


def test_a_cellular_therapy_is_paid_once() -> None:
    i = instance(1)
    cellular = i.agents_matching("class_06")
    assert cellular.any()
    assert (i.cost_per_cycle[cellular] == 0).all()
    assert (i.cost_per_course[cellular] > 0).all()
    assert (i.cost_per_cycle[~cellular] > 0).all()
    assert (i.cost_per_course[~cellular] == 0).all()


def test_every_row_says_that_it_is_made_up() -> None:
    for table in rows(generate(Size(levels=True, sized=True), 1)).values():
        assert all(row["source"] == "synthetic" for row in table)
