"""What a shell offers after an option is what the program takes there."""

from __future__ import annotations

import pytest
import typer
from typer.testing import CliRunner

from trialopt.cli.app import app
from trialopt.cli.completion import WORDS

OFFERED = {
    "solve tiny_duo --method ": "auto compact decompose both",
    "solve tiny_duo --profile ": "default proof quick",
    "solve tiny_duo --exclude ": "bortezomib lenalidomide daratumumab proteasome_inhibitor imid anti_cd38",
    "alternatives tiny_duo --include lenalidomide,d": "lenalidomide,daratumumab",
    "solve no_such --exclude ": "",
    "solve tiny_duo --objective ": "given mean cvar",
    "frontier tiny_duo --against ": "patients arms burden budget",
    "explain tiny_duo --part l": "limits",
    "export run --format md,x": "md,xlsx md,xpt",
    "size --endpoint ": "response pfs",
    "size --endpoint pfs --method ": "schoenfeld freedman lachin_foulkes rubinstein",
    "size --spending ": "obrien_fleming pocock",
    "size --multiplicity ": "none bonferroni sidak holm dunnett mams",
    "new mine --from-library --agents dar": "daratumumab",
    "evidence predict DRd --population e": "early_relapse",
}


@pytest.mark.parametrize("line", OFFERED)
def test_a_shell_is_offered(line: str, monkeypatch: pytest.MonkeyPatch) -> None:
    words = f"trialopt {line}"
    asked = {"_TRIALOPT_COMPLETE": "complete_bash", "COMP_WORDS": words, "COMP_CWORD": str(len(words.split(" ")) - 1)}
    for name, value in asked.items():
        monkeypatch.setenv(name, value)
    result = CliRunner().invoke(app, [], prog_name="trialopt")
    assert result.stdout.split() == OFFERED[line].split()


def test_every_entry_is_a_parameter() -> None:
    group = typer.main.get_command(app)
    whole = {name: group.commands[name] for name in group.list_commands(None)}  # type: ignore[attr-defined]
    whole |= whole.pop("evidence").commands | {"show": whole["show"]}
    there = {f"{name} {parameter.name}" for name, command in whole.items() for parameter in command.params}
    there |= {entry.split()[1] for entry in there}
    assert {entry for entry in WORDS if entry not in there} == {"show agent"}  # of `evidence show`
