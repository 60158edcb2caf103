"""What is wrong with a Word section: ids, values before the appendix, tables nobody cites, references to nothing."""

from __future__ import annotations

import io
import re
from collections import Counter
from collections.abc import Iterator

import docx

from trialopt.record.solution import Solution

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
APPENDIX = "Appendix: Supporting Details"


def opened(content: bytes):
    return docx.Document(io.BytesIO(content))


def text_of(element) -> str:
    """Words of an element, without instructions of fields."""
    return "".join("\t" if e.tag == f"{W}tab" else e.text or "" for e in element.iter(f"{W}t", f"{W}tab"))


def style_of(paragraph) -> str:
    style = paragraph.find(f"{W}pPr/{W}pStyle")
    return "Normal" if style is None else style.get(f"{W}val")


def fields(root) -> list[tuple[str, str]]:
    """Instruction and shown text of every field, in order."""
    found, stack = [], []
    for run in root.iter(f"{W}r"):
        mark = run.find(f"{W}fldChar")
        kind = None if mark is None else mark.get(f"{W}fldCharType")
        if kind == "begin":
            stack.append(["", "", False])
        elif kind == "separate":
            stack[-1][2] = True
        elif kind == "end":
            instruction, shown, _ = stack.pop()
            found.append((instruction.strip(), shown))
        elif stack:
            stack[-1][0 if not stack[-1][2] else 1] += "".join(
                e.text or "" for e in run.iter(f"{W}instrText" if not stack[-1][2] else f"{W}t")
            )
    assert not stack, "a field is not closed"
    return found


def bookmarks(root) -> dict[str, str]:
    """Name of every bookmark -> the text in it."""
    names = [e.get(f"{W}name") for e in root.iter(f"{W}bookmarkStart")]
    assert len(names) == len(set(names)), "two bookmarks have one name"
    ids = [e.get(f"{W}id") for e in root.iter(f"{W}bookmarkStart")]
    assert ids == [e.get(f"{W}id") for e in root.iter(f"{W}bookmarkEnd")], "a bookmark is not closed"
    found, open_ = {}, None
    for e in root.iter(f"{W}bookmarkStart", f"{W}bookmarkEnd", f"{W}t"):
        if e.tag == f"{W}bookmarkStart":
            open_ = e.get(f"{W}name")
            found[open_] = ""
        elif e.tag == f"{W}bookmarkEnd":
            open_ = None
        elif open_ is not None:
            found[open_] += e.text or ""
    return found


def faults(content: bytes, solution: Solution) -> list[str]:
    """Every fault of a document."""
    document = opened(content)
    root = document.element
    return [
        *_ids(document, solution),
        *_values(root.body, solution),
        *_captions(root.body),
        *_references(root),
        *_bibliography(root),
        *_contents(root),
    ]


def _ids(document, solution: Solution) -> Iterator[str]:
    heads = [p.text for s in document.sections for part in (s.header, s.footer) for p in part.paragraphs]
    text = re.sub(r"https?://\S+", "", "\n".join([*map(text_of, document.element.body), *heads]))
    yield from (f"the id {found} stands in it" for found in re.findall(r"\w*[a-z0-9]_[a-z0-9]\w*", text))
    q = solution.question
    for one in (q.name, *q.shares, *q.epochs, *q.kinds, *q.mechanisms, *q.categories):
        if "_" in one and one in text:
            yield f"the id {one} stands in it"


def _values(body, solution: Solution) -> Iterator[str]:
    """Value, bound, or talk of them, before the appendix."""
    before = []
    for element in body:
        if style_of(element) == "Heading1" and text_of(element) == APPENDIX:
            break
        before.append(text_of(element))
    else:
        yield "there is no appendix"
    text = "\n".join(before)
    numbers = [n for n in (solution.value, solution.bound) if n is not None]
    told = [f"{n:.{digits}f}" for n in numbers for digits in (4, 5, 6)]
    yield from (f"{number} stands before the appendix" for number in told if number in text)
    words = [word for word in ("worth", "gap", "bound of") if re.search(rf"\b{word}\b", text)]
    yield from (f"{word!r} stands before the appendix" for word in words)


def _captions(body) -> Iterator[str]:
    """Tables and pictures without a caption of their own."""
    elements = [e for e in body if e.tag in (f"{W}p", f"{W}tbl")]
    for k, element in enumerate(elements):
        if element.tag == f"{W}tbl" and not _is_caption(elements[k - 1], "Table"):
            yield f"a table has no caption: {text_of(element)[:60]}"
        if element.tag == f"{W}p" and element.find(f".//{W}drawing") is not None:
            yield from () if _is_caption(elements[k + 1], "Figure") else ("a figure has no caption",)


def _is_caption(element, kind: str) -> bool:
    return (
        style_of(element) == "Caption"
        and any(i.startswith(f"SEQ {kind}") for i, _ in fields(element))
        and len(text_of(element)) > len(f"{kind} 00. ")
    )


def _references(root) -> Iterator[str]:
    """References to nothing, captions that nothing refers to, numbers out of order, and stale words of references."""
    marks, found = bookmarks(root), fields(root)
    used = {i.split()[1]: (i, shown) for i, shown in found if i.startswith("REF")}
    yield from (f"a reference leads to {name}, which does not exist" for name in used if name not in marks)
    for instruction, shown in found:
        if instruction.startswith("REF") and "\\r" not in instruction:
            name = instruction.split()[1]
            if name in marks and marks[name] != shown:
                yield f"a reference shows {shown!r}, and {name} is {marks[name]!r}"
    for paragraph in root.iter(f"{W}p"):
        if style_of(paragraph) == "Caption":
            names = [e.get(f"{W}name") for e in paragraph.iter(f"{W}bookmarkStart")]
            yield from (f"nothing refers to {text_of(paragraph)!r}" for name in names if name not in used)
    for kind in ("Table", "Figure", "Reference"):
        numbers = [int(shown) for i, shown in found if i.startswith(f"SEQ {kind}")]
        if numbers != list(range(1, len(numbers) + 1)):
            yield f"{kind} is numbered {numbers}"
    for link in root.iter(f"{W}hyperlink"):
        if link.get(f"{W}anchor") not in marks:
            yield f"a link leads to {link.get(f'{W}anchor')}, which does not exist"


def _bibliography(root) -> Iterator[str]:
    """Entries that are repeated or not cited."""
    entries = [text_of(p) for p in root.iter(f"{W}p") if style_of(p) == "Bibliography"]
    texts = [entry.split("\t", 1)[1] for entry in entries]
    places = [m for t in texts for m in re.findall(r"(\d{4})\s*;\s*([\w()]+)\s*:\s*(e?\d+)", t)[:1]]
    plain = [re.sub(r"\W+", " ", t.lower()).strip() for t in texts]
    for counted in (Counter(places), Counter(plain)):
        yield from (f"{one} stands {n} times in the bibliography" for one, n in counted.items() if n > 1)
    yield from (f"{t!r} is no publication" for t in texts if re.match(r"(?i)assum|ours|own |fitted", t))
    cited: set[int] = set()
    for paragraph in root.iter(f"{W}p"):
        if style_of(paragraph) == "Bibliography":
            continue
        for group in re.findall(r"\[([\d\u2013, ]+)\]", text_of(paragraph)):
            for part in group.split(","):
                first, _, last = part.strip().partition("\u2013")
                cited |= set(range(int(first), int(last or first) + 1))
    if cited != set(range(1, len(texts) + 1)):
        yield f"cited and listed differ: {sorted(cited ^ set(range(1, len(texts) + 1)))}"


def _contents(root) -> Iterator[str]:
    """The table of contents names every heading of two levels, with its number."""
    counts, heads = [0, 0, 0], []
    for p in root.iter(f"{W}p"):
        if re.fullmatch(r"Heading[123]", style_of(p)):
            level = int(style_of(p)[-1])
            counts = [n + (k == level - 1) if k < level else 0 for k, n in enumerate(counts)]
            if level < 3:
                heads.append(f"{'.'.join(map(str, counts[:level]))}\t{text_of(p)}")
    shown = [text_of(p) for p in root.iter(f"{W}p") if style_of(p).lower().startswith("toc") and text_of(p)]
    shown = [line for line in shown if line != "Contents"]
    if shown != heads:
        yield f"the contents are {shown}, and the headings {heads}"
    if not any(i.startswith("TOC") for i, _ in fields(root)):
        yield "there is no field of contents"
