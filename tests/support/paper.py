"""Reads a PDF as a reader for blind people does: its words, by the fonts' own tables, in the order of its tags."""

import io
import re
from dataclasses import dataclass
from typing import Any

import pikepdf


@dataclass(frozen=True)
class Paper:
    """`text` page by page; `tags` are the kinds of its structure elements in reading order."""

    title: str
    language: str
    claims_ua: bool
    pages: list[str]
    tags: list[str]
    fonts: set[str]

    @property
    def text(self) -> str:
        return " ".join(self.pages)


def read(content: bytes) -> Paper:
    with pikepdf.open(io.BytesIO(content)) as pdf:
        with pdf.open_metadata() as metadata:
            title, ua = str(metadata.get("dc:title", "")), metadata.get("pdfuaid:part") == "1"
        fonts = {str(font.BaseFont) for page in pdf.pages for font in page.Resources.Font.values()}
        return Paper(
            title=title,
            language=str(pdf.Root.get("/Lang", "")),
            claims_ua=ua and bool(pdf.Root.MarkInfo.Marked),
            pages=[_words(page) for page in pdf.pages],
            tags=_tags(pdf.Root.StructTreeRoot),
            fonts=fonts,
        )


def _words(page: Any) -> str:
    """The words of a page; each piece of text stands apart, and white space is one blank."""
    tables = {str(name): _table(font) for name, font in page.Resources.Font.items()}
    said: list[str] = []
    table: dict[int, str] = {}
    for instruction in pikepdf.parse_content_stream(page):
        operands: Any = instruction.operands
        match str(instruction.operator):
            case "Tf":
                table = tables[str(operands[0])]
            case "Tj":
                said.append(_decoded(bytes(operands[0]), table))
            case "TJ":
                said.append("".join(_decoded(bytes(o), table) for o in operands[0] if isinstance(o, pikepdf.String)))
            case "ET":
                said.append(" ")
    return " ".join("".join(said).split())


def _decoded(codes: bytes, table: dict[int, str]) -> str:
    return "".join(table[int.from_bytes(codes[at : at + 2])] for at in range(0, len(codes), 2))


def _table(font: Any) -> dict[int, str]:
    """The font's ToUnicode: what a code means."""
    stream = font.ToUnicode.read_bytes().decode("latin-1")
    found: dict[int, str] = {}
    for block in re.findall(r"beginbfchar(.*?)endbfchar", stream, re.DOTALL):
        for code, meaning in re.findall(r"<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>", block):
            found[int(code, 16)] = bytes.fromhex(meaning).decode("utf-16-be")
    return found


def _tags(element: Any) -> list[str]:
    kids = element.get("/K", [])
    found = [str(element.S).removeprefix("/")] if "/S" in element else []
    for kid in kids if isinstance(kids, pikepdf.Array) else [kids]:
        if isinstance(kid, pikepdf.Dictionary):
            found += _tags(kid)
    return found
