"""Terms of the Unified Study Definitions Model: codes of CDISC and NCI terminology with their preferred terms.

Source: CDISC and TransCelerate, Digital Data Flow reference architecture 4.0, controlled terminology (codelists C71113,
C99079, C174222, C188725 to C188728, C201264, C201265, C207412, C207413, C207416, C207417, C207419, C215480) and SDTM
terminology of 2025-09-26.
"""

from __future__ import annotations

VERSION = "2025-09-26"
SYSTEM = "http://www.cdisc.org"

Term = tuple[str, str]
"""Code and preferred term."""

ARMS: dict[bool, Term] = {False: ("C174266", "Investigational Arm"), True: ("C174267", "Active Comparator Arm")}
"""By whether the arm is a control that is given something, or whose regimen is not known."""
NO_INTERVENTION: Term = ("C174270", "No Intervention Arm")

DATA_ORIGIN: Term = ("C188866", "Data Generated Within Study")

SCREENING: Term = ("C202487", "Screening Epoch")
TREATMENT: Term = ("C101526", "Treatment Epoch")
FOLLOW_UP: Term = ("C202578", "Follow-Up Epoch")

ROLES: dict[bool, Term] = {True: ("C41161", "Experimental Intervention"), False: ("C68609", "Active Comparator")}
"""By whether any experimental arm has the intervention."""

TYPES: dict[str, Term] = {
    "small_molecule": ("C1909", "Pharmacologic Substance"),
    "biologic": ("C307", "Biological Agent"),
    "cell_therapy": ("C15238", "Gene Therapy"),
    "procedure": ("C98769", "Physical Medical Procedure"),
}
"""Kind of an agent -> type of the intervention (C99078)."""

PRIMARY_OBJECTIVE: Term = ("C85826", "Trial Primary Objective")
PRIMARY_ENDPOINT: Term = ("C94496", "Primary Endpoint")
OFFICIAL_TITLE: Term = ("C207616", "Official Study Title")
APPROVAL: Term = ("C71476", "Approval Date")
GLOBAL: Term = ("C68846", "Global")
SPONSOR: Term = ("C70793", "Sponsor")
SPONSOR_KINDS: dict[str, Term] = {
    "company": ("C54149", "Pharmaceutical Company"),
    "academic": ("C18240", "Academic Institution"),
    "government": ("C199144", "Government Institute"),
    "healthcare": ("C21541", "Healthcare Facility"),
}
"""Words of `[registration]` -> kind of an organisation (C188724)."""
REGISTRY_KIND: Term = ("C93453", "Clinical Study Registry")
INVESTIGATOR: Term = ("C25936", "Investigator")
SUBJECT: Term = ("C41189", "Study Subject")
INCLUSION: Term = ("C25532", "Inclusion Criteria")
VISIT: Term = ("C25716", "Visit")
INTERVENTIONAL: Term = ("C98388", "Interventional Study")
PARALLEL: Term = ("C82639", "Parallel Study")
SINGLE_GROUP: Term = ("C82640", "Single Group Study")
TREATMENT_INTENT: Term = ("C49656", "Treatment Study")
EFFICACY: Term = ("C49666", "Efficacy Study")
STRATIFIED: Term = ("C147145", "Stratified Randomisation")
RANDOMISED: Term = ("C46079", "Randomized")
DAY: Term = ("C25301", "Day")
YEAR: Term = ("C29848", "Year")
FIXED: Term = ("C201358", "Fixed Reference")
BEFORE: Term = ("C201357", "Before")
AFTER: Term = ("C201356", "After")
START_TO_START: Term = ("C201355", "Start to Start")

FREQUENCIES: dict[int | str, Term] = {
    "daily": ("C25473", "Daily"),
    "weekly": ("C67069", "Weekly"),
    "every 2 weeks": ("C71127", "Every Two Weeks"),
    "once": ("C64576", "Once"),
    1: ("C25473", "Daily"),
    7: ("C67069", "Weekly"),
    14: ("C71127", "Every Two Weeks"),
    21: ("C64535", "Every Three Weeks"),
    28: ("C64529", "Every Four Weeks"),
    42: ("C89788", "Every Six Weeks"),
}
"""Days of treatment in a word, or days from one to the next -> frequency (C71113)."""


def frequency(days: str, cycle_days: int | None) -> Term | None:
    """The term for days of treatment where one says just that: `1,8,15,22` of 28 is weekly, `1,4,8,11` has none."""
    if days in FREQUENCIES:
        return FREQUENCIES[days]
    numbers = [int(part) for part in days.split(",") if part.isdigit()]
    if not cycle_days or not numbers or len(numbers) != len(days.split(",")) or cycle_days % len(numbers):
        return None
    step = cycle_days // len(numbers)
    even = [numbers[0] + step * k for k in range(len(numbers))]
    return FREQUENCIES.get(step) if numbers == even else None


PHASES: dict[str, Term] = {
    "1": ("C15600", "Phase I Trial"),
    "1/2": ("C15693", "Phase I/II Trial"),
    "2": ("C15601", "Phase II Trial"),
    "2/3": ("C15694", "Phase II/III Trial"),
    "3": ("C15602", "Phase III Trial"),
    "4": ("C15603", "Phase IV Trial"),
}
BLINDING: dict[str, Term] = {
    "open": ("C49659", "Open Label Study"),
    "single": ("C28233", "Single Blind Study"),
    "double": ("C15228", "Double Blind Study"),
    "triple": ("C15228", "Double Blind Study"),
    "quadruple": ("C15228", "Double Blind Study"),
}
SEXES: dict[str, tuple[Term, ...]] = {
    "all": (("C16576", "Female"), ("C20197", "Male")),
    "female": (("C16576", "Female"),),
    "male": (("C20197", "Male"),),
}
