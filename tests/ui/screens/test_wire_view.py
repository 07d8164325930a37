from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from textual.app import App
from textual.events import Paste

from tests.chat_app import PATIENCE_S, running_chat
from tests.fakes import FakeProvider, Hold
from tui_chat.core.exchange import Exchange
from tui_chat.core.masking import Masker
from tui_chat.core.profile import Secret
from tui_chat.core.stream import TextDelta
from tui_chat.ui.screens.wire_view import WireView
from tui_chat.ui.widgets.key_footer import KeyFooter
from tui_chat.ui.widgets.line_view import LineView
from tui_chat.ui.widgets.search_input import SearchInput

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from textual.pilot import Pilot

KEY = "sk-proj-abcDEF1234567890abcdefghij"
MASK = Masker([Secret(KEY)])
HOSTILE = "\x1b]52;c;aGk=\x07 \x9b31m \u202eabc \x00 \x7f \U000e0041 [bold]x[/bold]"
RAW = set("\x1b\x07\x9b\u202e\x00\x7f\U000e0041\ud83d")
SSE = {"content-type": "text/event-stream"}


def exchange(
    *data: bytes, status: int | None = 200, headers: dict[str, str] = SSE, body: str = "{}"
) -> Exchange:
    found = Exchange(
        method="POST",
        url="https://api.example.com/v1/chat/completions",
        started_at=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
        request_headers={"authorization": "***", "content-type": "application/json"},
        request_body=body,
        status=status,
        response_headers=headers if status is not None else {},
    )
    for number, piece in enumerate(data):
        found.record(number / 10, piece)
    return found


def event(delta: dict[str, Any], **fields: Any) -> bytes:
    choice = {"index": 0, "delta": delta, **fields}
    return f"data: {json.dumps({'choices': [choice]}, ensure_ascii=False)}\n\n".encode()


class _App(App[None]):
    def __init__(self, view: WireView) -> None:
        super().__init__()
        self.view = view

    def on_mount(self) -> None:
        self.push_screen(self.view)


class Harness:
    def __init__(self, app: _App, pilot: Pilot[None]) -> None:
        self.app = app
        self.pilot = pilot
        self.press = pilot.press
        self.lines = app.view.query_one(LineView)
        self.lines_shown = self.lines.size.height

    @property
    def rows(self) -> list[str]:
        return [strip.text for strip in self.app.view._compositor.render_strips()]

    @property
    def text(self) -> str:
        return "\n".join(self.rows)

    @property
    def all_text(self) -> str:
        """Every row, also those that are not in view."""
        lines = self.lines
        rows: list[str] = []
        top = lines.scroll_y
        for y in range(0, lines.virtual_size.height, lines.size.height):
            lines.scroll_to(y=y, animate=False)
            offset = lines.scroll_offset.y
            rows[offset:] = [lines.render_line(row).text for row in range(lines.size.height)]
        lines.scroll_to(y=top, animate=False)
        return "\n".join(row.rstrip() for row in rows)

    async def until(self, condition: Callable[[], object]) -> None:
        try:
            async with asyncio.timeout(PATIENCE_S):
                while not condition():
                    await self.pilot.pause(0.01)
        except TimeoutError:
            raise AssertionError(f"It never came true; the screen:\n{self.text}") from None

    async def seen(self, text: str) -> None:
        await self.until(lambda: text in self.text)


@asynccontextmanager
async def showing(
    source: Exchange | Callable[[], Exchange | None] | None,
    folder: Path | None = None,
    size: tuple[int, int] = (100, 30),
) -> AsyncIterator[Harness]:
    asked = source if callable(source) else lambda: source
    view = WireView(asked, MASK, folder or _nowhere())
    app = _App(view)
    async with app.run_test(size=size, notifications=True) as pilot:
        await pilot.pause()
        yield Harness(app, pilot)


def _nowhere() -> Path:
    from pathlib import Path

    return Path("/nonexistent")


async def test_a_request_and_its_answer_are_shown_whole() -> None:
    shown = exchange(
        b": keep-alive\n\n",
        event({"role": "assistant"}),
        event({"reasoning_content": "Let me think"}),
        event({"content": "日落 🌅\n"}),
        event({}, finish_reason="stop"),
        b'data: {"choices": [], "usage": {"prompt_tokens": 3, "completion_tokens": 4}}\n\n',
        b"data: [DONE]\n\n",
        body='{"model": "m", "messages": [{"role": "user", "content": "落日?"}]}',
    )
    shown.ended = "complete"
    async with showing(shown, size=(100, 60)) as wire:
        await wire.seen("complete")
        for text in (
            "POST https://api.example.com/v1/chat/completions",
            "authorization: ***",
            '"content": "落日?"',
            "200 OK",
            "content-type: text/event-stream",
            "0.000 s   comment    : keep-alive",
            "0.100 s   empty",
            '0.200 s   reasoning  "Let me think"',
            '0.300 s   text       "日落 🌅\\n"',
            "0.400 s   finish     stop",
            "0.500 s   usage      3 in, 4 out",
            "0.600 s   done",
            "7 events",
            'data: {"choices": [{"index": 0, "delta": {"content": "日落 🌅\\n"}}]}',
        ):
            assert text in wire.text
        assert not [row for row in wire.rows if "null" in row and "keep-alive" in row]


async def test_nothing_was_sent_yet() -> None:
    async with showing(None) as wire:
        await wire.seen("No request was sent yet")
        await wire.press("s", "n", "r", "f", "space")


async def test_no_answer_yet_then_a_failure() -> None:
    shown = exchange(status=None)
    async with showing(shown) as wire:
        await wire.seen("no answer yet")
        shown.status = 401
        shown.response_headers = {"content-type": "application/json"}
        shown.record(0.5, b'{"error": {"message": "Bad key ' + KEY.encode() + b'"}}')
        shown.ended = "The key was refused."

        await wire.seen("The key was refused.")
        assert "401 Unauthorized" in wire.text
        assert 'error      {"message": "Bad key ***"}' in wire.text
        assert '"message": "Bad key ***"' in wire.text


async def test_events_are_found_in_reads_of_any_split() -> None:
    data = b"\xef\xbb\xbf" + event({"content": "eins"}) + event({"content": "zwei 中"})
    data += b"event: error\r\ndata: overloaded\r\n\r\ndata: {broken\r\n\r\ndata: half"
    shown = exchange()
    async with showing(shown, size=(100, 40)) as wire:
        for number, byte in enumerate(data):
            shown.record(number / 1000, bytes([byte]))
        shown.ended = "cut off"
        await wire.seen("cut off")

        end = data.index(b"\n")
        assert f'{end / 1000:.3f} s   text       "eins"' in wire.text
        assert 'text       "zwei 中"' in wire.text
        assert 'error      "overloaded"' in wire.text
        assert wire.text.count("not JSON") == 2
        assert "data: half" in wire.text


async def test_it_grows_while_it_is_open_and_follows_the_end() -> None:
    shown = exchange()
    async with showing(shown) as wire:
        for number in range(60):
            shown.record(number, event({"content": f"piece {number}"}))
        await wire.seen('"piece 59"')
        assert "following" in wire.text

        await wire.press("k")
        await wire.seen("not following")
        shown.record(99, event({"content": "unseen"}))
        await wire.seen("61 events")
        assert "unseen" not in wire.text

        await wire.press("f")
        await wire.seen("unseen")
        await wire.press("g")
        await wire.seen("Request")
        await wire.press("end")
        await wire.seen("unseen")
        shown.record(99, event({"content": "the very end"}))
        await wire.seen("the very end")


async def test_keys_scroll() -> None:
    shown = exchange(*(event({"content": f"piece {number}"}) for number in range(60)))
    async with showing(shown) as wire:
        await wire.seen("piece 59")
        height = wire.lines.size.height
        await wire.press("g", "j", "j", "k")
        assert wire.lines.scroll_y == 1
        await wire.press("pagedown")
        assert wire.lines.scroll_y == height
        await wire.press("pageup", "home")
        assert wire.lines.scroll_y == 0
        await wire.press("G")
        assert wire.lines.is_following


async def test_nothing_is_drawn_when_nothing_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = exchange(event({"content": "one"}))
    async with showing(shown) as wire:
        await wire.seen('"one"')
        drawn: list[object] = []
        for widget in wire.app.view.walk_children():
            monkeypatch.setattr(widget, "refresh", lambda *_, **__: drawn.append(1))
        for _ in range(5):
            wire.app.view._look()
        assert not drawn


async def test_a_pause_freezes_the_list_while_recording_goes_on() -> None:
    shown = exchange(event({"content": "before"}))
    async with showing(shown) as wire:
        await wire.seen('"before"')
        await wire.press("space")
        shown.record(1, event({"content": "meanwhile"}))
        await wire.seen("paused · 1 reads since")
        assert "meanwhile" not in wire.text

        await wire.press("p")
        await wire.seen('"meanwhile"')
        assert "paused" not in wire.text


async def test_a_retry_is_another_request() -> None:
    requests = [exchange(status=None)]
    async with showing(lambda: requests[-1]) as wire:
        await wire.seen("no answer yet")
        requests.append(exchange(event({"content": "second"})))
        await wire.seen('"second"')
        await wire.press("p")
        requests.append(exchange(event({"content": "third"})))
        await wire.seen("a new request was sent")
        assert "third" not in wire.text
        await wire.press("p")
        await wire.seen('"third"')
        assert '"second"' not in wire.text


async def test_a_search_marks_counts_and_goes_around() -> None:
    words = {10: "Kraków", 50: "kraków kraków"}
    shown = exchange(*(event({"content": words.get(n, f"piece {n}")}) for n in range(60)))
    async with showing(shown) as wire:
        await wire.seen("piece 59")
        await wire.press("r", "r", "g", "slash", *"KRAKÓW")
        await wire.seen("“KRAKÓW” 3")
        await wire.press("enter")
        await wire.seen("“KRAKÓW” 1/3")
        assert "Kraków" in wire.text
        row = next(y for y, text in enumerate(wire.rows) if "Kraków" in text)
        found = [s for s in wire.lines.render_line(row - 2) if s.text == "Kraków"]
        assert found
        style = found[0].style
        assert style is not None
        assert style == style + wire.lines._style("current")

        await wire.press("n", "n")
        await wire.seen("3/3")
        assert "kraków kraków" in wire.text
        await wire.press("n")
        await wire.seen("1/3")
        await wire.press("N")
        await wire.seen("3/3")
        # New events are searched too; the current match stays.
        shown.record(9, event({"content": "again Kraków"}))
        await wire.seen("3/4")

        await wire.press("slash", "x", "enter")
        await wire.seen("no match")
        await wire.press("slash", "escape")
        await wire.until(lambda: "no match" not in wire.text)
        assert wire.app.screen is wire.app.view


async def test_a_match_in_a_long_line_is_brought_into_view() -> None:
    shown = exchange(event({"content": "x" * 3000 + " needle " + "y" * 900}))
    async with showing(shown, size=(60, 16)) as wire:
        await wire.seen("yyy")
        await wire.press("g", "slash", *"needle", "enter")
        await wire.seen("1/2")
        assert "needle" in "\n".join(wire.rows[2:-3])


async def test_raw_decoded_or_both() -> None:
    shown = exchange(*(event({"content": f"piece {number}"}) for number in range(60)))
    async with showing(shown) as wire:
        await wire.seen("data: {")
        assert 'text       "piece 59"' in wire.text
        await wire.press("r")
        await wire.seen("· raw")
        assert "text  " not in wire.text
        await wire.press("r")
        await wire.seen("· decoded")
        assert "data: {" not in wire.text
        # The event in the first row stays in the first row.
        await wire.press("g")
        wire.lines.go_to_line(30)
        await wire.pilot.pause()
        assert "piece 30" in wire.rows[2]
        await wire.press("r")
        await wire.pilot.pause()
        assert "piece 30" in wire.rows[2]


async def test_a_save_round_trip(tmp_path: Path) -> None:
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


async def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    async with showing(exchange(), tmp_path / "file" / "folder") as wire:
        await wire.press("s")
        await wire.seen("cannot be used")


@pytest.mark.parametrize(
    "spelled",
    [
        KEY,
        KEY.replace("-", "\\u002d"),
        "".join(f"\\u{ord(c):04X}" for c in KEY[:20]) + KEY[20:],
        KEY.replace("1", "\\\\u0031").replace("a", "\\u0061"),
    ],
)
async def test_the_key_is_never_shown(spelled: str, tmp_path: Path) -> None:
    data = f'data: {{"choices":[{{"delta":{{"content":"<{spelled}>"}}}}]}}\n\n'.encode()
    shown = exchange(*(data[start : start + 7] for start in range(0, len(data), 7)))
    shown.record(1, f"data: {{broken {spelled}\n\n: {spelled}\n\n".encode())
    shown.url += f"/{KEY}"
    async with showing(shown, tmp_path, size=(200, 30)) as wire:
        await wire.seen("broken")
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


async def test_thousands_of_events_are_one_widget_and_a_screenful_of_rows(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shown = exchange(*(event({"content": f"piece {number}"}) for number in range(20_000)))
    painted: list[int] = []
    render_line = LineView.render_line

    def counted(self: LineView, y: int) -> Any:
        painted.append(y)
        return render_line(self, y)

    masked: list[str] = []

    def mask(text: str) -> str:
        masked.append(text)
        return MASK(text)

    view = WireView(lambda: shown, mask, _nowhere())
    app = _App(view)
    async with app.run_test(size=(100, 30)) as pilot:
        wire = Harness(app, pilot)
        widgets = len(list(view.walk_children()))
        await wire.until(lambda: "20,000 events" in wire.text)
        assert '"piece 19999"' in wire.text
        assert widgets < 20
        assert len(list(view.walk_children())) == widgets
        assert wire.lines.virtual_size.height > 40_000
        # Only what is seen is painted and masked.
        assert len(masked) < 20_000 / 4
        monkeypatch.setattr(LineView, "render_line", counted)
        await wire.press("pageup")
        await wire.until(lambda: painted)
        assert max(painted) < wire.lines.size.height
        assert len(painted) < 4 * wire.lines.size.height


async def test_what_is_not_kept_any_longer_leaves_the_list() -> None:
    shown = exchange(*(event({"content": f"piece {number}"}) for number in range(300)))
    async with showing(shown) as wire:
        await wire.seen("piece 299")
        await wire.press("g")
        wire.lines.go_to_line(400)
        await wire.pilot.pause()
        first = wire.rows[2]
        assert "piece 200" in first

        shown._bytes = 2_000_000
        shown.record(999, b"data: [DONE]\n\n")
        assert 0 < shown.dropped < 200
        await wire.until(lambda: f"({shown.dropped:,})" in wire.all_text)
        assert '"piece 0"' not in wire.all_text
        assert wire.rows[2] == first


async def test_reads_that_were_dropped_unseen_break_nothing() -> None:
    shown = exchange(event({"content": "first"}))
    async with showing(shown) as wire:
        await wire.seen('"first"')
        await wire.press("p")
        for number in range(21_000):
            shown.record(number, b"data: {}\n\n")
        shown.record(1, event({"content": "last"}))
        await wire.press("p")
        await wire.seen('"last"')
        await wire.until(lambda: "20,000 events" in wire.text)


async def test_a_huge_body_is_shortened_at_both_places() -> None:
    messages = [{"role": "user", "content": f"message {number}"} for number in range(2000)]
    messages.append({"role": "user", "content": "x" * 1_000_000})
    shown = exchange(status=None, body=json.dumps({"messages": messages}))
    async with showing(shown) as wire:
        await wire.seen("none yet")
        text = wire.all_text
        assert "message 0" in text
        assert "lines are not shown" in text
        assert "more characters are not shown" in text
        assert "message 1999" in text
        assert wire.lines.virtual_size.height < 1000


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
async def test_bodies_that_are_no_event_stream(
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


async def test_another_width_keeps_every_character() -> None:
    shown = exchange(event({"content": "".join(f"{n}中" for n in range(100))}))
    async with showing(shown) as wire:
        await wire.seen("99中")
        await wire.pilot.resize_terminal(44, 20)
        await wire.until(lambda: max(map(len, wire.rows)) <= 44 and "99中" in wire.text)
        text = "".join(row.strip() for row in wire.all_text.splitlines())
        assert "".join(f"{n}中" for n in range(100)) in text


@pytest.mark.parametrize("key", ["escape", "q", "f12"])
async def test_closing_stops_only_the_view(key: str) -> None:
    provider = FakeProvider([TextDelta("half"), Hold()])
    provider.exchange = exchange(event({"content": "half"}))
    async with running_chat(provider) as chat:
        await chat.submit("hello")
        await chat.seen("half")
        await chat.pilot.press("f12")
        await chat.until(lambda: isinstance(chat.app.screen, WireView))
        await chat.seen("following")
        footer = chat.app.screen.query_one(KeyFooter)
        assert {keys for keys, _ in footer.keys} >= {"Esc", "f", "Space", "/", "r", "s"}

        await chat.pilot.press(key)
        await chat.until(lambda: chat.app.screen is chat.chat)
        assert chat.chat.is_busy
        assert provider.closed == 0
        await chat.pilot.press("escape")
        await chat.idle()
