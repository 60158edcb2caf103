"""Reading takes time in proportion to a file: a million wrong rows end in seconds, fifty told and the rest counted."""

from __future__ import annotations

import time

import pytest

from tests.reading.base import Folder
from trialopt.reading import InputErrors, read

AGENTS = [f"ag{k}" for k in range(20_000)]
TABLES = {
    "duplicate rows": ("activity.csv", "agent,epoch,activity\n" + "bortezomib,induction,0.5\n" * 10**6, 10**6 - 1),
    "unknown ids": (
        "toxicity.csv",
        "agent,category,probability\n" + "".join(f"nobody{k},neutropenia,0.1\n" for k in range(10**5)),
        10**5,
    ),
    "bad cells": (
        "agents.csv",
        "agent,class,orr,n,responders\n" + "".join(f"{a},imid,bad,bad,bad\n" for a in AGENTS),
        60_000,
    ),
    "ragged rows": ("toxicity.csv", "agent,category,probability\n" + "a,b,0.1,,,9,9\n" * 300_000, 300_000),
    "classes by classes": (
        "interactions.csv",
        "a,b,activity\n" + "".join(f"imid,cl{k},0.1\n" for k in range(10**5)),
        10**5,
    ),
}


@pytest.mark.many
@pytest.mark.parametrize("what", TABLES)
def test_reading_is_linear(folder: Folder, what: str) -> None:
    file, text, wrong = TABLES[what]
    folder.write(file, text)
    start = time.process_time()
    with pytest.raises(InputErrors) as caught:
        read(folder.path)
    told = str(caught.value).splitlines()
    assert time.process_time() - start < 12  # ten, and what a busy machine adds
    assert len(told) == 51
    assert int(told[-1].split()[1]) + 50 >= wrong
