"""The Markdown widget in a running app."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from textual.app import App
from textual.containers import VerticalScroll
from textual.widgets import Markdown

from tests.ui.bare import strips_of
from tui_chat.ui.messages import delta_queue
from tui_chat.ui.messages.message_markdown import MessageMarkdown

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.app import ComposeResult
    from textual.pilot import Pilot

    from tui_chat.ui.common.links import LinkWanted


_SGR = re.compile(r"\x1b\[[\d;]*m")


class _App(App[None]):
    CSS = "VerticalScroll { padding: 1 2; scrollbar-size: 0 0; }"

    def __init__(self, widget: MessageMarkdown) -> None:
        super().__init__()
        self.widget = widget
        self.clicked: list[str] = []
        self.wanted: list[str] = []

    def compose(self) -> ComposeResult:
        with VerticalScroll():
            yield self.widget

    def on_markdown_link_clicked(self, event: Markdown.LinkClicked) -> None:
        self.clicked.append(event.href)

    def on_link_wanted(self, event: LinkWanted) -> None:
        self.wanted.append(event.target)


def _rows(widget: MessageMarkdown) -> list[str]:
    """Return the screen rows of the widget."""
    region = widget.content_region
    strips = strips_of(widget.screen)
    return [
        strip.crop(region.x, region.right).text.rstrip()
        for strip in strips[region.y : region.bottom]
    ]


async def _until(pilot: Pilot[None], happened: Callable[[], bool]) -> None:
    for _ in range(200):
        if happened():
            return
        await pilot.pause(0.01)
    raise AssertionError("It never happened")


async def test_text_is_shown_without_child_widgets() -> None:
    widget = MessageMarkdown("# Hi\n\n- *one*\n- two", finished=True)
    async with _App(widget).run_test(size=(40, 12)) as pilot:
        await pilot.pause()

        assert _rows(widget) == ["Hi", "", " • one", " • two"]
        assert not widget.children
        assert isinstance(widget, Markdown)


async def test_text_from_a_stream_is_shown_and_the_clock_stops() -> None:
    widget = MessageMarkdown()
    async with _App(widget).run_test(size=(40, 12)) as pilot:
        stream = Markdown.get_stream(widget)
        for piece in ("Some `co", "de` and\n\n", "```py\nx =", " 1\n", "```\n"):
            await stream.write(piece)
        await stream.stop()
        await _until(pilot, lambda: widget._queue.is_idle)
        await pilot.pause()

        assert _rows(widget) == ["Some code and", "", f"{'  py':32}1 ⧉", "  x = 1"]
        assert [code[:2] for code in widget.document.code_blocks] == [("py", "x = 1")]


async def test_update_replaces_the_text_and_an_open_fence_continues() -> None:
    widget = MessageMarkdown("old")
    async with _App(widget).run_test(size=(40, 12)) as pilot:
        await widget.update("```py\nx = 1\n")
        await widget.append("y = 2\n")
        widget.finish()
        await pilot.pause()

        assert widget.source == "```py\nx = 1\ny = 2\n"
        assert _rows(widget) == [f"{'  py':32}1 ⧉", "  x = 1", "  y = 2"]


async def test_text_appended_before_mounting_is_kept() -> None:
    widget = MessageMarkdown("one ")
    async with _App(widget).run_test(size=(40, 12)) as pilot:
        await pilot.pause()
        other = MessageMarkdown("three ")
        other._queue.append("four")
        await pilot.app.query_one(VerticalScroll).mount(other)
        await pilot.pause()

        assert other.source == "three four"
        assert _rows(other) == ["three four"]


async def test_a_burst_is_parsed_frame_by_frame_even_after_its_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(delta_queue, "BUDGET_S", 0.0)
    widget = MessageMarkdown()
    text = "A line of the flood.\n\n" * 2000
    async with _App(widget).run_test(size=(40, 12)) as pilot:
        widget.append(text)

        assert 0 < len(widget.document.source) < len(text)
        assert widget.source == text
        widget.finish()
        assert len(widget.document.source) < len(text)
        assert widget.source == text
        monkeypatch.setattr(delta_queue, "BUDGET_S", 1.0)
        await _until(pilot, lambda: widget.document.finished)
        assert widget.document.source == text
        assert widget._queue.is_idle


async def test_a_slow_terminal_gets_no_more_frames(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    widget = MessageMarkdown()
    async with _App(widget).run_test(size=(40, 12)) as pilot:
        monkeypatch.setattr(delta_queue, "is_behind", lambda app: True)
        widget.append("one ")
        widget.append("two")
        widget.finish()
        await pilot.pause(0.1)
        assert widget.document.source == ""
        assert widget.source == "one two"

        monkeypatch.setattr(delta_queue, "is_behind", lambda app: False)
        await _until(pilot, lambda: widget.document.finished and _rows(widget) == ["one two"])


async def test_text_after_a_pending_end_continues_the_message(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(delta_queue, "BUDGET_S", 0.0)
    widget = MessageMarkdown()
    text = "A line of the flood.\n\n" * 200
    async with _App(widget).run_test(size=(40, 12)) as pilot:
        widget.append(text)
        widget.finish()
        widget.append("And more.")
        await _until(pilot, lambda: widget._queue.is_idle)
        assert widget.document.source == f"{text}And more."
        assert not widget.document.finished


async def test_rows_follow_the_width() -> None:
    widget = MessageMarkdown("one two three four five", finished=True)
    async with _App(widget).run_test(size=(40, 12)) as pilot:
        await pilot.pause()
        assert _rows(widget) == ["one two three four five"]

        await pilot.resize_terminal(14, 12)
        await pilot.pause()

        assert _rows(widget) == ["one two", "three four", "five"]


async def test_changed_rows_are_repainted_without_a_layout() -> None:
    widget = MessageMarkdown("| a | b |\n|---|---|\n| 1 | 2 |\n\nend")
    async with _App(widget).run_test(size=(40, 12)) as pilot:
        await pilot.pause()
        layouts = widget._layout_updates

        widget.append(" of it")
        await pilot.pause()

        assert _rows(widget)[-1] == "end of it"
        assert widget._layout_updates == layouts


async def test_a_wider_column_repaints_the_rows_above() -> None:
    widget = MessageMarkdown("| a | b |\n|---|---|\n| 1 | 2 |\n| 1")
    async with _App(widget).run_test(size=(40, 12)) as pilot:
        await pilot.pause()

        widget.append("000 | x |")
        await pilot.pause()

        assert _rows(widget) == ["a    │ b", "─────┼──", "1    │ 2", "1000 │ x"]


async def test_a_theme_changes_colours_and_not_the_document() -> None:
    widget = MessageMarkdown("# Hi\n\n`code`\n\n```py\nx = 'y'\n```", finished=True)
    app = _App(widget)
    async with app.run_test(size=(40, 12)) as pilot:
        await pilot.pause()
        document, height = widget.document, widget.document.height
        seen = set()
        for theme in app.available_themes:
            app.theme = theme
            await pilot.pause()
            styles = [segment.style for y in range(height) for segment in widget.render_line(y)]
            assert all(styles)
            seen.add(str([(style.color, style.bgcolor) for style in styles if style]))

        assert widget.document is document
        assert len(seen) > len(app.available_themes) // 2


async def test_selected_text_is_logical_lines_and_highlighted() -> None:
    widget = MessageMarkdown("one two three four\n\n中文 text", finished=True)
    async with _App(widget).run_test(size=(15, 12)) as pilot:
        await pilot.pause()
        assert _rows(widget) == ["one two", "three four", "", "中文 text"]

        await pilot.mouse_down(widget, offset=(4, 0))
        await pilot.hover(widget, offset=(2, 3))
        await pilot.mouse_up(widget, offset=(2, 3))
        await pilot.pause()

        assert widget.screen.get_selected_text() == "two three four\n\n中文"
        selected = widget.selection_style.bgcolor
        plain, *painted = [
            segment for segment in widget.render_line(0) if segment.style and segment.text.strip()
        ]
        assert [(it.text.rstrip(), it.style and it.style.bgcolor) for it in painted] == [
            ("two", selected)
        ]
        # It can be read: without a colour of the theme, it keeps its own.
        assert [it.style and it.style.color for it in painted] == [
            plain.style and plain.style.color
        ]


@pytest.mark.parametrize("target", ["https://a.example/%1b", "mailto:a@b.example"])
async def test_a_link_shows_its_target_and_opens_when_clicked(target: str) -> None:
    widget = MessageMarkdown(f"see [this]({target}) now", finished=True)
    app = _App(widget)
    async with app.run_test(size=(40, 12), tooltips=True) as pilot:
        await pilot.pause()

        await pilot.hover(widget, offset=(5, 0))
        assert str(widget.tooltip) == target
        await pilot.hover(widget, offset=(1, 0))
        assert widget.tooltip is None
        await pilot.click(widget, offset=(5, 0))
        await pilot.pause()

        assert app.wanted == [target]
        assert len(app.clicked) == 1


def _terminal_links(widget: MessageMarkdown) -> list[tuple[str, str]]:
    """Return the text and the target of the terminal links in the first row."""
    _, *links = widget.render_line(0).render(widget.app.console).split("\x1b]8;id=")
    parts = [link.split("\x1b]8;;\x1b\\")[0].split("\x1b\\", 1) for link in links]
    return [(_SGR.sub("", words), start.partition(";")[2]) for start, words in parts]


@pytest.mark.parametrize(
    ("target", "marked"),
    [
        ("https://a.example/b?c=d", "https://a.example/b?c=d"),
        ("https://a.example/路 径", "https://a.example/%E8%B7%AF%20%E5%BE%84"),
        ("mailto:a@b.example", "mailto:a@b.example"),
        ("ftp://a.example", None),
        ("file-name.md", None),
        ("vscode:x", None),
        ("https://a.example/" + "a" * 3000, None),
    ],
)
async def test_safe_links_are_sent_to_the_terminal(
    target: str, marked: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    widget = MessageMarkdown(f"see [this](<{target}>) now", finished=True)
    async with _App(widget).run_test(size=(40, 12)) as pilot:
        await pilot.pause()

        assert _terminal_links(widget) == ([("this", marked)] if marked else [])


@pytest.mark.parametrize("term", ["linux", "dumb", "vt100", ""])
async def test_a_terminal_without_link_support_gets_no_links(
    term: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", term)
    widget = MessageMarkdown("see [this](https://a.example) now", finished=True)
    async with _App(widget).run_test(size=(40, 12)) as pilot:
        await pilot.pause()

        assert "\x1b]8" not in widget.render_line(0).render(widget.app.console)


async def test_the_headings_are_the_table_of_contents() -> None:
    widget = MessageMarkdown("# A\n\n## B *c*", finished=True)

    assert widget.table_of_contents == [(1, "A", None), (2, "B c", None)]
