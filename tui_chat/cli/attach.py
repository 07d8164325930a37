"""``ask -a FILE``: reads the files that are sent with a question."""

from __future__ import annotations

import asyncio
import glob
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from tui_chat.attachments.read_file import attachment_of, read_attachment
from tui_chat.config.file_paths import expand_home, path_errors_as, shown_path
from tui_chat.core.attached_paths import is_page_address
from tui_chat.core.errors import AttachmentRefused, ConfigError
from tui_chat.core.labels import _

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from tui_chat.core.attachments import Attachment

STANDARD_INPUT: Final = "-"
FIELD: Final = "attach"
"""The field of a row of `--input` that names its files."""


def read_files(
    names: Sequence[str], stdin: Callable[[], bytes], *, is_offline: bool = False
) -> list[Attachment]:
    """Return the attachments of a command line.

    Args:
        names: Paths, addresses of web pages, or `-` for standard input.
        stdin: Returns the bytes of standard input.
        is_offline: Whether only this machine may be connected.

    Raises:
        ConfigError: Standard input is named twice.
        AttachmentRefused: A file cannot be attached.
    """
    if names.count(STANDARD_INPUT) > 1:
        raise ConfigError(_("Standard input can be attached only once."))
    return [
        _page(name, is_offline=is_offline) if is_page_address(name) else _read(name, stdin)
        for name in names
    ]


def row_files(
    rows: Sequence[Mapping[str, Any]], input_file: Path, root: str | None
) -> list[tuple[Path, ...]]:
    """Return the files of each row of `--input`: those in its field `attach`.

    A file of rows may come from elsewhere, so its paths lead to no file outside of one folder.

    Args:
        rows: The rows.
        input_file: The file of the rows; relative paths begin in its folder.
        root: The folder of --attach-root; None for that of the rows.

    Raises:
        ConfigError: A field is no path, or a path leads elsewhere.
    """
    folder = Path(root) if root else input_file.parent
    with path_errors_as(ConfigError, folder):
        folder = folder.resolve()
    return [
        tuple(_row_file(name, folder, number) for name in _names(row, number))
        for number, row in enumerate(rows, 1)
    ]


def _page(address: str, *, is_offline: bool) -> Attachment:
    from tui_chat.session.web_page import fetch_attachment

    return asyncio.run(fetch_attachment(address, is_offline=is_offline))


def _read(name: str, stdin: Callable[[], bytes]) -> Attachment:
    if name == STANDARD_INPUT:
        return attachment_of(stdin(), _("standard input"))
    with path_errors_as(AttachmentRefused, Path(name)):
        path = expand_home(name)
        is_pattern = glob.has_magic(name) and not path.exists()
    if is_pattern:
        raise AttachmentRefused(
            _("{pattern} is a pattern, not a file.").format(pattern=shown_path(name)),
            _("Give -a once for each file."),
        )
    return read_attachment(path)


def _names(row: Mapping[str, Any], number: int) -> list[str]:
    value = row.get(FIELD, [])
    names = [value] if isinstance(value, str) else value
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise ConfigError(
            _("Row {row}: “{field}” must be a path or a list of paths.").format(
                row=number, field=FIELD
            )
        )
    return [name for name in names if name]


def _row_file(name: str, folder: Path, number: int) -> Path:
    path = folder / name
    with path_errors_as(ConfigError, path):
        # Links are resolved, too.
        found = path.resolve()
    if not found.is_relative_to(folder):
        raise ConfigError(
            _("Row {row}: {path} is outside of {folder}.").format(
                row=number, path=shown_path(name), folder=shown_path(folder)
            ),
            _("Name a folder that contains all files with --attach-root."),
        )
    return found
