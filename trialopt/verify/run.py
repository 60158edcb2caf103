"""A run checked from its folder: the question read again, and everything claimed of it recomputed or reproduced."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any

from trialopt.core import WrongInput
from trialopt.core.instance import Floats, Instance
from trialopt.core.read_back import read_back
from trialopt.core.run import PROVEN_TO, relative_gap
from trialopt.core.run_folder import changed
from trialopt.core.truths import digest
from trialopt.reading import InputErrors, build, load
from trialopt.verify.assured import Shown
from trialopt.verify.claims import claims_of_bound, claims_of_nothing
from trialopt.verify.design import PlainArm, arms_of, broken, numbers_of, value_of
from trialopt.verify.drawn import Drawn
from trialopt.verify.effects import World, world_of
from trialopt.verify.facts import Facts, facts_of
from trialopt.verify.findings import Finding, Verdict, first
from trialopt.verify.looks import inflation
from trialopt.verify.question import told_otherwise
from trialopt.verify.record import differs, shown_otherwise
from trialopt.verify.regimens import TooMany
from trialopt.verify.sized_record import ArmSize, size_told
from trialopt.verify.sizes import Sizing, sizing_of
from trialopt.verify.truths import (
    UnderTruths,
    asked_value,
    asks_limits,
    asks_value,
    fresh_otherwise,
    show_of,
    too_little_assured,
    with_rules_only,
)

RECORD, CERTIFICATE, QUESTION = "solution.json", "certificate.json", "instance"

Json = Mapping[str, Any]


def verify(run: Path) -> Verdict:
    """Check a run's folder.

    Raises `WrongInput` where a file is missing or cannot be read. What is not so, or could not be shown, is told by the
    findings.
    """
    folder = run if run.is_dir() else run.parent
    record = read_json(folder / RECORD)
    certificate = read_json(folder / CERTIFICATE) if (folder / CERTIFICATE).exists() else None
    return Verdict(tuple(_Check(folder, record, _question(folder, record), certificate).findings()))


def read_json(path: Path) -> dict[str, Any]:
    """An object of a JSON file. Raises `WrongInput`."""
    path, data = read_back(path, path.name)
    if not isinstance(data, dict):
        raise WrongInput(f"{path}: not an object; `trialopt solve --out` writes one")
    return data


def _question(folder: Path, record: Json) -> Instance:
    place = folder / QUESTION
    if not place.is_dir():
        raise WrongInput(f"{place}: no such folder, so what the run answered is not known; solve it again with --out")
    try:
        return build(replace(load(place), name=str(record["instance"]["name"])))
    except InputErrors as error:
        raise WrongInput(f"{place}: the question of the run cannot be read\n{error}") from None


def _shown(gap: float) -> str:
    """A gap in digits that do not depend on the machine; bounds are proven to 1e-6."""
    return f"{gap:.2g}" if gap > PROVEN_TO else f"less than {PROVEN_TO:g}"


class _Check:
    def __init__(self, folder: Path, record: Json, instance: Instance, certificate: Json | None) -> None:
        self._folder, self._record, self._certificate = folder, record, certificate
        self._instance = instance
        self._facts: Facts = facts_of(instance, every=True)
        self._drawn: Drawn | None = None
        self._again: list[str] = []
        self._worth: Floats | None = None
        if instance.truths is not None:
            from trialopt.verify.draws import Again  # knows distributions, which are SciPy's

            again = Again(instance)
            self._drawn, self._again = Drawn(instance, again.truths), again.wrong

    def findings(self) -> Iterator[Finding]:
        yield from self._files()
        if not self._same_question():
            yield Finding("question", "wrong", "instance/ is not the question that was answered: it was changed since")
        else:
            digest = str(self._record["instance"]["sha256"])[:12]
            yield Finding("question", "right", f"instance/ is what was answered (sha256 {digest}...)")
        arms = arms_of(self._instance, self._record)
        if arms:
            yield from self._design(arms)
        if self._record["ending"] == "infeasible":
            yield from claims_of_nothing(self._instance, self._drawn)
        elif self._record["bound"] is not None:
            yield from self._proof()

    def _same_question(self) -> bool:
        return bool(self._instance.sha256 == self._record["instance"]["sha256"])

    def _files(self) -> Iterator[Finding]:
        other = changed(self._folder, RECORD)
        if other is None:
            yield Finding("files", "open", "the folder has no list of the run's files, so changes would not be seen")
        elif other:
            yield Finding("files", "wrong", f"changed since the run wrote them: {first(other)}")
        else:
            yield Finding("files", "right", "no file was changed since the run wrote it")

    def _design(self, arms: list[PlainArm]) -> Iterator[Finding]:
        facts, i = self._facts, self._instance
        numbers = [numbers_of(facts, arm) for arm in arms]
        plain = with_rules_only(i)
        wrong = [*broken(facts if plain is i else facts_of(plain, every=True), arms, numbers)]
        sizes, more = self._sizes(arms) if i.trial.sized else ([], None)
        which = "rule and limit" if plain is i else "rule"
        under = None if self._drawn is None else UnderTruths(facts_of(i), self._drawn, arms)
        yield from self._sized(wrong, f"every {which} holds in {len(arms)} arm{'s' * (len(arms) > 1)}", sizes, more)
        found = value_of(facts, arms, numbers)
        self._worth = None if under is None else under.values
        if under is not None and asks_value(i):
            found = asked_value(i, under.values)
        claimed = self._record["value"]
        wrong = [f"{claimed} is told, and the design is worth {found:.9f}"] if differs(claimed, found) else []
        yield Finding.of("value", wrong, f"the design is worth {found:.4f}")
        if under is not None:
            yield from self._under_truths(under, arms, sizes)
        wrong = [
            sentence
            for arm, cells, own in zip(arms, self._record["arms"], numbers, strict=True)
            for sentence in shown_otherwise(i, arm, cells, own)
        ]
        yield Finding.of("numbers", wrong, "coverage, prevalence, risk and burden are what the tables give")
        wrong = list(told_otherwise(i, self._record["trial"]))
        yield Finding.of("limits", wrong, "shares, weights and limits shown are those of the instance")

    def _sizes(self, arms: list[PlainArm]) -> tuple[list[ArmSize | str], str | None]:
        """Each arm's size, and why none could be computed."""
        try:
            sizing = self._sizing(len(arms))
            return [size_told(sizing, arm, told) for arm, told in zip(arms, self._record["arms"], strict=True)], None
        except TooMany as what:
            return [], f"not computed again: {what}"

    @cached_property
    def _world(self) -> World:
        """The numbers behind sizes, in each truth where there are some."""
        return world_of(facts_of(self._instance), self._drawn)

    def _sizing(self, arms: int) -> Sizing:
        trial = self._instance.trial
        alpha = trial.alpha / arms if trial.multiplicity == "bonferroni" else trial.alpha
        return sizing_of(self._world, arms, inflation(trial.interim, alpha, trial.power or 0.5))

    def _sized(self, wrong: list[str], right: str, sizes: list[ArmSize | str], why: str | None) -> Iterator[Finding]:
        """The findings on the design and on its sizes."""
        trial = self._instance.trial
        known = [size for size in sizes if isinstance(size, ArmSize)]
        patients, money = sum(size.total for size in known), sum(size.cost for size in known)
        if trial.sized and trial.max_patients is not None and patients > trial.max_patients:
            wrong = [*wrong, f"{patients:.0f} patients, above the limit of {trial.max_patients}"]
        if trial.sized and trial.budget is not None and money > trial.budget + 1e-9 * max(1.0, trial.budget):
            wrong = [*wrong, f"it costs {money:.2f}, above the budget of {trial.budget:.2f}"]
        yield Finding.of("design", wrong, right)
        if why is not None:
            yield Finding("sizes", "open", why)
        elif trial.sized:
            told = [sentence for size in sizes for sentence in ([size] if isinstance(size, str) else size.wrong)]
            yield Finding.of("sizes", told, f"{patients:.0f} patients, by formulas of the model text")

    def _under_truths(self, under: UnderTruths, arms: list[PlainArm], sizes: list[ArmSize | str]) -> Iterator[Finding]:
        i, told = self._instance, self._record.get("uncertainty") or {}
        assert i.truths is not None
        wrong = [*self._again]
        if told.get("draws_sha256") != digest(i, i.truths):
            wrong.append("the digest of the draws is another one")
        wrong += fresh_otherwise(i, told, arms)
        count, inputs = len(i.truths), len(i.truths.inputs)
        yield Finding.of("draws", wrong, f"{count:,} truths of {inputs} numbers, drawn again by the recipe")
        if asks_limits(i):
            wrong = list(under.held_too_seldom())
            share = f"{100 * (i.uncertainty.confidence or 0):g} %" if i.uncertainty else ""
            yield Finding.of("confidence", wrong, f"each of {under.limits} limits holds in {share} of the truths")
        sized: list[ArmSize | None] = [size if isinstance(size, ArmSize) else None for size in sizes] or [None] * len(
            arms
        )
        sizing = self._sizing(len(arms)) if i.trial.sized else None
        shows: list[Shown | None] = [
            None if size is None or sizing is None else show_of(sizing, arm, size)
            for arm, size in zip(arms, sized, strict=True)
        ]
        wrong = list(under.told_otherwise(told, shows, sized))
        for arm, show in zip(arms, shows, strict=True):
            wrong += [] if show is None else too_little_assured(i, arm, show)
        yield Finding.of(
            "truths", wrong, "mean, worst share, limits kept and chances of success are what the draws give"
        )

    def _proof(self) -> Iterator[Finding]:
        value, bound, gap = (self._record[name] for name in ("value", "bound", "gap"))
        if value is not None:
            wrong = []
            if bound < value - PROVEN_TO:
                wrong.append(f"the bound {bound} is below the value {value}")
            if differs(gap, relative_gap(value, bound)):
                wrong.append(f"a gap of {gap} is told, and it is {relative_gap(value, bound):.9g}")
            apart = relative_gap(value, bound)
            asked = float(self._record["provenance"].get("options", {}).get("gap", 1e-4))
            optimal = self._record["ending"] == "optimal"
            if optimal and apart > max(asked, PROVEN_TO) + 1e-12:
                wrong.append(f"optimal is told at a gap of {apart:.3g}, and {asked:g} was asked for")
            within = f", within the {asked:g} asked for" if optimal else ""
            yield Finding.of("gap", wrong, f"value and bound are {_shown(apart)} apart{within}")
        if self._certificate is None:
            yield Finding("bound", "open", "not reproduced: the folder has no certificate.json; solve it again")
            return
        claims = {name: self._certificate.get(name) for name in ("value", "bound", "ending")}
        if claims != {name: self._record[name] for name in claims}:
            yield Finding("bound", "wrong", "certificate.json has another value, bound or ending than solution.json")
            return
        yield from claims_of_bound(self._instance, self._drawn, self._certificate, float(bound), self._worth)
