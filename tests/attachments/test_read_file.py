"""Files become attachments, or are refused with a reason and advice, in a bounded time."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tests.attachments.files import BOOK, WORD, pdf, picture, zipped
from tui_chat.attachments.limits import Limits
from tui_chat.attachments.read_file import attachment_of, read_attachment
from tui_chat.core.attachments import AttachmentKind, SentAs
from tui_chat.core.errors import AttachmentRefused

if TYPE_CHECKING:
    from pathlib import Path

_CHINESE = "你好，世界。今天天气很好。"
_GERMAN = "Grüße aus München, schöne Grüße"
_RUSSIAN = "Привет, мир. Как дела?"
_NOTEBOOK = (
    b'{"cells": [{"cell_type": "markdown", "source": ["# A"]}, {"cell_type": "code", '
    b'"source": "1+1", "outputs": [{"data": {"text/plain": ["2"]}}]}], "metadata": {}}'
)
_PAGE = (
    b"<html><head><title>T &amp; t</title><style>x</style></head><body><h1>Hi</h1><p>a <b>b</b>"
    b"</p><ul><li>one<li>two</ul><script>no</script></body></html>"
)

TEXTS = {
    "utf-8.md": (_CHINESE.encode(), _CHINESE),
    "mark.txt": (b"\xef\xbb\xbfone", "one"),
    "utf-16.txt": (_GERMAN.encode("utf-16"), _GERMAN),
    "utf-32.txt": (_GERMAN.encode("utf-32"), _GERMAN),
    "gbk.txt": (_CHINESE.encode("gb18030"), _CHINESE),
    "latin.txt": (_GERMAN.encode("latin-1"), _GERMAN),
    "cyrillic.txt": (_RUSSIAN.encode("cp1251"), _RUSSIAN),
    "colours.log": (b"\x1b[31mred\x1b[0m\n", "\x1b[31mred\x1b[0m\n"),
    "table.csv": (b"a,b\n1,2\n", "a,b\n1,2\n"),
    "notebook.ipynb": (_NOTEBOOK, "# A\n\n```python\n1+1\n```\n\n[output]\n2"),
    "page.html": (_PAGE, "T & t\n\n# Hi\n\na b\n\n- one\n- two"),
    "letter.docx": (zipped({"word/document.xml": WORD}), "Hello\na\tb"),
    "book.xlsx": (zipped(dict(BOOK)), "[sheet: Prices]\napple\t\t1.5\n猫"),
    "wrong-name.png": (b"only text", "only text"),
}


@pytest.mark.parametrize("name", TEXTS)
def test_the_text_of_a_file(name: str) -> None:
    data, text = TEXTS[name]
    found = attachment_of(data, name)
    assert found.sent_as is SentAs.TEXT
    assert found.content is not None
    assert (found.content.text, found.content.data, found.size) == (text, data, len(data))
    assert found.tokens > 0


_BOMB = zipped({"word/document.xml": b" " * 300_000_000})
_ENTITIES = WORD.replace("<w:document", "<!DOCTYPE x [<!ENTITY a 'aaaa'>]><w:document", 1)
REFUSED = {
    "empty.txt": (b"", "is empty"),
    "data.bin": (b"\x00\x01\x02", "binary data"),
    "noise.txt": (bytes(range(1, 256)) * 20, "binary data"),
    "archive.zip": (zipped({"a.txt": "a"}), "zip archive"),
    "song.mp3": (b"ID3\x00\x00", "sound recording"),
    "film.mp4": (b"\x00\x00\x00 ftypisom", "video"),
    "old.doc": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(99), "old Office"),
    "slides.pptx": (zipped({"ppt/presentation.xml": ""}), "format that cannot be read"),
    "photo.heic": (b"\x00\x00\x00\x18ftypheic" + bytes(20), "HEIC"),
    "cut.png": (picture("PNG")[:14], "damaged"),
    "locked.pdf": (pdf(["text"], "secret"), "password"),
    "broken.pdf": (b"%PDF-1.4\n" + b"garbage " * 99, "damaged"),
    "bomb.docx": (_BOMB, "more memory or time"),
    "entities.docx": (zipped({"word/document.xml": _ENTITIES}), "damaged"),
    "broken.ipynb": (b"{", "damaged"),
    "blank.html": (b"<html><script>1</script></html>", "contains no text"),
    "long.txt": (b"x" * 4_000_001, "larger than 4.0 MB"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_sent_is_refused_in_words(name: str) -> None:
    data, words = REFUSED[name]
    with pytest.raises(AttachmentRefused) as caught:
        attachment_of(data, name)
    assert words in caught.value.message
    assert name in caught.value.message


PICTURES = {
    "small.png": (picture("PNG"), "small.png", "image/png", (40, 30)),
    "small.gif": (picture("GIF"), "small.gif", "image/gif", (40, 30)),
    "small.webp": (picture("WEBP"), "small.webp", "image/webp", (40, 30)),
    "small.jpg": (picture("JPEG"), "small.jpg", "image/jpeg", (40, 30)),
    "turned.jpg": (picture("JPEG", orientation=6), "turned.jpeg", "image/jpeg", (30, 40)),
    "large.png": (picture("PNG", (4_000, 3_000)), "large.png", "image/png", (2_048, 1_536)),
    "old.bmp": (picture("BMP"), "old.png", "image/png", (40, 30)),
}


@pytest.mark.parametrize("name", PICTURES)
def test_pictures_are_upright_and_no_larger_than_the_limit(name: str) -> None:
    data, new_name, mime, size = PICTURES[name]
    found = attachment_of(data, name)
    assert (found.mime, (found.width, found.height)) == (mime, size)
    assert found.kind is AttachmentKind.PICTURE
    assert found.sent_as is SentAs.IMAGE
    assert found.name in (name, new_name)
    assert found.tokens >= 255


def test_a_pdf_is_read_page_by_page_and_pages_without_text_are_named() -> None:
    found = attachment_of(pdf(["First page", "", "Third page"]), "report.pdf")
    assert found.content is not None
    assert found.content.text == (
        "[page 1]\nFirst page\n\n[page 2: no text]\n\n[page 3]\nThird page"
    )
    assert (found.pages, found.sent_as) == (3, SentAs.TEXT)
    assert found.warnings == ("Page 2 contains no text.",)
    as_file = found.sent(SentAs.FILE)
    assert (as_file.sent_as, as_file.tokens) == (SentAs.FILE, 4_500)
    assert as_file.sent(SentAs.TEXT) == found


def test_a_scan_is_sent_as_a_file() -> None:
    found = attachment_of(pdf(["", ""]), "scan.pdf")
    assert (found.sent_as, found.ways, found.has_text) == (SentAs.FILE, (SentAs.FILE,), False)
    assert "scan" in found.warnings[0]


def test_an_endless_document_is_ended_at_its_time_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tui_chat.attachments.extraction.extract._START_S", 0.0)
    with pytest.raises(AttachmentRefused, match="takes too long"):
        attachment_of(pdf(["text"]), "endless.pdf", Limits(extraction_s=0.0))


def test_paths_that_are_no_files_are_refused_with_the_way_to_do_it(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "closed").write_text("x")
    for path, words in (
        (tmp_path, "is a folder. Attach the files in it"),
        (tmp_path / "pipe", "is a pipe, not a file"),
        (tmp_path / "none.txt", "does not exist"),
        (tmp_path / "closed" / "in.txt", "does not exist|is a file, not a folder"),
        (tmp_path / ("x" * 300), "too long"),
        (tmp_path / "a\x00b", "nul character"),
    ):
        with pytest.raises(AttachmentRefused, match=words):
            read_attachment(path)
    (tmp_path / "猫 .txt").write_text("text")
    assert read_attachment(tmp_path / "猫 .txt").name == "猫 .txt"
