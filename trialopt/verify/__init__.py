"""Runs checked by a program of its own: no solver, no search, no judge; NumPy and the instance read again."""

from __future__ import annotations

from trialopt.verify.findings import Finding, Verdict
from trialopt.verify.run import verify

__all__ = ["Finding", "Verdict", "verify"]
