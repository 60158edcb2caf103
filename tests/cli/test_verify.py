"""`trialopt verify`: sentences, exit codes, and the page on it."""

from __future__ import annotations

import json
import shutil

from tests.pages import held


def test_exit_codes(call, runs, tmp_path):
    shutil.copytree(runs / "two_arms", tmp_path / "run")
    assert call("verify", "run").exit_code == 0
    assert json.loads(call("verify", "run", "--json").stdout)["verdict"].startswith("verified")
    (tmp_path / "run" / "certificate.json").unlink()
    broken = call("verify", "run")
    assert broken.exit_code == 3
    assert "certificate.json" in broken.stdout
    (tmp_path / "run" / "run_files.json").unlink()
    assert call("verify", "run").exit_code == 4
    assert call("verify", "nothing").exit_code == 2


def test_outputs_are_what_the_commands_print(call, runs, tmp_path):
    shutil.copytree(runs / "two_arms", tmp_path / "two_arms")
    assert held("verify.md", lambda arguments: call(*arguments).stdout) == 1
