"""Errors of files that cannot be written."""

from __future__ import annotations

# -- What can be wrong with an export. ----------------------------------------------------------------------------


class ExportError(ValueError):
    """An export that cannot be written as asked. The message says what would be right."""


# -- What can be wrong with a document. ---------------------------------------------------------------------------


class ReportError(ValueError):
    """A document that cannot be written as asked. The message says what would be right."""
