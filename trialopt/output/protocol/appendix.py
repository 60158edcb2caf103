"""Sections 7 to 9 and 11, which a sponsor writes, and the appendices: certificate, abbreviations, references."""

from __future__ import annotations

import re

from trialopt.output.protocol.draft import Draft
from trialopt.output.protocol.paper import Cite, See
from trialopt.output.protocol.statistics import of_value
from trialopt.output.report import grids
from trialopt.output.report.sentences import objective_in_words
from trialopt.output.views import Grid


def conduct(draft: Draft) -> None:
    """Sections 7 to 9."""
    paper = draft.paper
    paper.heading("Participant Discontinuation", 1)
    paper.paragraph(
        "Treatment stops at progression, unacceptable toxicity, or when the patient asks for it; follow-up goes on."
    )
    paper.sponsor("withdrawal from the trial, and patients who are lost to follow-up.")
    paper.heading("Trial Assessments and Procedures", 1)
    paper.paragraph("Assessments follow ", See("activities"), "; response and progression follow IMWG criteria ",
                    Cite(("imwg",)), ".")  # fmt: skip
    paper.sponsor("methods, central reading and laboratories.")
    paper.heading("Adverse Events and Other Safety Reporting", 1)
    paper.paragraph("Events are graded by CTCAE ", Cite(("ctcae",)), "; those with a limit are watched as section ",
                    See("stopping"), " says.")  # fmt: skip
    paper.sponsor("definitions, periods and ways of reporting, pregnancy, and events of special interest.")


def oversight(draft: Draft) -> None:
    """Section 11."""
    paper = draft.paper
    paper.heading("Trial Oversight and Other General Considerations", 1)
    paper.sponsor("regulatory and ethical approval, committees, quality, data protection, insurance and publication.")


def supporting(draft: Draft) -> None:
    """Section 12: the certificate of the design."""
    paper, solution = draft.paper, draft.solution
    paper.heading("Appendix: Supporting Details", 1)
    paper.heading("Certificate of the Design", 2, "certificate")
    paper.paragraph(objective_in_words(solution.question))
    for line in of_value(draft):
        paper.paragraph(line)
    if solution.bound is None:
        paper.paragraph(
            "No bound was proven, so a better design may exist; how the run ended is in ", See("proof"), "."
        )
    else:
        paper.paragraph(
            "No design that keeps the rules and limits is worth more than the bound in ", See("proof"), "; the digest "
            "identifies the tables that this rests on.",
        )  # fmt: skip
    grid = grids.certificate(solution)
    rows = tuple(row for row in grid.rows if row[0] not in ("Instance",) and row[1])
    paper.table("proof", Grid("Value, bound and gap of the design", ("Item", "Entry"), rows))


ABBREVIATIONS = {
    "BCMA": "B-cell maturation antigen",
    "BCL2": "B-cell lymphoma 2",
    "CAR": "Chimeric antigen receptor",
    "CD38": "Cluster of differentiation 38",
    "CRS": "Cytokine release syndrome",
    "CTCAE": "Common Terminology Criteria for Adverse Events",
    "FISH": "Fluorescence in situ hybridisation",
    "GPRC5D": "G protein-coupled receptor, class C, group 5, member D",
    "DRd": "Daratumumab, lenalidomide and dexamethasone",
    "DVd": "Daratumumab, bortezomib and dexamethasone",
    "HR": "Hazard ratio",
    "ICANS": "Immune effector cell-associated neurotoxicity syndrome",
    "ICH": "International Council for Harmonisation",
    "IMWG": "International Myeloma Working Group",
    "IV": "Intravenous",
    "Kd": "Carfilzomib and dexamethasone",
    "MRD": "Minimal residual disease",
    "NRAS": "Neuroblastoma RAS viral oncogene homologue",
    "PO": "By mouth",
    "PVd": "Pomalidomide, bortezomib and dexamethasone",
    "SC": "Subcutaneous",
    "VRd": "Bortezomib, lenalidomide and dexamethasone",
    "Vd": "Bortezomib and dexamethasone",
    "SHA-256": "Secure hash algorithm, 256 bits",
}
"""Abbreviations that a document may use; those that it does are listed."""


def abbreviations(draft: Draft) -> None:
    """Section 13: what the text and tables above abbreviate, and the codes of the arms."""
    paper = draft.paper
    body = paper.document.element.body
    text = " ".join(t.text or "" for t in body.iter("{http://schemas.openxmlformats.org/wordprocessingml/2006/main}t"))
    arms = draft.study.arms
    rows = [(arm.code, f"Arm {arm.code}" + (f", control of {arm.against}" if arm.control else "")) for arm in arms]
    rows += [(short, whole) for short, whole in ABBREVIATIONS.items() if re.search(rf"(?<!\w){short}(?!\w)", text)]
    paper.heading("Appendix: Abbreviations", 1)
    paper.paragraph("Abbreviations of the text and the tables are in ", See("abbreviations"), ".")
    paper.table("abbreviations", Grid("Abbreviations", ("Abbreviation", "Meaning"), tuple(rows)))


def references(draft: Draft) -> None:
    """Section 14."""
    draft.paper.heading("Appendix: References", 1)
    draft.paper.references()
