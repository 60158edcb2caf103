"""Overrides of a document without editing files: what `--set`, `--include` and `--exclude` say, laid over it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from trialopt.core.columns import TABLES
from trialopt.core.settings import EPOCH, SECTIONS
from trialopt.core.vocabulary import Section
from trialopt.reading.build import build
from trialopt.reading.cells import CellError
from trialopt.reading.document import Document, InputErrors, Problem, suggest
from trialopt.reading.fill_request import epoch_ids
from trialopt.reading.overrides_rows import SCALED, WINS, set_cell
from trialopt.reading.toml_values import parsed, value_text

SET = "--set"
"""The file that a value given this way stands in, in messages."""

NOT_GIVEN = "not given"

FREE = tuple(section.name for section in SECTIONS if section.more)
"""Tables of trial.toml whose keys are ids, which `build` checks."""

_SECTIONS = {section.name: section for section in SECTIONS if section.name and section.fields and section is not EPOCH}
_HEADS = ("title", "trial", "epoch", "rules", "control", "evidence", "uncertainty", "columns", *TABLES)


@dataclass(frozen=True)
class Overrides:
    """What to ask otherwise than the files do.

    `include` and `exclude` are agents or classes that every arm must contain or none may. `settings` are texts
    `trial.KEY=VALUE`, `epoch.ID.KEY=VALUE`, `rules.KEY=VALUE`, `control.EPOCH=[...]`,
    `control.SUBGROUP.EPOCH=[...]` or, for a cell of a table,
    `TABLE.KEY.COLUMN=VALUE` with one KEY for each key column, in the table's order. Nothing after `=` removes the
    setting or blanks the cell.
    """

    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    settings: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.include or self.exclude or self.settings)


@dataclass(frozen=True)
class Change:
    """One thing that is asked otherwise: where, what stood there, what stands there now (blank: nothing)."""

    where: str
    before: str
    after: str
    note: str = ""
    """What else a reader should know: what was blanked with it, or wins over it."""

    def __str__(self) -> str:
        words = f"{self.where}: {self.before or NOT_GIVEN} -> {self.after or NOT_GIVEN}"
        return f"{words} ({self.note})" if self.note else words


def apply(document: Document, overrides: Overrides) -> Document:
    """Lay overrides over a document; the name stays, whether the values are right is for `build` to say.

    Raises
    ------
    InputErrors
        With every override that names nothing, and the nearest name there is; with every cell that another row makes
        count for nothing, and that row.
    """
    return applied(document, overrides)[0]


def applied(document: Document, overrides: Overrides) -> tuple[Document, tuple[Change, ...]]:
    """Lay overrides over a document, and say what each changes. Raises `InputErrors` as `apply` does."""
    before_all = document
    document, changes = _laid_over(document, overrides.settings)
    _check_effect(before_all, document, overrides.settings, changes)
    before = _lists(document)
    for item in overrides.include:
        document = _listed(document, "include", item, () if item in overrides.exclude else ("exclude",))
    for item in overrides.exclude:
        document = _listed(document, "exclude", item, () if item in overrides.include else ("include",))
    after = _lists(document)
    changes += [Change(f"[trial] {key}", before[key], after[key]) for key in before if before[key] != after[key]]
    return document, tuple(changes)


def _laid_over(document: Document, settings: Iterable[str]) -> tuple[Document, list[Change]]:
    """Lay texts over a document, in their turn. Raises `InputErrors` with all that name nothing."""
    problems: list[Problem] = []
    changes: list[Change] = []
    for text in sorted(settings, key=_turn):
        try:
            document, change = _set(document, text)
            changes.append(change)
        except CellError as error:
            problems.append(_problem(text, error.sentence, error.right))
    if problems:
        raise InputErrors(problems)
    return document, changes


def _problem(text: str, sentence: str, right: str) -> Problem:
    return Problem(f"{SET} {text}", 0, "", text, sentence, right)


def _check_effect(before: Document, after: Document, settings: Sequence[str], changes: Iterable[Change]) -> None:
    """Refuse every cell without which the question would be the same. Raises `InputErrors` naming what wins over it."""
    problems = []
    for text, change in zip(sorted(settings, key=_turn), changes, strict=True):
        if not any(sign in change.note for sign in WINS) or _same(change):
            continue
        without = _laid_over(before, [other for other in settings if other != text])[0]
        if (asked := _asked(after)) is not None and asked == _asked(without):
            problems.append(_problem(text, f"it changes nothing: {change.note}", "set that, or edit the files"))
    if problems:
        raise InputErrors(problems)


def _same(change: Change) -> bool:
    """Whether a cell holds the number it held before."""
    try:
        return float(change.before) == float(change.after)
    except ValueError:
        return change.before == change.after


def _asked(document: Document) -> str | None:
    """Digest of the question; `None` where it has other mistakes, which are reported when it is built."""
    try:
        return build(document).sha256
    except InputErrors:
        return None


def _turn(text: str) -> int:
    """When an override has its turn: a library fills the tables as the settings and the designer's own rows say."""
    table = TABLES.get(text.partition(".")[0].strip())
    if table is None:
        return 0
    return 1 if table.required or table.name == "categories" else 2


def _set(document: Document, text: str) -> tuple[Document, Change]:
    """Lay one text over a document. Raises `CellError`."""
    name, equals, value = text.partition("=")
    parts = [part.strip() for part in name.split(".")]
    if not equals:
        raise CellError("there is no '=' in it", "write NAME=VALUE, for example trial.max_arms=4")
    head = parts[0]
    if head not in _HEADS:
        right = suggest(head, _HEADS, "begin with trial, epoch, rules, control or the name of a table")
        raise CellError(f"{head!r} is neither a part of trial.toml nor a table", right)
    if head in TABLES:
        if head in document.unreadable:
            return document, Change(name, "", value)  # reported with the files
        document, *words = set_cell(document, TABLES[head], parts[1:], parsed(value))
        return document, Change(*words)
    if head == "epoch":
        return _set_epoch(document, parts[1:], value)
    return _set_setting(document, parts, value)


def _set_setting(document: Document, parts: list[str], value: str) -> tuple[Document, Change]:
    *above, key = parts
    path, own = ".".join(above), len(above) == 2 and f"{above[0]}.SUBGROUP" in FREE
    if path in _SECTIONS:
        _known(key, _SECTIONS[path], _SECTIONS[path].title)
    elif path not in FREE and not own and parts != ["title"] and (value.strip() or len(parts) > 1 or key == "trial"):
        _wrong_depth(parts)
    content = parsed(value)
    before = _get(document.settings, parts)
    settings = _laid(document.settings, parts, content)
    places = {**document.places, ".".join(parts): (SET, 0)}
    label = f"[{path}] {key}" if path else key
    return replace(document, settings=settings, places=places), Change(label, _shown(before), _shown(content))


def _wrong_depth(parts: list[str]) -> None:
    """Say how a name of the settings goes on, or where it should have ended. Raises `CellError`."""
    path = ".".join(parts)
    if path in _SECTIONS or path in FREE:
        keys = f", the keys are {', '.join(_SECTIONS[path].names)}" if path in _SECTIONS else ""
        raise CellError(f"it names no key of [{path}]", f"write {path}.KEY=VALUE{keys}")
    nearest = next((".".join(parts[:n]) for n in range(len(parts), 0, -1) if ".".join(parts[:n]) in _SECTIONS), "")
    if nearest:
        _known(parts[nearest.count(".") + 1], _SECTIONS[nearest], _SECTIONS[nearest].title)
    raise CellError(f"{path!r} goes further than any setting", "write trial.KEY=VALUE, epoch.ID.KEY=VALUE or the like")


def _set_epoch(document: Document, parts: list[str], value: str) -> tuple[Document, Change]:
    ids = epoch_ids(document)
    if len(parts) != 2:
        raise CellError("it names no key of an epoch", f"write epoch.{ids[0] if ids else 'ID'}.KEY=VALUE")
    name, key = parts
    if name not in ids:
        raise CellError(f"{name!r} is not an epoch", suggest(name, ids, "give the id of an epoch"))
    _known(key, EPOCH, f"[[epoch]] {name}")
    if key == "id":
        raise CellError("the id of an epoch cannot be set", "other tables name it; edit the files")
    content = parsed(value)
    epochs = list(document.settings["epoch"])
    position = next(k for k, e in enumerate(epochs) if isinstance(e, Mapping) and e.get("id") == name)
    before = epochs[position].get(key)
    epochs[position] = _laid(epochs[position], [key], content)
    places = {**document.places, f"epoch.{position}.{key}": (SET, 0)}
    changed = replace(document, settings={**document.settings, "epoch": epochs}, places=places)
    note = SCALED if key in ("weight", "pfs_weight") else ""
    return changed, Change(f"[[epoch]] {name} {key}", _shown(before), _shown(content), note)


def _listed(document: Document, key: str, item: str, others: Iterable[str]) -> Document:
    """Add an item to a list of `[trial]`, and take it out of the `others`."""
    trial = document.settings.get("trial", {})
    if not isinstance(trial, Mapping):
        return document  # reported with the files
    lists = {key: [*(x for x in _items(trial, key) if x != item), item]}
    for other in others:
        if item in _items(trial, other):
            lists[other] = [x for x in _items(trial, other) if x != item]
    places = {**document.places, f"trial.{key}": (f"--{key}", 0)}
    return replace(document, settings={**document.settings, "trial": {**trial, **lists}}, places=places)


def _items(trial: Any, key: str) -> list[Any]:
    value = trial.get(key) if isinstance(trial, Mapping) else None
    return list(value) if isinstance(value, list | tuple) else []


def _lists(document: Document) -> dict[str, str]:
    """What `[trial]` includes and excludes, in words."""
    return {key: ", ".join(map(str, _items(document.settings.get("trial"), key))) for key in ("include", "exclude")}


def _known(key: str, spec: Section, where: str) -> None:
    if key not in spec.names:
        right = suggest(key, spec.names, f"the keys are {', '.join(spec.names)}")
        raise CellError(f"{key!r} is not a key of {where}", right)


def _get(settings: Any, parts: list[str]) -> Any:
    for part in parts:
        settings = settings.get(part) if isinstance(settings, Mapping) else None
    return settings


def _laid(settings: Any, parts: list[str], content: Any) -> dict[str, Any]:
    """Settings with one value put in, or removed when it is `None`."""
    whole = dict(settings) if isinstance(settings, Mapping) else {}
    key, *rest = parts
    if rest and (content is not None or isinstance(whole.get(key), Mapping)):
        whole[key] = _laid(whole.get(key), rest, content)
    elif content is not None:
        whole[key] = content
    else:
        whole.pop(key, None)
    return whole


def _shown(value: Any) -> str:
    return "" if value is None else value if isinstance(value, str) else value_text(value)
