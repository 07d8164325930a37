from __future__ import annotations

import json
from typing import Any

import pytest

from tests.ui.inspector.wire_app import MASK, Harness, WireApp, event, exchange, nowhere, showing
from tui_chat.ui.inspector.inspector_screen import WireView
from tui_chat.ui.text_view.line_view import LineView


@pytest.mark.slow
async def test_thousands_of_events_are_virtualized(
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

    view = WireView(lambda: shown, mask, nowhere())
    app = WireApp(view)
    async with app.run_test(size=(100, 30)) as pilot:
        wire = Harness(app, pilot)
        widgets = len(list(view.walk_children()))
        await wire.until(lambda: "20,000 events" in wire.text)
        assert '"piece 19999"' in wire.text
        assert widgets < 20
        assert len(list(view.walk_children())) == widgets
        assert wire.lines.virtual_size.height > 40_000
        # Only visible rows are painted and redacted.
        assert len(masked) < 20_000 / 4
        monkeypatch.setattr(LineView, "render_line", counted)
        await wire.press("pageup")
        await wire.until(lambda: painted)
        assert max(painted) < wire.lines.size.height
        assert len(painted) < 4 * wire.lines.size.height


async def test_dropped_reads_leave_the_list() -> None:
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
        await wire.until(lambda: f"… {shown.dropped:,} old read" in wire.all_text)
        assert '"piece 0"' not in wire.all_text
        assert wire.rows[2] == first


async def test_reads_dropped_before_display_break_nothing() -> None:
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


async def test_a_huge_body_is_truncated_in_request_and_response() -> None:
    messages = [{"role": "user", "content": f"message {number}"} for number in range(2000)]
    messages.append({"role": "user", "content": "x" * 1_000_000})
    shown = exchange(status=None, body=json.dumps({"messages": messages}))
    async with showing(shown) as wire:
        await wire.seen("none yet")
        text = wire.all_text
        assert "message 0" in text
        assert "lines hidden" in text
        assert "more characters hidden" in text
        assert "message 1999" in text
        assert wire.lines.virtual_size.height < 1000


async def test_rewrapping_keeps_every_character() -> None:
    shown = exchange(event({"content": "".join(f"{n}中" for n in range(100))}))
    async with showing(shown) as wire:
        await wire.seen("99中")
        await wire.pilot.resize_terminal(44, 20)
        await wire.until(lambda: max(map(len, wire.rows)) <= 44 and "99中" in wire.text)
        text = "".join(row.strip() for row in wire.all_text.splitlines())
        assert "".join(f"{n}中" for n in range(100)) in text
