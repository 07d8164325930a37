"""Attachments and sources in exports: loss-free in JSON, shown in HTML, linked in Markdown."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.core.strategies import TEXTS
from tests.storage.build import asked
from tui_chat.core.attachments import Attachment, AttachmentKind, SentAs, new_attachment
from tui_chat.core.conversation import MessageStatus
from tui_chat.core.reply_extras import ExtraKind, ReplyExtra
from tui_chat.core.transcript import Transcript
from tui_chat.import_export.export.formats import TranscriptFormat, render
from tui_chat.import_export.export.html import as_html
from tui_chat.import_export.export.write_file import write_transcript
from tui_chat.import_export.importers.exports.tui_chat import transcripts_of_json
from tui_chat.import_export.importers.skipped import Tally
from tui_chat.import_export.json_format import as_json, transcript_from
from tui_chat.import_export.malformed import Problems

if TYPE_CHECKING:
    from pathlib import Path

PNG = b"\x89PNG\r\n\x1a\n<picture>"
CAT = new_attachment(
    PNG, "a [cat]/..\\x.png", "image/png", AttachmentKind.PICTURE, SentAs.IMAGE, width=2, height=3
)
PAGE = new_attachment(
    b"<script>alert(1)</script>", "page.html", "text/html", AttachmentKind.DOCUMENT, SentAs.TEXT,
    text="alert",
)  # fmt: skip
SOURCES = (
    ReplyExtra(ExtraKind.SOURCE, "https://example.org/a b>", "Weather [1]", 0, 4),
    ReplyExtra(ExtraKind.SOURCE, "javascript:alert(1)", "<b>bad</b>"),
)


def transcript_with(*attachments: Attachment) -> Transcript:
    turn = asked("What is this?")
    question = replace(turn.question, attachments=attachments)
    reply = replace(turn.replied("A cat.", MessageStatus.COMPLETE), extras=SOURCES)
    return Transcript(turn.conversation, [question, reply])


def contents(transcript: Transcript) -> list[Any]:
    return [
        (it, it.content and (it.content.data, it.content.text))
        for message in transcript.messages
        for it in message.attachments
    ]


def attachments_of(data: bytes, name: str, text: str, way: SentAs) -> Attachment:
    kind = {SentAs.IMAGE: AttachmentKind.PICTURE, SentAs.FILE: AttachmentKind.PDF}.get(
        way, AttachmentKind.TEXT
    )
    pages = 3 if way is SentAs.FILE else None
    return new_attachment(data, name, "text/plain", kind, way, text=text, pages=pages)


ANY = st.builds(attachments_of, st.binary(max_size=200), TEXTS, TEXTS, st.sampled_from(SentAs))


@settings(max_examples=20, deadline=None)
@given(st.lists(ANY, min_size=50, max_size=50))
def test_fifty_attachments_survive_a_json_export_byte_for_byte(found: list[Attachment]) -> None:
    exported = transcript_with(*found)
    document = json.loads("".join(as_json([exported])))
    records = document.pop("conversations")
    (imported,) = transcripts_of_json(document, records, Tally())
    assert imported.messages == exported.messages
    known = {(it.sha256, it.kind): it.content for it in found[::-1]}
    expected = [known[it.sha256, it.kind] for it in found]
    assert [it.content for it in imported.messages[0].attachments] == expected


def test_repeated_bytes_are_exported_once() -> None:
    exported = transcript_with(CAT, CAT)
    text = "".join(render(exported, TranscriptFormat.JSON))
    assert text.count('"data"') == 1
    (record,) = json.loads(text)["conversations"]
    assert contents(transcript_from(record, Problems())) == contents(exported)


@pytest.mark.parametrize(
    "change",
    [{"data": "!"}, {"data": "AAAA"}, {"sha256": "../x"}, {"kind": "other"}, {"size": -1},
     {"mime": "text/html\"><script>"}, {"name": 7}],
)  # fmt: skip
def test_a_changed_attachment_is_left_out_and_reported(change: dict[str, object]) -> None:
    (record,) = json.loads("".join(as_json([transcript_with(CAT)])))["conversations"]
    record["messages"][0]["attachments"][0].update(change)
    problems = Problems()
    imported = transcript_from(record, problems)
    assert imported.messages[0].attachments == ()
    assert "attachments" in problems.texts[0]


def test_markdown_has_its_files_beside_it(tmp_path: Path) -> None:
    same_name = new_attachment(
        b"other", CAT.name, "image/png", AttachmentKind.PICTURE, SentAs.IMAGE
    )
    exported = transcript_with(CAT, PAGE, same_name, CAT)
    path = write_transcript(exported, TranscriptFormat.MD, tmp_path / "chat.md")
    text = path.read_text(encoding="utf-8")
    files = sorted((tmp_path / "chat-files").iterdir())
    assert {file.read_bytes() for file in files} == {PNG, b"<script>alert(1)</script>", b"other"}
    assert len(files) == 3
    assert "\n![a \\[cat\\]/..\\\\x.png](chat-files/a%20%5Bcat%5D_.._x.png)\n" in text
    assert "\n[page.html](chat-files/page.html)\n" in text
    assert "1. [Weather \\[1\\]](<https://example.org/a%20b%3E>)\n2. \\<b\\>bad\\</b\\>" in text


def test_markdown_can_contain_its_files(tmp_path: Path) -> None:
    path = write_transcript(
        transcript_with(CAT), TranscriptFormat.MD, tmp_path / "chat.md", is_embedding=True
    )
    assert "](data:image/png;base64,iVBORw0KGgo8" in path.read_text(encoding="utf-8")
    assert list(tmp_path.glob("chat*")) == [path]


def test_html_shows_pictures_and_opens_no_foreign_page() -> None:
    page = "".join(as_html(transcript_with(CAT, PAGE)))
    assert '<img src="data:image/png;base64,iVBORw0KGgo8' in page
    assert 'download="page.html"' in page
    assert "data:text/html" not in page
    assert '<a href="https://example.org/a b&gt;" rel="noreferrer">Weather [1]</a>' in page
    assert "javascript:" not in page
    assert "&lt;b&gt;bad&lt;/b&gt;" in page


def test_lost_contents_are_named(tmp_path: Path) -> None:
    exported = transcript_with(replace(CAT, content=None))
    for file_format in TranscriptFormat:
        output = io.StringIO()
        output.writelines(render(exported, file_format))
        assert "cat" in output.getvalue()
        assert "base64," not in output.getvalue()
