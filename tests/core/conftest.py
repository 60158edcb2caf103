from __future__ import annotations

from tests.reading.conftest import folder

__all__ = ["folder"]
