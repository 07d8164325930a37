"""Stores the key of a profile: in the keyring, else in a private file."""

from __future__ import annotations

import hashlib
import re
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tui_chat.config.editing.config_file import write_private
from tui_chat.config.keyring.system_keyring import (
    KEYRING_TIMEOUT_S,
    KeyringUnusable,
    remove_entry,
    store_entry,
)
from tui_chat.config.paths import make_private_folder
from tui_chat.core.labels import _
from tui_chat.core.text.sanitize import sanitize_line

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tui_chat.config.paths import Paths
    from tui_chat.core.profile import KeySource, Secret

_FOLDER: Final = "keys"
_UNSAFE: Final = re.compile(r"[^A-Za-z0-9_-]+")


@dataclass(frozen=True, slots=True)
class StoredKey:
    """The place of a stored key."""

    field: str
    """The field of the profile: api_key_keyring or api_key_file."""
    value: str
    words: str
    """The place as a sentence for the user."""


def store_key(
    paths: Paths,
    name: str,
    key: Secret,
    env: Mapping[str, str],
    timeout_s: float = KEYRING_TIMEOUT_S,
) -> StoredKey:
    """Store the key of a profile; call it in a thread, because the keyring may ask the user.

    Args:
        paths: The file goes to the data folder, which is not part of a dotfiles repository.
        name: The profile.
        key: Its key.
        env: The environment of the user's session.
        timeout_s: How long to wait for the keyring.

    Raises:
        ConfigError: The file cannot be written either.
    """
    try:
        keyring = store_entry(name, key, env, timeout_s)
    except KeyringUnusable as refusal:
        file = key_file(paths, name)
        make_private_folder(file.parent)
        write_private(file, f"{key.reveal()}\n".encode())
        text = _("{reason} So the key is in the file {file}, which only you can read.")
        words = text.format(reason=refusal.summary, file=sanitize_line(str(file)))
        return StoredKey("api_key_file", str(file), words)
    words = _("The key is in the keyring ({keyring}).").format(keyring=keyring)
    return StoredKey("api_key_keyring", name, words)


def forget_key(
    paths: Paths, source: KeySource, env: Mapping[str, str], timeout_s: float = KEYRING_TIMEOUT_S
) -> str:
    """Remove a key that `store_key` stored; any other source belongs to the user and stays.

    Returns:
        Why the key could not be removed, as a sentence; empty if it is gone.
    """
    if source.keyring is not None:
        try:
            remove_entry(source.keyring, env, timeout_s)
        except KeyringUnusable as refusal:
            return _("The key stays in the keyring: {reason}").format(reason=refusal.summary)
    elif source.file is not None and Path(source.file).parent == paths.data_dir / _FOLDER:
        with suppress(FileNotFoundError):
            Path(source.file).unlink()
    return ""


def key_file(paths: Paths, name: str) -> Path:
    """Return the file for the key of a profile; two profiles never share one."""
    plain = _UNSAFE.sub("-", name).strip("-")[:60]
    if plain != name:
        plain = f"{plain}-{hashlib.sha256(name.encode()).hexdigest()[:8]}".lstrip("-")
    return paths.data_dir / _FOLDER / plain
