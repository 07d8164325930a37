"""Downloads one file of the hub: continued, verified, and named only when it is complete.

huggingface_hub deletes an interrupted download and does not compare checksums over HTTP, so the
transfer is ours; addresses, headers, errors and the cache are those of the hub.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from tui_chat.config.file_paths import path_errors_as
from tui_chat.core.errors import ConnectionBroke, DownloadError
from tui_chat.core.labels import _
from tui_chat.core.text.sanitize import sanitize_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tui_chat.local_model.hub.choose_files import HubFile
    from tui_chat.local_model.hub.hub_cache import HubCache
    from tui_chat.local_model.hub.hub_client import HubClient, HubRepository

RETRY_DELAYS_S: Final = (1.0, 2.0, 5.0, 10.0, 20.0)
"""Waits between attempts that bring nothing; any progress begins them again."""
_READ_BYTES: Final = 1 << 20


class FileDownload:
    """Downloads one file into the cache.

    The content grows in `blobs/SHA256.incomplete`. Whatever ends the program, the next download of
    the same content continues there.
    """

    def __init__(
        self,
        client: HubClient,
        cache: HubCache,
        repository: HubRepository,
        file: HubFile,
        *,
        on_bytes: Callable[[int], None],
        on_notice: Callable[[str], None],
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Create the download; nothing is opened yet.

        Args:
            client: The hub.
            cache: The target.
            repository: The repository that contains the file.
            file: What to download.
            on_bytes: Receives the number of bytes that are there.
            on_notice: Receives messages about another attempt.
            sleep: Waits before another attempt.
        """
        self._client = client
        self._cache = cache
        self._repository = repository
        self._file = file
        self._on_bytes = on_bytes
        self._on_notice = on_notice
        self._sleep = sleep

    def run(self) -> Path:
        """Download what is missing, verify it, and return its path in the cache.

        Raises:
            DownloadError: It failed; what has arrived is kept for the next attempt.
        """
        repository, file = self._repository, self._file
        if not self._cache.has(repository.name, file.sha256, file.size):
            self._fetch()
        self._on_bytes(file.size)
        return self._cache.link(repository.name, repository.commit, file.name, file.sha256)

    def _fetch(self) -> None:
        partial = self._cache.partial(self._repository.name, self._file.sha256)
        with path_errors_as(DownloadError, partial):
            partial.parent.mkdir(parents=True, exist_ok=True)
        with _locked(partial) as descriptor:
            content = _Content(descriptor, partial)
            was_continued = content.read_existing(self._file.size) > 0
            self._transfer(content)
            if content.sha256 != self._file.sha256 and was_continued:
                self._on_notice(_("The kept part was damaged; the download begins again."))
                content.clear()
                self._transfer(content)
            if content.sha256 != self._file.sha256:
                partial.unlink()
                raise DownloadError(
                    _(
                        "{file} arrived damaged: its checksum is not the one that {host} names."
                    ).format(file=sanitize_line(self._file.name, 80), host=self._client.host),
                    _("It was deleted. Try again later, or choose another mirror (HF_ENDPOINT)."),
                )
            with path_errors_as(DownloadError, partial):
                os.fsync(descriptor)
                partial.replace(self._cache.blob(self._repository.name, self._file.sha256))

    def _transfer(self, content: _Content) -> None:
        """Continue until all bytes are there.

        Raises:
            DownloadError: Several attempts in a row brought nothing.
        """
        attempts = 0
        while content.size < self._file.size:
            before = content.size
            try:
                self._attempt(content)
            except ConnectionBroke as error:
                attempts = 0 if content.size > before else attempts
                if attempts == len(RETRY_DELAYS_S):
                    raise
                delay_s = RETRY_DELAYS_S[attempts]
                attempts += 1
                text = _("{error} Next attempt in {seconds:.0f} s.")
                self._on_notice(text.format(error=error.summary, seconds=delay_s))
                self._sleep(delay_s)

    def _attempt(self, content: _Content) -> None:
        with self._client.transfer(self._repository, self._file, content.size) as transfer:
            if transfer.start != content.size:
                content.clear()
            if transfer.start != content.size:
                raise self._ended_early()
            for piece in transfer.pieces:
                content.append(piece)
                if content.size > self._file.size:
                    # The checksum will not match; nothing more is read.
                    break
                self._on_bytes(content.size)
        if content.size < self._file.size:
            raise self._ended_early()

    def _ended_early(self) -> ConnectionBroke:
        text = _("{host} ended the transfer too early.").format(host=self._client.host)
        return ConnectionBroke(text, _("Try again; what has arrived is kept."))


class _Content:
    """The bytes that have arrived, on disk and in the checksum."""

    def __init__(self, descriptor: int, path: Path) -> None:
        self._descriptor = descriptor
        self._path = path
        self._digest = hashlib.sha256()
        self.size = 0

    @property
    def sha256(self) -> str:
        """The checksum of all bytes, in hexadecimal digits."""
        return self._digest.hexdigest()

    def read_existing(self, limit: int) -> int:
        """Include what an earlier download left; return its size."""
        with path_errors_as(DownloadError, self._path):
            while piece := os.read(self._descriptor, _READ_BYTES):
                self._digest.update(piece)
                self.size += len(piece)
                if self.size > limit:
                    self.clear()
                    break
        return self.size

    def append(self, piece: bytes) -> None:
        """Write a piece at the end.

        Raises:
            DownloadError: The disk is full or cannot be written.
        """
        with path_errors_as(DownloadError, self._path):
            rest = memoryview(piece)
            while rest:
                rest = rest[os.write(self._descriptor, rest) :]
        self._digest.update(piece)
        self.size += len(piece)

    def clear(self) -> None:
        """Discard all bytes."""
        with path_errors_as(DownloadError, self._path):
            os.ftruncate(self._descriptor, 0)
            os.lseek(self._descriptor, 0, os.SEEK_SET)
        self._digest = hashlib.sha256()
        self.size = 0


@contextmanager
def _locked(path: Path) -> Iterator[int]:
    """Open a file that no other download writes at the same time.

    Raises:
        DownloadError: Another program downloads it, or it cannot be opened.
    """
    with path_errors_as(DownloadError, path):
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise DownloadError(
                _("Another program is downloading this model."), _("Wait until it is done.")
            ) from error
        yield descriptor
    finally:
        os.close(descriptor)
