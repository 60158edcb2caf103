"""What a design makes one doubt although it keeps every limit: trials too long or too large for anybody to run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

LONG = 120.0
"""Months of accrual beyond which an arm without a limit on its months is pointed out."""

MANY = 5000
"""Patients, controls among them, beyond which one without accrual rates or a limit on patients is."""


def too_long(arms: Mapping[str, tuple[int, float | None]], limits: Mapping[str, object]) -> Iterator[str]:
    """A sentence for each arm that nobody would run: name -> patients with controls, and months of accrual if known.

    `limits` are those that the trial sets, by name.
    """
    timed = {"max_accrual_months", "max_study_months"} & set(limits)
    for name, (patients, months) in arms.items():
        if months is None:
            if patients > MANY and not {"max_patients", "budget"} & set(limits):
                yield f"{name} needs {patients:,} patients: set max_patients, or size for a target"
        elif months > LONG and not timed:
            yield (
                f"{name} needs {patients:,} patients and {months / 12:,.0f} years to enrol them: set max_patients or "
                "max_accrual_months, or size for a target"
            )
