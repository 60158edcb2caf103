"""A finished figure that shows itself in a notebook and saves itself with the same bytes every time."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Any

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from trialopt.figures.style import styled
from trialopt.files import write_bytes

WIDTH = 6.8
"""Inches: the text width of a page; type of 8 points stays above 7 when it is printed in a protocol."""

INCH = 72.0

KINDS = (".svg", ".png", ".pdf")


class Picture(Figure):
    """A matplotlib figure in the house style. `title` says in words what it shows."""

    def __init__(self, height: float, *, title: str, width: float = WIDTH, **options: Any) -> None:
        with styled():
            super().__init__(figsize=(width, height), **options)
            FigureCanvasAgg(self)
        self.title = title

    def png(self, dpi: float = 200) -> bytes:
        """Bytes of the picture as PNG."""
        return self._bytes("png", dpi=dpi, metadata={"Software": None})

    def svg(self) -> str:
        """Text of the picture as SVG; letters are drawn as shapes, so it looks the same everywhere."""
        return self._bytes("svg", metadata={"Date": None, "Creator": None}).decode()

    def inline(self, name: str) -> str:
        """The SVG element alone, for a page: no comments, and ids that start with `name`."""
        text = self.svg()
        text = re.sub(r"<!--.*?-->|<metadata>.*?</metadata>", "", text[text.index("<svg") :], flags=re.S)
        text = re.sub(r'(\bid="|href="#|url\(#)', rf"\g<1>{name}-", text)
        text = re.sub(r">\s+<", "><", text)
        return text.replace("<svg", f'<svg role="img" aria-labelledby="{name}-caption"', 1)

    def write(self, path: str | Path) -> Path:
        """Write the picture whole; the suffix is .svg, .png or .pdf."""
        path = Path(path)
        if path.suffix not in KINDS:
            raise ValueError(f"{path}: a picture's file ends in {', '.join(KINDS)}")
        if path.suffix == ".svg":
            content = self.svg().encode()
        elif path.suffix == ".png":
            content = self.png()
        else:
            content = self._bytes("pdf", metadata={"CreationDate": None, "Producer": None, "Creator": None})
        write_bytes(path, content)
        return path

    def _bytes(self, kind: str, **options: Any) -> bytes:
        buffer = io.BytesIO()
        with styled():
            self.savefig(buffer, format=kind, **options)
        return buffer.getvalue()

    def _repr_png_(self) -> bytes:
        return self.png(dpi=110)
