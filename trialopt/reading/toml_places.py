"""Lines of the settings in a TOML text, for messages; the parser itself does not tell them."""

from __future__ import annotations

import re

_HEADER = re.compile(r"^\s*(\[\[?)\s*([A-Za-z0-9_.\"' -]+?)\s*\]\]?\s*(#.*)?$")
_KEY = re.compile(r"^\s*([A-Za-z0-9_.\"'-]+(?:\s*\.\s*[A-Za-z0-9_\"'-]+)*)\s*=")


def lines_of(text: str) -> dict[str, int]:
    """Line of each table and key, by dotted path; entries of `[[name]]` are `name.0`, `name.1`, and so on.

    A plain scan of lines: good for messages, not for meaning. Keys inside inline tables have no line of their own.
    """
    found: dict[str, int] = {}
    counts: dict[str, int] = {}
    prefix = ""
    for line, content in enumerate(text.split("\n"), start=1):
        if header := _HEADER.match(content):
            name = _bare(header[2])
            prefix = name
            found.setdefault(name, line)
            if header[1] == "[[":
                prefix = f"{name}.{counts.get(name, 0)}"
                counts[name] = counts.get(name, 0) + 1
                found[prefix] = line
        elif key := _KEY.match(content):
            path = _bare(key[1])
            found.setdefault(f"{prefix}.{path}" if prefix else path, line)
    return found


def _bare(name: str) -> str:
    return ".".join(part.strip().strip("\"'") for part in name.split("."))
