"""A run checked from its folder: the question read again, and everything claimed of it recomputed or reproduced."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from trialopt.core import WrongInput
from trialopt.core.instance import Instance
from trialopt.core.read_back import read_back
from trialopt.core.run import PROVEN_TO, relative_gap
from trialopt.core.run_folder import changed
from trialopt.reading import InputErrors, build, load
from trialopt.verify.claims import claims_of_bound, claims_of_nothing
from trialopt.verify.design import PlainArm, arms_of, broken, numbers_of, value_of
from trialopt.verify.facts import Facts, facts_of
from trialopt.verify.findings import Finding, Verdict, first
from trialopt.verify.looks import inflation
from trialopt.verify.question import told_otherwise
from trialopt.verify.record import differs, shown_otherwise, sizes_otherwise
from trialopt.verify.sizes import NotRecomputed, Sizing, sizing_of
from trialopt.verify.truths import with_rules_only, worth_of

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
            yield from claims_of_nothing(self._instance)
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
        told = self._record["arms"]
        plain = with_rules_only(i)
        wrong = [*broken(facts if plain is i else facts_of(plain, every=True), arms, numbers)]
        sizes, more = self._sizes(arms, numbers)
        wrong += more
        which = "rule and limit" if plain is i else "rule"
        yield Finding.of("design", wrong, f"every {which} holds in {len(arms)} arm{'s' * (len(arms) > 1)}")
        if plain is not i:
            yield Finding("confidence", "open", "in how many truths each limit holds was not counted again")
        worth = worth_of(i, arms)
        value = value_of(facts, arms, numbers) if worth is None else worth
        claimed = self._record["value"]
        wrong = [f"{claimed} is told, and the design is worth {value:.9f}"] if differs(claimed, value) else []
        yield Finding.of("value", wrong, f"the design is worth {value:.6f}")
        wrong = [
            sentence
            for arm, cells, own in zip(arms, told, numbers, strict=True)
            for sentence in shown_otherwise(i, arm, cells, own)
        ]
        yield Finding.of("numbers", wrong, "coverage, prevalence, risk and burden are what the tables give")
        wrong = list(told_otherwise(i, self._record["trial"]))
        yield Finding.of("limits", wrong, "shares, weights and limits shown are those of the instance")
        if sizes is not None:
            yield sizes

    def _sizes(self, arms: list[PlainArm], numbers: list[Any]) -> tuple[Finding | None, list[str]]:
        """The finding on sizes, and limits of the whole trial that they break."""
        i, trial = self._instance, self._instance.trial
        if not trial.sized:
            return None, []
        if trial.contributes:
            return Finding("sizes", "open", "not computed again: an arm may bring component arms"), []
        if i.truths is not None:
            return Finding("sizes", "open", "not computed again: effects are means over many truths"), []
        if not i.accrues_evenly:
            return Finding("sizes", "open", "not computed again: accrual changes with time"), []
        sizing = self._sizing(len(arms))
        wrong: list[str] = []
        patients = money = 0.0
        try:
            for arm, cells, own in zip(arms, self._record["arms"], numbers, strict=True):
                more, takes = sizes_otherwise(self._facts, sizing, arm, cells, own)
                wrong += more
                patients, money = patients + takes[0], money + takes[1]
        except NotRecomputed as what:
            return Finding("sizes", "open", f"not computed again: {what}"), []
        limits = []
        if trial.max_patients is not None and patients > trial.max_patients:
            limits.append(f"{patients:.0f} patients, above the limit of {trial.max_patients}")
        if trial.budget is not None and money > trial.budget + 1e-9 * max(1.0, trial.budget):
            limits.append(f"it costs {money:.2f}, above the budget of {trial.budget:.2f}")
        return Finding.of("sizes", wrong, f"{patients:.0f} patients, by formulas of the model text"), limits

    def _sizing(self, arms: int) -> Sizing:
        trial = self._instance.trial
        alpha = trial.alpha / arms if trial.multiplicity == "bonferroni" else trial.alpha
        return sizing_of(self._facts, arms, inflation(trial.interim, alpha, trial.power or 0.5))

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
        yield from claims_of_bound(self._instance, self._certificate, float(bound))
