"""Limits and requirements as people say them: names of events and subgroups, percent, settings in words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from trialopt.evaluation.result import listed

_NUMBER = r"\d+(?:\.\d+)?(?: %)?"

SETTINGS = {
    rf"min_agents ({_NUMBER}) in (.+)": "at least {0} {agents} in {1} (min_agents)",
    rf"max_agents ({_NUMBER}) in (.+)": "at most {0} {agents} in {1} (max_agents)",
    rf"max_classes ({_NUMBER}) in (.+)": "agents of at most {0} classes in {1} (max_classes)",
    rf"min_coverage ({_NUMBER}) of (.+)": "at least {0} of {1} covered (min_coverage)",
    rf"min_active ({_NUMBER}) against (.+)": "at least {0} {agents} active against {1} (min_active)",
    r"max_arms (\d+)": "at most {0} {arms} (max_arms)",
    r"max_patients ([\d,]+)(.*)": "at most {0} patients{1} (max_patients)",
    r"max_accrual_months ([\d.]+)(.*)": "at most {0} months of recruitment{1} (max_accrual_months)",
    r"max_study_months ([\d.]+)(.*)": "at most {0} months to the final analysis{1} (max_study_months)",
    r"budget ([\d,.e+]+)(.*)": "costs of at most {0}{1} (budget)",
    r"target_difference ([\d.]+)(.*)": "a difference of {0}{1} (target_difference)",
    r"target_hazard_ratio ([\d.]+)(.*)": "a hazard ratio of at most {0}{1} (target_hazard_ratio)",
}
"""A requirement as `--set` knows it -> the same in words; the setting stays behind it, to be changed by that name."""


def requirement(text: str) -> str:
    """A line of what cannot hold together, its setting put in words: `at least 1 agent in Induction (min_agents)`."""
    line, colon, reason = text.partition(": ")
    for pattern, words in SETTINGS.items():
        if found := re.fullmatch(pattern, line):
            one = found[1] == "1"
            told = words.format(*found.groups(), agents="agent" if one else "agents", arms="arm" if one else "arms")
            return f"{told}{colon}{reason}"
    return text


def listed_names(names: Iterable[str]) -> str:
    """Names in one line: `a, b and c`; `a; b, c; d` where a name holds a comma itself."""
    found = list(names)
    return "; ".join(found) if any("," in one for one in found) else listed(found)


def event(label: str) -> str:
    """Name of an event in a sentence: without what stands in brackets, with a small first letter unless it is short."""
    text = label.split(" (")[0] or label
    return text[:1].lower() + text[1:] if text[1:2].islower() else text


def with_limits_named(text: str, named: Mapping[str, str], served: Mapping[str, str]) -> str:
    """A sentence with names in the place of the ids of events and subgroups, and its limits in percent.

    `named` are the events by id, `served` the subgroups.

    Ids of one word are ordinary words too, so they are known by what stands around them: `crs limit 0.06 of frail in
    induction` becomes `limit of 6 % on cytokine release syndrome in Frail in induction`.
    """
    events, groups = _any(named), _any(served)

    def on(identifier: str) -> str:
        said = event(named[identifier])
        return f"{said}," if "," in said and " or " not in said and " and " not in said else said

    def limit(found: re.Match[str]) -> str:
        size = f" of {_percent(found[3])}" if found[3] else ""
        where = f" in {served[found[4]]}" if found[4] else ""
        said = on(found[2])
        return f"{found[1] or ''}limit{size} on {said if where else said.removesuffix(',')}{where}"

    def risk(found: re.Match[str]) -> str:
        return f"risk of {on(found[1])} in {served[found[2]]}"

    def members(found: re.Match[str]) -> str:
        return listed_names(served[g] for g in re.split(r", | and ", found[0]))

    def several(found: re.Match[str]) -> str:
        names = listed_names(served[g] for g in re.split(r", | and ", found[2]))
        return f"limits on {on(found[1])} in {names}"

    if named:
        worse = " grade 3 or worse"
        text = re.sub(rf"\bsevere ({events})(?= of )", lambda m: f"severe {on(m[1]).removesuffix(worse)}", text)
        those = rf"(?:{groups})(?:, (?:{groups}))*(?: and (?:{groups}))?(?![\w.@])"
        text = re.sub(rf"\b({events}) limits of ({those})", several, text)
        text = re.sub(rf"\b(cumulative )?({events}) limit\b(?: ({_NUMBER}))?(?: of ({groups})(?![\w.@]))?", limit, text)
        text = re.sub(rf"(?<=attributable )({events})(?= at most)", lambda m: event(named[m[0]]), text)
        text = re.sub(rf"(?<=component model of )({events})\b", lambda m: event(named[m[0]]), text)
        text = re.sub(rf"(?<=not_worse_than_control of )({events})\b", lambda m: event(named[m[0]]), text)
        text = re.sub(rf"\b({events}) risk of ({groups})(?![\w.@])", risk, text)
        text = re.sub(
            rf"\b({events}) of ({groups})(?![\w.@])",
            lambda m: f"{event(named[m[1]])} of {served[m[2]]}", text,
        )  # fmt: skip
    text = re.sub(rf"\b(?:{groups})(?:, (?:{groups}))* and (?:{groups})\b(?![.@])", members, text)
    text = re.sub(rf"\b(of|in|for) ({groups})(?![\w.@])", lambda m: f"{m[1]} {served[m[2]]}", text)
    text = re.sub(rf"\b({groups})(?= is served by| moves from)", lambda m: served[m[1]], text)
    text = re.sub(r"\bis (\d\.\d+)(, above the (?:cumulative )?limit) (\d\.\d+)", _above, text)
    return re.sub(r"\b(at most|more than the) (0\.\d+)(?= above the control| allowed)", _most, text)


def _any(ids: Iterable[str]) -> str:
    """A pattern for any of the ids, the longest first; one that nothing matches where there is none."""
    return "|".join(map(re.escape, sorted(ids, key=len, reverse=True))) or r"(?!)"


def _percent(number: str) -> str:
    """`0.06` and `6 %` as `6 %`."""
    return number if number.endswith("%") else f"{100 * float(number):.1f}".removesuffix(".0") + " %"


def _digits(number: str) -> str:
    """A probability in percent with the digits it has: `0.551` is `55.1 %`."""
    return f"{100 * float(number):.{max(0, len(number.partition('.')[2]) - 2)}f} %"


def _above(found: re.Match[str]) -> str:
    return f"is {_digits(found[1])}{found[2]} of {_digits(found[3])}"


def _most(found: re.Match[str]) -> str:
    return f"{found[1]} {_percent(found[2])}"
