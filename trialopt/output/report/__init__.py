"""A run as documents people read: one HTML page, and a section of a protocol. Both from a `Solution` alone."""

from __future__ import annotations

from trialopt.output.formats import ReportError
from trialopt.output.report.page import page

__all__ = ["ReportError", "page"]
