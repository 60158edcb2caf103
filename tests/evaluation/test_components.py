"""Component arms by hand (model section 12). bor leaves 0.5 of the disease, car 0.4, dex 0.9, ven 0.7."""

from math import ceil, exp, log, sqrt

import numpy as np
import pytest

from tests.evaluation.sized import (
    NORMAL,
    events_of,
    over_strata,
    patients_for,
    response_patients,
    response_power,
    schoenfeld,
)
from tests.evaluation.small import BOR, CAR, DEX, arm, one, small
from trialopt.core.design import Contribution, Design, Interim, TrialSettings
from trialopt.core.digest import digest
from trialopt.core.instance import Instance
from trialopt.evaluation import evaluate
from trialopt.evaluation.calendar import calendar
from trialopt.evaluation.result import ArmSize
from trialopt.sizing import inflation_for

RATES = np.array([0.3, 0.3])
HALVES = {"share": np.full(2, 0.5), "control_rate": RATES}


def asked(require: str = "novel", **settings) -> dict:
    more = {name: settings.pop(name) for name in ("alpha", "power", "target") if name in settings}
    return {"power": 0.8, "contribution": Contribution(require, **more), **settings}


def size_of(instance: Instance, design: Design) -> ArmSize:
    judged = evaluate(instance, design)
    assert judged.feasible, judged.violations
    size = judged.arms[0].size
    assert size is not None
    return size


def test_a_novel_pair_by_hand() -> None:
    """0.8 against 0.3 of the control asks for 12 patients, against 0.6 without bor for 79, without car (0.5) for 36."""
    size = size_of(small(trial=asked(), **HALVES), one("bor car"))
    assert [(part.without, part.needed) for part in size.components] == [("bor", 79), ("car", 36)]
    assert [part.rate for part in size.components] == pytest.approx([0.6, 0.5])
    assert [ceil(response_patients(p, 0.8)[0]) for p in (0.6, 0.5, 0.3)] == [79, 36, 12]
    assert (size.own_patients, size.control_patients, size.patients) == (79, 12, 3 * 79)
    assert [part.arm.name for part in size.components] == ["A1a", "A1b"]
    assert [str(part.arm.sequence["induction"][0]) for part in size.components] == ["car", "bor"]
    assert dict(size.components[0].experimental) == dict(size.experimental) == {"fit": 40, "frail": 39}
    assert [part.power for part in size.components] == pytest.approx(
        [response_power(0.6, 0.8, 79, 79), response_power(0.5, 0.8, 79, 79)]
    )
    assert size.power == pytest.approx(response_power(0.3, 0.8, 12, 79))


def test_only_pairs_without_precedent_ask() -> None:
    """bor and car were given before, ven with neither; dex with each but ven."""
    known = frozenset(map(frozenset, (("bor", "car"), ("bor", "dex"), ("car", "dex"))))
    instance = small(trial=asked(), rules={"precedents": known}, **HALVES)
    assert size_of(instance, one("bor car dex", "ven")).components == ()
    assert [part.without for part in size_of(instance, one("bor dex ven")).components] == ["bor", "dex", "ven"]
    assert [part.without for part in size_of(instance, one("bor car ven")).components] == ["bor", "car", "ven"]
    none = small(trial={"power": 0.8}, rules={"precedents": known}, **HALVES)
    assert size_of(none, one("bor car ven")).components == ()


def test_all_asks_of_every_agent_but_corticosteroids() -> None:
    classes = ("pi", "imid", "corticosteroid", "bcl2")
    known = frozenset(map(frozenset, (("bor", "dex"), ("bor", "car"), ("car", "dex"))))
    instance = small(trial=asked("all"), rules={"precedents": known}, classes=classes, **HALVES)
    size = size_of(instance, one("bor dex"))
    assert [(p.without, str(p.arm.sequence["induction"][0])) for p in size.components] == [("bor", "dex")]
    assert [part.without for part in size_of(instance, one("bor car dex")).components] == ["bor", "car"]


def test_the_control_stands_in_where_nothing_is_left() -> None:
    """A single agent: its comparison with the control at the level and power asked for, and no arm more."""
    instance = small(trial=asked("all", power=0.95, allocation_ratio=2.0), **HALVES)
    settings = {"power": 0.8, "allocation_ratio": 2.0}
    size, alone = size_of(instance, one("car")), size_of(small(trial=settings, **HALVES), one("car"))
    n0, n1 = over_strata((0.5, 0.5), RATES, np.full(2, 0.6), ratio=2, pooled=True, power=0.95)
    assert (size.control_patients, size.patients) == (ceil(n0), ceil(n1))
    assert size.patients > alone.patients
    assert [(part.arm, part.patients, part.ratio) for part in size.components] == [(None, 0, 2.0)]


def test_level_power_and_target_of_the_comparisons() -> None:
    """0.5 to 0.65 and 0.6 to 0.75 at a level of 0.1: 96 and 86 patients."""
    instance = small(trial=asked(alpha=0.1, target=0.15, multiplicity="bonferroni"), **HALVES)
    design = Design((arm("fit", "bor car"), arm("frail", "bor car", name="A2")))
    first, second = (numbers.size for numbers in evaluate(instance, design).arms)
    assert first is not None
    assert second is not None
    needed = [ceil(response_patients(p, p + 0.15, alpha=0.1)[0]) for p in (0.6, 0.5)]
    assert [part.needed for part in first.components] == needed == [86, 96]
    assert (first.own_patients, first.alpha, first.components[0].alpha) == (96, 0.0125, 0.1)
    assert [part.arm.name for part in second.components] == ["A2a", "A2b"]


def test_shrink_looks_and_assessments_count() -> None:
    looks = Interim(1, "pocock")
    trial = asked(power=0.9, alpha=0.05, shrink=0.8, interim=looks, not_evaluable=0.1)
    size = size_of(small(trial=trial, **HALVES), one("bor car"))
    p0, factor = 0.6, inflation_for(looks, 0.05, 0.9)
    plain = response_patients(p0, p0 + 0.8 * 0.2, alpha=0.05, power=0.9)[0]
    assert size.components[0].needed == ceil(plain * factor / 0.9)
    assert size.components[0].inflation == pytest.approx(factor)


def test_equal_allocation_between_the_arms_compared() -> None:
    """2 : 1 against the control, whose test is pooled then; 1 : 1 between arms, where it is not."""
    size = size_of(small(trial=asked(allocation_ratio=2.0), **HALVES), one("bor car"))
    assert (size.components[0].needed, size.components[0].ratio, size.method) == (79, 1.0, "pooled")
    pooled = size_of(small(trial=asked(null_variance="pooled"), **HALVES), one("bor car"))
    assert pooled.components[0].needed == ceil(over_strata((1.0,), (0.6,), (0.8,), pooled=True)[0]) > 79


def test_patients_months_and_money_count() -> None:
    costs = np.array([100.0, 10.0, 0, 1.0, 0])
    trial = asked(max_patients=248, max_accrual_months=24.8, budget=1.0)
    instance = small(trial=trial, cost_per_cycle=costs, accrual=np.array([6.0, 4.0]), **HALVES)
    judged = evaluate(instance, one("bor car"))
    size = judged.arms[0].size
    assert size is not None
    assert size.accrual_months == pytest.approx((3 * 79 + 12) / 10)
    assert size.cost == pytest.approx(4 * 79 * (110 + 10 + 100))
    assert [v.rule for v in judged.violations] == ["max_patients", "max_accrual_months", "budget"]
    drawn = calendar(instance, judged.arms[0])
    assert drawn.analyses[-1].patients == 79 + 12
    assert drawn.study_months == pytest.approx(24.9)


def test_without_an_effect_or_below_the_target_there_is_no_size() -> None:
    useless = np.repeat(np.array([[0.0], [0.9], [0], [0], [0]]), 2, axis=1)
    none = evaluate(small(trial=asked(), beta=useless, **HALVES), one("bor car"))
    assert [(v.rule, v.sentence) for v in none.violations] == [
        (
            "size",
            "A1 has no effect of bor to be sized for: it is predicted a response rate of 0.593 against 0.593 of A1a, "
            "A1 without bor",
        )
    ]
    short = evaluate(small(trial=asked(target=0.25), **HALVES), one("bor car"))
    assert [v.sentence for v in short.violations] == [
        "A1 is predicted a response rate of 0.800 against 0.600 of A1a, A1 without bor: a difference of 0.200, below "
        "the target 0.250 of a contribution"
    ]
    high = evaluate(small(trial=asked(), beta=np.full((5, 2), 40.0), **HALVES), one("bor"))
    assert "must be below 1" in high.violations[0].sentence
    full = small(trial=asked(target=0.25, endpoint="response"), beta=np.full((5, 2), 1.2), **HALVES)
    assert "below the target" in evaluate(full, one("bor car")).violations[0].sentence


def test_a_component_arm_keeps_the_rules_but_for_requires_and_min_agents() -> None:
    rules = {"requires": (("bor", ("car",)), ("car", ("bor",)))}
    loose = small(trial=asked(), rules=rules, min_agents=np.array([2, 0]), **HALVES)
    assert len(size_of(loose, one("bor car")).components) == 2
    backbone = size_of(small(trial=asked(), rules={"include": ("bor",)}, **HALVES), one("bor car"))
    assert [part.without for part in backbone.components] == ["car"]
    assert backbone.components[0].arm.name == "A1b"
    assert backbone.unshown == (
        "No component arm shows what bor adds to A1: without it, A1a gives no bor: every arm must include it in some "
        "epoch",
    )
    harm = small(trial=asked(no_harm=True), control=((CAR,), ()), share=np.full(2, 0.5))
    harmless = size_of(harm, one("bor car"))
    assert [part.without for part in harmless.components] == ["bor"]
    assert "below 0.360 of the control regimen" in harmless.unshown[0]


def test_rates_are_anchored_and_by_stratum() -> None:
    """Control dex is observed at 0.2 and 0.4; an arm leaves its share of what dex leaves."""
    observed = np.array([0.2, 0.4])
    instance = small(trial=asked(), control=((4,), ()), control_rate=observed)
    size = size_of(instance, one("bor car"))
    low, high = 1 - (1 - observed) * 0.4 / 0.9, 1 - (1 - observed) * 0.2 / 0.9
    assert size.components[0].needed == ceil(over_strata((0.75, 0.25), low, high)[0])
    assert list(size.components[0].strata.values()) == [pytest.approx(pair) for pair in zip(low, high, strict=True)]


def test_survival_by_hand() -> None:
    """The first epoch counts, whatever later ones give; the component arm fails at its own predicted hazard."""
    ratios = np.array([0.5, 0.6, 0.9, 1.0, 0.8])
    course = {"control_median_months": 9.0, "follow_up_months": 6.0, "dropout_per_month": 0.01}
    instance = small(
        trial=asked(endpoint="pfs", alpha=0.05, **course), hazard_ratio=ratios, accrual=np.array([3.0, 1.0])
    )
    size = size_of(instance, one("bor car", "bor"))
    for part, other in zip(size.components, (CAR, BOR), strict=True):
        mine = ratios[BOR if other == CAR else CAR] ** 0.6
        beside = ratios[other] ** 0.6 * ratios[BOR] ** 0.4
        assert part.hazard_ratio == pytest.approx(mine)
        events = schoenfeld(mine, alpha=0.05)
        patients = patients_for(events, 4.0, mine, 9.0 / beside, 6.0, 0.01)
        assert part.needed == ceil(patients / 2)
        assert part.events == pytest.approx(events)
        seen = events_of(2 * size.own_patients, 4.0, mine, 9.0 / beside, 6.0, 0.01)
        assert part.power == pytest.approx(NORMAL.cdf(sqrt(seen) / 2 * -log(mine) - NORMAL.inv_cdf(0.95)))
        assert part.strata["fit"] == pytest.approx((beside * log(2) / 9, mine * beside * log(2) / 9))
    assert size.own_patients == max(part.needed for part in size.components)
    assert size.accrual_months == pytest.approx((size.patients + size.control_patients) / 4)
    above = small(trial=asked(endpoint="pfs", target=0.5, **course), hazard_ratio=ratios, accrual=np.array([3.0, 1.0]))
    assert "above the target 0.500 of a contribution" in evaluate(above, one("bor car")).violations[0].sentence
    worse = np.where(np.arange(5) == DEX, exp(0.1), ratios)
    none = small(trial=asked(endpoint="pfs", **course), hazard_ratio=worse, accrual=np.array([3.0, 1.0]))
    assert "has no effect of dex" in evaluate(none, one("bor dex")).violations[0].sentence


def test_a_table_that_asks_nothing_changes_no_digest() -> None:
    instance = small(trial={"power": 0.8})
    assert TrialSettings(max_arms=1).contribution is None
    other = small(trial=asked())
    assert digest(instance) == digest(small(trial={"power": 0.8, "contribution": None})) != digest(other)
