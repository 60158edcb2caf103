"""How the Word section looks: real styles for every kind of paragraph, so that pasted parts take those of the host."""

from __future__ import annotations

import textwrap
from typing import Any

from trialopt.output.protocol.fields import add_field, element, number_headings, qualified
from trialopt.output.report.page import clean

WIDTH = 17.0
"""Centimetres of text on a page of A4."""

FONT = "Arial"
INK = (0x1F, 0x1F, 0x1F)
QUIET = (0x5C, 0x5C, 0x5C)

BODY, BULLET, CELL, NOTE = "Normal", "List Bullet", "Table Text", "Table Note"
SPONSOR, REFERENCE = "Sponsor to Complete", "Bibliography"

SIZES = {
    "Normal": 10, "Title": 18, "Subtitle": 10, "Heading 1": 14, "Heading 2": 11.5, "Heading 3": 10, "Caption": 9,
    "List Bullet": 10, "TOC Heading": 14,
}  # fmt: skip
"""Style of the template -> points."""


def dress(document: Any) -> None:
    """Set page and styles."""
    from docx.shared import Cm

    page = document.sections[0]
    page.page_width, page.page_height = Cm(21.0), Cm(29.7)
    page.left_margin = page.right_margin = Cm(2.0)
    page.top_margin = page.bottom_margin = Cm(2.2)
    for name, size in SIZES.items():
        _plain(document.styles[name], size)
    _space(document)
    _added(document)
    number_headings(document)
    _update(document)


_AFTER = ("hdrShapeDefaults", "footnotePr", "endnotePr", "compat", "docVars", "rsids", "mathPr", "attachedSchema",
          "themeFontLang", "clrSchemeMapping", "shapeDefaults", "decimalSymbol", "listSeparator")  # fmt: skip
"""What follows `updateFields` in the settings (ECMA-376, CT_Settings)."""


def _update(document: Any) -> None:
    """Have a word processor update fields as it opens the file: only it knows on which page a heading stands."""
    settings = document.settings.element
    later = [child for child in settings if str(child.tag).rpartition("}")[2] in _AFTER]
    fresh = element("w:updateFields", val="true")
    later[0].addprevious(fresh) if later else settings.append(fresh)


def _plain(style: Any, size: float) -> None:
    """A style in our font, whatever theme the template has."""
    from docx.shared import Pt, RGBColor

    style.font.name, style.font.size = FONT, Pt(size)
    style.font.color.rgb = RGBColor(*INK)
    properties = style.element.get_or_add_rPr()
    for tag in ("w:spacing", "w:kern"):
        for old in properties.findall(qualified(tag)):
            properties.remove(old)
    fonts = properties.get_or_add_rFonts()
    for theme in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
        fonts.attrib.pop(qualified(f"w:{theme}"), None)


def _space(document: Any) -> None:
    from docx.shared import Pt

    before_after = {
        "Normal": (0, 6), "Heading 1": (18, 6), "Heading 2": (12, 4), "Heading 3": (8, 3), "Caption": (8, 3),
        "List Bullet": (0, 3), "Title": (0, 4), "Subtitle": (0, 10),
    }  # fmt: skip
    for name, (before, after) in before_after.items():
        layout = document.styles[name].paragraph_format
        layout.space_before, layout.space_after = Pt(before), Pt(after)
    document.styles["Title"].element.get_or_add_pPr().remove_all("w:pBdr")
    document.styles["Subtitle"].font.italic = False


def _added(document: Any) -> None:
    """Styles that the template does not have; those that Word knows have Word's names."""
    from docx.enum.style import WD_STYLE_TYPE
    from docx.enum.text import WD_TAB_ALIGNMENT, WD_TAB_LEADER
    from docx.shared import Cm, Pt, RGBColor

    def add(name: str, size: float, after: float, builtin: bool = False) -> Any:
        style = document.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH, builtin)
        style.base_style = document.styles["Normal"]
        style.font.size, style.paragraph_format.space_after = Pt(size), Pt(after)
        return style

    add(CELL, 8.5, 1)
    note = add(NOTE, 8, 8)
    note.font.color.rgb = RGBColor(*QUIET)
    sponsor = add(SPONSOR, 10, 6)
    sponsor.font.italic = True
    borders = element("w:pBdr")
    borders.append(element("w:left", val="single", sz="12", space="6", color="E69F00"))
    sponsor.element.get_or_add_pPr().insert_element_before(borders, "w:shd", "w:tabs", "w:spacing", "w:ind", "w:jc")
    reference = add(REFERENCE, 9, 2, builtin=True)
    reference.paragraph_format.left_indent, reference.paragraph_format.first_line_indent = Cm(0.9), Cm(-0.9)
    for level, (indent, size) in enumerate(((0.0, 9), (0.6, 8.5)), start=1):
        entry = add(f"toc {level}", size, 0, builtin=True)
        entry.paragraph_format.left_indent, entry.paragraph_format.line_spacing = Cm(indent), 1.0
        entry.paragraph_format.tab_stops.add_tab_stop(Cm(indent + 1.2))
        entry.paragraph_format.tab_stops.add_tab_stop(Cm(WIDTH), WD_TAB_ALIGNMENT.RIGHT, WD_TAB_LEADER.DOTS)
    number = add("Page Number Line", 8, 0)
    number.font.color.rgb = RGBColor(*QUIET)


def foot(document: Any, title: str) -> None:
    """The title at the head of every page, and the number of the page at its foot."""
    section = document.sections[0]
    head = section.header.paragraphs[0]
    head.style = document.styles["Page Number Line"]
    head.add_run(textwrap.shorten(clean(title), 220, placeholder=" ..."))
    line = section.footer.paragraphs[0]
    line.style = document.styles["Page Number Line"]
    line.alignment = 2
    line.add_run("Page ")
    add_field(line, "PAGE", "1")
    line.add_run(" of ")
    add_field(line, "NUMPAGES", "1")
