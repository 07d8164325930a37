"""The cache of the Hugging Face hub, which other programs on this machine share.

Its layout is documented: `blobs/` holds the content by checksum, `snapshots/COMMIT/` the names as
links to it, `refs/main` the newest commit. Nothing here needs the package huggingface_hub.
"""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tui_chat.config.file_paths import path_errors_as
from tui_chat.config.paths import home_folder
from tui_chat.core.errors import DownloadError
from tui_chat.local_model.hub.choose_files import is_projector
from tui_chat.local_model.model_file import is_later_shard

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_PREFIX: Final = "models--"
_PARTIAL: Final = ".incomplete"


@dataclass(frozen=True, slots=True)
class InstalledModel:
    """A model in the cache."""

    repository: str
    path: Path
    """The first file of the model, below `snapshots`."""
    projector: Path | None
    size: int
    """The size of all its files in bytes."""


def hub_cache_folder(env: Mapping[str, str]) -> Path:
    """Return the folder of the cache, from the variables that huggingface_hub obeys.

    Raises:
        ConfigError: The home folder is needed but unknown.
    """
    for variable, below in (
        ("HF_HUB_CACHE", ""),
        ("HUGGINGFACE_HUB_CACHE", ""),
        ("HF_HOME", "hub"),
        ("XDG_CACHE_HOME", "huggingface/hub"),
    ):
        if text := env.get(variable, "").strip():
            return Path(os.path.expandvars(text)).expanduser().absolute() / below
    return home_folder(env) / ".cache" / "huggingface" / "hub"


class HubCache:
    """Finds, adds and removes models of the cache."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def blob(self, repository: str, sha256: str) -> Path:
        """Return the path of a content, which need not exist."""
        return self._repository(repository) / "blobs" / sha256

    def partial(self, repository: str, sha256: str) -> Path:
        """Return the path of a content that has not arrived completely."""
        return self.blob(repository, sha256).with_name(f"{sha256}{_PARTIAL}")

    def has(self, repository: str, sha256: str, size: int) -> bool:
        """Return whether a content is in the cache with its full size."""
        try:
            return self.blob(repository, sha256).stat().st_size == size
        except OSError:
            return False

    def free_bytes(self) -> int:
        """Return the free space of the disk that holds the cache.

        Raises:
            DownloadError: The disk cannot be examined.
        """
        folder = self.folder
        while not folder.exists() and folder != folder.parent:
            folder = folder.parent
        with path_errors_as(DownloadError, folder):
            return shutil.disk_usage(folder).free

    def link(self, repository: str, commit: str, name: str, sha256: str) -> Path:
        """Give a content its name in a commit, and return that path.

        Raises:
            DownloadError: The cache cannot be written.
        """
        base = self._repository(repository)
        path = base / "snapshots" / commit / name
        with path_errors_as(DownloadError, path):
            path.parent.mkdir(parents=True, exist_ok=True)
            target = os.path.relpath(self.blob(repository, sha256), path.parent)
            if not (path.is_symlink() and path.readlink() == Path(target)):
                path.unlink(missing_ok=True)
                path.symlink_to(target)
            main = base / "refs" / "main"
            main.parent.mkdir(parents=True, exist_ok=True)
            main.write_text(commit, encoding="ascii")
        return path

    def installed(self) -> list[InstalledModel]:
        """Return all models of the cache, by repository and name."""
        models: dict[tuple[str, str], InstalledModel] = {}
        for base in _folders(self.folder, _PREFIX):
            repository = base.name.removeprefix(_PREFIX).replace("--", "/")
            # The newest commit last, so that it replaces the same file of older ones.
            newest = _text(base / "refs" / "main")
            for snapshot in sorted(
                _folders(base / "snapshots"), key=lambda folder: folder.name == newest
            ):
                for model in _models_of(repository, snapshot):
                    models[repository, str(model.path.relative_to(snapshot))] = model
        return [models[key] for key in sorted(models)]

    def unfinished_bytes(self) -> int:
        """Return the size of all downloads that are not complete."""
        return sum(
            _size(file)
            for base in _folders(self.folder, _PREFIX)
            for file in _files(base / "blobs")
            if file.name.endswith(_PARTIAL)
        )

    def remove(self, model: InstalledModel) -> None:
        """Delete a model; a content that another name uses stays.

        Raises:
            DownloadError: A file cannot be deleted.
        """
        base = self._repository(model.repository)
        used = {model.path, *_shards(model.path)}
        others = [one for one in self.installed() if one.path != model.path]
        if model.projector and all(one.projector != model.projector for one in others):
            used.add(model.projector)
        for path in used:
            with path_errors_as(DownloadError, path):
                content = path.resolve()
                path.unlink()
                snapshots = [file.resolve() for file in _files(base / "snapshots")]
                if content not in snapshots and content.is_relative_to((base / "blobs").resolve()):
                    content.unlink(missing_ok=True)
        _remove_empty_folders(base / "snapshots")

    def _repository(self, repository: str) -> Path:
        return self.folder / f"{_PREFIX}{repository.replace('/', '--')}"


def _models_of(repository: str, snapshot: Path) -> Iterator[InstalledModel]:
    files = [file for file in _files(snapshot) if file.suffix.lower() == ".gguf"]
    projectors = [file for file in files if is_projector(file.name)]
    for file in files:
        if is_projector(file.name) or is_later_shard(file):
            continue
        beside = [one for one in projectors if one.parent == file.parent]
        projector = beside[0] if beside else None
        every = [file, *_shards(file), *([projector] if projector else ())]
        size = sum(map(_size, dict.fromkeys(every)))
        yield InstalledModel(repository, file, projector, size)


def _shards(path: Path) -> list[Path]:
    return [file for file in _files(path.parent) if is_later_shard(file, of=path)]


def _folders(folder: Path, prefix: str = "") -> list[Path]:
    with suppress(OSError):
        return sorted(
            entry for entry in folder.iterdir() if entry.name.startswith(prefix) and entry.is_dir()
        )
    return []


def _files(folder: Path) -> list[Path]:
    """Return all files below a folder; a broken link is none."""
    return sorted(file for file in folder.rglob("*") if file.is_file())


def _size(file: Path) -> int:
    """Return the size of a file; 0 if another program has just deleted it."""
    with suppress(OSError):
        return file.stat().st_size
    return 0


def _text(file: Path) -> str:
    with suppress(OSError, ValueError):
        return file.read_text("ascii").strip()
    return ""


def _remove_empty_folders(top: Path) -> None:
    for folder in sorted(top.rglob("*"), reverse=True):
        if folder.is_dir() and not folder.is_symlink():
            with suppress(OSError):
                folder.rmdir()
