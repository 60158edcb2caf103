"""Files as texts: what can be read at all, UTF-8, and TOML with the line of every setting."""

from __future__ import annotations

import re
import stat
import tomllib
from codecs import BOM_UTF8
from pathlib import Path
from typing import Any

from trialopt.reading.document import Problem, lines_of

MOST_BYTES = 2**29
"""Largest file that is read: half a GB, several times a table of a million rows."""


class FileError(ValueError):
    """What is wrong with a file as a file, and on which line."""

    def __init__(self, line: int, value: str, sentence: str, right: str) -> None:
        super().__init__(sentence)
        self.line = line
        self.value = value
        self.sentence = sentence
        self.right = right

    def of(self, file: str) -> Problem:
        """Make the problem of a named file."""
        return Problem(file, self.line, "", self.value, self.sentence, self.right)


KINDS_OF_FILES = {
    stat.S_IFCHR: "a device", stat.S_IFBLK: "a device", stat.S_IFIFO: "a pipe", stat.S_IFSOCK: "a socket",
    stat.S_IFDIR: "a folder",
}  # fmt: skip


def kind_of(path: Path) -> str:
    """What stands at a path that is no plain file, in words."""
    try:
        return KINDS_OF_FILES.get(stat.S_IFMT(path.stat().st_mode), "no plain file")
    except OSError:
        return "a link to nothing" if path.is_symlink() else "no plain file"


def read_bytes(path: Path) -> bytes:
    """Read a plain file. Raises `FileError` for anything else (a device, a pipe) before it is opened."""
    try:
        found = path.stat()
        if not stat.S_ISREG(found.st_mode):
            raise FileError(0, "", f"this is {kind_of(path)}, not a file", "put a plain file there")
        if found.st_size > MOST_BYTES:
            size = f"{found.st_size / 2**20:.0f} MB"
            right = f"give a file of at most {MOST_BYTES // 2**20} MB"
            raise FileError(0, "", f"the file is too large to be a table ({size})", right)
        with path.open("rb") as stream:
            content = stream.read(MOST_BYTES + 1)
    except OSError as error:
        raise FileError(0, "", f"the file cannot be read ({error.strerror})", "check the file") from None
    if len(content) > MOST_BYTES:
        raise FileError(0, "", "the file has no end", "put a plain file there")
    return content


def read_text(path: Path) -> str:
    """Decode a file as UTF-8, with or without BOM. Raises `FileError` naming the line and byte otherwise."""
    content = read_bytes(path)
    if not content.removeprefix(BOM_UTF8).strip():
        raise FileError(0, "", "the file is empty", "write it, or remove it if the table is not needed")
    if content[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\0" in content:
        raise FileError(1, "", "the file is not UTF-8 (it looks like UTF-16)", "save it as UTF-8 (Excel: CSV UTF-8)")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        byte = f"0x{error.object[error.start]:02x}"
        before = error.object[: error.start].replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        sentence = f"the file is not UTF-8 (byte {byte}, {chr(error.object[error.start])!r} in Latin-1)"
        raise FileError(before.count(b"\n") + 1, byte, sentence, "save it as UTF-8 (Excel: CSV UTF-8)") from None


def read_toml(path: Path, file: str) -> tuple[dict[str, Any], dict[str, tuple[str, int]]]:
    """Parse a TOML file; returns its content and the line of each setting. Raises `FileError`."""
    text = read_text(path)
    try:
        content = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        message = str(error)
        place = re.search(r" \(at line (\d+), column (\d+)\)| \(at end of document\)", message)
        line = int(place[1]) if place and place[1] else len(text.splitlines())
        reason = message[: place.start()] if place else message
        sentence = f"the file is not TOML: {reason[:1].lower()}{reason[1:]}"
        raise FileError(line, "", sentence, "correct the line") from None
    return content, {key: (file, line) for key, line in lines_of(text).items()}
