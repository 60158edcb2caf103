"""Mutations of text and of tables."""

from __future__ import annotations

import csv
import io
import random

CELLS = (
    "", " ", "0", "-0", "1", "-1", "2", "0.5", "1.5", "50%", "50 %", "1e-300", "1e300", "1e999", "-1e999", "nan",
    "NaN", "inf",
    "-inf", "NA", "None", "null", "true", "yes", "12,500", "1.234,5", "0,5", "1_000", "0x10", "１", "½", "9" * 400,
    "9" * 5000,
    "1/2", "2020-13-45", "=1+1", "@x", "x", "\x00", "\u202e", "\ud7ff", "é", "\ufeff", "a;b", "a,b", 'a"b', "a\nb",
    "a" * 500,
    ".", "..", "../x", "con", "*", "all", "any", "induction", "fit", "frail", "bortezomib", "lenalidomide@mg25",
    "imid",
    "lenalidomide@", "@mg25", "crbn_loss", "neutropenia", "{}", "[]", "low", "high", "sd:0.1", "0.1;0.2",
    "0.1..0.2", "0.1-0.2",
    "%", "-", "+", "--", "1e", "1.", "٣", "1 000", "1\u00a0000", "1'000", "<1", "~1", "1?", "∞",
)  # fmt: skip
"""What takes the place of a cell, a word or a value."""

TOML = (
    "true", "false", "0", "-1", "1", "2", "0.5", "1e300", "-1e300", "nan", "inf", "-inf", '""', '"x"', "[]", "[[]]",
    "[1]", '["x"]', "{}",
    "{x = 1}", "1979-05-27", "1979-05-27T07:32:00Z", "07:32:00", '"\\u0000"', "9" * 30, "9" * 5000, '"induction"',
    '["fit"]',
    '["bortezomib"]', '["bortezomib", "bortezomib"]', '"response"', '"pfs"', '"0.5"', "0x10", "1_0",
    '[["bortezomib"]]',
    '"lenalidomide@mg25"', "{fit = 0.3, frail = 0.2}", "{induction = 1}", "[0.3, 0.6]", "'''", '"""', "[" * 3000,
    "{a=" * 2000,
    '"all"', '"none"', "1000", "1e-9", "0.025", "0.8", "12",
)  # fmt: skip
"""What takes the place of a value of a TOML file."""

RAW = (
    b"\xff", b"\xef\xbb\xbf", b"\xff\xfe", b"\x00", b'"', b"'", b",", b";", b"\t", b"\r", b"\n", b"\r\n", b"\x1a",
    b"\x0c", b"\xc2\x85",
    b"\xe2\x80\xa8", b"\xed\xa0\x80", b"=", b"[", b"]", b"#", b"\\", b"9" * 5000, b"[" * 3000, b",,,,", b'""',
    b'"""', b"nan", b"-",
    b"\x1b[31m", b"<script>", b"../",
)  # fmt: skip
"""What is put into the bytes."""


def in_bytes(data: bytes, rng: random.Random) -> bytes:
    """Bytes cut off, put in, changed, left out, repeated, or in another encoding."""
    at = rng.randrange(len(data) + 1)
    kind = rng.randrange(7)
    if kind == 0:
        return data[:at]
    if kind == 1:
        return data[:at] + rng.choice(RAW) + data[at:]
    if kind == 2:
        return data[:at] + bytes([rng.randrange(256)]) + data[at + 1 :]
    if kind == 3:
        return data[:at] + data[at + rng.randrange(1, 40) :]
    if kind == 4:
        end = at + rng.randrange(1, 200)
        return data[:end] + data[at:]
    if kind == 5:
        other = rng.choice(("utf-16", "utf-16-le", "utf-8-sig", "latin-1", "utf-32", "cp1252", "utf-7"))
        return data.decode("utf-8", "replace").encode(other, "replace")
    old, new = rng.choice(
        ((b"\n", b"\r"), (b"\n", b"\r\n"), (b",", b";"), (b",", b"\t"), (b".", b","), (b'"', b"\xe2\x80\x9c"))
    )
    return data.replace(old, new)


def in_table(data: bytes, rng: random.Random) -> bytes:
    """Cells, rows or columns of a CSV table changed."""
    rows = list(csv.reader(io.StringIO(data.decode("utf-8", "replace"), newline="")))
    if not rows or not rows[0]:
        return data
    for _ in range(rng.choice((1, 1, 1, 2, 4))):
        _change_table(rows, rng)
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().encode("utf-8", "surrogatepass")


def _change_table(rows: list[list[str]], rng: random.Random) -> None:
    kind = rng.randrange(12)
    row = rng.choice(rows)
    other = rng.choice(rows)
    column = rng.randrange(max(1, len(rows[0])))
    if kind <= 3 and row:
        row[rng.randrange(len(row))] = rng.choice(CELLS)
    elif kind == 4 and row and other:
        row[rng.randrange(len(row))] = rng.choice(other)
    elif kind == 5:
        rows.insert(rng.randrange(len(rows) + 1), list(row))
    elif kind == 6 and len(rows) > 1:
        rows.remove(row)
    elif kind == 7:
        row.extend(rng.choice(CELLS) for _ in range(rng.randrange(1, 4)))
    elif kind == 8:
        del row[rng.randrange(len(row) + 1) :]
    elif kind == 9:
        for each in rows:
            if rng.random() < 0.95:
                each[column : column + 1] = rng.choice(([], each[column : column + 1] * 2))
    elif kind == 10:
        rng.shuffle(rows)
    elif row:
        at = rng.randrange(len(row))
        row[at] = rng.choice(
            (row[at].upper(), f" {row[at]} ", f"-{row[at]}", row[at] * 2, row[at][:-1], f"{row[at]}\u200b")
        )


def in_toml(data: bytes, rng: random.Random, settings: tuple[tuple[str, str], ...]) -> bytes:
    """Lines of a TOML file left out, repeated, given another value, or put in from `settings` (header, key)."""
    lines = data.decode("utf-8", "replace").splitlines()
    for _ in range(rng.choice((1, 1, 1, 2, 4))):
        at = rng.randrange(len(lines) + 1)
        kind = rng.randrange(6)
        if kind <= 2:
            header, key = rng.choice(settings)
            value = rng.choice(TOML)
            if header in lines and header.strip("[]"):
                lines.insert(lines.index(header) + 1, f"{key} = {value}")
            elif header.strip("[]"):
                lines += [header, f"{key} = {value}"]
            else:
                lines.insert(0, f"{key} = {value}")
        elif kind == 3 and at < len(lines) and "=" in lines[at]:
            lines[at] = f"{lines[at].split('=')[0]}= {rng.choice(TOML)}"
        elif kind == 4 and at < len(lines):
            lines.insert(rng.randrange(len(lines) + 1), lines[at])
        elif kind == 5 and at < len(lines):
            del lines[at]
    return "\n".join([*lines, ""]).encode("utf-8", "surrogatepass")
