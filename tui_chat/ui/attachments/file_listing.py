"""The files that are offered for a name after `@`, collected in a thread."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from tui_chat.ui.attachments.pauses import with_pauses
from tui_chat.ui.attachments.rank_paths import PathRanking
from tui_chat.ui.attachments.scan_files import list_folder, scan_files

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tui_chat.ui.attachments.at_token import AtToken

_FIRST_PROGRESS: Final = 1_000
"""Entries after which a first result is shown; then each time they have doubled."""


class FileListing:
    """Searches the files below the current folder, or the names in one other folder.

    A search is fuzzy below the current folder. In a folder that the user names (`/etc/`, `~/`) only
    its own entries are listed: what lies below may be a whole disk.
    """

    def __init__(self, root: Path, *, has_hidden: bool, is_deep: bool) -> None:
        """Describe the files.

        Args:
            root: The folder.
            has_hidden: Whether names that begin with a dot are included.
            is_deep: Whether the folders below it are included.
        """
        self.key = (root, has_hidden, is_deep)
        self._paths: list[str] = []
        self._rankings: dict[str, PathRanking] = {}
        self._is_stopped = False

    async def collect(self, on_progress: Callable[[], object]) -> None:
        """Collect the files; `on_progress` is called on the loop when there are many more."""
        loop = asyncio.get_running_loop()
        await asyncio.to_thread(self._collect, lambda: loop.call_soon_threadsafe(on_progress))

    def stop(self) -> None:
        """Stop collecting."""
        self._is_stopped = True

    def search(self, token: AtToken) -> tuple[list[str], str]:
        """Return the best paths for a name, and the text that was searched for. Takes a while."""
        # Rankings of the files found so far; replaced by the collecting thread.
        rankings = self._rankings
        _root, _hidden, is_deep = self.key
        if not is_deep:
            best = self._ranking(rankings, "").best(token.rest)
            return [f"{token.folder}{it}" for it in best], token.rest
        name = token.name.removeprefix("./")
        folder = name[: name.rfind("/") + 1]
        if folder and any(path.startswith(folder) for path in with_pauses(self._paths)):
            rest = name[len(folder) :]
            return [f"{folder}{path}" for path in self._ranking(rankings, folder).best(rest)], rest
        return self._ranking(rankings, "").best(name), name

    def _ranking(self, rankings: dict[str, PathRanking], folder: str) -> PathRanking:
        if folder not in rankings:
            paths = with_pauses(self._paths)
            below = [it[len(folder) :] for it in paths if it.startswith(folder) and it != folder]
            rankings[folder] = PathRanking(below)
        return rankings[folder]

    def _collect(self, report: Callable[[], object]) -> None:
        root, has_hidden, is_deep = self.key
        if not is_deep:
            self._paths = list_folder(root, has_hidden=has_hidden)
            return
        reported_at = _FIRST_PROGRESS
        for paths in scan_files(root, has_hidden=has_hidden):
            if self._is_stopped:
                return
            self._paths += paths
            if len(self._paths) >= reported_at:
                reported_at = 2 * len(self._paths)
                self._rankings = {}
                report()
        self._rankings = {}


def listing_for(token: AtToken, here: Path, home: Path) -> FileListing:
    """Return the listing for a name, not collected yet.

    Args:
        token: The name after `@`.
        here: The current folder.
        home: Replaces `~`.
    """
    has_hidden = token.wants_hidden
    if not token.is_rooted:
        return FileListing(here, has_hidden=has_hidden, is_deep=True)
    return FileListing(full_path(token.folder, here, home), has_hidden=has_hidden, is_deep=False)


def full_path(name: str, here: Path, home: Path) -> Path:
    """Return the path for a name of the list."""
    return home / name[2:] if name.startswith("~/") else here / name
