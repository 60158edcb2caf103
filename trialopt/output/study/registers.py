"""Registers of trials, told by how their numbers begin."""

from __future__ import annotations

import re

_REGISTERS = (
    (r"NCT\d{8}", "ClinicalTrials.gov"),
    (r"20\d\d-5\d{5}-\d\d(-\d\d)?", "EU Clinical Trials Information System"),
    (r"20\d\d-\d{6}-\d\d", "EudraCT"),
    (r"ISRCTN\d+", "ISRCTN"),
    (r"ACTRN\d+", "Australian New Zealand Clinical Trials Registry"),
    (r"ChiCTR[\w-]+", "Chinese Clinical Trial Registry"),
    (r"jRCT[\w-]+", "Japan Registry of Clinical Trials"),
    (r"DRKS\d+", "German Clinical Trials Register"),
    (r"CTRI/[\w/]+", "Clinical Trials Registry - India"),
)
"""Shape of a number -> the register that gives such numbers (WHO primary registers and ClinicalTrials.gov)."""


def register(number: str) -> str:
    """Name of the register that gave a number; empty for a number of no known shape."""
    return next((name for shape, name in _REGISTERS if re.fullmatch(shape, number.strip())), "")
