"""Rules that hold for every dataset, and those of relations between them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from trialopt.output.sdtm.domains import DOMAINS, Cell, Record, Records, Study
from trialopt.output.sdtm.terms import LONGEST

# -- What several rules ask of records: values as text, pairs one to one, values that come twice. -----------------


def text(record: Record, name: str) -> str:
    """A value as text; a missing one, and one of a variable that is not there, is empty."""
    value = record.get(name)
    return "" if value is None else str(value)


def filled(cell: Cell) -> bool:
    """Whether a cell holds a value."""
    return cell is not None and cell != ""


def many_to_one(records: Records, one: str, other: str) -> Iterator[str]:
    """Breaches of `one` and `other` having a one-to-one relationship; records that lack either do not count."""
    for name, partner in ((one, other), (other, one)):
        partners: dict[str, set[str]] = {}
        for record in records:
            if text(record, name) and text(record, partner):
                partners.setdefault(text(record, name), set()).add(text(record, partner))
        for value, found in partners.items():
            if len(found) > 1:
                yield f"{name} {value!r} has several {partner}: {', '.join(sorted(found))}"


def repeated(records: Records, names: tuple[str, ...]) -> list[tuple[str, ...]]:
    """Values of the variables together that more than one record has."""
    counts = Counter(tuple(text(record, name) for name in names) for record in records)
    return [values for values, count in counts.items() if count > 1]


def by_arm(records: Records) -> dict[str, Records]:
    """Records of TA by `ARMCD`, in their order."""
    arms: dict[str, Records] = {}
    for record in records:
        arms.setdefault(text(record, "ARMCD"), []).append(record)
    return arms


# -- Rules on any dataset: variables, labels, lengths, characters. ------------------------------------------------

LONGEST_LABEL = 40
SHORT = {"ARMCD": 20, "ETCD": 8, "IETESTCD": 8, "TSPARMCD": 8, "TSPARM": 40}


def every_domain_is_there(study: Study) -> Iterator[str]:
    """7.1: the trial design datasets of a plan are TA, TE, TV, TI and TS; no other dataset is among them."""
    for name in sorted(DOMAINS.keys() ^ study.keys()):
        yield f"{name} is {'missing' if name in DOMAINS else 'not a trial design domain'}"


def datasets_have_records(study: Study) -> Iterator[str]:
    """CG0408, 3.2: "the empty dataset should not be submitted"."""
    yield from (f"{name} has no record" for name, dataset in study.items() if not dataset.records)


def variables_are_of_the_domain(study: Study) -> Iterator[str]:
    """CG0013, 3.2.2: "Variable = Model List of Allowed Variables for Observation Class", those of the domain here."""
    for name, variable in _variables(study):
        if DOMAINS[name].variable(variable) is None:
            yield f"{variable} is no variable of {name}"


def required_and_expected_variables_are_there(study: Study) -> Iterator[str]:
    """CG0014 and CG0016, 4.1.5: "Required variables must always be included in the dataset"; expected ones too."""
    for name in study.keys() & DOMAINS.keys():
        for variable in DOMAINS[name].variables:
            if variable.core != "Perm" and variable.name not in study[name].labels:
                yield f"{name} lacks {variable.name}"


def required_variables_are_filled(study: Study) -> Iterator[str]:
    """CG0014, 4.1.5: "Required variables ... cannot be null for any record"."""
    for name in study.keys() & DOMAINS.keys():
        for variable in DOMAINS[name].variables:
            if variable.core == "Req":
                for number, record in enumerate(study[name].records, start=1):
                    if not filled(record.get(variable.name)):
                        yield f"{name} record {number} has no {variable.name}"


def variables_are_in_order(study: Study) -> Iterator[str]:
    """CG0330 and CG0664, 4.1.4: variables come in the order in which the specification of the domain shows them."""
    for name in study.keys() & DOMAINS.keys():
        order = [variable.name for variable in DOMAINS[name].variables]
        places = [
            (order.index("TSVAL" if v.startswith("TSVAL") and v[5:].isdigit() else v), v[5:].zfill(4))
            for v in study[name].labels
            if DOMAINS[name].variable(v)
        ]
        if places != sorted(places):
            yield f"{name} has its variables in the order {', '.join(study[name].labels)}"


def types_are_those_of_the_standard(study: Study) -> Iterator[str]:
    """CG0012, 3.2.2: "Using SDTM-specified data types for all variables"."""
    for name in study.keys() & DOMAINS.keys():
        for number, record in enumerate(study[name].records, start=1):
            for variable, value in record.items():
                known = DOMAINS[name].variable(variable)
                if known and filled(value) and isinstance(value, str) != (known.kind == "Char"):
                    yield f"{name} record {number}: {variable} is not {known.kind}"


def labels_are_those_of_the_standard(study: Study) -> Iterator[str]:
    """CG0303, 3.2.2: labels are those that the implementation guide gives to variables, and to datasets."""
    for name in study.keys() & DOMAINS.keys():
        if study[name].label != DOMAINS[name].label:
            yield f"{name} is labelled {study[name].label!r}, not {DOMAINS[name].label!r}"
        for variable, label in study[name].labels.items():
            known = DOMAINS[name].variable(variable)
            if known and label != known.label:
                yield f"{name}.{variable} is labelled {label!r}, not {known.label!r}"


def labels_are_short(study: Study) -> Iterator[str]:
    """CG0311, 4.2.1: "Variable descriptive names (labels), up to 40 characters"."""
    for name, dataset in study.items():
        for variable, label in dataset.labels.items():
            if len(label) > LONGEST_LABEL:
                yield f"the label of {name}.{variable} has {len(label)} characters"


def names_are_short(study: Study) -> Iterator[str]:
    """CG0310, 4.2.8.3: "the 8-character variable name requirement"."""
    yield from (f"{name}.{variable} has more than 8 characters" for name, variable in _variables(study) if variable[8:])


def values_are_short(study: Study) -> Iterator[str]:
    """4.5.3: character values of SAS transport files have at most 200 bytes."""
    for place, value in _texts(study):
        if len(value.encode()) > LONGEST:
            yield f"{place} has {len(value.encode())} bytes"


def values_are_ascii(study: Study) -> Iterator[str]:
    """SAS transport files, version 5: values hold printable ASCII characters, which every reader takes alike."""
    for place, value in _texts(study):
        if not (value.isascii() and value.isprintable()):
            yield f"{place} is not printable ASCII: {value!r}"


def values_have_no_leading_space_and_no_lone_dot(study: Study) -> Iterator[str]:
    """FB1501, FB1502: "Character values should not have leading spaces or only have a period character"."""
    for place, value in _texts(study):
        if value[:1].isspace() or value == ".":
            yield f"{place} is {value!r}"


def short_names_are_short(study: Study) -> Iterator[str]:
    """CG0153, CG0246, CG0257, CG0258, CG0297, CG0372: ARMCD 20, ETCD 8, IETESTCD 8, TSPARMCD 8, TSPARM 40 at most."""
    for name, dataset in study.items():
        for number, record in enumerate(dataset.records, start=1):
            for variable, longest in SHORT.items():
                if len(text(record, variable)) > longest:
                    yield f"{name} record {number}: {variable} is longer than {longest}"


def domain_is_that_of_the_dataset(study: Study) -> Iterator[str]:
    """CG0001, 3.2.2: DOMAIN holds the two-character name of the dataset in every record."""
    for name, dataset in study.items():
        for value in sorted({text(record, "DOMAIN") for record in dataset.records} - {name}):
            yield f"{name} has DOMAIN {value!r}"


def one_study(study: Study) -> Iterator[str]:
    """CG0409, 4.2.6: STUDYID is the same in all records of all datasets."""
    found = sorted({text(record, "STUDYID") for dataset in study.values() for record in dataset.records})
    if len(found) > 1:
        yield f"several STUDYID: {', '.join(found)}"


def keys_are_unique(study: Study) -> Iterator[str]:
    """CG0019, 3.2.1.1: "Each record is unique per sponsor defined key variables"."""
    for name in study.keys() & DOMAINS.keys():
        for values in repeated(study[name].records, DOMAINS[name].keys):
            yield f"{name} has more than one record of {', '.join(values)}"


def _variables(study: Study) -> list[tuple[str, str]]:
    return [(name, variable) for name in DOMAINS if name in study for variable in study[name].labels]


def _texts(study: Study) -> Iterator[tuple[str, str]]:
    for name, dataset in study.items():
        for number, record in enumerate(dataset.records, start=1):
            for variable, value in record.items():
                if isinstance(value, str) and value:
                    yield f"{name} record {number}: {variable}", value
