"""Text that LaTeX sets as it is, by pdfTeX too: ASCII alone, and other letters by the commands that make them.

A letter that no command of plain LaTeX makes is printed by XeTeX and LuaTeX where their font has it; pdfTeX prints its
code point, `[U+4E2D]`. The file defines the command that decides.
"""

from __future__ import annotations

import re
import unicodedata

LETTER = r"""\ifdefined\Umathchar\providecommand{\trialoptletter}[2]{#1}\else
\providecommand{\trialoptletter}[2]{[U+#2]}\fi"""
"""Definition of the command for letters beyond LaTeX's own; `\\Umathchar` exists where the engine reads Unicode."""

_SPECIAL = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "#": r"\#", "%": r"\%",
    "_": r"\_\allowbreak{}", "^": r"\textasciicircum{}", "~": r"\textasciitilde{}", "<": r"\textless{}",
    ">": r"\textgreater{}", "|": r"\textbar{}", '"': r"{\char34}", "'": r"{\char39}", "`": r"{\char96}",
    "-": "{-}", "[": "{[}", "]": "{]}", "*": "{*}", "@": r"@\allowbreak{}",
}  # fmt: skip
"""What LaTeX reads as a command or joins into a ligature -> the same sign as text."""

_SIGNS = {
    "\u00a0": "~", "–": r"\textendash{}", "—": r"\textemdash{}", "‘": r"\textquoteleft{}", "’": r"\textquoteright{}",
    "“": r"\textquotedblleft{}", "”": r"\textquotedblright{}", "…": r"\ldots{}", "ß": r"\ss{}", "æ": r"\ae{}",
    "Æ": r"\AE{}", "ø": r"\o{}", "Ø": r"\O{}", "œ": r"\oe{}", "Œ": r"\OE{}", "ł": r"\l{}", "Ł": r"\L{}",
    "ı": r"\i{}", "¿": "?`", "¡": "!`", "§": r"\S{}", "£": r"\pounds{}", "©": r"\copyright{}", "−": r"\ensuremath{-}",
    "±": r"\ensuremath{\pm}", "×": r"\ensuremath{\times}", "÷": r"\ensuremath{\div}", "·": r"\ensuremath{\cdot}",
    "≤": r"\ensuremath{\leq}", "≥": r"\ensuremath{\geq}", "≠": r"\ensuremath{\neq}", "≈": r"\ensuremath{\approx}",
    "→": r"\ensuremath{\rightarrow}", "←": r"\ensuremath{\leftarrow}", "∞": r"\ensuremath{\infty}",
    "°": r"\ensuremath{^\circ}", "µ": r"\ensuremath{\mu}",
}  # fmt: skip

_GREEK = {
    "α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "ε": "epsilon", "ζ": "zeta", "η": "eta", "θ": "theta",
    "ι": "iota", "κ": "kappa", "λ": "lambda", "μ": "mu", "ν": "nu", "ξ": "xi", "π": "pi", "ρ": "rho", "σ": "sigma",
    "τ": "tau", "υ": "upsilon", "φ": "phi", "χ": "chi", "ψ": "psi", "ω": "omega", "Γ": "Gamma", "Δ": "Delta",
    "Θ": "Theta", "Λ": "Lambda", "Ξ": "Xi", "Π": "Pi", "Σ": "Sigma", "Φ": "Phi", "Ψ": "Psi", "Ω": "Omega",
}  # fmt: skip
"""Greek letter -> its command in mathematics."""

_ACCENTS = {
    "\u0300": "`", "\u0301": "'", "\u0302": "^", "\u0303": "~", "\u0308": '"', "\u0304": "=", "\u0307": ".",
    "\u0306": "u", "\u030c": "v", "\u030b": "H", "\u0327": "c", "\u030a": "r", "\u0323": "d", "\u0331": "b",
}  # fmt: skip
"""Combining accent -> the command that sets it on a letter."""

LONGEST_WORD = 20
"""A longer word may be broken after a hyphen, else after so many letters, so that no cell runs over its column."""


LONGEST = 2_000
"""Most letters of a text; a cell of more would be taller than TeX can count."""


def latex(text: str) -> str:
    """Text that LaTeX sets as it is, on one line, with places to break long words."""
    text = text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
    words = re.split(r"[ \t\n\r\f\v]+", _printable(text).strip())
    return " ".join(_word(word) for word in words)


def _word(word: str) -> str:
    pieces = re.split(r"(?<=\w-)(?=\w)", word) if len(word) > LONGEST_WORD else [word]
    parts = [piece[k : k + LONGEST_WORD] for piece in pieces for k in range(0, len(piece), LONGEST_WORD)]
    return r"\allowbreak{}".join("".join(map(_sign, part)) for part in parts)


def _sign(sign: str) -> str:
    if sign in _SPECIAL:
        return _SPECIAL[sign]
    if " " <= sign <= "~":
        return sign
    if sign in _SIGNS:
        return _SIGNS[sign]
    if sign in _GREEK:
        return rf"\ensuremath{{\{_GREEK[sign]}}}"
    base, *accents = list(unicodedata.normalize("NFD", sign))
    if base.isascii() and base.isalpha() and len(accents) == 1 and accents[0] in _ACCENTS:
        return rf"{{\{_ACCENTS[accents[0]]}{{{base}}}}}"
    return rf"\trialoptletter{{{sign}}}{{{ord(sign):04X}}}"


def _printable(text: str) -> str:
    """Without controls, and without accents that stand alone."""
    return "".join(" " if unicodedata.category(sign)[0] == "C" else sign for sign in unicodedata.normalize("NFC", text))
