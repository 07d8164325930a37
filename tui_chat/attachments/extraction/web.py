"""Extracts the text of web pages and of notebooks. Runs in the child process."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from typing import Any, Final

from tui_chat.attachments.extraction.decode_page import decode_page

_SKIPPED: Final = frozenset({"script", "style", "noscript", "template", "svg", "head"})
_BREAKING: Final = frozenset(
    {
        "p", "div", "br", "hr", "li", "ul", "ol", "tr", "table", "section", "article", "header",
        "footer", "main", "nav", "aside", "blockquote", "pre", "h1", "h2", "h3", "h4", "h5", "h6",
        "dt", "dd", "figure", "figcaption", "form", "fieldset", "option",
    }
)  # fmt: skip
_HEADINGS: Final = {f"h{level}": "#" * level for level in range(1, 7)}
_BLANK_LINES: Final = re.compile(r"\n\s*\n\s*")
_BLANKS: Final = re.compile(r"[ \t\r\f\v\n]+")


def read_html(data: bytes) -> tuple[dict[str, Any], bytes]:
    """Return the visible text of a web page: headings, list items and cells marked."""
    return {}, text_of_html(decode_page(data)).encode("utf-8", "replace")


def text_of_html(page: str) -> str:
    """Return the visible text of HTML, with marks for headings, list items and cells."""
    parser = _TextParser()
    parser.feed(page)
    parser.close()
    return parser.text


def read_notebook(data: bytes) -> tuple[dict[str, Any], bytes]:
    """Return the cells of a Jupyter notebook, with outputs that are text."""
    notebook = json.loads(data.decode("utf-8-sig"))
    metadata = notebook.get("metadata", {})
    language = metadata.get("kernelspec", {}).get("language", "python")
    parts: list[str] = []
    for cell in notebook["cells"]:
        source = _joined(cell.get("source"))
        if cell.get("cell_type") == "code":
            parts.append(f"```{language}\n{source}\n```")
            parts += [f"[output]\n{text}" for text in map(_output, cell.get("outputs", ())) if text]
        elif source:
            parts.append(source)
    return {}, "\n\n".join(parts).encode("utf-8", "replace")


def _output(output: dict[str, Any]) -> str:
    if output.get("output_type") == "error":
        return f"{output.get('ename', '')}: {output.get('evalue', '')}"
    found = output.get("text") or output.get("data", {}).get("text/plain")
    return _joined(found).rstrip()


def _joined(value: Any) -> str:
    return "".join(value) if isinstance(value, list) else str(value or "")


class _TextParser(HTMLParser):
    """Collects the visible text of a page."""

    def __init__(self) -> None:
        super().__init__()
        self._parts: list[str] = []
        self._skipping = ""
        self._depth = 0
        self._is_title = False

    @property
    def text(self) -> str:
        return _BLANK_LINES.sub("\n\n", "".join(self._parts)).strip()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self._skipping:
            self._depth += tag == self._skipping
            self._is_title = tag == "title" and self._skipping == "head"
            return
        if tag in _SKIPPED:
            self._skipping, self._depth = tag, 1
        elif tag in _HEADINGS:
            self._parts.append(f"\n\n{_HEADINGS[tag]} ")
        elif tag == "li":
            self._parts.append("\n- ")
        elif tag in ("td", "th"):
            self._parts.append("\t")
        elif tag == "body":
            self._skipping = ""
        elif tag in _BREAKING:
            self._parts.append("\n" if tag in ("br", "tr", "option") else "\n\n")

    def handle_endtag(self, tag: str) -> None:
        if self._skipping:
            if tag == "title":
                self._is_title = False
            self._depth -= tag == self._skipping
            if self._depth <= 0:
                self._skipping = ""
        elif tag in _BREAKING and tag not in ("br", "li"):
            self._parts.append("\n")

    def handle_data(self, data: str) -> None:
        if self._is_title and data.strip():
            self._parts.append(f"{_BLANKS.sub(' ', data).strip()}\n\n")
        elif not self._skipping:
            self._parts.append(_BLANKS.sub(" ", data))
