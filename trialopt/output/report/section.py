"""The Word section."""

from __future__ import annotations

import datetime
import io
import re
import zipfile
from typing import Any

from trialopt.output import simulation_views as views
from trialopt.output.formats import ExportError, ReportError
from trialopt.output.report import grids, sentences
from trialopt.output.report.page import clean
from trialopt.output.report.sentences import published
from trialopt.output.report.truths_in_section import add_truths
from trialopt.output.views import Grid
from trialopt.record.solution import Solution
from trialopt.record.words import certificate
from trialopt.simulate.simulation import Simulation

# -- A section of a protocol as a Word document: arms, schema, schedule, sizes with their reasons, limits, references.

EPOCH = (2000, 1, 1, 0, 0, 0)
"""Time of everything in the file, so that the same run gives the same bytes."""


def section(solution: Solution) -> bytes:
    """Bytes of the document. Raises `ReportError` without python-docx or matplotlib."""
    try:
        import docx
    except ImportError:
        raise ReportError("Word files need python-docx: pip install 'trialopt[word]'") from None
    paper = Paper(docx.Document())
    paper.properties(solution.question.title or solution.question.name, datetime.datetime(*EPOCH))
    _opening(paper, solution)
    if solution.arms:
        _arms(paper, solution)
        _patients(paper, solution)
        _limits(paper, solution)
        add_truths(paper, solution)
    _basis(paper, solution)
    _references(paper, solution)
    return _repeatable(paper.document)


def files(solution: Solution) -> dict[str, bytes]:
    """One document, as a format of exports. Raises `ExportError` without python-docx or matplotlib."""
    try:
        return {"design.docx": section(solution)}
    except ReportError as error:
        raise ExportError(str(error)) from error


def _opening(paper: Paper, solution: Solution) -> None:
    paper.heading(f"Trial design: {solution.question.title or solution.question.name}", 1)
    paper.paragraph(sentences.recommendation(solution))
    for line in solution.conflict:
        paper.bullet(line)


def _arms(paper: Paper, solution: Solution) -> None:
    paper.heading("Arms", 2)
    paper.table(grids.synopsis(solution))
    paper.figure(_picture(solution, "schema"), "Schema of the trial: arms, epochs and patients.", 1)
    paper.heading("Study population", 2)
    paper.table(grids.subgroups(solution))
    paper.heading("Treatment schedule", 2)
    paper.paragraph("Cycles are counted from the start of treatment. Doses are those of the level chosen.")
    paper.table(grids.schedule(solution))
    if (precedent := grids.precedent(solution)).rows:
        paper.table(precedent)


def _patients(paper: Paper, solution: Solution) -> None:
    paper.heading("Sample size", 2)
    paper.paragraph(sentences.totals(solution))
    if sentences.sizes(solution):
        for arm in solution.arms:
            paper.bullet(sentences.size_reason(solution, arm))
        paper.table(grids.sizes(solution))
        analyses = grids.analyses(solution)
        if analyses:
            paper.heading("Analyses and calendar", 2)
            for grid in analyses:
                paper.table(grid)
            paper.figure(_picture(solution, "calendar"), "Accrual, analyses and what is known by then.", 2)
    if solution.simulation is not None:
        _simulated(paper, solution.simulation)


def _simulated(paper: Paper, simulation: Simulation) -> None:
    paper.heading("Operating characteristics", 2)
    paper.paragraph(views.sentence(simulation))
    for grid in views.grids(simulation):
        paper.table(grid)
        if grid.note:
            paper.paragraph(grid.note)


def _limits(paper: Paper, solution: Solution) -> None:
    paper.heading("Toxicity limits", 2)
    limits = grids.toxicity(solution)
    if limits.rows:
        paper.table(limits)
    else:
        paper.paragraph("No toxicity limit is set.")


def _basis(paper: Paper, solution: Solution) -> None:
    paper.heading("Basis of the design", 2)
    paper.paragraph(sentences.objective_in_words(solution.question))
    made, q = solution.provenance, solution.question
    version = f", trialopt {made['trialopt']}" if "trialopt" in made else ""
    paper.paragraph(f"Instance {q.name}: {certificate(solution)}{version}. Digest of the instance: SHA-256 {q.sha256}.")
    paper.paragraph("Research use only. This is not medical advice.")


def _references(paper: Paper, solution: Solution) -> None:
    sources = published(solution, of_design=True)
    if not sources:
        return
    paper.heading("References", 2)
    for source in sources:
        paper.reference(source.number, source.text)


def _picture(solution: Solution, name: str) -> bytes:
    try:
        png: bytes = solution.plot[name].png(dpi=220)
        return png
    except ImportError:
        raise ReportError("Word files need matplotlib: pip install 'trialopt[word]'") from None


def _repeatable(document: Any) -> bytes:
    """Bytes of a document with the times of its parts set to one time."""
    written, made = io.BytesIO(), io.BytesIO()
    document.save(written)
    with zipfile.ZipFile(written) as old, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.infolist():
            entry = zipfile.ZipInfo(part.filename, EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(entry, old.read(part.filename))
    return made.getvalue()


# -- A Word document in plain styles: headings, paragraphs, tables whose heads repeat, figures with a caption.

WIDTH = 17.0
"""Centimetres of text on a page of A4."""

FONT = "Arial"
SHADE = "E8EEF3"
MARK = "FBE3D6"


class Paper:
    """One document, filled from top to bottom. Tables and figures number themselves."""

    def __init__(self, document: Any) -> None:
        from docx.shared import Cm, Pt, RGBColor

        self.document = document
        self._tables = 0
        page = document.sections[0]
        page.page_width, page.page_height = Cm(21.0), Cm(29.7)
        page.left_margin = page.right_margin = Cm(2.0)
        page.top_margin = page.bottom_margin = Cm(2.0)
        for style, size in (("Normal", 10), ("Heading 1", 15), ("Heading 2", 12), ("Caption", 9), ("List Bullet", 10)):
            font = document.styles[style].font
            font.name, font.size = FONT, Pt(size)
            fonts = document.styles[style].element.get_or_add_rPr().get_or_add_rFonts()
            for theme in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
                fonts.attrib.pop(_tag(f"w:{theme}"), None)
            font.color.rgb = RGBColor(0x1F, 0x1F, 0x1F)
        document.styles["Normal"].paragraph_format.space_after = Pt(6)

    def properties(self, title: str, time: datetime.datetime) -> None:
        """Set title and times of the file; nobody is named as its author."""
        core = self.document.core_properties
        core.title, core.author, core.last_modified_by = clean(title)[:250], "", ""
        core.comments, core.created, core.modified, core.revision = "", time, time, 1

    def heading(self, text: str, level: int) -> None:
        """Add a heading."""
        self.document.add_heading(clean(text), level)

    def paragraph(self, text: str) -> None:
        """Add a paragraph."""
        self.document.add_paragraph(clean(text))

    def bullet(self, text: str) -> None:
        """Add one line of a list."""
        self.document.add_paragraph(clean(text), style="List Bullet")

    def reference(self, number: int, text: str) -> None:
        """Add one reference with its number, set out to the left."""
        from docx.shared import Cm, Pt

        paragraph = self.document.add_paragraph(f"{number}.\t{clean(text)}")
        layout = paragraph.paragraph_format
        layout.left_indent, layout.first_line_indent, layout.space_after = Cm(0.9), Cm(-0.9), Pt(2)
        paragraph.runs[0].font.size = Pt(9)

    def figure(self, png: bytes, caption: str, number: int) -> None:
        """Add a picture over the width of the page; the caption is also its text for those who cannot see it."""
        from docx.shared import Cm

        paragraph = self.document.add_paragraph()
        paragraph.paragraph_format.keep_with_next = True
        picture = paragraph.add_run().add_picture(io.BytesIO(png), width=Cm(WIDTH))
        for side in ("distT", "distB", "distL", "distR"):  # without them some programs push the picture to the right
            picture._inline.set(side, "0")
        described = picture._inline.docPr
        described.set("descr", clean(caption))
        described.set("name", f"Figure {number}")
        self.document.add_paragraph(f"Figure {number}. {clean(caption)}", style="Caption")

    def table(self, grid: Grid) -> None:
        """Add a table with its caption above and its note below."""
        from docx.shared import Cm, Pt

        self._tables += 1
        caption = self.document.add_paragraph(f"Table {self._tables}. {clean(grid.caption)}", style="Caption")
        caption.paragraph_format.keep_with_next = True
        caption.paragraph_format.space_before = Pt(8)
        table = self.document.add_table(rows=0, cols=len(grid.heads), style="Table Grid")
        table.autofit = False
        widths = _widths(grid)
        for column, width in zip(table.columns, widths, strict=True):
            column.width = Cm(width)
        self._row(table, grid.heads, widths, grid, head=True)
        for k, row in enumerate(grid.rows):
            self._row(table, row, widths, grid, number=k)
        after = self.document.add_paragraph(clean(grid.note))
        for run in after.runs:
            run.font.size = Pt(8.5)

    def _row(
        self,
        table: Any,
        cells: tuple[str, ...],
        widths: list[float],
        grid: Grid,
        *,
        head: bool = False,
        number: int = -1,
    ) -> None:
        from docx.enum.text import WD_ALIGN_PARAGRAPH
        from docx.shared import Cm, Pt

        row = table.add_row()
        for tag in ("w:cantSplit", *(["w:tblHeader"] if head else [])):
            row._tr.get_or_add_trPr().append(_element(tag))
        for k, (cell, text, width) in enumerate(zip(row.cells, cells, widths, strict=True)):
            cell.width = Cm(width)
            marked = (number, k) in grid.emphasised
            if head or marked:
                cell._tc.get_or_add_tcPr().append(
                    _element("w:shd", val="clear", color="auto", fill=MARK if marked else SHADE)
                )
            paragraph = cell.paragraphs[0]
            paragraph.paragraph_format.space_after = Pt(1)
            run = paragraph.add_run(clean(text))
            run.font.size = Pt(9)
            run.bold = head or marked or k == 0 or number in grid.marked
            if k in grid.numeric:
                paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT


def _widths(grid: Grid) -> list[float]:
    """Centimetres of each column: what its longest words need, the rest shared by how much text it holds."""
    columns = list(zip(grid.heads, *grid.rows, strict=True))
    need = [min(4.5, max(1.15, 0.45 + 0.185 * max(len(word) for word in _words(texts)))) for texts in columns]
    text = [sum(min(len(cell), 80) for cell in texts) / len(texts) + 0.1 for texts in columns]
    spare = WIDTH - sum(need)
    if spare <= 0:
        return [WIDTH * part / sum(need) for part in need]
    return [part + spare * weight / sum(text) for part, weight in zip(need, text, strict=True)]


def _words(texts: tuple[str, ...]) -> list[str]:
    """Pieces that are not broken between lines; a space that joins does not part them."""
    return [word for text in texts for word in [*re.split(r"[ \n]+|(?<=-)", text), "x"]]


def _element(tag: str, **attributes: str) -> Any:
    from docx.oxml import OxmlElement

    element = OxmlElement(tag)
    for key, value in attributes.items():
        element.set(_tag(f"w:{key}"), value)
    return element


def _tag(name: str) -> str:
    from docx.oxml.ns import qn

    return str(qn(name))
