"""Text as SAS transport files hold it: ASCII, at most 200 bytes a value, and short codes that stay distinct."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

LONGEST = 200
"""Most bytes of a character value (SDTMIG 3.4, section 4.5.3: values of at most 200 characters)."""

_PLAIN = {
    "≤": "<=",
    "≥": ">=",
    "≠": "!=",
    "≈": "~",
    "±": "+/-",
    "×": "x",
    "÷": "/",
    "·": ".",
    "⁄": "/",
    "→": "->",
    "←": "<-",
    "–": "-",
    "—": "-",
    "‐": "-",
    "‑": "-",
    "−": "-",
    "‘": "'",
    "’": "'",
    "“": '"',
    "”": '"',
    "„": '"',
    "«": '"',
    "»": '"',
    "…": "...",
    "°": " deg",
    "µ": "u",
    "μ": "u",
    "‰": " per mille",
    "€": "EUR",
    "ß": "ss",
    "æ": "ae",
    "Æ": "AE",
    "ø": "o",
    "Ø": "O",
    "œ": "oe",
    "Œ": "OE",
    "ł": "l",
    "Ł": "L",
    "α": "alpha",
    "β": "beta",
    "γ": "gamma",
    "δ": "delta",
    "κ": "kappa",
    "λ": "lambda",
}
"""Signs without a decomposition into ASCII -> how they are written instead."""


def ascii_text(text: str) -> str:
    """The text in printable ASCII on one line; a letter of another script is written as its code point, `[U+4E2D]`.

    Never starts with a space, and is never a single `.`, which SAS reads as a missing number.
    """
    plain = " ".join("".join(map(_ascii, text)).split())
    return "(.)" if plain == "." else plain


def _ascii(sign: str) -> str:
    if sign in _PLAIN:
        return _PLAIN[sign]
    if " " <= sign <= "~":
        return sign
    if unicodedata.category(sign)[0] in "CZ":
        return " "
    parts = (part for part in unicodedata.normalize("NFKD", sign) if not unicodedata.combining(part))
    base = "".join(_PLAIN.get(part, part) for part in parts)
    return base if base and all(" " <= part <= "~" for part in base) else f"[U+{ord(sign):04X}]"


def fitted(text: str, mark: str = "", longest: int = LONGEST) -> str:
    """ASCII text of at most `longest` bytes; what is cut ends in `...` and the mark that tells it from its like."""
    plain = ascii_text(text)
    if len(plain) <= longest:
        return plain
    end = f"... [{mark}]" if mark else "..."
    return plain[: longest - len(end)].rstrip() + end


def pieces(text: str) -> list[str]:
    """ASCII text cut into parts of at most 200 bytes, between words where there are any."""
    rest, parts = ascii_text(text), []
    while len(rest) > LONGEST:
        cut = rest.rfind(" ", 0, LONGEST + 1)
        cut = cut if cut > 0 else LONGEST
        parts.append(rest[:cut].rstrip())
        rest = rest[cut:].lstrip()
    return [*parts, rest]


def code(text: str, longest: int, taken: Iterable[str] = ()) -> str:
    """An upper-case code of letters, digits, `_` and `-`, at most `longest` long and none of `taken`."""
    used = set(taken)
    whole = re.sub(r"[^A-Z0-9_-]+", "_", ascii_text(text).upper()).strip("_-") or "X"
    candidate, number = whole[:longest], 1
    while candidate in used:
        number += 1
        candidate = f"{whole[: longest - len(str(number)) - 1]}_{number}"
    return candidate


def distinct(texts: Iterable[tuple[str, str]]) -> list[str]:
    """Fitted texts of `(text, code)`: those that come out alike, or were cut, carry their code."""
    given = [(fitted(text, mark), mark) for text, mark in texts]
    seen: dict[str, set[str]] = {}
    for text, mark in given:
        seen.setdefault(text, set()).add(mark)
    return [text if len(seen[text]) == 1 else _marked(text, mark) for text, mark in given]


def _marked(text: str, mark: str) -> str:
    end = f" [{mark}]"
    return text[: LONGEST - len(end)].rstrip() + end
