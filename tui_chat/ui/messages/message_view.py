"""One message of the conversation: its author, its text and how it ended."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from tui_chat.core.conversation import MessageStatus, Role
from tui_chat.core.stream_events import ReasoningDelta, TextDelta, TextWasReasoning
from tui_chat.core.text.sanitize import SanitizingStream, sanitize
from tui_chat.core.tools.events import CallChanged, CallProgress
from tui_chat.ui.common.highlighted_text import marked, row_of
from tui_chat.ui.common.key_names import key_of, usual_key
from tui_chat.ui.common.message_labels import message_notice
from tui_chat.ui.markdown.document import Document, DocumentLink
from tui_chat.ui.messages.boundary_note import BoundaryNote
from tui_chat.ui.messages.message_header import MessageHeader
from tui_chat.ui.messages.message_markdown import MessageMarkdown
from tui_chat.ui.messages.message_parts import MessageParts, parts_of
from tui_chat.ui.messages.question_text import QuestionText
from tui_chat.ui.messages.reasoning_block import ReasoningBlock
from tui_chat.ui.messages.reply_segments import ReplySegments, first_text, growth
from tui_chat.ui.terminal.painting.flat_background import FlatBackground
from tui_chat.ui.terminal.painting.size_updates import SingleLayout, WrappedText
from tui_chat.ui.terminal.textual_internals import NoActiveAppError

if TYPE_CHECKING:
    import re

    from textual.app import ComposeResult
    from textual.widget import Widget

    from tui_chat.core.conversation import Message
    from tui_chat.core.find_in_conversation import Marks
    from tui_chat.core.stream_events import StreamEvent
    from tui_chat.ui.markdown.document import CodeBlock
    from tui_chat.ui.objects.object_body import ObjectBody
    from tui_chat.ui.tools.call_block import CallBlock
    from tui_chat.ui.tools.waiting_calls import WaitingCalls


_MOST_SEARCHED: Final = 20_000
"""Characters of a question or an object that are searched for links."""
EDGE_CELLS: Final = 3
"""Cells beside the text of a message: its border and a blank on both sides."""


class MessageView(SingleLayout, Vertical, FlatBackground, can_focus=True):
    """A message with its border. A reply grows while it streams."""

    # Letters typed after a click are meant for the prompt: see MessageList.on_click.
    FOCUS_ON_CLICK = False

    DEFAULT_CSS = """
    MessageView {
        height: auto;
        padding: 0 0 1 0;
        & > .body {
            height: auto;
            margin: 0;
            padding: 0 1 0 1;
            border-left: wide $secondary;
        }
        & > .notice {
            height: auto;
            padding: 0 1 0 2;
            color: $text-muted;
        }
        &.user > .body { border-left: wide $accent; }
        &.user > MessageHeader { color: $text-accent; }
        &.failed > .notice { color: $text-error; }
        &.interrupted > .notice { color: $text-warning; }
        &:focus > .body { border-left: outer $primary; background: $boost; }
        &:focus > MessageHeader { color: $text-primary; }
    }
    """

    def __init__(
        self,
        message: Message,
        version: tuple[int, int] = (1, 1),
        *,
        note: str = "",
        is_answered_elsewhere: bool = False,
        document: Document | None = None,
        waiting: WaitingCalls | None = None,
    ) -> None:
        """Create the view of a message in any state.

        Args:
            message: The message.
            version: The number of this version, counted from 1, and the number of versions.
            note: The label above it: see `boundary_label`.
            is_answered_elsewhere: Whether another process is writing it.
            document: Its text, if it was laid out already.
            waiting: The tool calls that wait for the user.
        """
        super().__init__(classes=message.role.value)
        self._message = message
        self._note = BoundaryNote(note) if note else None
        self._header = MessageHeader(message, version, is_answered_elsewhere=is_answered_elsewhere)
        self._visible_reasoning = SanitizingStream()
        self._reasoning: ReasoningBlock | None = None
        self._marked: tuple[re.Pattern[str] | None, int | None] = (None, None)
        if message.reasoning:
            self._reasoning = ReasoningBlock(sanitize(message.reasoning))
        self._body: QuestionText | MessageMarkdown | ObjectBody
        if message.role is Role.ASSISTANT and message.structured is not None:
            self._body = _structured_body(message)
        elif message.role is Role.USER:
            self._body = QuestionText(sanitize(message.content))
        elif document is not None:
            self._body = MessageMarkdown(document=document, classes="body")
        else:
            is_live = message.status is MessageStatus.STREAMING and not message.tool_calls
            text = sanitize(first_text(message))
            self._body = MessageMarkdown(text, finished=not is_live, classes="body")
        self._segments: ReplySegments | None = None
        if not isinstance(self._body, Static):
            self._segments = ReplySegments(self, message, self._body, waiting)
        self._notice = WrappedText(classes="notice", markup=False)
        self._parts = MessageParts(message)

    @property
    def shown(self) -> Message:
        """The message in the state last shown, without the deltas that arrived since."""
        return self._message

    @property
    def code_blocks(self) -> list[CodeBlock]:
        """The code blocks, in order."""
        return self._segments.code_blocks if self._segments is not None else []

    @property
    def links(self) -> list[DocumentLink]:
        """The links of the Markdown, or the URLs in the text of other messages."""
        shown = [part.document for part in self.query(MessageMarkdown) if part.display]
        if not isinstance(self._body, MessageMarkdown):
            text = sanitize(self._message.content[:_MOST_SEARCHED])
            shown.append(Document(text, finished=True, keeps_breaks=True))
        found = [link for document in shown for link in document.links]
        found += [DocumentLink(it.name, it.url) for it in parts_of(self._message) if it.url]
        return list(dict.fromkeys(found))

    def landmarks(self, kind: str) -> list[int]:
        """Return the rows of headings or code blocks, from the top of this message.

        Args:
            kind: `heading` or `code`.
        """
        return self._segments.landmarks(kind) if self._segments is not None else []

    def position_of(self, row: int) -> tuple[Widget, tuple[int, int]] | None:
        """Return the position in the text at which a row of this message begins.

        It is valid at any width. None: the row is not one of Markdown.
        """
        for part in self.query(MessageMarkdown):
            top = part.region.y - self.region.y
            if part.display and top <= row < top + part.size.height:
                return part, part.document.position_of(row - top)
        return None

    def row_of(self, position: tuple[Widget, tuple[int, int]]) -> int | None:
        """Return the row of a position at the current width; None when it is not visible."""
        part, inside = position
        if not isinstance(part, MessageMarkdown) or not part.is_attached or not part.size:
            return None
        return part.region.y - self.region.y + part.document.row_of(inside)

    def compose(self) -> ComposeResult:
        """Build the parts of the message."""
        # Not earlier: the notice names keys, which only a mounted widget knows.
        self._show_end()
        if self._note is not None:
            yield self._note
        yield self._header
        if self._reasoning is not None:
            yield self._reasoning
        yield from self._segments.widgets if self._segments is not None else [self._body]
        yield self._parts
        yield self._notice

    def show_note(self, label: str) -> None:
        """Show a label above the message; an empty one removes it."""
        if self._note is not None:
            self._note.show(label)
        elif label:
            self._note = BoundaryNote(label)
            self.mount(self._note, before=0)

    def feed(self, event: StreamEvent) -> None:
        """Append a delta to a reply."""
        if (segments := self._segments) is None:
            return
        match event:
            case TextDelta(text):
                if self._reasoning is not None:
                    self._reasoning.finish()
                segments.append(text)
            case ReasoningDelta(text):
                self._reason(self._visible_reasoning.feed(text))
            case TextWasReasoning() if isinstance(self._body, MessageMarkdown):
                self._reason(segments.take_text(sanitize(first_text(self._message))))
                if self._reasoning is not None:
                    self._reasoning.finish()
            case CallChanged(call):
                segments.put(call)
            case CallProgress():
                segments.show_progress(event)
            case _:
                pass

    @property
    def calls(self) -> list[CallBlock]:
        """The blocks of the tool calls, in their order."""
        return self._segments.blocks if self._segments is not None else []

    def refresh_call(self, call_id: str) -> None:
        """Show that a tool call waits for the user, or no longer."""
        if self._segments is not None:
            self._segments.refresh_call(call_id)

    def finish(self, message: Message) -> None:
        """Show the final state of a reply."""
        self._message = message
        if self._segments is not None:
            self._segments.finish(message)
        if self._reasoning is not None:
            self._reasoning.append(self._visible_reasoning.finish())
            self._reasoning.finish()
        self._header.show(message)
        self._parts.show(message)
        self._show_end()

    def mark(self, marks: Marks | None) -> None:
        """Highlight the matches of a search; None removes the highlights."""
        message_id = self._message.id
        pattern = marks.pattern if marks is not None else None
        ordinal = marks.ordinal(message_id, in_reasoning=False) if marks is not None else None
        key = (pattern, ordinal)
        if key != self._marked:
            self._marked = key
            if isinstance(self._body, Static):
                self._body.update(marked(self, sanitize(self._message.content), pattern, ordinal))
            elif not isinstance(self._body, MessageMarkdown):
                _mark_object(self._body, pattern, ordinal)
            elif self._segments is not None:
                self._segments.mark(pattern, ordinal)
        if self._reasoning is not None:
            inner = marks.ordinal(message_id, in_reasoning=True) if marks is not None else None
            self._reasoning.mark(pattern, inner)

    def marked_row(self) -> int | None:
        """Return the row of the current match in this message; None when it is not here."""
        body, reasoning = self._body, self._reasoning
        if reasoning is not None and (row := reasoning.marked_row()) is not None:
            return reasoning.virtual_region.y + row
        pattern, ordinal = self._marked
        row = None
        if isinstance(body, MessageMarkdown):
            return self._segments.marked_row() if self._segments is not None else None
        if isinstance(body, Static):
            row = row_of(body, sanitize(self._message.content), pattern, ordinal)
        elif ordinal is not None:
            # The match may be in the text around the object, which is not shown.
            row = (body.object_tree.reveal_mark() if body.view == "tree" else None) or 0
        return body.virtual_region.y + row if row is not None else None

    def flip_form(self) -> str:
        """Show an object in its next view, or formulas as source; return the name of the view.

        Returns:
            An empty text when there is nothing to show otherwise.
        """
        if isinstance(self._body, MessageMarkdown):
            return self._segments.flip_formulas() if self._segments is not None else ""
        if isinstance(self._body, Static):
            return ""
        return self._body.flip()

    def grow(self, message: Message) -> bool:
        """Show a later state of a streaming reply.

        Returns:
            False when its text is not the text shown so far and more; it needs a new view then.
        """
        shown = self._message
        if shown.role is Role.USER or shown.status is not MessageStatus.STREAMING:
            return False
        if not message.content.startswith(shown.content):
            return False
        if not message.reasoning.startswith(shown.reasoning):
            return False
        for event in growth(shown, message):
            self.feed(event)
        if message.status is MessageStatus.STREAMING:
            self._message = message
        else:
            self.finish(message)
        return True

    def show_unsaved(self, is_unsaved: bool) -> None:
        """Show or hide the mark of an unsaved message; a streaming reply has none."""
        self._header.show_unsaved(
            is_unsaved and self._message.status is not MessageStatus.STREAMING
        )

    def show_version(self, version: tuple[int, int]) -> None:
        """Show the number of this version, counted from 1, and the number of versions."""
        if self._message.status is not MessageStatus.STREAMING:
            self._header.show(self._message, version)

    @property
    def can_fold(self) -> bool:
        """True if there is reasoning or a long question to fold."""
        is_long = isinstance(self._body, QuestionText) and self._body.is_long
        return is_long or self._reasoning is not None

    @property
    def may_have_formulas(self) -> bool:
        """True if the Markdown has signs with which formulas begin."""
        if not isinstance(self._body, MessageMarkdown):
            return False
        return "$" in self._message.content or "\\" in self._message.content

    def toggle_fold(self) -> bool:
        """Fold or unfold reasoning or a long question; return False when there is none."""
        if isinstance(self._body, QuestionText) and self._body.toggle():
            return True
        if self._reasoning is None:
            return False
        self._reasoning.toggle()
        return True

    def _reason(self, text: str) -> None:
        if self._reasoning is None:
            self._reasoning = ReasoningBlock(is_live=True)
            if self.is_attached:
                self.mount(self._reasoning, after=self._header)
        self._reasoning.append(text)

    def _key(self, binding: str) -> str:
        # Before its app runs, a view names the default keys.
        try:
            return key_of(self.app, binding)
        except NoActiveAppError:
            return usual_key(binding)

    def _show_end(self) -> None:
        status = self._message.status
        for name in (MessageStatus.FAILED, MessageStatus.INTERRUPTED, MessageStatus.CANCELLED):
            self.set_class(status is name, name.value)
        text = sanitize(message_notice(self._message, self._key))
        self._notice.update(Content(text))
        self._notice.display = bool(text)
        # The status line or the notice reports an empty reply.
        has_text = bool(first_text(self._message))
        if self._segments is not None:
            self._segments.note_display(has_text=has_text)
        else:
            self._body.display = has_text


def _structured_body(message: Message) -> ObjectBody:
    # Imported only for conversations with structured answers.
    from tui_chat.ui.objects.object_body import ObjectBody

    return ObjectBody(message, is_live=message.status is MessageStatus.STREAMING)


def _mark_object(body: ObjectBody, pattern: re.Pattern[str] | None, ordinal: int | None) -> None:
    from tui_chat.structured.json_path import path_of_match

    evaluation, path = body.evaluation, None
    if evaluation is not None and pattern is not None and ordinal is not None:
        path = path_of_match(evaluation, pattern, ordinal)
    body.object_tree.mark(pattern, path)
