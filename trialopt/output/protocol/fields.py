"""Fields, bookmarks and numbered headings of a Word document, as WordprocessingML has them (ECMA-376, part 1)."""

from __future__ import annotations

from typing import Any

from trialopt.output.report.page import clean


def element(tag: str, **attributes: str) -> Any:
    """A new element, `w:shd`, with attributes of the same namespace."""
    from docx.oxml import OxmlElement

    made = OxmlElement(tag)
    for name, value in attributes.items():
        made.set(qualified(f"w:{name}"), value)
    return made


def qualified(name: str) -> str:
    """Full name of a prefixed one."""
    from docx.oxml.ns import qn

    return str(qn(name))


def add_field(paragraph: Any, instruction: str, shown: str) -> Any:
    """Add a field with what it shows until it is updated; the run that shows it is returned."""
    _mark(paragraph, "begin")
    _instruct(paragraph, instruction)
    _mark(paragraph, "separate")
    run = paragraph.add_run(clean(shown))
    _mark(paragraph, "end")
    return run


def open_field(paragraph: Any, instruction: str) -> None:
    """Begin a field whose result goes on over other paragraphs, until `close_field`."""
    _mark(paragraph, "begin")
    _instruct(paragraph, instruction)
    _mark(paragraph, "separate")


def close_field(paragraph: Any) -> None:
    """End a field that `open_field` began."""
    _mark(paragraph, "end")


def _mark(paragraph: Any, kind: str) -> None:
    paragraph.add_run()._r.append(element("w:fldChar", fldCharType=kind))


def _instruct(paragraph: Any, instruction: str) -> None:
    text = element("w:instrText")
    text.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
    text.text = f" {instruction} "
    paragraph.add_run()._r.append(text)


class Bookmarks:
    """Bookmarks of one document, each with a number of its own."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def start(self, paragraph: Any, name: str) -> Any:
        """Begin a bookmark at the end of a paragraph; what `end` gets back."""
        self.names.append(name)
        number = str(len(self.names))
        paragraph._p.append(element("w:bookmarkStart", id=number, name=name))
        return number

    def end(self, paragraph: Any, number: str) -> None:
        """End a bookmark at the end of a paragraph."""
        paragraph._p.append(element("w:bookmarkEnd", id=number))


def add_link(paragraph: Any, bookmark: str, text: str) -> None:
    """Add words that lead to a bookmark."""
    link = element("w:hyperlink", anchor=bookmark, history="1")
    run = element("w:r")
    for k, piece in enumerate(clean(text).split("\t")):
        if k:
            run.append(element("w:tab"))
        words = element("w:t")
        words.text = piece
        words.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
        run.append(words)
    link.append(run)
    paragraph._p.append(link)


HEADINGS = 3
"""Levels of numbered headings."""


def number_headings(document: Any) -> None:
    """Let the heading styles number themselves: 1, 1.1, 1.1.1."""
    numbering = document.part.numbering_part.element
    identifier = str(1 + max((int(e.get(qualified("w:abstractNumId"))) for e in _abstract(numbering)), default=0))
    abstract = element("w:abstractNum", abstractNumId=identifier)
    abstract.append(element("w:multiLevelType", val="multilevel"))
    for level in range(HEADINGS):
        abstract.append(_level(level))
    numbering.insert(len(_abstract(numbering)), abstract)
    made = numbering.add_num(int(identifier))
    for level in range(HEADINGS):
        properties = document.styles[f"Heading {level + 1}"].element.get_or_add_pPr()
        numbers = properties.get_or_add_numPr()
        numbers.get_or_add_ilvl().val = level
        numbers.get_or_add_numId().val = made.numId
    contents = document.styles["TOC Heading"].element.get_or_add_pPr().get_or_add_numPr()
    contents.get_or_add_numId().val = 0  # it is based on Heading 1, and no section


def _abstract(numbering: Any) -> list[Any]:
    return list(numbering.findall(qualified("w:abstractNum")))


def _level(level: int) -> Any:
    made = element("w:lvl", ilvl=str(level))
    for tag, value in (
        ("w:start", "1"),
        ("w:numFmt", "decimal"),
        ("w:pStyle", f"Heading{level + 1}"),
        ("w:suff", "tab"),
        ("w:lvlText", ".".join(f"%{k}" for k in range(1, level + 2))),
        ("w:lvlJc", "left"),
    ):
        made.append(element(tag, val=value))
    place = element("w:pPr")
    place.append(element("w:ind", left="709", hanging="709"))
    made.append(place)
    return made
