from __future__ import annotations

from typing import TYPE_CHECKING

from tests.chat_app import running_chat
from tests.fakes import FakeProvider, Hold
from tests.ui.inspector.wire_app import KEY, event, exchange, showing
from tui_chat.core.stream_events import TextDelta
from tui_chat.ui.common.footer_line import KeyFooter
from tui_chat.ui.inspector.inspector_screen import WireView

if TYPE_CHECKING:
    import pytest


async def test_request_and_response_are_shown_completely() -> None:
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


async def test_without_a_request() -> None:
    async with showing(None) as wire:
        await wire.seen("No request yet")
        await wire.press("s", "n", "r", "f", "space")


async def test_a_pending_request_that_fails() -> None:
    shown = exchange(status=None)
    async with showing(shown) as wire:
        await wire.seen("no response yet")
        shown.status = 401
        shown.response_headers = {"content-type": "application/json"}
        shown.record(0.5, b'{"error": {"message": "Bad key ' + KEY.encode() + b'"}}')
        shown.ended = "The key was refused."

        await wire.seen("The key was refused.")
        assert "401 Unauthorized" in wire.text
        assert 'error      {"message": "Bad key ***"}' in wire.text
        assert '"message": "Bad key ***"' in wire.text


async def test_events_are_parsed_from_any_split_of_reads() -> None:
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


async def test_the_open_view_follows_new_events() -> None:
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


async def test_an_unchanged_view_is_not_redrawn(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = exchange(event({"content": "one"}))
    async with showing(shown) as wire:
        await wire.seen('"one"')
        drawn: list[object] = []
        for widget in wire.app.view.walk_children():
            monkeypatch.setattr(widget, "refresh", lambda *_, **__: drawn.append(1))
        for _ in range(5):
            wire.app.view._poll()
        assert not drawn


async def test_pause_freezes_the_view_while_recording_continues() -> None:
    shown = exchange(event({"content": "before"}))
    async with showing(shown) as wire:
        await wire.seen('"before"')
        await wire.press("space")
        shown.record(1, event({"content": "meanwhile"}))
        await wire.seen("paused · 1 more")
        assert "meanwhile" not in wire.text

        await wire.press("p")
        await wire.seen('"meanwhile"')
        assert "paused" not in wire.text


async def test_a_retry_replaces_the_request() -> None:
    requests = [exchange(status=None)]
    async with showing(lambda: requests[-1]) as wire:
        await wire.seen("no response yet")
        requests.append(exchange(event({"content": "second"})))
        await wire.seen('"second"')
        await wire.press("p")
        requests.append(exchange(event({"content": "third"})))
        await wire.seen("new request sent")
        assert "third" not in wire.text
        await wire.press("p")
        await wire.seen('"third"')
        assert '"second"' not in wire.text


async def test_search_highlights_counts_and_wraps_around() -> None:
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
        # New events are searched too; the current match is kept.
        shown.record(9, event({"content": "again Kraków"}))
        await wire.seen("3/4")

        await wire.press("slash", *"zzz", "enter")
        await wire.seen("no match")
        await wire.press("slash", "escape")
        await wire.until(lambda: "no match" not in wire.text)
        assert wire.app.screen is wire.app.view


async def test_a_match_in_a_long_line_is_scrolled_into_view() -> None:
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
        # The event in the first row is kept there.
        await wire.press("g")
        wire.lines.go_to_line(30)
        await wire.pilot.pause()
        assert "piece 30" in wire.rows[2]
        await wire.press("r")
        await wire.pilot.pause()
        assert "piece 30" in wire.rows[2]


async def test_closing_stops_only_the_view() -> None:
    provider = FakeProvider([TextDelta("half"), Hold()])
    provider.exchange = exchange(event({"content": "half"}))
    async with running_chat(provider) as chat:
        await chat.submit("hello")
        await chat.seen("half")
        for key in ("escape", "q", "f12"):
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
