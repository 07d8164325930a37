"""The parts of a reply with tool calls: text, calls, text, in the order in which they came."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui_chat.core.stream_events import ReasoningDelta, TextDelta
from tui_chat.core.text.sanitize import SanitizingStream, sanitize
from tui_chat.core.tools.events import CallChanged
from tui_chat.ui.messages.message_markdown import MessageMarkdown
from tui_chat.ui.tools.waiting_calls import WaitingCalls

if TYPE_CHECKING:
    import re
    from collections.abc import Iterator

    from textual.widget import Widget

    from tui_chat.core.conversation import Message
    from tui_chat.core.stream_events import StreamEvent
    from tui_chat.core.tools.call import ToolCall
    from tui_chat.core.tools.events import CallProgress
    from tui_chat.ui.markdown.document import CodeBlock
    from tui_chat.ui.objects.object_body import ObjectBody
    from tui_chat.ui.tools.call_block import CallBlock

    Body = MessageMarkdown | ObjectBody


class ReplySegments:
    """The widgets of a reply's text and calls. Text after a call begins a new widget.

    An object is shown by one widget, after all calls.
    """

    def __init__(
        self, view: Widget, message: Message, body: Body, waiting: WaitingCalls | None
    ) -> None:
        """Create the segments that a message has already.

        Args:
            view: The view of the message, in which new segments are mounted.
            message: The reply.
            body: The widget of its first text, or of its object.
            waiting: Knows which calls wait for the user; None for a view outside of a chat.
        """
        self._view = view
        self._message_id = message.id
        self._waiting = waiting or WaitingCalls()
        self._visible = SanitizingStream()
        self._blocks: dict[str, CallBlock] = {}
        self._body = body
        self._widgets: list[Widget] = [body]
        for text, call in _after_first(message):
            if text and isinstance(body, MessageMarkdown):
                # The text of a later round begins with blank lines.
                new = self._new_text(sanitize(text).lstrip("\n"), finished=True)
                self._widgets.append(new)
            if call is not None:
                self.put(call)
        self._note_order()

    @property
    def widgets(self) -> list[Widget]:
        """All segments, from the top."""
        return self._widgets

    @property
    def texts(self) -> list[MessageMarkdown]:
        """The texts, without an object."""
        return [it for it in self._widgets if isinstance(it, MessageMarkdown)]

    @property
    def blocks(self) -> list[CallBlock]:
        """The blocks of the calls, in their order."""
        return list(self._blocks.values())

    @property
    def code_blocks(self) -> list[CodeBlock]:
        """The code blocks of all texts."""
        return [block for text in self.texts for block in text.document.code_blocks]

    def landmarks(self, kind: str) -> list[int]:
        """Return the rows of headings or code blocks, from the top of the message."""
        rows: list[int] = []
        for text in self.texts:
            document = text.document
            marks = document.headings if kind == "heading" else document.code_blocks
            rows += [text.virtual_region.y + mark.row for mark in marks]
        return rows

    # Growing

    def append(self, text: str) -> None:
        """Append text, not sanitized."""
        if not isinstance(self._body, MessageMarkdown):
            # The nodes of an object are sanitized when they are drawn.
            self._body.append(text)
            self._body.display = True
            return
        last = self._widgets[-1]
        if not isinstance(last, MessageMarkdown):
            last = self._new_text()
            self._mount(last)
        last.append(self._visible.feed(text))
        last.display = True

    def put(self, call: ToolCall) -> None:
        """Show a call or a new state of it."""
        known = self._blocks.get(call.call_id)
        if known is not None:
            known.show(call)
            return
        # Imported only for conversations with tool calls.
        from tui_chat.ui.tools.call_block import CallBlock

        self._end_text()
        block = self._blocks[call.call_id] = CallBlock(call, self._message_id, self._waiting)
        self._mount(block)

    def show_progress(self, event: CallProgress) -> None:
        """Show the progress of a running call."""
        if (block := self._blocks.get(event.call_id)) is not None:
            block.show_progress(event)

    def refresh_call(self, call_id: str) -> None:
        """Show that a call waits for the user, or no longer."""
        if (block := self._blocks.get(call_id)) is not None:
            block.show(block.call)

    def take_text(self, kept: str) -> str:
        """Return and remove the text of the current request, which was reasoning.

        Args:
            kept: The text of an earlier request, which stays.
        """
        last = self._widgets[-1]
        if not isinstance(last, MessageMarkdown):
            return ""
        kept = kept if last is self._body else ""
        text = last.source + self._visible.finish()
        last.update(kept)
        last.display = bool(kept)
        return text[len(kept) :]

    def finish(self, message: Message) -> None:
        """Show the final state of the reply."""
        for call in message.tool_calls:
            self.put(call)
        if isinstance(self._body, MessageMarkdown):
            self._end_text()
        else:
            self._body.finish(message)

    def _new_text(self, text: str = "", *, finished: bool = False) -> MessageMarkdown:
        first_code = 1 + len(self.code_blocks)
        return MessageMarkdown(text, finished=finished, first_code=first_code, classes="body")

    def _end_text(self) -> None:
        last = self._widgets[-1]
        if isinstance(last, MessageMarkdown):
            last.append(self._visible.finish())
            last.finish()

    def _mount(self, widget: Widget) -> None:
        """Add a segment at the end; an object stays the last one."""
        is_object = not isinstance(self._body, MessageMarkdown)
        place = len(self._widgets) - 1 if is_object else len(self._widgets)
        self._widgets.insert(place, widget)
        if self._view.is_attached:
            if is_object:
                self._view.mount(widget, before=self._body)
            else:
                self._view.mount(widget, after=self._widgets[place - 1])
        self._note_order()

    def _note_order(self) -> None:
        """Leave a blank row between a call and its neighbours."""
        shown = [it for it in self._widgets if it.display]
        for block in self._blocks.values():
            index = shown.index(block)
            block.set_class(index > 0, "after")
            is_text_next = index + 1 < len(shown) and shown[index + 1].has_class("body")
            block.set_class(is_text_next, "before-text")

    def note_display(self, *, has_text: bool) -> None:
        """Show or hide the first text, or the object."""
        self._body.display = has_text
        self._note_order()

    # Searching

    def mark(self, pattern: re.Pattern[str] | None, ordinal: int | None) -> None:
        """Highlight the matches of a search; `ordinal` is the current match of all texts."""
        before = 0
        for text in self.texts:
            inner = None
            if pattern is not None and ordinal is not None:
                count = sum(1 for _found in pattern.finditer(text.source))
                inner = ordinal - before if before <= ordinal < before + count else None
                before += count
            text.mark(pattern, inner)

    def marked_row(self) -> int | None:
        """Return the row of the current match, from the top of the message."""
        for text in self.texts:
            row = text.painter.current_match_row()
            if row is not None:
                return text.virtual_region.y + row
        return None

    def flip_formulas(self) -> str:
        """Show formulas as source, or in Unicode again; return the name of the view."""
        names = [text.flip_formulas() for text in self.texts]
        return next((name for name in names if name), "")


def first_text(message: Message) -> str:
    """Return the text of a reply before its first call; the whole text of an object."""
    calls = message.tool_calls if message.structured is None else ()
    return message.content[: calls[0].text_end] if calls else message.content


def growth(shown: Message, message: Message) -> Iterator[StreamEvent]:
    """Yield the events that lead from a streaming reply to a later state of it."""
    if reasoning := message.reasoning[len(shown.reasoning) :]:
        yield ReasoningDelta(reasoning)
    end = len(shown.content)
    known = {call.call_id: call for call in shown.tool_calls}
    for call in message.tool_calls:
        if text := message.content[end : call.text_end]:
            yield TextDelta(text)
            end = call.text_end
        if known.get(call.call_id) != call:
            yield CallChanged(call)
    if text := message.content[end:]:
        yield TextDelta(text)


def _after_first(message: Message) -> Iterator[tuple[str, ToolCall | None]]:
    """Yield what follows the first text: each text with the call after it."""
    end = len(first_text(message))
    for call in message.tool_calls:
        yield message.content[end : call.text_end], call
        end = max(end, call.text_end)
    yield message.content[end:], None
