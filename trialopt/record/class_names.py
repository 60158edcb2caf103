"""Names of the usual classes of agents, for whoever does not know their ids."""

from __future__ import annotations

CLASS_NAMES = {
    "alkylator": "alkylating agent",
    "anti_cd38": "anti-CD38 antibody",
    "anti_il6": "anti-IL-6 antibody",
    "anti_slamf7": "anti-SLAMF7 antibody",
    "bcl2_inhibitor": "BCL2 inhibitor",
    "bcma_adc": "BCMA antibody-drug conjugate",
    "bcma_bispecific": "BCMA bispecific antibody",
    "bcma_car_t": "BCMA CAR-T cells",
    "celmod": "cereblon E3 ligase modulator",
    "fcrh5_bispecific": "FcRH5 bispecific antibody",
    "gprc5d_bispecific": "GPRC5D bispecific antibody",
    "gprc5d_car_t": "GPRC5D CAR-T cells",
    "hdac_inhibitor": "HDAC inhibitor",
    "imid": "immunomodulatory drug",
    "xpo1_inhibitor": "XPO1 inhibitor",
}
"""Class id -> its name in a sentence, where the id with spaces is not its name. Classes have no names in the tables."""
