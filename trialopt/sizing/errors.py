"""The one error of the sizing package."""

from __future__ import annotations


class SizingError(ValueError):
    """A size, a power or an effect was asked for outside the range of the formula; the text says which."""
