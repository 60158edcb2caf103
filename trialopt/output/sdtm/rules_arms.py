"""Rules on arms and elements: TA and TE, and how they fit."""

from __future__ import annotations

import re
from collections.abc import Iterator

from trialopt.output.sdtm.domains import Record, Records, Study, records_of
from trialopt.output.sdtm.rules import by_arm, filled, many_to_one, repeated, text
from trialopt.output.sdtm.term_codes import EPOCHS

RESERVED_ARMS = ("screen failure", "not assigned", "not treated", "unplanned treatment")


def arm_elements_are_in_te(study: Study) -> Iterator[str]:
    """CG0414, 7.2.2: every ETCD of TA is one of TE, with the same ELEMENT."""
    known = {text(r, "ETCD"): text(r, "ELEMENT") for r in records_of(study, "TE")}
    for record in records_of(study, "TA"):
        etcd = text(record, "ETCD")
        if etcd not in known:
            yield f"ETCD {etcd!r} of TA is not in TE"
        elif filled(record.get("ELEMENT")) and text(record, "ELEMENT") != known[etcd]:
            yield f"ELEMENT of {etcd} is {text(record, 'ELEMENT')!r} in TA and {known[etcd]!r} in TE"


def elements_are_used(study: Study) -> Iterator[str]:
    """7.2.2: TE holds the elements of the arms; one that no arm of TA has is not part of the trial."""
    used = {text(record, "ETCD") for record in records_of(study, "TA")}
    for record in records_of(study, "TE"):
        if text(record, "ETCD") not in used:
            yield f"ETCD {text(record, 'ETCD')!r} of TE is in no arm of TA"


def one_code_one_element(study: Study) -> Iterator[str]:
    """CG0154, 7.2.1 and 7.2.2: ETCD and ELEMENT have a one-to-one relationship."""
    for name in ("TA", "TE"):
        yield from (f"{name}: {breach}" for breach in many_to_one(records_of(study, name), "ETCD", "ELEMENT"))


def one_code_one_arm(study: Study) -> Iterator[str]:
    """FB0902: "All paired variables should have a one-to-one relationship", ARMCD and ARM of TA and TV here."""
    yield from many_to_one([*records_of(study, "TA"), *records_of(study, "TV")], "ARMCD", "ARM")


def order_is_an_integer(study: Study) -> Iterator[str]:
    """CG0248, 7.2.1 assumption 1: "TAETORD is an integer"."""
    for record in records_of(study, "TA"):
        value = record.get("TAETORD")
        if not isinstance(value, int) and not (isinstance(value, float) and value.is_integer()):
            yield f"TAETORD {value!r} of arm {text(record, 'ARMCD')} is not an integer"


def order_is_unique_within_an_arm(study: Study) -> Iterator[str]:
    """CG0247, 7.2.1: TAETORD "gives the order of the Element within the Arm"."""
    for armcd, order in repeated(records_of(study, "TA"), ("ARMCD", "TAETORD")):
        yield f"arm {armcd} has TAETORD {order} more than once"


def order_follows_the_path(study: Study) -> Iterator[str]:
    """7.2.1 assumption 1: the order of TAETORD "must always be the correct order for the elements in the arm path".

    Epochs come in one order for the whole trial, and each is one stretch of an arm: CG0250, "Each value of EPOCH is not
    associated with more than one conceptual trial period".
    """
    orders: dict[str, list[str]] = {}
    for armcd, records in by_arm(records_of(study, "TA")).items():
        numbers = [_number(record, "TAETORD") for record in records]
        if numbers != sorted(numbers):
            yield f"records of arm {armcd} are not in the order of TAETORD"
        path = [text(record, "EPOCH") for record in _path(records)]
        stretches = [epoch for k, epoch in enumerate(path) if k == 0 or path[k - 1] != epoch]
        if len(set(stretches)) < len(stretches):
            yield f"arm {armcd} comes back to an earlier EPOCH: {', '.join(stretches)}"
        orders[armcd] = stretches
    for armcd, stretches in orders.items():
        first, reference = next(iter(orders.items()))
        if [e for e in stretches if e in reference] != [e for e in reference if e in stretches]:
            yield f"arms {first} and {armcd} have their EPOCHs in different orders"


def epochs_are_controlled_terms(study: Study) -> Iterator[str]:
    """7.2.1: EPOCH is a term of codelist C99079; a term that several epochs have is numbered from 1."""
    numbers: dict[str, set[int]] = {}
    for epoch in dict.fromkeys(text(record, "EPOCH") for record in records_of(study, "TA")):
        term, _, number = epoch.rpartition(" ")
        if epoch in EPOCHS:
            numbers.setdefault(epoch, set()).add(0)
        elif term in EPOCHS and number.isdigit():
            numbers.setdefault(term, set()).add(int(number))
        else:
            yield f"EPOCH {epoch!r} is no controlled term"
    for term, found in numbers.items():
        if found != {0} and (len(found) < 2 or found != set(range(1, len(found) + 1))):
            yield f"EPOCHs of the term {term!r} are not numbered from 1"


def elements_have_an_end(study: Study) -> Iterator[str]:
    """CG0328, 7.2.2 assumption 12: "At least one of TEENRL and TEDUR must be populated"."""
    for record in records_of(study, "TE"):
        if not filled(record.get("TEENRL")) and not filled(record.get("TEDUR")):
            yield f"element {text(record, 'ETCD')} has neither TEENRL nor TEDUR"


def elements_differ_in_their_rules(study: Study) -> Iterator[str]:
    """CG0325, 7.2.2 assumption 13: elements with one start rule, end rule and duration are the same element."""
    for start, end, duration in repeated(records_of(study, "TE"), ("TESTRL", "TEENRL", "TEDUR")):
        yield f"more than one element has the rules {start!r}, {end!r}, {duration!r}"


def shared_elements_name_no_arm(study: Study) -> Iterator[str]:
    """CG0322, 7.2.2: for an element of more than one arm, "ELEMENT value does not refer to any specific ARM"."""
    arms: dict[str, set[str]] = {}
    for record in records_of(study, "TA"):
        arms.setdefault(text(record, "ELEMENT"), set()).add(text(record, "ARM"))
    names = {name for found in arms.values() for name in found}
    for element, found in arms.items():
        named = sorted(name for name in names if name and name in element)
        if len(found) > 1 and named:
            yield f"element {element!r} of several arms names the arm {named[0]!r}"


def ends_name_no_arm(study: Study) -> Iterator[str]:
    """CG0324, 7.2.2: "TEENRL value does not refer to any specific ARM"."""
    names = {text(record, "ARM") for record in records_of(study, "TA")} - {""}
    for record in records_of(study, "TE"):
        if any(name in text(record, "TEENRL") for name in names):
            yield f"TEENRL of element {text(record, 'ETCD')} names an arm"


def arms_are_planned(study: Study) -> Iterator[str]:
    """CG0570, 7.2: arms of TA are planned ones; 'Screen Failure' and its like are no arms."""
    for arm in sorted({text(record, "ARM") for record in records_of(study, "TA")}):
        if arm.lower() in RESERVED_ARMS:
            yield f"ARM {arm!r} is no planned arm"


def branches_are_told(study: Study) -> Iterator[str]:
    """CG0251, 7.2.1 assumption 3: where arms that went the same way part, TABRANCH says how a subject comes to each.

    Arms may part, by different outcomes of a branch, before elements that they still have in common.
    """
    arms = [_path(records) for records in by_arm(records_of(study, "TA")).values()]
    for one in arms:
        parted = (_parted(one, other) for other in arms if one is not other)
        if untold := next((last for last in parted if last and not filled(last.get("TABRANCH"))), None):
            yield f"arm {text(untold, 'ARMCD')} branches off after {text(untold, 'ETCD')} without TABRANCH"


def branches_are_between_epochs(study: Study) -> Iterator[str]:
    """7.2.1 assumption 3: "A branch decision point takes place between epochs", never after the last element."""
    for armcd, records in by_arm(records_of(study, "TA")).items():
        path = _path(records)
        for k, record in enumerate(path):
            if filled(record.get("TABRANCH")) and (
                k + 1 == len(path) or text(path[k + 1], "EPOCH") == text(record, "EPOCH")
            ):
                yield f"TABRANCH of arm {armcd} after {text(record, 'ETCD')} is not between two epochs"


def branches_are_outcomes(study: Study) -> Iterator[str]:
    """7.2.1 assumption 3: TABRANCH is the outcome, "Randomized to A"; "If ..., go to ..." belongs into TATRANS."""
    for record in records_of(study, "TA"):
        if re.search(r"^\s*if\b|\bgo to\b", text(record, "TABRANCH"), re.IGNORECASE):
            yield f"TABRANCH of arm {text(record, 'ARMCD')} reads as a transition: {text(record, 'TABRANCH')!r}"


def transitions_are_worded(study: Study) -> Iterator[str]:
    """7.2.1: TATRANS gives the condition and the element: "If ..., go to ..."."""
    for record in records_of(study, "TA"):
        if filled(record.get("TATRANS")) and not re.fullmatch(r"If .+, go to .+", text(record, "TATRANS")):
            yield f"TATRANS of arm {text(record, 'ARMCD')} is not worded 'If ..., go to ...'"


def transitions_skip_ahead(study: Study) -> Iterator[str]:
    """CG0249, CG0252, 7.2.1: TATRANS leads to an element of the arm "other than the next Element in sequence"."""
    for armcd, records in by_arm(records_of(study, "TA")).items():
        path = _path(records)
        for k, record in enumerate(path):
            target = text(record, "TATRANS").rpartition(", go to ")[2].rstrip(".").strip()
            later = [text(r, "ELEMENT") for r in path[k + 2 :]]
            if filled(record.get("TATRANS")) and target not in later:
                yield f"TATRANS of arm {armcd} after {text(record, 'ETCD')} leads to no later element: {target!r}"


def _path(records: Records) -> Records:
    """Records of one arm in the order of its elements."""
    return sorted(records, key=lambda record: _number(record, "TAETORD"))


def _number(record: Record, name: str) -> float:
    value = record.get(name)
    return float(value) if isinstance(value, int | float) else 0.0


def _parted(one: Records, other: Records) -> Record | None:
    """The element of `one` after which it leaves the way it shared with another arm; `None` where it does not."""
    last = None
    for mine, its in zip(one, other, strict=False):
        if text(mine, "ETCD") != text(its, "ETCD"):
            return last
        last = mine
        if filled(mine.get("TABRANCH")) and filled(its.get("TABRANCH")) and mine["TABRANCH"] != its["TABRANCH"]:
            return last
    return last if len(one) != len(other) else None
