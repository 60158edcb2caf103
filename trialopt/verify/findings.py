"""What a check found: one sentence each, right, wrong, or open where it could not be shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

SHOWN = 3
"""Sentences of one kind that are told; the others are counted."""


@dataclass(frozen=True)
class Finding:
    """One thing that was checked."""

    about: str
    state: str
    """`right`, `wrong` or `open`."""
    sentence: str

    @classmethod
    def of(cls, about: str, wrong: Sequence[str], right: str) -> Finding:
        """Wrong, with what is, or right."""
        return cls(about, "wrong", first(wrong)) if wrong else cls(about, "right", right)


def first(sentences: Sequence[str]) -> str:
    """The first few, the others counted."""
    more = len(sentences) - SHOWN
    return "; ".join(sentences[:SHOWN]) + (f"; and {more} more" if more > 0 else "")


@dataclass(frozen=True)
class Verdict:
    """All findings on one run."""

    findings: tuple[Finding, ...]

    def having(self, state: str) -> tuple[Finding, ...]:
        """Those in a state."""
        return tuple(finding for finding in self.findings if finding.state == state)

    @property
    def verified(self) -> bool:
        """Whether everything that was claimed was shown to be so."""
        return all(finding.state == "right" for finding in self.findings)

    @property
    def contradicted(self) -> bool:
        """Whether something that was claimed is not so."""
        return bool(self.having("wrong"))

    @property
    def sentence(self) -> str:
        """The verdict in a sentence."""
        if self.contradicted:
            return f"not so: {len(self.having('wrong'))} of {len(self.findings)} checks failed"
        if self.verified:
            return f"verified: {len(self.findings)} checks"
        return f"nothing is wrong, and {len(self.having('open'))} of {len(self.findings)} checks were not possible"
