"""Values as TOML text and back: what settings files, `--set` and the sheet `trial` of a workbook hold."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from typing import Any

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_WORD = re.compile(r'"[^"]*"|[A-Za-z_][\w@-]*')
_POINT = re.compile(r"[+-]?\.\d+")


def toml_text(settings: Mapping[str, Any]) -> str:
    """Settings as TOML text that parses back to the same."""
    return "\n".join(_table(settings, "")).strip() + "\n"


def _table(content: Mapping[str, Any], path: str) -> list[str]:
    lines: list[str] = []
    tables: list[str] = []
    for key, value in content.items():
        name = f"{path}.{_key(key)}" if path else _key(key)
        if isinstance(value, Mapping):
            tables += ["", f"[{name}]", *_table(value, name)]
        elif path == "" and isinstance(value, list | tuple) and value and all(isinstance(v, Mapping) for v in value):
            for entry in value:
                tables += ["", f"[[{name}]]", *_table(entry, name)]
        else:
            lines.append(f"{_key(key)} = {value_text(value)}")
    return lines + tables


def _key(key: str) -> str:
    return key if _BARE.fullmatch(key) else json.dumps(key, ensure_ascii=False)


def value_text(value: Any) -> str:
    """A value as TOML."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(value_text, value))}]"
    if isinstance(value, Mapping):
        return f"{{ {', '.join(f'{_key(k)} = {value_text(v)}' for k, v in value.items())} }}" if value else "{}"
    item = getattr(value, "item", None)  # a NumPy scalar
    return repr(item() if callable(item) else value)


def parsed(text: str) -> Any:
    """Value of a text: TOML, or the text itself where it is none; `None` for nothing.

    The quotes that a shell takes away are not needed, in lists neither: `[a, b]` is a list of two texts.
    """
    text = text.strip()
    if not text:
        return None
    for attempt in _attempts(text):
        try:
            content = tomllib.loads(f"value = {attempt}")
        except (ValueError, RecursionError):
            continue
        value = content["value"]
        if len(content) == 1 and isinstance(value, bool | int | float | str | list | dict):
            return value
    return text


def _attempts(text: str) -> Iterator[str]:
    yield text
    if text[0] in "[{":
        yield _WORD.sub(lambda m: m[0] if m[0][0] == '"' or m[0] in ("true", "false") else f'"{m[0]}"', text)
    if _POINT.fullmatch(text):
        yield text.replace(".", "0.")
