"""What a run claims of all designs: that none is above its bound, or that there is none."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from trialopt.core import WrongInput
from trialopt.core.instance import Floats, Instance
from trialopt.verify.bound import Reach
from trialopt.verify.choices import Case
from trialopt.verify.drawn import Drawn
from trialopt.verify.effects import world_of
from trialopt.verify.facts import facts_of
from trialopt.verify.findings import Finding
from trialopt.verify.looks import inflation
from trialopt.verify.mixed import mixed
from trialopt.verify.nothing import none_of_all, too_large, without_regimen, without_sequence
from trialopt.verify.proven import Proof, proven
from trialopt.verify.regimens import Regimens, TooMany, regimens_of
from trialopt.verify.sizes import sizing_of

Json = Mapping[str, Any]

MOST_PRICE = 1e6
"""Prices, and prices of all there is of something, above which rounding could hide a better design."""

TOLERANCE = 1e-6
"""Bounds are proven up to this."""


def _reach(instance: Instance, drawn: Drawn | None, weights: Floats | None = None) -> tuple[Reach, list[Regimens]]:
    """What can be searched, at weights of the truths. Raises `TooMany`."""
    trial, asked = instance.trial, instance.uncertainty
    world = world_of(facts_of(instance), drawn)
    plain = [regimens_of(world.facts, s, world.limits) for s in range(len(instance.epochs))]
    facts, epochs = mixed(world, plain, weights)
    sizings = {}
    for arms in range(1, min(trial.max_arms, len(instance.subgroups)) + 1):
        alpha = trial.alpha / arms if trial.multiplicity == "bonferroni" else trial.alpha
        factor = inflation(trial.interim, alpha, trial.power) if trial.power is not None else 1.0
        sizings[arms] = sizing_of(world, arms, factor)
    tail = asked.tail if asked is not None and asked.objective == "cvar" else None
    return Reach(world, facts, epochs, sizings, tail), epochs


def _weights(instance: Instance, certificate: Json, worth: Floats | None) -> Floats | None:
    """Weights of the truths for the bound; `None` where the inputs count as given."""
    asked = instance.uncertainty
    if asked is None or instance.truths is None or asked.objective == "given":
        return None
    count = len(instance.truths)
    if asked.objective == "mean":
        return np.full(count, 1 / count)
    most = 1 / (asked.tail * count)
    if "weights" in certificate:
        try:
            given = np.array([float(weight) for weight in certificate["weights"]])
        except (TypeError, ValueError) as error:
            raise WrongInput(f"certificate.json: weights cannot be read ({error})") from None
        good = len(given) == count and bool((given >= 0).all() and (given <= most * (1 + 1e-9)).all())
        if not good or abs(float(given.sum()) - 1) > 1e-9:
            raise WrongInput("certificate.json: weights of the truths are not shares of at most 1 / (tail N) each")
        return given
    if worth is None:
        return np.full(count, 1 / count)
    own = np.empty(count)
    own[np.argsort(worth, kind="stable")] = np.clip(1 - most * np.arange(count), 0.0, most)
    return own


def claims_of_bound(
    instance: Instance, drawn: Drawn | None, certificate: Json, bound: float, worth: Floats | None = None
) -> Iterator[Finding]:
    """Whether no design is above the bound; `worth` (N,) is the design's own in each truth."""
    try:
        reach, epochs = _reach(instance, drawn, _weights(instance, certificate, worth))
        cases = _cases(instance, certificate, reach)
        proofs = [_settled(reach, case, bound) for case in cases]
    except TooMany as why:
        yield Finding("bound", "open", f"not reproduced: {why}")
        return
    worst = max((proof.most for proof in proofs), default=bound)
    if worst > bound + TOLERANCE * max(1.0, abs(bound)):
        more = f"{worst - bound:.1g}"
        yield Finding("bound", "wrong", f"not shown for {bound:.4f}: a design may be worth {more} more")
        return
    yield Finding("bound", "right", f"no design is above {_up(bound):.4f}: {_argument(instance, epochs, proofs)}")


def _up(bound: float) -> float:
    """A bound with four decimals, not below itself."""
    return math.ceil(round(bound * 1e4, 3)) / 1e4


def _argument(instance: Instance, epochs: list[Regimens], proofs: list[Proof]) -> str:
    counts = ", ".join(f"{len(regimens):,} in {s}" for s, regimens in zip(instance.epochs, epochs, strict=True))
    looked = sum(proof.looked_at or 0 for proof in proofs)
    rest = f", and all choices of the {looked} arms that these leave open" if looked else ""
    return f"weak duality with the certificate's prices over all regimens ({counts}){rest}"


def _cases(instance: Instance, certificate: Json, reach: Reach) -> list[Case]:
    """The certificate's prices, and for numbers of arms that it has none for some of our own."""
    most = min(instance.trial.max_arms, len(instance.subgroups))
    cases, left = [], set(range(1, most + 1))
    for given in certificate.get("cases", ()):
        try:
            worth = np.array([float(given["subgroup"][g]) for g in instance.subgroups])
            takes = {name: float(price) for name, price in given.get("takes", {}).items()}
            case = Case(
                int(given["arms"]),
                bool(given["exactly"]),
                worth,
                float(given["arm"]),
                takes.pop("patients", 0.0),
                takes.pop("budget", 0.0),
            )
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise WrongInput(f"certificate.json: a case cannot be read ({error})") from None
        charged = [*worth.tolist(), case.arm, *_charged(instance, case), *takes.values()]
        if not np.isfinite(charged).all():
            raise WrongInput("certificate.json: a price is not a finite number")
        if max(map(abs, charged)) > MOST_PRICE:
            raise TooMany(f"prices above {MOST_PRICE:g} leave nothing of differences in value")
        if any(takes.values()) or not 1 <= case.arms <= most or min(case.patients, case.money) < 0:
            raise WrongInput("certificate.json: a case has prices or numbers of arms that the trial does not have")
        if not case.exactly and case.arm < 0:
            raise WrongInput("certificate.json: the price of an arm is below 0")
        left -= {case.arms} if case.exactly else set(range(1, case.arms + 1))
        cases.append(case)
    if left and cases and all(case.exactly for case in cases):
        own = [Case(arms, True, np.zeros(len(instance.subgroups)), 0.0, 0.0, 0.0) for arms in sorted(left)]
        return cases + own
    if left:
        best = np.nan_to_num(instance.share * reach.search.root.rest[0].sum(axis=0), neginf=0.0)
        bonferroni = instance.trial.sized and instance.trial.multiplicity == "bonferroni"
        counts = sorted(left) if bonferroni else [most]
        return [*cases, *(Case(arms, bonferroni, best, 0.0, 0.0, 0.0) for arms in counts)]
    return cases


def _charged(instance: Instance, case: Case) -> tuple[float, float]:
    """What all patients and all money cost at a case's prices."""
    trial = instance.trial
    return case.patients * (trial.max_patients or 1), case.money * (trial.budget or 1)


def _settled(reach: Reach, case: Case, bound: float) -> Proof:
    """What prices prove, else that no design has so many arms. Raises `TooMany`."""
    if case.exactly and too_large(reach, case.arms, True):
        return Proof(-np.inf, None)
    return proven(reach, case, bound)


def claims_of_nothing(instance: Instance, drawn: Drawn | None) -> Iterator[Finding]:
    """Whether there is no design."""
    try:
        asked = instance.uncertainty is not None and instance.uncertainty.objective != "given"
        alike = np.full(len(drawn), 1 / len(drawn)) if drawn is not None and asked else None
        reach, epochs = _reach(instance, drawn, alike)
        reason = without_regimen(reach.facts, epochs) or _without_split(instance, reach)
        reason = reason or without_sequence(reach.facts, reach)
        if not reason and all(none_of_all(reach, arms, True) for arms in _counts(instance)):
            reason = "all arms that rules and limits leave were looked at, and no choice of them makes a design"
    except TooMany as why:
        yield Finding("no design", "open", f"not shown: {why}")
        return
    if reason:
        yield Finding("no design", "right", f"there is none: {reason}")
    else:
        yield Finding("no design", "wrong", "there is one: a choice of arms keeps every rule and limit")


def _counts(instance: Instance) -> range:
    return range(1, min(instance.trial.max_arms, len(instance.subgroups)) + 1)


def _without_split(instance: Instance, reach: Reach) -> str:
    if not all(too_large(reach, arms, True) for arms in _counts(instance)):
        return ""
    if instance.trial.sized:
        return "every split of the subgroups takes more patients, money or months than there are, or shows no effect"
    return "no split of the subgroups is allowed"
