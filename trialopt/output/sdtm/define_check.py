"""Our own check of a define.xml beside its datasets: what refers to nothing, stands twice, or does not fit the data."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from xml.etree.ElementTree import Element

from trialopt.output.sdtm.define import DEF, ODM, XLINK
from trialopt.output.sdtm.domains import Study

LONGEST_LABEL = 40
"""Most characters of the label of a dataset or a variable in a SAS transport file."""

NAMED = {"ItemRef": ("ItemOID", "ItemDef"), "CodeListRef": ("CodeListOID", "CodeList")}
NAMED_BY_DEFINE = {
    "WhereClauseRef": ("WhereClauseOID", "WhereClauseDef"),
    "ValueListRef": ("ValueListOID", "ValueListDef"),
}
"""Element -> the attribute by which it refers to another, and what that is."""

TYPES = {"text", "integer", "float", "date", "datetime", "durationDatetime", "partialDate", "partialDatetime"}


def problems(root: Element, study: Study, files: Collection[str]) -> list[str]:
    """Every fault of a define.xml that describes these datasets, in a folder with these files."""
    return [
        *_twice(root),
        *_dangling(root),
        *_unused(root),
        *_datasets(root, study, files),
        *_values(root, study),
        *_roles_and_codes(root),
    ]


def _o(tag: str) -> str:
    return f"{{{ODM}}}{tag}"


def _d(tag: str) -> str:
    return f"{{{DEF}}}{tag}"


def _twice(root: Element) -> Iterator[str]:
    counts = Counter(element.get("OID") or element.get("ID") for element in root.iter())
    yield from (f"{oid} stands {n} times" for oid, n in counts.items() if oid is not None and n > 1)


def _ids(root: Element, tag: str) -> set[str | None]:
    return {element.get("OID") for element in root.iter(tag)}


def _dangling(root: Element) -> Iterator[str]:
    """References to what does not exist."""
    for namespace, kinds in ((_o, NAMED), (_d, NAMED_BY_DEFINE)):
        for tag, (attribute, target) in kinds.items():
            there = _ids(root, namespace(target))
            for element in root.iter(namespace(tag)):
                if element.get(attribute) not in there:
                    yield f"{tag} names {element.get(attribute)}, and there is no such {target}"
    for attribute, target in (("ItemOID", _o("ItemDef")), ("StandardOID", _d("Standard"))):
        there = _ids(root, target)
        for element in root.iter():
            if (oid := element.get(_d(attribute))) is not None and oid not in there:
                yield f"def:{attribute} {oid} does not exist"
    leaves = {leaf.get("ID") for leaf in root.iter(_d("leaf"))}
    for group in root.iter(_o("ItemGroupDef")):
        if group.get(_d("ArchiveLocationID")) not in leaves:
            yield f"{group.get('OID')} lies at {group.get(_d('ArchiveLocationID'))}, and there is no such leaf"


def _unused(root: Element) -> Iterator[str]:
    """Objects that nothing refers to."""
    for namespace, kinds in ((_o, NAMED), (_d, NAMED_BY_DEFINE)):
        for tag, (attribute, target) in kinds.items():
            used = {element.get(attribute) for element in root.iter(namespace(tag))}
            for oid in _ids(root, namespace(target)) - used:
                yield f"nothing refers to {oid}"


def _datasets(root: Element, study: Study, files: Collection[str]) -> Iterator[str]:
    """Datasets and variables that are not described as they are, in order."""
    items = {item.get("OID"): item for item in root.iter(_o("ItemDef"))}
    groups = {group.get("Name"): group for group in root.iter(_o("ItemGroupDef"))}
    if set(groups) != set(study):
        yield f"{sorted(map(str, groups))} are described, and there are {sorted(study)}"
    for name, dataset in study.items():
        if (group := groups.get(name)) is None:
            continue
        described = [items.get(ref.get("ItemOID")) for ref in group.findall(_o("ItemRef"))]
        names = [None if item is None else item.get("Name") for item in described]
        if names != list(dataset.labels):
            yield f"{name} has the variables {list(dataset.labels)}, and {names} are described"
        for item in described:
            variable = "" if item is None else str(item.get("Name"))
            label = "" if item is None else _label(item)
            if variable in dataset.labels and label != dataset.labels[variable]:
                yield f"the label of {name}.{variable} is {label!r}, not {dataset.labels[variable]!r}"
        for leaf in group.iter(_d("leaf")):
            if leaf.get(f"{{{XLINK}}}href") not in files:
                yield f"{name} lies in {leaf.get(f'{{{XLINK}}}href')}, which is not there"


def _roles_and_codes(root: Element) -> Iterator[str]:
    """Variables without a role, and terms of a standard codelist with neither code nor the mark of one added."""
    for group in root.iter(_o("ItemGroupDef")):
        for ref in group.findall(_o("ItemRef")):
            if not ref.get("Role"):
                yield f"{ref.get('ItemOID')} has no role"
    for codelist in root.iter(_o("CodeList")):
        if codelist.get(_d("StandardOID")) is None:
            continue
        for item in (*codelist.findall(_o("CodeListItem")), *codelist.findall(_o("EnumeratedItem"))):
            if item.find(_o("Alias")) is None and item.get(_d("ExtendedValue")) != "Yes":
                yield f"{item.get('CodedValue')} of {codelist.get('OID')} has no code"


def _label(element: Element) -> str:
    return element.findtext(f"{_o('Description')}/{_o('TranslatedText')}") or ""


def _values(root: Element, study: Study) -> Iterator[str]:
    """Types, lengths and terms that do not cover the data."""
    lists = {
        codelist.get("OID"): {item.get("CodedValue") for item in codelist if item.get("CodedValue") is not None}
        for codelist in root.iter(_o("CodeList"))
    }
    for item in root.iter(_o("ItemDef")):
        oid, kind = str(item.get("OID")), item.get("DataType")
        _, domain, variable, *where = oid.split(".")
        records = study[domain].records if domain in study else []
        if where:
            records = [record for record in records if record.get("TSPARMCD") == where[0]]
        values = [str(v) for record in records if (v := record.get(variable)) not in ("", None)]
        if kind not in TYPES:
            yield f"{oid} has the type {kind!r}, which is none"
        if kind in ("text", "integer"):
            longest = max(map(len, values), default=1)
            if not (item.get("Length") or "").isdigit() or int(item.get("Length") or 0) < longest:
                yield f"{oid} has the length {item.get('Length')}, and its longest value has {longest}"
        if kind == "integer" and not all(value.lstrip("-").isdigit() for value in values):
            yield f"{oid} is an integer, and its values are not"
        if len(_label(item)) > LONGEST_LABEL or not _label(item):
            yield f"{oid} has no label of at most {LONGEST_LABEL} characters"
        if item.find(_d("Origin")) is None:
            yield f"{oid} does not say where it comes from"
        for ref in item.findall(_o("CodeListRef")):
            lost = sorted(set(values) - {str(term) for term in lists.get(ref.get("CodeListOID"), set())})
            if lost:
                yield f"{oid} has the values {lost}, which its codelist does not"
