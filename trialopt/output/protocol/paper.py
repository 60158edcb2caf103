"""A Word document filled from top to bottom: what stands in it is numbered, captioned, and referred to by fields."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from trialopt.output.protocol.citations import Bibliography, spans
from trialopt.output.protocol.fields import Bookmarks, add_field, add_link, close_field, element, open_field
from trialopt.output.protocol.styles import BODY, BULLET, CELL, NOTE, REFERENCE, SPONSOR, WIDTH, dress, foot
from trialopt.output.report.page import clean
from trialopt.output.views import TIE, Grid

SHORT = 12
"""A table of at most so many rows is not broken between pages."""

SHADE, MARK = "E8EEF3", "FBE3D6"


@dataclass(frozen=True)
class See:
    """A cross-reference to a table, a figure or a section by the key it was given."""

    key: str


@dataclass(frozen=True)
class Cite:
    """A citation: cells of the tables that name publications, or keys of `citations.METHODS`."""

    sources: tuple[str, ...]


Inline = str | See | Cite
Cells = Mapping[tuple[int, int], tuple[Inline, ...]]
"""Row and column of a table -> what stands in that cell in place of its text."""


class Paper:
    """One document. Tables, figures and sections number themselves; `finish` fills what refers to them."""

    def __init__(self, document: Any, title: str) -> None:
        self.document = document
        self.sources = Bibliography()
        self._marks = Bookmarks()
        self._numbers = {"Table": 0, "Figure": 0}
        self._levels = [0, 0, 0]
        self._names: dict[str, tuple[str, str]] = {}
        """Key -> bookmark and what a reference to it shows."""
        self._kinds: dict[str, str] = {}
        """Key -> the word before the number in a reference; none for a section."""
        self._open: list[tuple[str, Any, Any]] = []
        self._contents: list[tuple[int, str, str, str]] = []
        dress(document)
        self._styles = {style.name: style.style_id for style in document.styles}
        foot(document, title)

    # -- Text. ----------------------------------------------------------------------------------------------------

    def heading(self, text: str, level: int, key: str = "") -> None:
        """Add a numbered heading that others may refer to by its key."""
        self._levels = [n + (k == level - 1) if k < level else 0 for k, n in enumerate(self._levels)]
        number = ".".join(map(str, self._levels[:level]))
        paragraph = self._new(f"Heading {level}")
        mark = f"_Toc{len(self._contents) + 1:06d}"
        start = self._marks.start(paragraph, mark)
        paragraph.add_run(clean(text))
        self._marks.end(paragraph, start)
        self._contents.append((level, mark, number, text))
        if key:
            self._names[key] = (mark, number)

    def paragraph(self, *parts: Inline, style: str = BODY) -> Any:
        """Add a paragraph of words, cross-references and citations."""
        paragraph = self._new(style)
        self._fill(paragraph, parts)
        return paragraph

    def bullet(self, *parts: Inline) -> None:
        """Add one line of a list."""
        self.paragraph(*parts, style=BULLET)

    def sponsor(self, what: str) -> None:
        """Say what a sponsor has to add here."""
        self.paragraph(f"To be completed by the sponsor: {what}", style=SPONSOR)

    def contents(self) -> None:
        """Place the table of contents here."""
        self._new("TOC Heading").add_run("Contents")
        self._place = self._new("toc 1")

    def _new(self, style: str) -> Any:
        """A new paragraph; by its id the style is set without a search through all of them."""
        paragraph = self.document.add_paragraph()
        paragraph._p.style = self._styles[style]
        return paragraph

    def _fill(self, paragraph: Any, parts: tuple[Inline, ...]) -> None:
        for part in parts:
            if isinstance(part, See):
                run = add_field(paragraph, "", "")
                self._open.append((part.key, run, paragraph))
            elif isinstance(part, Cite):
                self._cite(paragraph, part)
            else:
                paragraph.add_run(clean(part))

    def _cite(self, paragraph: Any, cite: Cite) -> None:
        runs = spans(self.sources.numbers(cite.sources))
        for k, (first, last) in enumerate(runs):
            paragraph.add_run("[" if k == 0 else ", ")
            add_field(paragraph, f"REF {_source(first)} \\h", str(first))
            if last > first:
                paragraph.add_run("\u2013" if last > first + 1 else ", ")
                add_field(paragraph, f"REF {_source(last)} \\h", str(last))
        if runs:
            paragraph.add_run("]")

    # -- Tables and figures. --------------------------------------------------------------------------------------

    def table(self, key: str, grid: Grid, cells: Cells | None = None) -> None:
        """Add a table with its caption above and its note below."""
        from docx.shared import Cm

        self._caption("Table", key, grid.caption).paragraph_format.keep_with_next = True
        table = self.document.add_table(rows=0, cols=len(grid.heads), style="Table Grid")
        table.autofit = False
        together = len(grid.rows) <= SHORT
        widths = column_widths(grid)
        for column, width in zip(table.columns, widths, strict=True):
            column.width = Cm(width)
        for k, row in enumerate((grid.heads, *grid.rows), start=-1):
            self._row(table, row, widths, grid, k, cells or {})
            for cell in table.rows[-1].cells if together and k < len(grid.rows) - 1 else ():
                cell.paragraphs[0].paragraph_format.keep_with_next = True
        self._new(NOTE).add_run(clean(grid.note[:1].upper() + grid.note[1:]))

    def _row(
        self, table: Any, texts: tuple[str, ...], widths: list[float], grid: Grid, number: int, cells: Cells
    ) -> None:
        from docx.enum.text import WD_ALIGN_PARAGRAPH
        from docx.shared import Cm

        row, head = table.add_row(), number < 0
        for tag in ("w:cantSplit", *(["w:tblHeader"] if head else [])):
            row._tr.get_or_add_trPr().append(element(tag))
        for k, (cell, text, width) in enumerate(zip(row.cells, texts, widths, strict=True)):
            cell.width = Cm(width)
            marked = (number, k) in grid.emphasised
            if head or marked:
                cell._tc.get_or_add_tcPr().append(
                    element("w:shd", val="clear", color="auto", fill=MARK if marked else SHADE)
                )
            paragraph = cell.paragraphs[0]
            paragraph._p.style = self._styles[CELL]
            self._fill(paragraph, cells.get((number, k), (text,)))
            for run in paragraph.runs:
                run.bold = head or marked or k == 0 or number in grid.marked
            if k in grid.numeric:
                paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT

    def figure(self, key: str, png: bytes, caption: str, words: str = "") -> None:
        """Add a picture over the width of the page; `words` describe it to those who cannot see it."""
        from docx.shared import Cm

        paragraph = self.document.add_paragraph()
        paragraph.paragraph_format.keep_with_next = True
        picture = paragraph.add_run().add_picture(io.BytesIO(png), width=Cm(WIDTH))
        for side in ("distT", "distB", "distL", "distR"):  # without them some programs push the picture to the right
            picture._inline.set(side, "0")
        picture._inline.docPr.set("descr", clean(words or caption))
        self._caption("Figure", key, caption)
        picture._inline.docPr.set("name", f"Figure {self._names[key][1]}")

    def _caption(self, kind: str, key: str, text: str) -> Any:
        self._numbers[kind] += 1
        number, mark = str(self._numbers[kind]), f"_{kind}_{key}"
        paragraph = self._new("Caption")
        paragraph.add_run(f"{kind} ")
        start = self._marks.start(paragraph, mark)
        add_field(paragraph, f"SEQ {kind} \\* ARABIC", number)
        self._marks.end(paragraph, start)
        paragraph.add_run(f". {clean(text)}")
        self._names[key] = (mark, number)
        self._kinds[key] = kind
        return paragraph

    # -- The end. -------------------------------------------------------------------------------------------------

    def references(self) -> None:
        """Add the bibliography: every source that was cited, once."""
        for number, text in self.sources.entries:
            paragraph = self._new(REFERENCE)
            start = self._marks.start(paragraph, _source(number))
            add_field(paragraph, "SEQ Reference \\* ARABIC", str(number))
            self._marks.end(paragraph, start)
            paragraph.add_run(f".\t{clean(text)}")

    def finish(self) -> None:
        """Fill cross-references and contents. Raises `RuntimeError` where a reference leads nowhere."""
        for key, run, paragraph in self._open:
            if key not in self._names:
                raise RuntimeError(f"the document refers to {key!r}, which is not in it")
            mark, shown = self._names[key]
            run.text = shown
            place = list(paragraph._p)
            if key in self._kinds:  # outside the field, which then is a number and never broken between lines
                words = paragraph.add_run(f"{self._kinds[key]}{TIE}")
                place[place.index(run._r) - 3].addprevious(words._r)
            instruction = place[place.index(run._r) - 2]
            switches = "\\r \\h" if mark.startswith("_Toc") else "\\h"
            instruction[-1].text = f" REF {mark} {switches} "
        self._list_contents()

    def _list_contents(self) -> None:
        from copy import deepcopy

        shown = [entry for entry in self._contents if entry[0] <= 2]
        place = self._place
        open_field(place, 'TOC \\o "1-2" \\h \\z \\u')
        for k, (level, mark, number, text) in enumerate(shown):
            if k:
                fresh = deepcopy(place._p)
                for child in list(fresh):
                    fresh.remove(child)
                place._p.addnext(fresh)
                place = type(place)(fresh, place._parent)
            place._p.style = self._styles[f"toc {level}"]
            add_link(place, mark, f"{number}\t{text}")
        close_field(place)


def _source(number: int) -> str:
    return f"_Source{number:04d}"


def column_widths(grid: Grid) -> list[float]:
    """Centimetres of each column: what its longest words need, the rest shared by how much text it holds."""
    columns = list(zip(grid.heads, *grid.rows, strict=True))
    need = [min(4.5, max(1.0, 0.42 + max(map(_width, _words(texts))))) for texts in columns]
    text = [sum(min(len(cell), 80) for cell in texts) / len(texts) + 0.1 for texts in columns]
    spare = WIDTH - sum(need)
    if spare <= 0:
        return [WIDTH * part / sum(need) for part in need]
    return [part + spare * weight / sum(text) for part, weight in zip(need, text, strict=True)]


_EM = 8.5 / 72 * 2.54
"""Centimetres of an em in a cell."""


def _width(word: str) -> float:
    """About the centimetres that a word takes in bold Arial."""
    return _EM * sum(
        0.33 if c in "fijlrt.,:;/()[]-| " else 0.89 if c in "mwMW%" else 0.72 if c.isupper() else 0.59 for c in word
    )


def _words(texts: tuple[str, ...]) -> list[str]:
    """Pieces that are not broken between lines; a space that joins does not part them."""
    return [word for text in texts for word in [*re.split(r"[ \n]+|(?<=-)", text), "x"]]
