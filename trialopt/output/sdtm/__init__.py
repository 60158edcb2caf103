"""CDISC SDTM trial design (SDTMIG 3.4): the domains TA, TE, TV, TI and TS of a design, and their own checks."""
