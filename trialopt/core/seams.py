"""Parts that a room on the left offers and one on the right builds: filled in by `trialopt/__init__.py` alone."""

from importlib import import_module
from typing import Any

_TARGETS: dict[str, str] = {}


def register(name: str, target: str) -> None:
    """Say where the part is: `target` is `module:attribute`, imported only when it is asked for."""
    _TARGETS[name] = target


def late(name: str) -> Any:
    """Import and return a part. Raises `KeyError` for a name that nothing was registered under."""
    if name not in _TARGETS:
        raise KeyError(f"nothing is registered as {name!r}; known are: {', '.join(sorted(_TARGETS)) or 'none'}")
    module, attribute = _TARGETS[name].split(":")
    return getattr(import_module(module), attribute)
