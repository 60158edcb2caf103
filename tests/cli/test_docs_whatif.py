"""The outputs in `docs/whatif.md` are what its commands print. `UPDATE_GOLDEN=1` writes them anew."""

from __future__ import annotations

import os
import re
import shlex
from pathlib import Path

from tests.cli.test_golden import steady

PAGE = Path(__file__).parents[2] / "docs" / "whatif.md"
BLOCK = re.compile(r"```\n(\$ trialopt [^\n]*)\n(.*?)```", re.DOTALL)


def test_outputs_are_what_the_commands_print(call, monkeypatch):
    monkeypatch.setenv("COLUMNS", "100")
    text = PAGE.read_text(encoding="utf-8")
    blocks = BLOCK.findall(text)
    assert len(blocks) == 2
    for command, written in blocks:
        arguments = shlex.split(command.removeprefix("$ trialopt "))
        out = ("--out", "otherwise") if arguments[0] == "whatif" else ()
        printed = "\n" + steady(call(*arguments, *out, "--quiet").stdout)
        if os.environ.get("UPDATE_GOLDEN"):
            text = text.replace(f"{command}\n{written}```", f"{command}\n{printed}```")
            PAGE.write_text(text, encoding="utf-8")
        else:
            assert printed == written


def test_the_python_of_the_page_runs():
    (code,) = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    names: dict[str, object] = {}
    exec(code, names)
    assert names["answer"].changes_in_words  # type: ignore[attr-defined]
