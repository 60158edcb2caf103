"""The outputs in `docs/whatif.md` are what its commands print. `UPDATE_GOLDEN=1` writes them anew."""

from __future__ import annotations

from tests.pages import held, names_of_python


def test_outputs_are_what_the_commands_print(call, monkeypatch):
    monkeypatch.setenv("COLUMNS", "100")

    def printed(arguments: list[str]) -> str:
        out = ("--out", "changed_limit") if arguments[0] == "whatif" else ()
        return call(*arguments, *out, "--quiet").stdout

    assert held("whatif.md", printed) == 2


def test_the_python_of_the_page_runs():
    assert names_of_python("whatif.md")["answer"].changes_in_words  # type: ignore[attr-defined]
