"""Gets a model: asks the hub, checks disk and memory, downloads, and returns the files."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from tui_chat.core.errors import DownloadError
from tui_chat.core.labels import _
from tui_chat.core.text.quantities import byte_size
from tui_chat.core.text.sanitize import sanitize_line
from tui_chat.local_model.hub.choose_files import ModelFiles, choose_files
from tui_chat.local_model.hub.download import FileDownload
from tui_chat.local_model.hub.machine import Fit, fit_of, memory_bytes, needed_memory

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tui_chat.local_model.hub.hub_cache import HubCache
    from tui_chat.local_model.hub.hub_client import HubClient, HubRepository
    from tui_chat.local_model.hub.model_reference import ModelReference

_RESERVE_BYTES: Final = 200_000_000
"""Free space that a download leaves to the other programs of this machine."""
_MAGIC: Final = b"GGUF"


@dataclass(frozen=True, slots=True)
class OfferedModel:
    """A model at the hub, with the sizes and checksums that the hub names."""

    repository: HubRepository
    files: ModelFiles
    fit: Fit


@dataclass(frozen=True, slots=True)
class ModelOnDisk:
    """A downloaded model."""

    path: Path
    projector: Path | None


def offer(client: HubClient, reference: ModelReference, memory: int | None = None) -> OfferedModel:
    """Ask the hub for a model.

    Raises:
        DownloadError: The hub does not have it, or it cannot be reached.
    """
    repository = client.repository(reference.repository)
    files = choose_files(repository.files, reference)
    needed = needed_memory(files.size)
    return OfferedModel(
        repository, files, fit_of(needed, memory_bytes() if memory is None else memory)
    )


def download(
    client: HubClient,
    cache: HubCache,
    model: OfferedModel,
    *,
    on_bytes: Callable[[int], None],
    on_notice: Callable[[str], None],
    sleep: Callable[[float], None] = time.sleep,
) -> ModelOnDisk:
    """Download all files of a model that are not in the cache yet.

    Args:
        client: The hub.
        cache: The target.
        model: What to download.
        on_bytes: Receives the number of bytes of the whole model that are there.
        on_notice: Receives messages about another attempt.
        sleep: Waits before another attempt.

    Raises:
        DownloadError: It failed; what has arrived is kept for the next attempt.
    """
    _check_disk(cache, model)
    paths: list[Path] = []
    done = 0
    for file in model.files.all:
        before = done
        one = FileDownload(
            client,
            cache,
            model.repository,
            file,
            on_bytes=lambda count, before=before: on_bytes(before + count),  # type: ignore[misc]
            on_notice=on_notice,
            sleep=sleep,
        )
        paths.append(one.run())
        done += file.size
    for path in paths:
        _check_format(path)
    return ModelOnDisk(paths[0], paths[-1] if model.files.projector else None)


def missing_bytes(cache: HubCache, model: OfferedModel) -> int:
    """Return how much of a model is not on this machine yet."""
    name, missing = model.repository.name, 0
    for file in model.files.all:
        if cache.has(name, file.sha256, file.size):
            continue
        try:
            kept = cache.partial(name, file.sha256).stat().st_size
        except OSError:
            kept = 0
        missing += max(file.size - kept, 0)
    return missing


def _check_disk(cache: HubCache, model: OfferedModel) -> None:
    missing = missing_bytes(cache, model)
    free = cache.free_bytes()
    if missing and free < missing + _RESERVE_BYTES:
        raise DownloadError(
            _("The disk is too full: {needed} are needed, {free} are free in {folder}.").format(
                needed=byte_size(missing + _RESERVE_BYTES),
                free=byte_size(free),
                folder=sanitize_line(str(cache.folder), 120),
            ),
            _("Delete files, or set HF_HOME to a folder on another disk."),
        )


def _check_format(path: Path) -> None:
    with path.open("rb") as file:
        if file.read(len(_MAGIC)) != _MAGIC:
            raise DownloadError(
                _("{file} is not a GGUF file, though its name says so.").format(
                    file=sanitize_line(path.name, 80)
                ),
                _("Choose another file or repository."),
            )
