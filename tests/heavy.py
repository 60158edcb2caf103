"""What `pytest -m quick` leaves out beside `slow` and `many`: one list, each line a file or a test of a file."""

from __future__ import annotations

HEAVY: tuple[str, ...] = ()


def is_heavy(nodeid: str) -> bool:
    """Whether a test, or the file it stands in, is in the list."""
    whole = nodeid.split("[")[0]
    return any(whole == f"tests/{name}" or whole.startswith(f"tests/{name}::") for name in HEAVY)
