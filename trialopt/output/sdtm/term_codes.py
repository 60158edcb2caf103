"""Codes in the NCI Thesaurus of the terms that trial design datasets use in every record.

Source: CDISC SDTM Controlled Terminology as NCI Enterprise Vocabulary Services publish it (package of 2025-03-28),
codelists DOMAIN (C66734), EPOCH (C99079), IECAT (C66797) and TSPARMCD (C66738), whose names (TSPARM, C67152) have the
same codes.
"""

from __future__ import annotations

DOMAINS_CODED: dict[str, str] = {
    "TA": "C49618", "TE": "C49619", "TI": "C49620", "TS": "C53483", "TV": "C49621",
}  # fmt: skip
"""Domain -> its code."""

EPOCHS: dict[str, str] = {
    "BASELINE": "C125938", "BLINDED TREATMENT": "C102255", "CONTINUATION TREATMENT": "C123452",
    "FOLLOW-UP": "C202578", "INDUCTION TREATMENT": "C123453", "LONG-TERM FOLLOW-UP": "C202577",
    "OBSERVATION": "C165873", "OPEN LABEL TREATMENT": "C102256", "RUN-IN": "C98779", "SCREENING": "C202487",
    "TREATMENT": "C101526", "WASHOUT": "C42872",
}  # fmt: skip
"""Epoch -> its code."""

CATEGORIES: dict[str, str] = {
    "INCLUSION": "C25532", "EXCLUSION": "C25370",
}  # fmt: skip
"""Category of a criterion -> its code."""

PARAMETERS_CODED: dict[str, str] = {
    "ACTSUB": "C98703", "ADAPT": "C146995", "ADDON": "C49703", "AGEMAX": "C49694", "AGEMIN": "C49693",
    "COMPTRT": "C68612", "DCUTDESC": "C98718", "DCUTDTC": "C98717", "EXTTIND": "C139274", "FCNTRY": "C98770",
    "HLTSUBJI": "C98737", "INDIC": "C112038", "INTMODEL": "C98746", "INTTYPE": "C98747", "LENGTH": "C49697",
    "NARMS": "C98771", "NCOHORT": "C126063", "OBJPRIM": "C85826", "OBJSEC": "C85827", "ONGOSIND": "C204699",
    "OUTMSPRI": "C98772", "PCLAS": "C98768", "PDPSTIND": "C123631", "PDSTIND": "C123632", "PIPIND": "C126069",
    "PLANSUB": "C49692", "RANDOM": "C25196", "RANDQT": "C98775", "RDIND": "C126070", "REGID": "C98714",
    "SDTIGVER": "C156604", "SDTMVER": "C156605", "SENDTC": "C90462", "SEXPOP": "C49696", "SPONSOR": "C70793",
    "SSTDTC": "C69208", "STOPRULE": "C49698", "STRATFCT": "C16153", "STYPE": "C142175", "TBLIND": "C49658",
    "TCNTRL": "C49647", "TDIGRP": "C49650", "THERAREA": "C101302", "TINDTP": "C49652", "TITLE": "C49802",
    "TPHASE": "C48281", "TRT": "C41161", "TTYPE": "C49660",
}  # fmt: skip
"""Parameter of the summary -> its code."""
