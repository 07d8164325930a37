"""The list after `@`: follows what is typed, and attaches the chosen file."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final, Protocol

from tui_chat.ui.attachments.at_token import token_before, typed
from tui_chat.ui.attachments.file_listing import full_path, listing_for

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from pathlib import Path

    from tui_chat.ui.attachments.at_token import AtToken
    from tui_chat.ui.attachments.file_listing import FileListing
    from tui_chat.ui.attachments.file_menu import FileMenu
    from tui_chat.ui.common.chat_host import ChatHost
    from tui_chat.ui.prompt.prompt_input import PromptInput


_MOST_RESOURCES: Final = 20
"""Resources of servers that are listed before the files."""


class ResourceOffers(Protocol):
    """Resources that are listed beside the files."""

    def resources(self, wanted: str) -> list[str]:
        """Return the rows of the resources that contain a text."""

    def attach(self, row: str) -> bool:
        """Attach the resource of a row; return False for another row."""


class FileCompletion:
    """Shows the files that fit the name before the cursor.

    Attributes:
        offers: Resources beside the files; None for files alone.
    """

    def __init__(
        self,
        host: ChatHost,
        *,
        prompt: PromptInput,
        menu: FileMenu,
        here: Path,
        home: Path,
        attach: Callable[[Path | str], object],
    ) -> None:
        """Create it.

        Args:
            host: Runs the search.
            prompt: Holds the typed name.
            menu: The list over the prompt.
            here: The current folder.
            home: Replaces `~`.
            attach: Attaches a file, or the web page at an address.
        """
        self._host = host
        self._prompt = prompt
        self._menu = menu
        self._here = here
        self._home = home
        self._attach = attach
        self.offers: ResourceOffers | None = None
        self._listing: FileListing | None = None
        self._token: AtToken | None = None
        self._is_searching = False
        self._is_search_wanted = False
        self._left: tuple[int, int] | None = None
        """The place of a name whose list was closed by the user."""

    def note_change(self) -> None:
        """Search for the name before the cursor; close the list if there is none."""
        token = self._token_here()
        if token == self._token:
            return
        self._token = token
        if token is None:
            self._close()
            return
        if token.is_page:
            # Nothing is fetched before the user chooses it.
            self._close()
            self._menu.show_found((token.name,), "")
            return
        listing = listing_for(token, self._here, self._home)
        if self._listing is None or self._listing.key != listing.key:
            self._close()
            self._token, self._listing = token, listing
            self._work(self._collect(listing), "files")
        else:
            self._search()

    def take_key(self, key: str) -> bool:
        """Handle a key of the open list; return whether it was one."""
        self.note_change()
        row = self._menu.highlighted
        if row is None:
            return False
        if key in ("up", "down"):
            self._menu.move(-1 if key == "up" else 1)
        elif key in ("tab", "enter"):
            self.choose(row)
        elif key == "escape":
            self._left = self._place
            self._token = None
            self._close()
        else:
            return False
        return True

    def choose(self, row: str) -> None:
        """Go into a folder, or attach a file or a page in place of its name."""
        token = self._token
        if token is None:
            return
        line, column = self._prompt.cursor_location
        is_resource = self.offers is not None and self.offers.attach(row)
        is_folder = row.endswith("/") and not (token.is_page or is_resource)
        text = typed(row) if is_folder else ""
        self._prompt.replace(
            text, (line, token.start), (line, column), maintain_selection_offset=False
        )
        self.note_change()
        if token.is_page:
            self._attach(token.name)
        elif not (is_folder or is_resource):
            self._attach(full_path(row, self._here, self._home))

    @property
    def _place(self) -> tuple[int, int] | None:
        line, column = self._prompt.cursor_location
        token = token_before(self._prompt.document.get_line(line), column)
        return (line, token.start) if token is not None else None

    def _token_here(self) -> AtToken | None:
        line, column = self._prompt.cursor_location
        token = token_before(self._prompt.document.get_line(line), column)
        if token is None or (line, token.start) != self._left:
            self._left = None
            return token
        return None

    def _close(self) -> None:
        if self._listing is not None:
            self._listing.stop()
            self._listing = None
        self._menu.show_found((), "")

    async def _collect(self, listing: FileListing) -> None:
        await listing.collect(self._search)
        if self._listing is listing:
            self._search()

    def _search(self) -> None:
        self._is_search_wanted = True
        if not self._is_searching:
            self._is_searching = True
            self._work(self._searched(), "file search")

    async def _searched(self) -> None:
        """Search until the list fits what is typed; one search at a time."""
        try:
            while self._is_search_wanted:
                self._is_search_wanted = False
                token, listing = self._token, self._listing
                if token is None or listing is None:
                    return
                paths, query = await asyncio.to_thread(listing.search, token)
                if token == self._token and listing is self._listing:
                    offers = self.offers.resources(token.name) if self.offers is not None else []
                    self._menu.show_found([*offers[:_MOST_RESOURCES], *paths], query)
        finally:
            self._is_searching = False

    def _work(self, work: Coroutine[object, object, None], group: str) -> None:
        self._host.run_worker(work, group=group, description="the list of files")
