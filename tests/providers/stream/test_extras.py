"""Choices, finish reasons and parts beside the text, as endpoints send them."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from hypothesis import given

from tests.providers.streams import ANY
from tui_chat.core.reply_extras import extras_label
from tui_chat.core.stream_events import TextDelta
from tui_chat.providers.stream.extras import ExtrasReader
from tui_chat.providers.stream.reply_parser import Ending, ReplyParser

_PNG = "data:image/png;base64,iVBORw0KGgo="
_WEATHER = "https://example.org/weather"


def _read(*chunks: Any) -> tuple[str, Ending]:
    parser = ReplyParser()
    sent = b"".join(b"data: " + json.dumps(chunk).encode() + b"\n\n" for chunk in chunks)
    deltas = [*parser.feed(sent + b"data: [DONE]\n\n"), *parser.finish()]
    text = "".join(delta.text for delta in deltas if isinstance(delta, TextDelta))
    return text, parser.ending()


def _chunk(delta: Any, index: Any = 0, finish: Any = None, **fields: Any) -> dict[str, Any]:
    return {
        "id": "c", "choices": [{"index": index, "delta": delta, "finish_reason": finish}], **fields
    }  # fmt: skip


@pytest.mark.parametrize(("chunk", "kind", "url"), [
    (_chunk({"images": [{"type": "image_url", "image_url": {"url": _PNG}}]}), "picture", _PNG),
    (_chunk({"content": [{"type": "image_url", "image_url": _PNG}]}), "picture", _PNG),
    (_chunk({"content": [
        {"type": "image", "source": {"media_type": "image/webp", "data": "AA=="}}]}),
     "picture", "data:image/webp;base64,AA=="),
    (_chunk({"content": [{"type": "output_image", "b64_json": "AA=="}]}), "picture",
     "data:image/png;base64,AA=="),
    (_chunk({"image": {"url": "https://x/a.png"}}), "picture", "https://x/a.png"),
    (_chunk({"content": [{"type": "image"}]}), "picture", "unknown:0"),
    (_chunk({"content": [{"type": "video_url", "video_url": {"url": "https://x/v"}}]}), "video",
     "https://x/v"),
    (_chunk({"content": [{"type": "file", "file": {"file_id": "f1"}}]}), "file", "f1"),
    (_chunk({"annotations": [{"type": "url_citation", "url_citation": {"url": _WEATHER}}]}),
     "source", _WEATHER),
    (_chunk({"annotations": [{"type": "url_citation", "url": _WEATHER, "title": "W"}]}), "source",
     _WEATHER),
    (_chunk({}, citations=[_WEATHER]), "source", _WEATHER),
    (_chunk({}, search_results=[{"title": "W", "url": _WEATHER}]), "source", _WEATHER),
    (_chunk({}, web_search=[{"title": "W", "link": _WEATHER}]), "source", _WEATHER),
    (_chunk({}, search_info={"search_results": [{"url": _WEATHER}]}), "source", _WEATHER),
    (_chunk({}, references=[{"url": _WEATHER}]), "source", _WEATHER),
    (_chunk({"extra_content": {"google": {"grounding_metadata": {
        "groundingChunks": [{"web": {"uri": _WEATHER, "title": "W"}}]}}}}), "source", _WEATHER),
    (_chunk({"citations": [{"start": 0, "sources": [], "url": _WEATHER}]}), "source", _WEATHER),
    (_chunk({"annotations": [{"type": "file_citation", "file_citation": {"file_id": "f"}}]}),
     "source", "f"),
])  # fmt: skip
def test_parts_beside_the_text_are_kept(chunk: Any, kind: str, url: str) -> None:
    _text, ending = _read(chunk, _chunk({}, finish="stop"))
    assert [(extra.kind, extra.url) for extra in ending.extras] == [(kind, url)]
    assert extras_label(extra.kind for extra in ending.extras)


def test_the_transcript_of_sound_is_the_text() -> None:
    first, second = (base64.b64encode(piece).decode() for piece in (b"a", b"bc"))
    text, ending = _read(
        _chunk({"content": None, "audio": {"id": "x", "transcript": "Hello "}}),
        _chunk({"audio": {"transcript": "there.", "data": first}}),
        _chunk({"audio": {"data": second}}, finish="stop"),
    )
    (sound,) = ending.extras
    assert text == "Hello there."
    assert base64.b64decode(sound.url.partition(",")[2]) == b"abc"


def test_repeated_sources_are_counted_once_with_their_title() -> None:
    chunk = _chunk({"content": "a"}, citations=[_WEATHER], search_results=[
        {"title": "W", "url": _WEATHER}, {"title": "V", "url": "https://v"}
    ])  # fmt: skip
    text, ending = _read(chunk, chunk)
    assert text == "aa"
    assert [(extra.title, extra.url) for extra in ending.extras] == [
        ("W", _WEATHER), ("V", "https://v")
    ]  # fmt: skip


def test_the_label_counts_each_kind() -> None:
    kinds = ("picture", "picture", "sound", "source")
    assert extras_label(kinds) == "2 pictures · 1 sound · 1 source"


@pytest.mark.parametrize(("chunks", "text", "reason"), [
    ([_chunk({"content": "a"}, 3), _chunk({"content": "b"}, 3, "stop")], "ab", "stop"),
    ([_chunk({"content": "a"}, "1"), _chunk({"content": "b"}, "1", "stop")], "ab", "stop"),
    ([{"choices": [{"delta": {"content": "a"}}]}], "a", "stop"),
    ([{"choices": [{"index": i, "delta": {"content": t}} for i, t in ((0, "a"), (1, "x"))]},
      _chunk({"content": "y"}, 1, "stop"), _chunk({"content": "b"}, 0, "length")], "ab", "length"),
    ([_chunk({"content": "a"}, 0, "stop"), _chunk({"content": "b"}, 0, "length")], "ab", "length"),
    ([_chunk({"content": "a"}, 0, "length"), _chunk({}, 0, "")], "a", "length"),
    ([_chunk({"content": "a"}, 0, "strange")], "a", "strange"),
])  # fmt: skip
def test_one_choice_is_the_reply(chunks: list[Any], text: str, reason: str) -> None:
    found, ending = _read(*chunks)
    assert (found, ending.finish_reason) == (text, reason)


def test_gemini_marks_reasoning_beside_the_content() -> None:
    flag = {"google": {"thought": True}}
    text, ending = _read(
        _chunk({"content": "<thought>Hm", "extra_content": flag}),
        _chunk({"content": "</thought>Hello!"}, finish="stop"),
    )
    assert (text, ending.has_reasoning) == ("Hello!", True)


@given(ANY, ANY)
def test_no_chunk_raises(value: Any, other: Any) -> None:
    fields = value if isinstance(value, dict) else {"citations": value, "images": other}
    reader = ExtrasReader()
    reader.read({"search_info": value, "web_search": other}, {"citations": value}, fields)
    assert isinstance(reader.all(), tuple)


@pytest.mark.slow
def test_an_event_may_be_as_long_as_an_answer() -> None:
    picture = "data:image/png;base64," + "A" * 40_000_000
    _text, ending = _read(_chunk({"images": [{"image_url": {"url": picture}}]}, finish="stop"))
    assert [len(extra.url) for extra in ending.extras] == [len(picture)]
    assert not ending.is_too_long
