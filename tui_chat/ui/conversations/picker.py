"""Ctrl+O: the saved conversations, a search in all of them, and the trash."""

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
from tui_chat.core.search_query import Query, parse_query
from tui_chat.core.text.sanitize import sanitize, sanitize_line
from tui_chat.storage.trash import TrashEntry
from tui_chat.ui.common.key_footer import KeyFooter
from tui_chat.ui.common.key_names import live_keys
from tui_chat.ui.common.modal import Modal
from tui_chat.ui.common.result_lines import hit_content, trash_content
from tui_chat.ui.common.search_input import SearchInput
from tui_chat.ui.conversations.rename import Rename
from tui_chat.ui.terminal.key_queue import KeyWork
from tui_chat.ui.terminal.wrapped_text import WrappedText

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine

    from textual.app import ComposeResult
    from textual.dom import DOMNode
    from textual.worker import Worker

    from tui_chat.session.library import ConversationLibrary
    from tui_chat.storage.async_store import AsyncStore
    from tui_chat.storage.search.ranked_results import SearchHit

LISTED: Final = 200
"""How many conversations are listed; a search finds the rest."""
FOUND: Final = 100
_PANEL_SIDES: Final = 8
"""Cells of the panel that are not text: border, padding, scroll bar."""
_PANEL_ROWS: Final = 8
"""Rows of the panel beside the list: border, padding, query, keys, and two blank lines."""
_WORDS_ROWS: Final = 2
_KEYS: Final = (
    ("list.open", "open"),
    ("list.delete", "delete"),
    ("list.undo", "undo"),
    ("list.rename", "rename"),
    ("list.pin", "pin"),
    ("modal.close", "close"),
)
_TRASH_KEYS: Final = (
    ("list.open", "bring back"),
    ("list.undo", "undo"),
    ("modal.close", "close"),
)


@dataclass(frozen=True, slots=True)
class Chosen:
    """What a person opens."""

    conversation_id: str
    message_id: str | None = None
    """None: where the conversation was left."""


class QueryInput(SearchInput):
    """Where the query is written. The keys of the list work from here.

    They are not priority bindings of the screen: such overtake letters that were typed before.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "enter", "submit", "open", id="list.open", tooltip="Open; in the trash: bring back"
        ),
        Binding("down", "screen.move(1)", "down", id="list.next", tooltip="The next one"),
        Binding("up", "screen.move(-1)", "up", id="list.previous", tooltip="The one before"),
        Binding("pagedown", "screen.move(8)", "down", id="list.page_down", tooltip="Further down"),
        Binding("pageup", "screen.move(-8)", "up", id="list.page_up", tooltip="Further up"),
        Binding(
            "ctrl+d",
            "screen.delete",
            "delete",
            id="list.delete",
            tooltip="Put the conversation into the trash",
        ),
        Binding(
            "ctrl+underscore",
            "screen.undo",
            "undo",
            id="list.undo",
            tooltip="Undo the last delete",
        ),
        Binding("f2", "screen.rename", "rename", id="list.rename", tooltip="Rename"),
        Binding("ctrl+t", "screen.pin", "pin", id="list.pin", tooltip="Pin, or unpin"),
    ]


class ConversationPicker(Modal[Chosen]):
    """Lists and searches conversations; ends with what the person opens."""

    DEFAULT_CSS = """
    ConversationPicker {
        QueryInput, QueryInput:focus { padding: 0; }
        #conversations {
            height: auto; max-height: 100%; margin-top: 1; border: none; padding: 0;
            background: transparent;
        }
        #words { color: $text-muted; margin-top: 1; height: auto; }
        KeyFooter { padding: 0; margin-top: 1; }
    }
    """

    def __init__(
        self, store: AsyncStore, shelf: ConversationLibrary, *, query: str = "", kept_days: int = 30
    ) -> None:
        """Prepare.

        Args:
            store: What is searched.
            shelf: Renames, pins, deletes, brings back.
            query: What is looked for at first.
            kept_days: How long the trash holds what is in it.
        """
        super().__init__()
        self._store = store
        self._shelf = shelf
        self._kept_days = kept_days
        self._input = QueryInput(id="query")
        self._input.placeholder = "Search titles and messages, #tags, trash:"
        self._input.value = query
        self._list = OptionList(id="conversations", markup=False)
        self._list.can_focus = False
        self._words = WrappedText("", id="words", markup=False)
        self._footer = KeyFooter()
        self._query = Query()
        self._found: list[SearchHit] | list[TrashEntry] = []
        self._is_current = asyncio.Event()

    def compose(self) -> ComposeResult:
        """Build the panel."""
        with Vertical(id="panel") as panel:
            panel.border_title = "Conversations"
            yield self._input
            yield self._list
            yield self._words
            yield self._footer

    def on_mount(self) -> None:
        """List what there is."""
        # They work from the input, which may get the focus later than the list is there.
        self.watch(self, "focused", self._show_keys, init=False)
        self._input.focus()
        self._input.cursor_position = len(self._input.value)
        self._list_again()

    def on_resize(self) -> None:
        """Leave room for the keys below a long list."""
        self._leave_room()

    def _leave_room(self) -> None:
        words = _WORDS_ROWS if self._words.display else 0
        rows = self.size.height * 85 // 100 - _PANEL_ROWS - words
        self._list.styles.max_height = max(2, rows)

    def key_group(self) -> tuple[str, list[DOMNode]]:
        """Return whose keys work here, for the list of keys."""
        return "In the list of conversations", [self._input]

    @property
    def _highlighted(self) -> SearchHit | TrashEntry | None:
        index = self._list.highlighted
        return self._found[index] if index is not None and index < len(self._found) else None

    # Listing

    @on(Input.Changed)
    def _search(self) -> None:
        self._is_current.clear()
        self._list_again()

    def _list_again(self, index: int = 0, words: str = "") -> None:
        # The latest wins: a search that is not waited for any more ends by itself, or never begins.
        fill: Callable[[], Coroutine[None, None, None]] = partial(self._fill, index, words)
        _: Worker[None] = self.run_worker(
            fill, group="search", exclusive=True, description="search"
        )

    async def _fill(self, index: int = 0, words: str = "") -> None:
        text = self._input.value
        query = parse_query(text)
        try:
            found = await self._look_for(text, query)
            nothing = self._nothing_words(query) if not found else ""
        except StorageError as error:
            found, nothing = [], error.message
        if self._input.value != text:
            # Late: what is written by now is being searched for.
            return
        self._found = found
        self._query = query
        self._show(index)
        self._words.update(Content(sanitize(words or nothing or self._trash_words(query))))
        self._words.display = bool(self._words.render())
        self._leave_room()
        self._show_keys()
        self._is_current.set()

    async def _look_for(self, text: str, query: Query) -> list[SearchHit] | list[TrashEntry]:
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

    def _nothing_words(self, query: Query) -> str:
        if query.is_in_trash:
            return "Nothing of that is in the trash." if query.terms else "The trash is empty."
        return "Nothing found." if query.terms else "No conversation is saved yet."

    def _trash_words(self, query: Query) -> str:
        if not query.is_in_trash:
            return ""
        days = "a day" if self._kept_days == 1 else f"{self._kept_days} days"
        return f"What is in the trash is removed for good after {days}."

    def _show_keys(self) -> None:
        keys = live_keys(self)
        wanted = _TRASH_KEYS if self._query.is_in_trash else _KEYS
        self._footer.show([(keys[key], words) for key, words in wanted if key in keys])

    def action_move(self, step: int) -> None:
        """Move the highlight."""
        if self._found:
            current = self._list.highlighted or 0
            self._list.highlighted = max(0, min(len(self._found) - 1, current + step))

    # Opening

    @on(Input.Submitted)
    def _choose(self) -> None:
        self.run_worker(self._open(), group=KeyWork.CHOOSE, exclusive=True, description="choose")

    @on(OptionList.OptionSelected)
    def _choose_clicked(self) -> None:
        self._choose()

    async def _open(self) -> None:
        # Enter may come before what was typed has been looked for.
        await self._is_current.wait()
        found = self._highlighted
        if isinstance(found, TrashEntry):
            await self._told(self._bring_back(found))
        elif found is not None:
            self.dismiss(Chosen(found.conversation_id, found.message_id))

    async def _bring_back(self, entry: TrashEntry) -> None:
        message_id = await self._shelf.restore(entry)
        self.dismiss(Chosen(entry.conversation_id, message_id))

    # Changing

    def action_delete(self) -> None:
        """Put the highlighted conversation into the trash."""
        self._change(self._delete)

    def action_undo(self) -> None:
        """Bring back what was deleted last from here."""
        self.run_worker(self._told(self._undo()), group=KeyWork.CHANGE, description="undo")

    def action_rename(self) -> None:
        """Ask for another title, at once: what is typed next is meant for it."""
        found = self._highlighted
        if found is None or isinstance(found, TrashEntry):
            self.app.bell()
            return

        def rename(title: str | None) -> None:
            if title is not None:
                self._change(partial(self._rename, title), found)

        self.app.push_screen(Rename(found.title), rename)

    def action_pin(self) -> None:
        """Pin the highlighted conversation, or unpin it."""
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
            await self._told(change(found))

    async def _told(self, work: Awaitable[None]) -> None:
        try:
            await work
        except StorageError as error:
            self._list_again(self._list.highlighted or 0, error.message)

    async def _delete(self, hit: SearchHit) -> None:
        await self._shelf.delete(hit.conversation_id)
        undo = live_keys(self).get("list.undo", "undo")
        name = sanitize_line(hit.title, 40) or "The draft"
        words = f"“{name}” is in the trash; {undo} brings it back."
        self._list_again(self._list.highlighted or 0, words)

    async def _undo(self) -> None:
        conversation_id = await self._shelf.undo()
        if conversation_id is None:
            self._list_again(words="Nothing was deleted here just now; “trash:” shows the trash.")
            return
        conversation = await self._store.conversation(conversation_id)
        title = sanitize_line(conversation.title, 40) if conversation is not None else ""
        await self._list_around(conversation_id, f"“{title or 'The draft'}” is back.")

    async def _rename(self, title: str, hit: SearchHit) -> None:
        await self._shelf.rename(hit.conversation_id, title)
        await self._list_around(hit.conversation_id)

    async def _pin(self, hit: SearchHit) -> None:
        await self._shelf.toggle_pinned(hit.conversation_id)
        await self._list_around(hit.conversation_id)

    async def _list_around(self, conversation_id: str, words: str = "") -> None:
        """List again, with the highlight on a conversation."""
        await self._fill(words=words)
        ids = [found.conversation_id for found in self._found]
        if conversation_id in ids:
            self._list.highlighted = ids.index(conversation_id)
