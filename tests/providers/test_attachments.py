"""Attachments on the wire: their form, byte for byte, and endpoints that refuse them."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from tests.providers.case import COMPLETE, FAILED, ask, messages, profile_at
from tests.providers.wire import END, error_answer, hello
from tests.sse_server import Answer, SseServer
from tui_chat.config.expiring_store import ExpiringStore
from tui_chat.core.attachments import AttachmentKind, SentAs, new_attachment
from tui_chat.core.profile import Profile
from tui_chat.core.request import build_request
from tui_chat.core.stream_events import RequestAdjusted
from tui_chat.core.text.token_estimate import estimate_request_tokens
from tui_chat.providers import open_provider
from tui_chat.providers.data_urls import data_url, encoded_body, shortened
from tui_chat.providers.refused_parts import refused_part
from tui_chat.providers.request_body import request_body

if TYPE_CHECKING:
    from pathlib import Path

    from tui_chat.core.attachments import Attachment
    from tui_chat.core.conversation import Message

PICTURE = new_attachment(
    b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 100, "cat.png", "image/png",
    AttachmentKind.PICTURE, SentAs.IMAGE, width=1_024, height=1_024,
)  # fmt: skip
NOTES = new_attachment(
    b"one ``` two", "no\ntes.md", "text/markdown", AttachmentKind.TEXT, SentAs.TEXT,
    text="one ``` two",
)  # fmt: skip
REPORT = new_attachment(
    b"%PDF-1.7", "report.pdf", "application/pdf", AttachmentKind.PDF, SentAs.FILE,
    text="[page 1]\nWords", pages=1,
)  # fmt: skip
PROFILE = Profile("p", "https://x/v1", model="m")
FENCED = "[file: no tes.md]\n````\none ``` two\n````"


def question_with(*attachments: Attachment, text: str = "What?") -> Message:
    question, _ = messages()
    return replace(question, content=text, attachments=attachments)


def content_of(question: Message, **options: Any) -> Any:
    return request_body(build_request([question], PROFILE), **options)["messages"][0]["content"]


def test_texts_are_fenced_in_front_of_the_question_as_one_text() -> None:
    assert content_of(question_with(NOTES)) == f"{FENCED}\n\nWhat?"
    assert content_of(question_with(NOTES, text="")) == FENCED


def test_pictures_and_files_are_parts_in_their_order() -> None:
    content = content_of(question_with(PICTURE, NOTES, REPORT))
    encoded = base64.b64encode(PICTURE.content.data if PICTURE.content else b"").decode()
    assert content == [
        {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{encoded}"}},
        {"type": "text", "text": FENCED},
        {
            "type": "file",
            "file": {
                "filename": "report.pdf",
                "file_data": "data:application/pdf;base64,JVBERi0xLjc=",
            },
        },
        {"type": "text", "text": "What?"},
    ]


def test_refused_parts_become_text() -> None:
    content = content_of(question_with(PICTURE, REPORT), refused_parts={"image_url", "file"})
    assert content == (
        "[The picture cat.png is not included, because you cannot see pictures.]\n\n"
        "[file: report.pdf]\n```\n[page 1]\nWords\n```\n\nWhat?"
    )


def test_the_estimate_counts_pictures_by_their_size() -> None:
    plain = estimate_request_tokens(build_request([question_with()], PROFILE))
    with_picture = estimate_request_tokens(build_request([question_with(PICTURE)], PROFILE))
    assert with_picture - plain == 765


def test_a_picture_in_an_answer_is_not_sent_back() -> None:
    question, reply = messages()
    reply = replace(reply, parent_id=question.id, attachments=(PICTURE,), status=COMPLETE)
    again = replace(question_with(), parent_id=reply.id)
    sent = request_body(build_request([question, reply, again], PROFILE))["messages"]
    assert [it["role"] for it in sent] == ["user", "assistant", "user"]
    assert sent[1]["content"] == "[an answer without text]"


@pytest.mark.parametrize("text", ["What?", "猫", "lone \ud800", '"\\'])
def test_a_body_with_large_parts_is_the_json_of_any_encoder(text: str) -> None:
    url = data_url("image/png", bytes(range(256)) * 3_000)
    parts = [
        {"type": "text", "text": text},
        {"type": "image_url", "image_url": {"url": url, "detail": "low"}},
        {"type": "file", "file": {"filename": 'a"b.pdf', "file_data": url}},
        {"type": "image_url", "image_url": {"url": "data:" + '"' * 20_000}},
    ]
    body = {"model": "m", "messages": [{"role": "user", "content": parts}, "odd"], "n": 1}
    assert json.loads(encoded_body(body)) == body
    shown = shortened(encoded_body(body)).decode("utf-8", "replace")
    assert len(shown) < 41_000
    assert shown.count("… (768 KB)") == 2


REFUSALS = [
    ("image_url", "Invalid content type. image_url is only supported by certain models."),
    ("image_url", "image input is not supported - hint: if this is unexpected, you may need to "
     "provide the mmproj"),
    ("image_url", "Failed to deserialize the JSON body into the target type: messages[0]: unknown "
     "variant `image_url`, expected `text` at line 1 column 100"),
    ("image_url", "No endpoints found that support image input"),
    ("image_url", "messages[0].content must be a string"),
    ("image_url", "Image input is not enabled for this model"),
    ("image_url", "google/x is not a multimodal model"),
    ("image_url", "At most 0 image(s) may be provided in one request."),
    ("image_url", "该模型不支持图片输入"),
    ("file", "Invalid value: 'file'. Supported values are: 'text', 'image_url'."),
    ("file", "unknown variant `file`, expected `text` or `image_url`"),
    ("file", "unsupported content[].type"),
    (None, "Image is too large: the maximum is 5 MB"),
    (None, "Invalid image format. Supported formats are png, jpeg"),
    (None, "Could not download the image: invalid url"),
    (None, "The model is overloaded."),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "text"), REFUSALS)
def test_a_refusal_names_what_is_refused(kind: str | None, text: str) -> None:
    attached = REPORT if kind == "file" else PICTURE
    sent = request_body(build_request([question_with(attached)], PROFILE))["messages"]
    assert refused_part(text, sent) == kind
    assert refused_part(text, [{"role": "user", "content": "text"}]) is None


async def test_a_refused_picture_is_said_left_out_and_remembered(tmp_path: Path) -> None:
    refusal = error_answer(400, "image_url is only supported by certain models.")
    store = ExpiringStore(tmp_path / "rules.json")
    async with SseServer(refusal, Answer((hello(END),))) as server:
        profile = profile_at(server)
        for attached, expected in (((PICTURE,), 1), ((PICTURE,), 1), ((NOTES,), 0)):
            provider = await open_provider(profile, None, store)
            asked = await ask(provider, profile, attachments=attached)
            exchange = provider.exchange
            await provider.aclose()
            assert asked.reply.status is COMPLETE
            notices = [it.message for it in asked.events if isinstance(it, RequestAdjusted)]
            assert len(notices) == expected
            assert exchange is not None
    sent: list[Any] = [json.loads(it.body)["messages"][-1]["content"] for it in server.requests]
    assert [isinstance(it, list) for it in sent] == [True, False, False, False]


async def test_a_model_that_is_listed_without_pictures_gets_none() -> None:
    entries = [{"id": "test-model", "architecture": {"input_modalities": ["text"]}}]
    models = Answer(
        (json.dumps({"data": entries}).encode(),), content_type="application/json", framing="length"
    )
    async with SseServer(Answer((hello(END),)), models=models) as server:
        profile = profile_at(server)
        provider = await open_provider(profile, None)
        assert provider.refused_parts("test-model") == frozenset()
        await provider.models()
        assert provider.refused_parts("test-model") == {"image_url"}
        profile = replace(profile, model="test-model")
        asked = await ask(provider, profile, attachments=(PICTURE, REPORT))
        await provider.aclose()
    notices = [it.message for it in asked.events if isinstance(it, RequestAdjusted)]
    assert notices == ["sent without pictures, which this model does not accept"]
    content = json.loads(server.requests[0].body)["messages"][-1]["content"]
    assert [it["type"] for it in content] == ["text", "file", "text"]


async def test_the_inspector_shows_the_request_without_the_megabytes() -> None:
    async with SseServer(Answer((hello(END),))) as server:
        profile = profile_at(server)
        provider = await open_provider(profile, None)
        asked = await ask(provider, profile, attachments=(PICTURE,))
        exchange = provider.exchange
        await provider.aclose()
    assert asked.reply.status is not FAILED
    assert exchange is not None
    assert "… (26 KB)" in exchange.request_body
    assert len(exchange.request_body) < 1_000
