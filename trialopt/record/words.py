"""How numbers and ids are put into words, the same in every table, line and file people read."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from trialopt.core.run import PROVEN_TO
from trialopt.record.class_names import CLASS_NAMES
from trialopt.record.limit_words import listed_names, requirement, with_limits_named

if TYPE_CHECKING:
    from trialopt.core.design import Dose
    from trialopt.record.solution import Question, Solution

ENDINGS = {
    "optimal": "optimal",
    "time_limit": "stopped at the time limit",
    "node_limit": "stopped at the node limit",
    "infeasible": "infeasible: proven that no design meets every rule and limit",
    "interrupted": "interrupted",
}

METHODS = {
    "unpooled": "the normal approximation for two proportions with unpooled variance",
    "schoenfeld": "Schoenfeld's formula for the number of events (exponential survival, accrual at the rates given)",
    "freedman": "Freedman's formula for the number of events (exponential survival, accrual at the rates given)",
    "lachin_foulkes": "the Lachin-Foulkes formula (exponential survival, accrual at the rates given)",
    "rubinstein": "Rubinstein's formula with direct variance (exponential survival, accrual at the rates given)",
    "compact": "the compact mixed-integer program",
    "decompose": "exact decomposition",
    "both": "exact decomposition and the compact mixed-integer program, which agree",
}
"""Names of methods, of sizing and of search, as a reader knows them."""


MEASURES = {"response": "response rate", "mrd": "MRD negativity", "pfs": "progression-free survival"}
"""What arms are compared on, by endpoint."""


def method_in_words(method: str) -> str:
    """Put the name of a method in words; one that has none is its id with spaces."""
    return METHODS.get(method) or method.replace("_", " ")


def percent(probability: float) -> str:
    """Show a probability in percent, one decimal, without the sign: `31.4`."""
    return f"{100 * probability + 0.0:.1f}".replace("-0.0", "0.0")


def whole_percent(probability: float) -> str:
    """Show a probability in percent as people say it: whole, one decimal below 10: `72`, `3.4`."""
    number = 100 * probability
    return f"{number:.1f}".removesuffix(".0") if abs(number) < 9.95 else f"{number:.0f}"


def objective(number: float | None) -> str:
    """Show a value or a bound, four significant digits; `none` when there is none. JSON and CSV have every digit."""
    return "none" if number is None else f"{number + 0.0:#.4g}".removesuffix(".")


def lost(number: float) -> str:
    """Show how far apart two values are, four decimals, and never as 0 when they differ: `0.0123`, `<0.0001`, `0`."""
    if abs(number) <= PROVEN_TO:  # a proof promises no more
        return "0"
    return "<0.0001" if abs(number) < 1e-4 else f"{abs(number):.4f}"


def signed(number: float) -> str:
    """Show a difference of two values with its sign: `+0.0123`, `-<0.0001`, `0`."""
    size = lost(number)
    return size if size == "0" else f"{'-' if number < 0 else '+'}{size}"


def gap_percent(gap: float | None) -> str:
    """Show a gap in percent, never as 0 when it is not: `0.0083 %`, `<0.0001 %`."""
    if gap is None:
        return "none"
    if 0 < gap < 1e-6:
        return "<0.0001 %"
    digits = 4 if gap < 0.01 else 2
    return f"{100 * gap:.{digits}f} %"


def duration(seconds: float) -> str:
    """Show seconds of wall clock: `3.2 s`."""
    return f"{seconds:.1f} s"


def name(question: Question, identifier: str) -> str:
    """Name of an id in a text, on one line: its label, else the name of the class, else the id with spaces."""
    told = question.labels.get(identifier) or CLASS_NAMES.get(identifier) or identifier.replace("_", " ")
    return " ".join(told.split())


def worded(question: Question, text: str) -> str:
    """A sentence with names in the place of its ids: doses, agents, classes, ids with `_`, strata and limits."""

    def strata(found: re.Match[str]) -> str:
        members = re.split(r", | and ", found[2])
        known = set(members) <= set(question.shares)
        return f"{found[1]}{listed_names(heading(question, m) for m in members)})" if known else found[0]

    def levels(found: re.Match[str]) -> str:
        agent, verb = found[1], found[3]
        texts = [question.labels.get(f"{agent}@{level}") for level in (found[2], found[4])]
        return f"{name(question, agent)} {texts[0]} {verb} {texts[1]}" if all(texts) else found[0]

    def same(found: re.Match[str]) -> str:
        texts = [question.labels.get(f"{found[2]}@{level}") for level in re.split(r", | and ", found[1])]
        named = [text for text in texts if text]
        return f"Levels {listed_names(named)} of {found[2]}" if len(named) == len(texts) else found[0]

    def plain(found: re.Match[str]) -> str:
        agent, at, level = found[0].partition("@")
        if at:
            return " ".join(f"{name(question, agent)} {question.labels.get(found[0]) or level}".split())
        return name(question, agent) if agent in agents or ("_" in agent and agent in known) else found[0]

    classes = set(question.classes.values())
    agents = {*question.kinds, *question.classes, *(classes & CLASS_NAMES.keys())}
    known = {*classes, *question.labels, *question.shares, *question.epochs, *question.categories, *question.mechanisms}
    events = {category: name(question, category) for category in question.categories}
    text = with_limits_named(text, events, {g: heading(question, g) for g in question.shares})
    text = re.sub(r"(strat(?:um|a) \()([^()]*)\)", strata, text)
    text = re.sub(r"\b(\w+) at (\w+) (replaces|for) (\w+)", levels, text)
    text = re.sub(r"\bLevels ([\w, ]+?) of (\w+)(?= have the same factors)", same, text)
    return re.sub(r"\b\w+(?:@\w+)?\b(?!\.\w)", plain, text)  # a.b is a path, as --study takes it


def conflict_in_words(solution: Solution) -> list[str]:
    """What cannot hold together, a sentence each."""
    return [worded(solution.question, requirement(line)) for line in solution.conflict]


def amount(question: Question, dose: Dose) -> str:
    """Text of a dose where the tables give one, else its level; empty for the only level."""
    text = question.labels.get(f"{dose.agent}@{dose.level}")
    if text:
        return " ".join(text.split())
    return "" if dose.level == "standard" else dose.level


def dose(question: Question, given: Dose) -> str:
    """An agent with its dose: `Carfilzomib 20/56 mg/m2`; without the only level."""
    return f"{name(question, given.agent)} {amount(question, given)}".rstrip()


def heading(question: Question, identifier: str) -> str:
    """Name of an id at the head of a row: a label as it is given, an id in words with a capital."""
    text = name(question, identifier)
    return text if question.labels.get(identifier) else text[:1].upper() + text[1:]


def designs_of_this_value(solution: Solution) -> str:
    """`4`, `at least 50`; empty where there is one, or where they were not looked for."""
    details = solution.provenance.get("details", {})
    count = details.get("designs_of_this_value", 0)
    if not isinstance(count, int) or count < 2:  # details of a method are free, and a hand may have edited them
        return ""
    return f"{'at least ' if details.get('more_of_this_value') else ''}{count}"


def ties(solution: Solution) -> str:
    """`1 of 4 designs of this value; see alternatives`; empty where there is one, or where they were not looked for."""
    count = designs_of_this_value(solution)
    return f"1 of {count} designs of this value; see alternatives" if count else ""


def certificate(solution: Solution) -> str:
    """One line: ending, value, bound, gap, seconds."""
    words = ENDINGS[solution.ending]
    tail = duration(solution.seconds)
    if solution.value is None:
        bound = "" if solution.bound is None else f", bound {objective(solution.bound)}"
        return f"{words}{'' if solution.ending == 'infeasible' else ', no design found'}{bound}, {tail}"
    return (
        f"{words}, value {objective(solution.value)}, bound {objective(solution.bound)}, "
        f"gap {gap_percent(solution.gap)}, {tail}"
    )


def ended(solution: Solution) -> str:
    """How the run ended, its gap and seconds: what stands on top of a report, its numbers being in the certificate."""
    if solution.value is None:
        return f"{ENDINGS[solution.ending]}, {duration(solution.seconds)}"
    return f"{ENDINGS[solution.ending]}, gap {gap_percent(solution.gap)}, {duration(solution.seconds)}"


def fold(text: str, width: int) -> str:
    """Break a line longer than `width` after a space; a word that does not fit alone after `_`, `@` or anywhere."""
    lines = [""]
    for word in re.findall(r"[^ ]*[ ]+|[^ ]+", text):
        if len(word.rstrip(" ")) <= width:
            _append(lines, word, width)
            continue
        for piece in pieces(word):
            while len(piece.rstrip(" ")) > width:
                _append(lines, piece[:width], width)
                piece = piece[width:]
            _append(lines, piece, width)
    return "\n".join(line.rstrip(" ") if len(line) > width else line for line in lines if line)


def _append(lines: list[str], piece: str, width: int) -> None:
    """Add a piece to the last line, or to a new one when it is full."""
    if lines[-1] and len(lines[-1]) + len(piece.rstrip(" ")) > width:
        lines.append("")
    lines[-1] += piece


def pieces(text: str) -> list[str]:
    """Cut a line where it may be broken: after a space, `_`, `@` or a hyphen within a word."""
    return re.findall(r".+?(?:[ _@]+|(?<=\w)-(?=[A-Za-z])|$)", text) or [""]
