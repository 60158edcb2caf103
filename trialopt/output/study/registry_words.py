"""Words of ClinicalTrials.gov's protocol registration system, as its data element definitions list them."""

from __future__ import annotations

from collections.abc import Mapping

PHASES = {
    "1": "Phase 1", "1/2": "Phase 1/Phase 2", "2": "Phase 2", "2/3": "Phase 2/Phase 3", "3": "Phase 3", "4": "Phase 4",
}  # fmt: skip
MASKED = ("masked_subject", "masked_investigator", "masked_assessor", "masked_caregiver")
BLIND = {"open": 0, "single": 1, "double": 2, "triple": 3, "quadruple": 4}
"""How many of the four, in that order, do not know the treatment."""
SEXES = {"all": "All", "female": "Female", "male": "Male"}
TYPES = {
    "small_molecule": "Drug", "biologic": "Biological/Vaccine", "cell_therapy": "Biological/Vaccine",
    "procedure": "Procedure/Surgery",
}  # fmt: skip
NAMESPACE = "http://clinicaltrials.gov/prs"
NO_LIMIT = "N/A"
"""Of an age: there is no limit. Of the allocation: there is one arm alone."""

LONGEST_LABEL = 100
LONGEST_BRIEF, LONGEST_OFFICIAL = 300, 600
LONGEST_MEASURE, LONGEST_FRAME = 254, 254
"""Most characters of an arm's label, of titles, and of an outcome's name and time frame in PRS."""

WORDS: Mapping[str, frozenset[str]] = {
    "phase": frozenset((*PHASES.values(), "Early Phase 1", NO_LIMIT)),
    "assignment": frozenset(("Parallel Assignment", "Single Group Assignment")),
    "allocation": frozenset(("Randomized", "Non-randomized", NO_LIMIT)),
    "arm_type": frozenset(("Experimental", "Active Comparator", "No Intervention", "Other")),
    "intervention_type": frozenset(TYPES.values()),
    "gender": frozenset(SEXES.values()),
    "enrollment_type": frozenset(("Anticipated", "Actual")),
    "study_type": frozenset(("Interventional",)),
    "id_type": frozenset(("Registry Identifier", "EudraCT Number", "Other Identifier")),
    "healthy_volunteers": frozenset(("yes", "no")),
    **dict.fromkeys(("no_masking", *MASKED), frozenset(("yes", "no"))),
}
"""Words that PRS takes in an element."""

MAY_BE_EMPTY = frozenset(("phase", "gender", "minimum_age", "org_name"))
"""Elements that the schema wants and that are empty until a planner gives the fact."""
