"""Errors of files that cannot be written."""

from __future__ import annotations

from trialopt.core import WrongInput

# -- What can be wrong with an export. ----------------------------------------------------------------------------


class ExportError(WrongInput):
    """An export that cannot be written as asked. The message says what would be right."""


# -- What can be wrong with a document. ---------------------------------------------------------------------------


class ReportError(WrongInput):
    """A document that cannot be written as asked. The message says what would be right."""


# -- What is missing when figures cannot be drawn. ----------------------------------------------------------------


class FiguresMissing(ImportError):
    """Matplotlib is not installed. The message says how to get it."""

    def __init__(self) -> None:
        super().__init__("figures need matplotlib: pip install 'trialopt[plot]'")
