"""Letters that documents cannot hold."""

from __future__ import annotations

import re

_BROKEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")


def clean(text: str) -> str:
    """Text with a mark in the place of each letter that neither HTML nor Word can hold."""
    return _BROKEN.sub("\ufffd", text)
