"""Text files of the user beside config.toml: read only if nobody else can write them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from tui_chat.config.file_paths import PathKind, path_kind, read_text_file, shown_path
from tui_chat.config.paths import make_private_folder
from tui_chat.config.permissions import distrust
from tui_chat.core.errors import ConfigError
from tui_chat.core.labels import _

if TYPE_CHECKING:
    from pathlib import Path

_LARGEST_BYTES: Final = 1_000_000
_NOT_IN_NAME: Final = re.compile(r"[^\w-]+")
_LONGEST_NAME: Final = 64


def file_stem(name: str) -> str:
    """Return the name of a file or a folder for a name that the user chose; may be empty."""
    return _NOT_IN_NAME.sub("-", name.strip()).strip("-_")[:_LONGEST_NAME].rstrip("-")


def read_own_text(file: Path) -> str:
    """Return the text of a file; empty if there is none.

    Raises:
        ConfigError: It cannot be read, or other users can write it.
    """
    shown = shown_path(file)
    try:
        if path_kind(file) is PathKind.MISSING:
            return ""
        reason = distrust(file, file.stat())
    except OSError as error:
        text = _("{file} cannot be read: {reason}.").format(file=shown, reason=error.strerror)
        raise ConfigError(text, _("Check its permissions.")) from None
    if reason:
        raise ConfigError(
            _("{file} is not used: {reason}.").format(file=shown, reason=reason),
            _("Run: {command}").format(command=f"chmod go-w {file.parent} {file}"),
        )
    return read_text_file(file, str(shown), _LARGEST_BYTES, lambda: _("Check its permissions."))


def write_own_text(file: Path, text: str) -> None:
    """Write a file of the user; its folder is made if necessary.

    Raises:
        ConfigError: The file cannot be written.
    """
    # Imported late: it loads the library that edits config.toml.
    from tui_chat.config.editing.config_file import write_private

    make_private_folder(file.parent)
    write_private(file, text.encode("utf-8", "replace"))
