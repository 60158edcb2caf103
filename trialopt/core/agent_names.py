"""Agents by the abbreviations and brand names that people write: `dara`, `Velcade`, `VRd`, `Isa-KRd`.

Ids are those of the evidence library. Brand names are those of the US and EU labels; abbreviations and letters are
those in which the trials name their regimens.
"""

from __future__ import annotations

from collections.abc import Collection

SHORT = {
    "bort": "bortezomib", "bor": "bortezomib", "btz": "bortezomib", "velcade": "bortezomib",
    "carf": "carfilzomib", "car": "carfilzomib", "cfz": "carfilzomib", "kyprolis": "carfilzomib",
    "ixa": "ixazomib", "ninlaro": "ixazomib", "thal": "thalidomide", "thalomid": "thalidomide",
    "len": "lenalidomide", "revlimid": "lenalidomide", "pom": "pomalidomide", "pomalyst": "pomalidomide",
    "imnovid": "pomalidomide", "iber": "iberdomide", "mezi": "mezigdomide", "dex": "dexamethasone",
    "pred": "prednisone", "dara": "daratumumab", "darzalex": "daratumumab", "isa": "isatuximab",
    "sarclisa": "isatuximab", "elo": "elotuzumab", "empliciti": "elotuzumab", "sel": "selinexor",
    "xpovio": "selinexor", "nexpovio": "selinexor", "ven": "venetoclax", "venclexta": "venetoclax",
    "venclyxto": "venetoclax", "sonro": "sonrotoclax", "pano": "panobinostat", "pan": "panobinostat",
    "farydak": "panobinostat", "melf": "melflufen", "pepaxto": "melflufen", "pepaxti": "melflufen",
    "mel": "melphalan", "alkeran": "melphalan", "evomela": "melphalan", "cyclo": "cyclophosphamide",
    "cy": "cyclophosphamide", "cytoxan": "cyclophosphamide", "benda": "bendamustine", "bela": "belantamab_mafodotin",
    "belamaf": "belantamab_mafodotin", "belantamab": "belantamab_mafodotin", "blenrep": "belantamab_mafodotin",
    "ide-cel": "idecabtagene_vicleucel", "idecel": "idecabtagene_vicleucel", "abecma": "idecabtagene_vicleucel",
    "cilta-cel": "ciltacabtagene_autoleucel", "ciltacel": "ciltacabtagene_autoleucel",
    "cilta": "ciltacabtagene_autoleucel", "carvykti": "ciltacabtagene_autoleucel",
    "anito-cel": "anitocabtagene_autoleucel", "arlo-cel": "anti_gprc5d_car_t", "tec": "teclistamab",
    "tecvayli": "teclistamab", "elra": "elranatamab", "elrexfio": "elranatamab", "linvo": "linvoseltamab",
    "lynozyfic": "linvoseltamab", "talq": "talquetamab", "tal": "talquetamab", "talvey": "talquetamab",
    "cevo": "cevostamab", "asct": "high_dose_melphalan", "hdm": "high_dose_melphalan", "pld": "doxorubicin_liposomal",
}  # fmt: skip
"""Abbreviation or brand name, in lower case -> agent id."""

LETTER = {
    "D": "dara", "V": "bort", "K": "carf", "R": "len", "P": "pom", "I": "ixa", "T": "thal", "C": "cyclo", "E": "elo",
    "S": "sel", "X": "sel", "B": "bela", "M": "mel", "d": "dex", "p": "pred",
}  # fmt: skip
"""Letter of a regimen's name -> abbreviation."""

PARTS = sorted([name.capitalize() for name in SHORT if name.isalpha()], key=len, reverse=True)


def agent_named(text: str) -> str | None:
    """Agent id that an abbreviation or a brand name stands for; `None` for any other text."""
    return SHORT.get(text.strip().lower().replace("_", "-")) or SHORT.get(text.strip().lower())


def agents_in(word: str, known: Collection[str]) -> tuple[str, ...] | None:
    """Agents of one word: an id of `known`, an abbreviation, a brand or a regimen's name; `None` if it is neither."""
    plain = word.strip().lower()
    if plain.replace("-", "_") in known:
        return (plain.replace("-", "_"),)
    if agent := agent_named(plain):
        return (agent,)
    found: list[str] = []
    for part in filter(None, word.strip().split("-")):
        agents = [SHORT[part.lower()]] if part.lower() in SHORT else _letters(part)
        if agents is None:
            return None
        found += agents
    return tuple(dict.fromkeys(found)) or None


def agents_of(texts: Collection[str], known: Collection[str]) -> tuple[str, ...]:
    """Spell out a list of agents: ids, abbreviations, brands and regimens' names; what is none of them stays.

    An agent that a regimen names again stands once; one that is itself written twice stays there twice.
    """
    found: list[str] = []
    of_regimens: set[str] = set()
    for text in texts:
        agents = (text,) if text in known else agents_in(text, known) or (text,)
        of_regimens |= set(agents) if len(agents) > 1 else set()
        found += [agent for agent in agents if agent not in found or agent not in of_regimens]
    return tuple(found)


def _letters(text: str) -> list[str] | None:
    """Read a letter regimen from the left: long parts first, then single letters; a last capital D is the steroid."""
    if text.isupper() and len(text) > 1 and text.endswith("D"):
        text = text[:-1] + "d"
    out, rest = [], text.replace("MP", "Mp").replace("CyBorD", "CyBord")
    while rest:
        part = next((name for name in PARTS if rest.lower().startswith(name.lower())), rest[0])
        short = LETTER.get(part, part.lower())
        if short not in SHORT:
            return None
        out.append(SHORT[short])
        rest = rest[len(part) :]
    return out
