"""Extracts the text of .docx and .xlsx files. Runs in the child process.

Both are zip files of XML. The text of a letter or a table needs a hundred lines; the libraries for
these formats read and write everything else, too, and need lxml.
"""

from __future__ import annotations

import io
import re
import zipfile
from typing import TYPE_CHECKING, Any, Final
from xml.etree import ElementTree

from tui_chat.attachments.extraction.child import MOST_CHARACTERS
from tui_chat.attachments.extraction.problems import Unreadable

if TYPE_CHECKING:
    from collections.abc import Iterator

_MOST_XML: Final = 100_000_000
"""Bytes of one file in the zip, unpacked."""
_MOST_COLUMNS: Final = 1_000
_LETTERS: Final = re.compile(r"[A-Z]+")


def read_docx(data: bytes) -> tuple[dict[str, Any], bytes]:
    """Return the paragraphs and tables of a Word document."""
    with _opened(data) as archive:
        root = _xml(archive, "word/document.xml")
    text = "\n".join(_blocks(root)).strip()
    return {}, text[:MOST_CHARACTERS].encode("utf-8", "replace")


def read_xlsx(data: bytes) -> tuple[dict[str, Any], bytes]:
    """Return the sheets of a workbook as lines of values separated by tabs."""
    with _opened(data) as archive:
        names = set(archive.namelist())
        shared = _shared_texts(archive) if "xl/sharedStrings.xml" in names else []
        parts: list[str] = []
        length = 0
        for title, sheet in _sheets(archive, names):
            parts.append(f"[sheet: {title}]")
            for line in _rows(_xml(archive, sheet), shared):
                parts.append(line)
                length += len(line)
                if length > MOST_CHARACTERS:
                    break
            parts.append("")
    return {}, "\n".join(parts).strip().encode("utf-8", "replace")


def _opened(data: bytes) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(io.BytesIO(data))
    except zipfile.BadZipFile as error:
        raise Unreadable("damaged") from error


def _xml(archive: zipfile.ZipFile, name: str) -> ElementTree.Element:
    with archive.open(name) as file:
        content = file.read(_MOST_XML + 1)
    if len(content) > _MOST_XML:
        raise Unreadable("too_large")
    # A declaration of entities is how XML bombs are made; these formats never have one.
    if b"<!DOCTYPE" in content[:4_096] or b"<!ENTITY" in content:
        raise Unreadable("damaged")
    return ElementTree.fromstring(content)  # noqa: S314 - entities are refused above


def _local(element: ElementTree.Element) -> str:
    # The tag of a comment is a function.
    return str(element.tag).rpartition("}")[2]


def _blocks(root: ElementTree.Element) -> Iterator[str]:
    """Yield paragraphs, and rows of tables as lines."""
    body = next((it for it in root if _local(it) == "body"), root)
    for block in body:
        if _local(block) == "tbl":
            for row in block.iter():
                if _local(row) == "tr":
                    yield "\t".join(_paragraphs(cell) for cell in row if _local(cell) == "tc")
            yield ""
        elif _local(block) == "p":
            yield _text(block)
        else:
            yield _paragraphs(block)


def _paragraphs(element: ElementTree.Element) -> str:
    return " ".join(_text(it) for it in element.iter() if _local(it) == "p").strip()


def _text(paragraph: ElementTree.Element) -> str:
    pieces = {"tab": "\t", "br": "\n", "cr": "\n"}
    found = []
    for element in paragraph.iter():
        name = _local(element)
        found.append((element.text or "") if name == "t" else pieces.get(name, ""))
    return "".join(found)


def _shared_texts(archive: zipfile.ZipFile) -> list[str]:
    root = _xml(archive, "xl/sharedStrings.xml")
    return ["".join(it.text or "" for it in entry.iter() if _local(it) == "t") for entry in root]


def _sheets(archive: zipfile.ZipFile, names: set[str]) -> Iterator[tuple[str, str]]:
    """Yield the title and the file of each sheet, in the order of the workbook."""
    relations = {
        it.get("Id"): it.get("Target", "") for it in _xml(archive, "xl/_rels/workbook.xml.rels")
    }
    for sheet in _xml(archive, "xl/workbook.xml").iter():
        if _local(sheet) != "sheet":
            continue
        number = next((value for key, value in sheet.attrib.items() if key.endswith("}id")), "")
        target = relations.get(number, "").lstrip("/")
        name = target if target.startswith("xl/") else f"xl/{target}"
        if name in names:
            yield sheet.get("name", ""), name


def _rows(root: ElementTree.Element, shared: list[str]) -> Iterator[str]:
    for row in root.iter():
        if _local(row) != "row":
            continue
        values: list[str] = []
        for cell in row:
            column = min(_column(cell.get("r", "")), _MOST_COLUMNS)
            values += [""] * (column - len(values) - 1)
            values.append(_value(cell, shared).replace("\t", " ").replace("\n", " "))
        yield "\t".join(values)


def _column(reference: str) -> int:
    """Return the number of a column from a reference such as AB12; 0 without one."""
    found = _LETTERS.match(reference)
    number = 0
    for letter in found[0][:4] if found else "":
        number = number * 26 + ord(letter) - 64
    return number


def _value(cell: ElementTree.Element, shared: list[str]) -> str:
    kind = cell.get("t")
    if kind == "inlineStr":
        return "".join(it.text or "" for it in cell.iter() if _local(it) == "t")
    value = next((it.text or "" for it in cell if _local(it) == "v"), "")
    if kind == "s" and value.isdecimal() and int(value) < len(shared):
        return shared[int(value)]
    return {"1": "TRUE", "0": "FALSE"}.get(value, value) if kind == "b" else value
