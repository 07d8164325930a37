"""``ask -a FILE`` sends files; what comes with an answer is printed and kept."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.attachments.files import picture
from tests.cli.asker import answers, rows
from tests.providers.wire import END, delta, hello
from tests.sse_server import Answer

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.asker import Asker
    from tests.pty.serving import Serving

PNG = picture("PNG")
URL = f"data:image/png;base64,{base64.b64encode(PNG).decode()}"


def content(serving: Serving, number: int = 0) -> Any:
    body: dict[str, Any] = json.loads(serving.requests[number].body)
    return body["messages"][-1]["content"]


def test_files_are_sent_in_order_and_kept_with_the_question(
    ask: Asker, serving: Serving, tmp_path: Path
) -> None:
    (tmp_path / "a.txt").write_text("one")
    (tmp_path / "b.png").write_bytes(PNG)
    files = ("-a", str(tmp_path / "a.txt"), "--attach", str(tmp_path / "b.png"))
    assert ask("ask", *files, "What?") == 0
    assert content(serving) == [
        {"type": "text", "text": "[file: a.txt]\n```\none\n```"},
        {"type": "image_url", "image_url": {"url": URL}},
        {"type": "text", "text": "What?"},
    ]
    names = rows("SELECT name, sent_as FROM message_attachments ORDER BY position")
    assert names == [("a.txt", "text"), ("b.png", "image")]


def test_standard_input_is_attached_as_bytes(ask: Asker, serving: Serving) -> None:
    assert ask("ask", "-a", "-", "What?", stdin=PNG) == 0
    assert content(serving)[0] == {"type": "image_url", "image_url": {"url": URL}}


def test_a_file_without_a_question_is_sent(ask: Asker, serving: Serving, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("one")
    assert ask("ask", "-a", str(tmp_path / "a.txt")) == 0
    assert content(serving) == "[file: a.txt]\n```\none\n```"


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("", "is a folder. Attach the files in it one by one"),
        ("*.png", "is a pattern, not a file. Give -a once for each file."),
        ("none.txt", "does not exist"),
        ("data.bin", "is binary data that no model can read"),
    ],
)
def test_what_cannot_be_attached_is_wrong_usage(
    ask: Asker, serving: Serving, tmp_path: Path, name: str, words: str
) -> None:
    (tmp_path / "data.bin").write_bytes(b"\x00\x01")
    assert ask("ask", "-a", str(tmp_path / name), "What?") == 2
    assert words in ask.err
    assert serving.requests == []


def test_rows_attach_files_below_their_folder_only(
    ask: Asker, serving: Serving, tmp_path: Path
) -> None:
    folder = tmp_path / "rows"
    folder.mkdir()
    (folder / "a.txt").write_text("one")
    (tmp_path / "secret.txt").write_text("secret")
    (folder / "link.txt").symlink_to(tmp_path / "secret.txt")
    batch = ("--format", "json", "--input", str(folder / "rows.jsonl"))
    for attached, words in (
        ("a.txt", ""),
        ("../secret.txt", "is outside of"),
        ("link.txt", "is outside of"),
        (7, "Row 1: “attach” must be a path"),
    ):
        (folder / "rows.jsonl").write_text(json.dumps({"n": "x", "attach": attached}))
        ask("ask", *batch, "Read {n}")
        assert words in ask.err
    assert len(serving.requests) == 1
    assert content(serving).startswith("[file: a.txt]\n```\none\n```\n\nRead x")
    (folder / "rows.jsonl").write_text('{"n": "x", "attach": ["link.txt"]}')
    ask("ask", *batch, "--attach-root", str(tmp_path), "Read {n}")
    assert "does not exist" in ask.err


IMAGE = delta("", images=[{"type": "image_url", "image_url": {"url": URL}}])
WEATHER = {"url": "https://example.org/w", "title": "Weather", "start_index": 0, "end_index": 5}


CITED = delta("", annotations=[{"type": "url_citation", "url_citation": WEATHER}])


@answers(Answer((hello(IMAGE, CITED, END),)))
@pytest.mark.parametrize("as_json", [False, True])
def test_pictures_and_sources_of_an_answer_are_printed_and_stored(
    ask: Asker, serving: Serving, as_json: bool
) -> None:
    assert ask("ask", *(["--json"] if as_json else []), "Paint") == 0
    if as_json:
        printed = json.loads(ask.out)
        assert printed["attachments"][0]["data"] == base64.b64encode(PNG).decode()
        assert printed["extras"] == [
            {
                "kind": "source",
                "url": "https://example.org/w",
                "title": "Weather",
                "start": 0,
                "end": 5,
            }
        ]
    else:
        assert ask.out == "Hello.\n"
        assert "1 picture" in ask.err
        assert "[1] Weather · https://example.org/w" in ask.err
    assert rows("SELECT bytes FROM attachments") == [(PNG,)]
    assert rows("SELECT name, size FROM message_attachments") == [("picture-1.png", len(PNG))]


def test_a_web_page_is_fetched_and_sent(ask: Asker, serving: Serving) -> None:
    page = f"<title>Sky</title><article><p>{'Air scatters blue light. ' * 20}</p></article>"
    serving.server.pages["/sky"] = Answer(
        (page.encode(),), content_type="text/html", framing="length"
    )
    address = f"http://127.0.0.1:{serving.server.port}/sky"
    assert ask("ask", "-a", address, "Why?") == 0
    text = content(serving)
    assert text.startswith(f"[file: Sky (127.0.0.1).html]\n```\nSky\n{address}\n\nAir scatters")
    assert rows("SELECT name, sent_as FROM message_attachments") == [
        ("Sky (127.0.0.1).html", "text")
    ]
