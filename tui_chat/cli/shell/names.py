"""Names for completion, read from files alone: no endpoint is asked and no key command runs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from tui_chat.config.prompts.prompt_folder import PromptFolder
from tui_chat.config.settings import load_settings
from tui_chat.core.errors import StorageError
from tui_chat.core.text.sanitize import sanitize_line
from tui_chat.storage.read_only import Reader
from tui_chat.structured.schemas.find_schema import SchemaFolder

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tui_chat.session.launch import Launch

_MOST: Final = 200
_SAFE: Final = re.compile(r"[\w./:@+-]+")
"""Shells expand the words of a completion: a name such as `$(command)` would run."""
_TITLE_CELLS: Final = 50


def names(kind: str, launch: Launch, *, is_described: bool) -> Iterator[str]:
    """Yield the lines that completion offers.

    Args:
        kind: One of `arguments.KINDS`.
        launch: Paths and environment.
        is_described: Whether a tab and a description follow each name.
    """
    for name, description in dict(_found(kind, launch)).items():
        if _SAFE.fullmatch(name) and not name.startswith("-"):
            yield f"{name}\t{description}" if is_described and description else name


def _found(kind: str, launch: Launch) -> Iterable[tuple[str, str]]:
    if kind == "schemas":
        return ((name, "") for name in SchemaFolder(launch.paths.config_file).names())
    if kind == "prompts":
        return ((it.name, it.description) for it in PromptFolder(launch.paths.config_file).all())
    settings = load_settings(launch.paths.config_file, launch.env)
    if kind == "profiles":
        return (("local", ""), *((name, it.model or "") for name, it in settings.profiles.items()))
    saved = list(_saved(kind, launch))
    if kind == "models":
        configured = ((it.model, name) for name, it in settings.profiles.items() if it.model)
        return (*configured, *saved)
    return saved


def _saved(kind: str, launch: Launch) -> Iterator[tuple[str, str]]:
    if not launch.paths.database.exists():
        return
    try:
        with Reader(launch.paths.database) as reader:
            for listed in reader.list_conversations(_MOST, with_one_shot=kind == "models"):
                if kind == "conversations":
                    yield listed.id, sanitize_line(listed.title, _TITLE_CELLS)
                elif listed.model:
                    yield listed.model, ""
    except StorageError:
        # A shell has no place for an error while it completes; `tui-chat list` reports it.
        return
