"""What is missing when figures cannot be drawn."""

from __future__ import annotations


class FiguresMissing(ImportError):
    """Matplotlib is not installed. The message says how to get it."""

    def __init__(self) -> None:
        super().__init__("figures need matplotlib: pip install 'trialopt[plot]'")
