"""Ids that a reader should not meet, found in what trialopt says."""

from __future__ import annotations

import re
from collections.abc import Iterator

from trialopt.record.solution import Question
from trialopt.record.words import name


def ids_said(text: str, question: Question) -> Iterator[str]:
    """Ids of events, subgroups, mechanisms and agents in a text in the place of a name that reads otherwise.

    An id of one word may be an ordinary word, so it counts only where nothing but a name can stand.
    """
    where = r"(?:\b(?:of|in|for) {0}\b(?! [a-z])|\b{0} limit\b)"
    known = {*question.categories, *question.shares, *question.mechanisms, *question.kinds} - {"none"}
    for identifier in sorted(known):
        pattern = r"\b{0}\b" if "_" in identifier else where
        told = name(question, identifier)
        plain = identifier.replace("_", " ")
        if not told.lower().startswith(plain) and re.search(pattern.format(re.escape(identifier)), text):
            yield identifier
