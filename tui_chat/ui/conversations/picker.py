"""The list of conversations with search and trash (Ctrl+O)."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, ClassVar, Final

from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, OptionList
from textual.widgets.option_list import Option

from tui_chat.core.errors import StorageError
from tui_chat.core.labels import N_, _, ngettext
from tui_chat.core.search_query import Query, parse_query
from tui_chat.core.text.sanitize import sanitize, sanitize_line
from tui_chat.storage.trash import TrashEntry
from tui_chat.ui.common.footer_line import KeyFooter
from tui_chat.ui.common.key_names import live_keys
from tui_chat.ui.common.modal import Modal
from tui_chat.ui.common.result_lines import hit_content, trash_content
from tui_chat.ui.common.search_input import SearchInput
from tui_chat.ui.conversations.rename import Rename
from tui_chat.ui.terminal.input.key_queue import KeyWork
from tui_chat.ui.terminal.painting.size_updates import WrappedText

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine

    from textual.app import ComposeResult
    from textual.dom import DOMNode
    from textual.worker import Worker

    from tui_chat.session.library import ConversationLibrary
    from tui_chat.storage.async_store import AsyncStore
    from tui_chat.storage.search.ranked_results import SearchHit

LISTED: Final = 200
"""The most conversations that are listed; a search finds the rest."""
FOUND: Final = 100
"""The most search results that are listed."""
_PANEL_SIDES: Final = 8
"""Cells of the panel that are not text: border, padding, scroll bar."""
_PANEL_ROWS: Final = 8
"""Rows of the panel other than the list: border, padding, query, keys, two blank lines."""
_NOTE_ROWS: Final = 2
_KEYS: Final = (
    ("list.open", N_("open")),
    ("list.delete", N_("delete")),
    ("list.undo", N_("undo")),
    ("list.rename", N_("rename")),
    ("list.pin", N_("pin")),
    ("modal.close", N_("close")),
)
_TRASH_KEYS: Final = (
    ("list.open", N_("restore")),
    ("list.undo", N_("undo")),
    ("modal.close", N_("close")),
)


@dataclass(frozen=True, slots=True)
class Chosen:
    """The user's choice."""

    conversation_id: str
    message_id: str | None = None
    """None for the end of the conversation as it was left."""


class QueryInput(SearchInput):
    """The search field, with the keys of the list.

    They are not priority bindings of the screen: those would overtake letters typed before them.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "enter",
            "submit",
            N_("open"),
            id="list.open",
            tooltip=N_("Open; in the trash: restore"),
        ),
        Binding("down", "screen.move(1)", N_("down"), id="list.next", tooltip=N_("Next")),
        Binding("up", "screen.move(-1)", N_("up"), id="list.previous", tooltip=N_("Previous")),
        Binding(
            "pagedown", "screen.move(8)", N_("down"), id="list.page_down", tooltip=N_("Page down")
        ),
        Binding("pageup", "screen.move(-8)", N_("up"), id="list.page_up", tooltip=N_("Page up")),
        Binding(
            "ctrl+d",
            "screen.delete",
            N_("delete"),
            id="list.delete",
            tooltip=N_("Move the conversation to the trash"),
        ),
        Binding(
            "ctrl+underscore",
            "screen.undo",
            N_("undo"),
            id="list.undo",
            tooltip=N_("Undo the last delete"),
        ),
        Binding("f2", "screen.rename", N_("rename"), id="list.rename", tooltip=N_("Rename")),
        Binding("ctrl+t", "screen.pin", N_("pin"), id="list.pin", tooltip=N_("Pin or unpin")),
    ]


class ConversationPicker(Modal[Chosen]):
    """Lists and searches conversations; the result is the user's choice."""

    DEFAULT_CSS = """
    ConversationPicker {
        QueryInput, QueryInput:focus { padding: 0; }
        #conversations {
            height: auto; max-height: 100%; margin-top: 1; border: none; padding: 0;
            background: transparent;
        }
        #note { color: $text-muted; margin-top: 1; height: auto; }
        KeyFooter { padding: 0; margin-top: 1; }
    }
    """

    def __init__(
        self,
        store: AsyncStore,
        library: ConversationLibrary,
        *,
        query: str = "",
        kept_days: int = 30,
    ) -> None:
        super().__init__()
        self._store = store
        self._library = library
        self._kept_days = kept_days
        self._input = QueryInput(id="query")
        self._input.placeholder = _("Search titles and messages, #tags, trash:")
        self._input.value = query
        self._list = OptionList(id="conversations", markup=False)
        self._list.can_focus = False
        self._note = WrappedText("", id="note", markup=False)
        self._footer = KeyFooter()
        self._query = Query()
        self._found: list[SearchHit] | list[TrashEntry] = []
        self._is_current = asyncio.Event()
        self._listed: str | None = None
        """The text whose results are listed; None while they are read again."""
        self._early_moves = ("", 0)
        """A text, and the rows to move down as soon as its results are listed."""

    def compose(self) -> ComposeResult:
        """Build the panel."""
        with Vertical(id="panel") as panel:
            panel.border_title = _("Conversations")
            yield self._input
            yield self._list
            yield self._note
            yield self._footer

    def on_mount(self) -> None:
        """List the conversations."""
        # The keys work from the input, which may get the focus after the list is filled.
        self.watch(self, "focused", self._show_keys, init=False)
        self._input.focus()
        self._input.cursor_position = len(self._input.value)
        self._refill()

    def on_resize(self) -> None:
        """Keep room for the keys below a long list."""
        self._limit_height()

    def _limit_height(self) -> None:
        note = _NOTE_ROWS if self._note.display else 0
        rows = self.size.height * 85 // 100 - _PANEL_ROWS - note
        self._list.styles.max_height = max(2, rows)

    def key_group(self) -> tuple[str, list[DOMNode]]:
        """Return the heading and the widget of the keys, for the key help."""
        return _("In the list of conversations"), [self._input]

    @property
    def _highlighted(self) -> SearchHit | TrashEntry | None:
        index = self._list.highlighted
        return self._found[index] if index is not None and index < len(self._found) else None

    # Listing

    @on(Input.Changed)
    def _search(self) -> None:
        self._refill()

    def _refill(self, index: int = 0, note: str = "") -> None:
        self._is_current.clear()
        self._listed = None
        # The latest wins: an outdated search is cancelled, or never begins.
        fill: Callable[[], Coroutine[None, None, None]] = partial(self._fill, index, note)
        _: Worker[None] = self.run_worker(
            fill, group="search", exclusive=True, description="search"
        )

    async def _fill(self, index: int = 0, note: str = "") -> None:
        text = self._input.value
        query = parse_query(text)
        try:
            found = await self._query_store(text, query)
            nothing = _nothing_text(query) if not found else ""
        except StorageError as error:
            found, nothing = [], error.message
        if self._input.value != text:
            # Outdated: the search for the newer text is running.
            return
        self._found = found
        self._query = query
        self._listed = text
        self._show(index)
        self._move_early(text)
        self._note.update(Content(sanitize(note or nothing or self._trash_text(query))))
        self._note.display = bool(self._note.render())
        self._limit_height()
        self._show_keys()
        self._is_current.set()

    async def _query_store(self, text: str, query: Query) -> list[SearchHit] | list[TrashEntry]:
        if query.is_in_trash:
            return await self._store.trash(LISTED, query.terms)
        return await self._store.search(text, FOUND if query.terms else LISTED)

    def _show(self, index: int) -> None:
        now = datetime.now().astimezone()
        width = max(20, min(self.size.width * 9 // 10, 90) - _PANEL_SIDES)
        pieces = self._query.terms
        self._list.clear_options()
        self._list.add_options(
            Option(
                trash_content(found, pieces, width, now)
                if isinstance(found, TrashEntry)
                else hit_content(found, pieces, width, now)
            )
            for found in self._found
        )
        self._list.highlighted = min(index, len(self._found) - 1) if self._found else None

    def _trash_text(self, query: Query) -> str:
        if not query.is_in_trash:
            return ""
        return ngettext(
            "The trash is deleted permanently after {count} day.",
            "The trash is deleted permanently after {count} days.",
            self._kept_days,
        )

    def _show_keys(self) -> None:
        keys = live_keys(self)
        wanted = _TRASH_KEYS if self._query.is_in_trash else _KEYS
        self._footer.show([(keys[key], _(label)) for key, label in wanted if key in keys])

    def action_move(self, step: int) -> None:
        """Move the highlight."""
        text = self._input.value
        if self._listed != text:
            # Typed ahead of the results, often together with Enter.
            before = self._early_moves[1] if self._early_moves[0] == text else 0
            self._early_moves = text, before + step
        elif self._found:
            current = self._list.highlighted or 0
            self._list.highlighted = max(0, min(len(self._found) - 1, current + step))

    def _move_early(self, text: str) -> None:
        """Do the moves that were asked for before the results were listed."""
        moved_text, step = self._early_moves
        self._early_moves = "", 0
        if moved_text == text and step:
            self.action_move(step)

    # Opening

    @on(Input.Submitted)
    @on(OptionList.OptionSelected)
    def _choose(self) -> None:
        self.run_worker(self._open(), group=KeyWork.CHOOSE, exclusive=True, description="choose")

    async def _open(self) -> None:
        # Enter may come before the search for the typed text is done.
        await self._is_current.wait()
        found = self._highlighted
        if isinstance(found, TrashEntry):
            await self._reporting(self._restore(found))
        elif found is not None:
            self.dismiss(Chosen(found.conversation_id, found.message_id))

    async def _restore(self, entry: TrashEntry) -> None:
        message_id = await self._library.restore(entry)
        self.dismiss(Chosen(entry.conversation_id, message_id))

    # Changing

    def action_delete(self) -> None:
        """Move the highlighted conversation to the trash."""
        self._change(self._delete)

    def action_undo(self) -> None:
        """Restore the conversation that was deleted last from here."""
        self.run_worker(self._reporting(self._undo()), group=KeyWork.CHANGE, description="undo")

    def action_rename(self) -> None:
        """Open the rename dialog at once: the next keys are meant for it."""
        found = self._highlighted
        if found is None or isinstance(found, TrashEntry):
            self.app.bell()
            return

        def rename(title: str | None) -> None:
            if title is not None:
                self._change(partial(self._rename, title), found)

        self.app.push_screen(Rename(found.title), rename)

    def action_pin(self) -> None:
        """Pin or unpin the highlighted conversation."""
        self._change(self._pin)

    def _change(
        self, change: Callable[[SearchHit], Awaitable[None]], found: SearchHit | None = None
    ) -> None:
        self.run_worker(
            self._changed(change, found), group=KeyWork.CHANGE, description="change a conversation"
        )

    async def _changed(
        self, change: Callable[[SearchHit], Awaitable[None]], given: SearchHit | None
    ) -> None:
        await self._is_current.wait()
        found = given or self._highlighted
        if found is None or isinstance(found, TrashEntry):
            self.app.bell()
        else:
            await self._reporting(change(found))

    async def _reporting(self, work: Awaitable[None]) -> None:
        try:
            await work
        except StorageError as error:
            self._refill(self._list.highlighted or 0, error.message)

    async def _delete(self, hit: SearchHit) -> None:
        await self._library.delete(hit.conversation_id)
        undo = live_keys(self).get("list.undo", "")
        name = sanitize_line(hit.title, 40) or _("Draft")
        note = _("Moved “{title}” to the trash. {key} restores it.").format(title=name, key=undo)
        self._refill(self._list.highlighted or 0, note)

    async def _undo(self) -> None:
        conversation_id = await self._library.undo()
        if conversation_id is None:
            self._refill(note=_("Nothing was deleted here. “trash:” shows the trash."))
            return
        conversation = await self._store.conversation(conversation_id)
        title = sanitize_line(conversation.title, 40) if conversation is not None else ""
        note = _("Restored “{title}”.").format(title=title or _("Draft"))
        await self._list_around(conversation_id, note)

    async def _rename(self, title: str, hit: SearchHit) -> None:
        await self._library.rename(hit.conversation_id, title)
        await self._list_around(hit.conversation_id)

    async def _pin(self, hit: SearchHit) -> None:
        await self._library.toggle_pinned(hit.conversation_id)
        await self._list_around(hit.conversation_id)

    async def _list_around(self, conversation_id: str, note: str = "") -> None:
        """Refill the list and highlight a conversation."""
        await self._fill(note=note)
        ids = [found.conversation_id for found in self._found]
        if conversation_id in ids:
            self._list.highlighted = ids.index(conversation_id)


def _nothing_text(query: Query) -> str:
    """Return the text for an empty list."""
    if query.is_in_trash:
        return _("No match in the trash.") if query.terms else _("The trash is empty.")
    return _("No match.") if query.terms else _("No conversation is saved yet.")
