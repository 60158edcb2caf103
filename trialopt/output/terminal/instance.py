"""What an instance holds: counts of everything, and where its rows come from."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import RenderableType
from rich.text import Text

from trialopt.core.instance import Instance
from trialopt.output.terminal.console import grid, printable
from trialopt.record.make import confidence_counts


def instance_parts(instance: Instance, width: int) -> Iterator[RenderableType]:
    """Draw the counts of an instance and the confidence of its rows, table by table."""
    yield Text(f"{printable(instance.title)} ({instance.name})\n", style="bold")
    yield grid(("", "count", ""), _counts(instance), width, right=["count"])
    yield ""
    heads = ("table", "rows", "read", "recalled", "assumed", "unstated")
    files = dict.fromkeys(row.file for row in instance.sources)
    rows = []
    for file in [*files, None]:
        own = [row for row in instance.sources if file in (row.file, None)]
        counts = confidence_counts(own)
        rows.append((file or "all", str(len(own)), *(str(counts[kind]) for kind in heads[2:])))
    yield grid(heads, rows, width, right=heads[1:], sections=[len(rows) - 2])
    partly = confidence_counts(instance.sources)["read_with_recalled_fields"]
    yield f"\n{partly} of the rows read have some recalled cells\n"


def _counts(instance: Instance) -> list[tuple[str, str, str]]:
    i, rules = instance, instance.rules
    family = {
        "one_per_class": len(rules.one_per_class),
        "not_together": len(rules.not_together),
        "requires": len(rules.requires),
        "precedent": int(rules.precedent),
        "alone": len(rules.alone),
        "once": len(rules.once),
        "not_after": len(rules.not_after),
        "include": len(rules.include),
        "exclude": len(rules.exclude),
        "contraindicated": len(rules.contraindicated),
        "no_harm": int(i.trial.no_harm),
    }
    limits = int((i.limit < 1).any(axis=(0, 2)).sum()) if i.limit.size else 0
    required = int(((i.min_active > 0) | (i.min_coverage == i.min_coverage)).sum())
    return [
        ("epochs", str(len(i.epochs)), ", ".join(i.epochs)),
        ("subgroups", str(len(i.subgroups)), ", ".join(i.subgroups)),
        ("agents", str(len(i.agents)), f"{len(i.option_level)} options with dose levels"),
        ("classes", str(len(i.classes)), ", ".join(i.classes)),
        ("mechanisms", str(len(i.mechanisms) - 1), f"{required} with a coverage requirement"),
        ("categories", str(len(i.categories)), f"{limits} with a limit in an epoch"),
        ("emergence rows", str(len(i.emergence_mechanism)), ""),
        ("interacting pairs", str(len(i.pair_agents)), ""),
        ("precedents", str(len(rules.precedents)), "pairs given together in people"),
        ("rules", str(sum(family.values())), ", ".join(f"{n} {name}" for name, n in family.items() if n)),
        ("most arms", str(i.trial.max_arms), "sized" if i.trial.sized else "without sizing"),
    ]
