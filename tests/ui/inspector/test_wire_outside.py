from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from textual.events import Paste

from tests.ui.inspector.wire_app import HOSTILE, KEY, RAW, SSE, event, exchange, showing
from tui_chat.ui.common.search_input import SearchInput

if TYPE_CHECKING:
    from pathlib import Path


async def test_a_saved_exchange_round_trips(tmp_path: Path) -> None:
    half = len(KEY) // 2
    shown = exchange(
        b'data: {"choices":[{"delta":{"content":"' + KEY[:half].encode(),
        KEY[half:].encode() + b'"}}]}\n\n',
        event({"content": "日落 \x1b[31m"}),
        b"data: \xff\xfe\n\n",
        body='{"n": 1}',
    )
    shown.ended = "complete"
    folder = tmp_path / "new" / "folder"
    async with showing(shown, folder) as wire:
        await wire.seen("complete")
        await wire.press("s")
        await wire.seen("Saved as")
        await wire.press("s")
        await wire.until(lambda: len(list(folder.glob("*.jsonl"))) == 2)

    for path in folder.iterdir():
        assert path.stat().st_mode & 0o777 == 0o600
        assert path.name.startswith("wire-20")
        text = path.read_text(encoding="utf-8")
        assert KEY not in text
        assert KEY[:half] not in text
        lines = [json.loads(line) for line in text.splitlines()]
        assert [line["kind"] for line in lines] == [
            "request", "response", "data", "data", "data", "end",
        ]  # fmt: skip
        assert lines[0]["body"] == '{"n": 1}'
        assert json.loads(lines[3]["text"].removeprefix("data: "))["choices"]


async def test_an_unwritable_folder_is_reported(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    async with showing(exchange(), tmp_path / "file" / "folder") as wire:
        await wire.press("s")
        # The length of the path decides where the text wraps.
        await wire.until(lambda: "cannot be used" in " ".join(wire.text.replace("▌", " ").split()))


_SPELLINGS = (
    KEY,
    KEY.replace("-", "\\u002d"),
    "".join(f"\\u{ord(c):04X}" for c in KEY[:20]) + KEY[20:],
    KEY.replace("1", "\\\\u0031").replace("a", "\\u0061"),
)


async def test_the_key_is_never_shown(tmp_path: Path) -> None:
    data = b"".join(
        f'data: {{"choices":[{{"delta":{{"content":"<{spelled}>"}}}}]}}\n\n'
        f"data: {{broken {spelled}\n\n: {spelled}\n\n".encode()
        for spelled in _SPELLINGS
    )
    shown = exchange(*(data[start : start + 7] for start in range(0, len(data), 7)))
    shown.url += f"/{KEY}"
    async with showing(shown, tmp_path, size=(200, 30)) as wire:
        await wire.seen("12 events")
        await wire.press("slash", *KEY[:10])
        await wire.seen("no match")
        await wire.press("escape", "s")
        await wire.seen("Saved as")

        seen = wire.all_text + "\n".join(wire.rows[:3])
        saved = next(tmp_path.glob("*.jsonl")).read_text(encoding="utf-8")
        for text in (seen, saved):
            plain = text.replace("\\u002d", "-").replace("\\u0061", "a")
            for start in range(0, len(KEY) - 8, 8):
                assert KEY[start : start + 8] not in plain


async def test_hostile_bytes_never_reach_the_screen_raw() -> None:
    hostile = HOSTILE.encode()
    shown = exchange(
        b"data: " + hostile + b"\xff\xed\xa0\x80\n\n",
        event({"content": HOSTILE}),
        b'data: {"choices":[{"delta":{"content":"\\ud83d \\u001b[2J \\u202e"}}]}\n\n',
        b": " + hostile + b"\n\nevent: " + hostile + b"\ndata: x\n\n",
        headers={**SSE, "x-evil": HOSTILE},
        body=json.dumps({HOSTILE: HOSTILE}, ensure_ascii=False),
    )
    shown.url += HOSTILE
    shown.request_headers["x-evil"] = HOSTILE
    shown.ended = HOSTILE
    async with showing(shown, size=(60, 24)) as wire:
        await wire.seen("end")
        await wire.press("slash")
        wire.app.view.query_one(SearchInput).post_message(Paste(HOSTILE))
        await wire.until(lambda: wire.app.view.query_one(SearchInput).value)

        everything = wire.all_text + wire.text
        assert not set(everything) & RAW
        assert "␛]52;c" in everything
        assert "[bold]x[/bold]" in everything
        assert "\\ud83d" in everything


@pytest.mark.parametrize(
    ("headers", "body", "words"),
    [
        (
            {"content-type": "text/html"},
            b"<html>\r\n<b>Gate\x1b</b>",
            "<b>Gate␛</b>",
        ),
        ({}, b'{"error": "busy"}', 'error      "busy"'),
        ({"content-type": "application/json"}, b'{\n "a": [1,\n 2]}', '"a": ['),
        ({"content-type": "text/plain"}, b'{"message":{"content":"hi"}}\n{"done":true}\n', '"hi"'),
        ({"content-type": "text/plain"}, b"data:{}\n\n", "empty"),
        ({}, b"[" * 60_000, "[[["),
    ],
)
async def test_bodies_without_an_event_stream(
    headers: dict[str, str], body: bytes, words: str
) -> None:
    shown = exchange(headers=headers)
    async with showing(shown) as wire:
        for start in range(0, len(body), 10_000):
            shown.record(start, body[start : start + 10_000])
        await wire.until(lambda: words in wire.all_text)
        shown.ended = "complete"
        await wire.until(lambda: words in wire.all_text and "complete" in wire.all_text)
        assert not set(wire.all_text) & RAW
