"""Component arms in a record: made of the judge's numbers, written as JSON, read back, and told in words."""

from __future__ import annotations

from typing import Any

from trialopt.core.design import Dose
from trialopt.core.instance import Instance
from trialopt.evaluation.patients import accrual_parts
from trialopt.evaluation.result import ArmSize, Component, listed
from trialopt.record.parts import ComponentSizing

Json = dict[str, Any]


def component_of(instance: Instance, part: Component) -> ComponentSizing:
    """One comparison by name."""
    coverage = {}
    if part.arm is not None and part.coverage is not None:
        rows = zip(part.arm.subgroups, part.coverage.tolist(), strict=True)
        coverage = {g: dict(zip(instance.epochs, row, strict=True)) for g, row in rows}
    return ComponentSizing(
        arm="" if part.arm is None else part.arm.name,
        without=part.without,
        sequence={} if part.arm is None else dict(part.arm.sequence),
        patients=part.patients,
        allocation=dict(part.experimental),
        coverage=coverage,
        rate=part.rate,
        hazard_ratio=part.hazard_ratio,
        sized_for=part.sized_for,
        needed=part.needed,
        events=part.events,
        alpha=part.alpha,
        power=part.power,
        inflation=part.inflation,
        cost=part.cost,
    )


def component_json(part: ComponentSizing) -> Json:
    """A comparison as `solution.json` has it."""
    doses = {s: [{"agent": d.agent, "level": d.level} for d in given] for s, given in part.sequence.items()}
    return {**vars(part), "sequence": doses}


def component_from(data: Json) -> ComponentSizing:
    """What `component_json` wrote."""
    names = ComponentSizing.__dataclass_fields__
    doses = {s: tuple(Dose(d["agent"], d["level"]) for d in given) for s, given in data["sequence"].items()}
    return ComponentSizing(**{**{name: data[name] for name in names}, "sequence": doses})


def contribution_basis(instance: Instance, size: ArmSize, name: str) -> Json:
    """What the comparisons with component arms rest on; empty where there are none."""
    asked = instance.trial.contribution
    if asked is None or not (size.components or size.unshown):
        return {}
    return {
        "contribution": {
            "require": asked.require,
            "against_control": list(size.needed or (size.own_patients, size.control_patients)),
            "power": asked.power,
            "target": asked.target,
            "shrink": instance.trial.shrink,
            "components": [_basis(instance, part, name) for part in size.components],
            "unshown": list(size.unshown),
            "sentence": sentence_of(instance, size, name),
        }
    }


def _basis(instance: Instance, part: Component, name: str) -> Json:
    pfs = instance.trial.endpoint == "pfs"
    keys = ("hazard", "hazard_of_arm") if pfs else ("p0", "p1")
    groups = [instance.subgroups.index(g) for g in part.strata]
    cells = zip(part.strata.items(), accrual_parts(instance, groups).tolist(), strict=True)
    trial = instance.trial
    pooled = trial.pools_null_variance if part.arm is None else trial.null_variance == "pooled"
    return {
        "arm": "" if part.arm is None else part.arm.name,
        "against": name,
        "without": part.without,
        "alpha": part.alpha,
        "allocation_ratio": part.ratio,
        "inflation": part.inflation,
        "sized_for": part.sized_for,
        "needed": part.needed,
        "events": part.events,
        "null_variance": "pooled" if pooled else "unpooled",
        "strata": [{"subgroup": g, "f": f, **dict(zip(keys, both, strict=True))} for (g, both), f in cells],
    }


def sentence_of(instance: Instance, size: ArmSize, name: str) -> str:
    """What an arm has to show of its agents, against which arms, and with how many patients."""
    asked = instance.trial.contribution
    if asked is None or not size.components:
        return " ".join(f"{text}." for text in size.unshown)
    told = [f"{part.without} (against {_against(part)}: {_effect(part)})" for part in size.components]
    one = size.components[0]
    whole = "sized for" if asked.target is None else "sized for the target of"
    several = "each comparison" if len(told) > 1 else "the comparison"
    text = (
        f"{name} has to show what it owes to {listed(told)}: {several} at a one-sided alpha of {one.alpha:.4g} and a "
        f"power of {100 * asked.power:g} %, all of which must succeed, {whole} the effect given. So {name} and each of "
        f"its component arms have {size.own_patients:,} patients."
    )
    return " ".join([text, *(f"{extra}." for extra in size.unshown)])


def _against(part: Component) -> str:
    return "the control, as nothing is left without it" if part.arm is None else part.arm.name


def _effect(part: Component) -> str:
    if part.hazard_ratio is not None:
        return f"hazard ratio {part.sized_for:.3f}"
    return f"{100 * part.sized_for:.1f} points over {100 * (part.rate or 0.0):.1f} %"
