"""Designs in a file, in the shape that arms have in solution.json."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from trialopt.design import Arm, Design, Dose
from trialopt.instance import Instance


class ListError(ValueError):
    """A file that holds no list of designs. The message names it."""


def listed_design(design: Design) -> list[dict[str, Any]]:
    """Arms with their subgroups and sequence."""
    return [
        {
            "arm": arm.name,
            "subgroups": list(arm.subgroups),
            "sequence": {
                epoch: [{"agent": dose.agent, "level": dose.level} for dose in doses]
                for epoch, doses in arm.sequence.items()
            },
        }
        for arm in design.arms
    ]


def design_from(arms: list[Mapping[str, Any]]) -> Design:
    """The design that `listed_design` wrote. Raises `KeyError` or `TypeError` for anything else."""
    return Design(
        tuple(
            Arm(
                arm["arm"],
                tuple(arm["subgroups"]),
                {epoch: tuple(Dose(d["agent"], d["level"]) for d in doses) for epoch, doses in arm["sequence"].items()},
            )
            for arm in arms
        )
    )


def listed_instance(instance: Instance) -> dict[str, str]:
    """Which question a list answers."""
    return {"name": instance.name, "title": instance.title, "sha256": instance.sha256}
