"""Searches, lists and changes conversations: the content of Ctrl+O and of the side panel."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

from textual import on
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message as TextualMessage
from textual.widgets import Input

from tui_chat.core.errors import StorageError
from tui_chat.core.labels import N_, _, join_sentences, ngettext
from tui_chat.core.search_query import Query, parse_query
from tui_chat.core.text.sanitize import sanitize, sanitize_line
from tui_chat.storage.trash import TrashEntry
from tui_chat.ui.common.footer_line import KeyFooter
from tui_chat.ui.common.key_names import live_keys
from tui_chat.ui.conversations.conversation_list import ConversationList
from tui_chat.ui.conversations.query_input import QueryInput
from tui_chat.ui.conversations.rename import Rename
from tui_chat.ui.terminal.input.key_queue import KeyWork
from tui_chat.ui.terminal.painting.size_updates import WrappedText

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine

    from textual.app import ComposeResult
    from textual.worker import Worker

    from tui_chat.session.library import ConversationLibrary
    from tui_chat.storage.async_store import AsyncStore
    from tui_chat.storage.search.ranked_results import SearchHit

LISTED: Final = 200
"""The most conversations that are listed; a search finds the rest."""
FOUND: Final = 100
"""The most search results that are listed."""
_FIXED_ROWS: Final = 4
"""Rows other than the list and the note: query, keys, two blank lines."""
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


class ConversationBrowser(Vertical):
    """A search field over a list of conversations."""

    DEFAULT_CSS = """
    ConversationBrowser {
        height: auto;
        QueryInput, QueryInput:focus { padding: 0; }
        ConversationList { margin-top: 1; }
        #note { color: $text-muted; margin-top: 1; height: auto; }
        KeyFooter { padding: 0; margin-top: 1; }
    }
    """

    @dataclass
    class Picked(TextualMessage):
        """The user chose a conversation."""

        choice: Chosen

    class Filled(TextualMessage):
        """The list was read again."""

    class Changed(TextualMessage):
        """A conversation was deleted, restored, renamed or pinned here."""

    def __init__(
        self,
        store: Callable[[], AsyncStore],
        library: ConversationLibrary,
        conversation_list: ConversationList,
        *,
        query: str = "",
        kept_days: int = 30,
    ) -> None:
        """Create an empty list; `refill` fills it.

        Args:
            store: Returns the current store.
            library: Changes conversations.
            conversation_list: The widget for the entries.
            query: The search text to begin with.
            kept_days: The days until the trash is emptied.
        """
        super().__init__()
        self.input = QueryInput(self.act)
        self.input.placeholder = _("Search titles and messages, #tags, trash:")
        self.input.value = query
        self.list = conversation_list
        self.empty_hint: Callable[[], str] = str
        """Returns a sentence to show before anything was saved."""
        self._current_store = store
        self._library = library
        self._kept_days = kept_days
        self._note = WrappedText("", id="note", markup=False)
        self._footer = KeyFooter()
        self._query = Query()
        self._limit = LISTED
        self._is_current = asyncio.Event()
        self._listed: str | None = None
        """The text whose results are listed; None while they are read again."""
        self._early_moves = ("", 0)
        """A text, and the rows to move down as soon as its results are listed."""

    def compose(self) -> ComposeResult:
        """Build the search field, the list and the lines below it."""
        yield self.input
        yield self.list
        yield self._note
        yield self._footer

    def on_mount(self) -> None:
        """List the conversations."""
        # The keys work from the input, which may get the focus after the list is filled.
        self.watch(self.screen, "focused", self._show_keys, init=False)
        self.input.cursor_position = len(self.input.value)
        self.refill()

    @property
    def rows_around(self) -> int:
        """The rows of everything but the list."""
        return _FIXED_ROWS + (_NOTE_ROWS if self._note.display else 0)

    def act(self, name: str, step: int = 0) -> None:
        """Do what a key means."""
        if name == "move":
            self._move(step)
        else:
            actions: dict[str, Callable[[], None]] = {
                "delete": lambda: self._change(self._delete),
                "undo": self._start_undo,
                "rename": self._start_rename,
                "pin": lambda: self._change(self._pin),
            }
            actions[name]()

    @property
    def _highlighted(self) -> SearchHit | TrashEntry | None:
        index = self.list.highlighted
        return self.list.found[index] if index is not None else None

    # Listing

    @on(Input.Changed)
    def _search(self) -> None:
        self._limit = LISTED
        self.refill()

    @on(ConversationList.EndNeared)
    def _list_more(self) -> None:
        if len(self.list.found) >= self._limit and not self._query.terms:
            self._limit += LISTED
            self.refill(self.list.highlighted or 0)

    def refill(self, index: int = 0, note: str = "") -> None:
        """Read the list again.

        Args:
            index: The entry to highlight.
            note: A text below the list.
        """
        self._is_current.clear()
        self._listed = None
        # The latest wins: an outdated search is cancelled, or never begins.
        fill: Callable[[], Coroutine[None, None, None]] = partial(self._fill, index, note)
        _: Worker[None] = self.run_worker(
            fill, group="search", exclusive=True, description="search"
        )

    def refresh_list(self) -> None:
        """Read the list again; the highlight stays at its conversation."""
        found = self._highlighted
        if found is None:
            self.refill()
            return
        self.run_worker(
            self._list_around(found.conversation_id),
            group="search",
            exclusive=True,
            description="search",
        )

    async def _fill(self, index: int = 0, note: str = "") -> None:
        text = self.input.value
        query = parse_query(text)
        try:
            found = await self._query_store(text, query)
            nothing = _nothing_text(query, self.empty_hint()) if not found else ""
        except StorageError as error:
            found, nothing = [], error.message
        if self.input.value != text:
            # Outdated: the search for the newer text is running.
            return
        self._query = query
        self.list.show(found, query.terms, index)
        self._listed = text
        self._move_early(text)
        self._note.update(Content(sanitize(note or nothing or self._trash_text(query))))
        self._note.display = bool(self._note.render())
        self._show_keys()
        self.post_message(self.Filled())
        self._is_current.set()

    async def _query_store(self, text: str, query: Query) -> list[SearchHit] | list[TrashEntry]:
        if query.is_in_trash:
            return await self._current_store().trash(LISTED, query.terms)
        limit = FOUND if query.terms else self._limit
        found = await self._current_store().search(text, limit)
        return found if query.terms else self.list.in_order(found)

    def _move(self, step: int) -> None:
        """Move the highlight, in the results of the typed text."""
        text = self.input.value
        if self._listed != text:
            # Typed ahead of the results, often together with Enter.
            before = self._early_moves[1] if self._early_moves[0] == text else 0
            self._early_moves = text, before + step
        else:
            self.list.move(step)

    def _move_early(self, text: str) -> None:
        """Do the moves that were asked for before the results were listed."""
        moved_text, step = self._early_moves
        self._early_moves = "", 0
        if moved_text == text and step:
            self.list.move(step)

    def _trash_text(self, query: Query) -> str:
        if not query.is_in_trash:
            return ""
        return ngettext(
            "The trash is deleted permanently after {count} day.",
            "The trash is deleted permanently after {count} days.",
            self._kept_days,
        )

    def _show_keys(self) -> None:
        keys = live_keys(self.screen)
        wanted = _TRASH_KEYS if self._query.is_in_trash else _KEYS
        self._footer.show([(keys[key], _(label)) for key, label in wanted if key in keys])

    # Opening

    @on(Input.Submitted)
    @on(ConversationList.Selected)
    def _choose(self) -> None:
        self.run_worker(self._open(), group=KeyWork.CHOOSE, exclusive=True, description="choose")

    async def _open(self) -> None:
        # Enter may come before the search for the typed text is done.
        await self._is_current.wait()
        found = self._highlighted
        if isinstance(found, TrashEntry):
            await self._reporting(self._restore(found))
        elif found is not None:
            self.post_message(self.Picked(Chosen(found.conversation_id, found.message_id)))

    async def _restore(self, entry: TrashEntry) -> None:
        message_id = await self._library.restore(entry)
        self.post_message(self.Picked(Chosen(entry.conversation_id, message_id)))

    # Changing

    def _start_undo(self) -> None:
        self.run_worker(self._reporting(self._undo()), group=KeyWork.CHANGE, description="undo")

    def _start_rename(self) -> None:
        # At once: the next keys are meant for the dialog.
        found = self._highlighted
        if found is None or isinstance(found, TrashEntry):
            self.app.bell()
            return

        def rename(title: str | None) -> None:
            if title is not None:
                self._change(partial(self._rename, title), found)

        self.app.push_screen(Rename(found.title), rename)

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
            self.post_message(self.Changed())
        except StorageError as error:
            self.refill(self.list.highlighted or 0, error.message)

    async def _delete(self, hit: SearchHit) -> None:
        await self._library.delete(hit.conversation_id)
        undo = live_keys(self.screen).get("list.undo", "")
        name = sanitize_line(hit.title, 40) or _("Draft")
        note = _("Moved “{title}” to the trash. {key} restores it.").format(title=name, key=undo)
        self.refill(self.list.highlighted or 0, note)

    async def _undo(self) -> None:
        conversation_id = await self._library.undo()
        if conversation_id is None:
            self.refill(note=_("Nothing was deleted here. “trash:” shows the trash."))
            return
        conversation = await self._current_store().conversation(conversation_id)
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
        ids = [found.conversation_id for found in self.list.found]
        if conversation_id in ids:
            self.list.highlight(ids.index(conversation_id))


def _nothing_text(query: Query, hint: str) -> str:
    """Return the text for an empty list; a hint is added before anything was saved."""
    if query.is_in_trash:
        return _("No match in the trash.") if query.terms else _("The trash is empty.")
    if query.terms:
        return _("No match.")
    return join_sentences(_("No conversation is saved yet."), hint)
