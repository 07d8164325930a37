"""Finds the saved conversation that `open`, `ask -c` and `ask --in` name."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING

from tui_chat.cli.conversations.output import Output
from tui_chat.cli.conversations.resolve_id import find_conversation
from tui_chat.core.errors import ConfigError, StorageError
from tui_chat.core.labels import _
from tui_chat.import_export.export.redact_keys import KeyRedactor
from tui_chat.session.endpoints.known_secrets import readable_secrets
from tui_chat.storage.read_only import Reader

if TYPE_CHECKING:
    from tui_chat.session.launch import Launch


def continued(launch: Launch, words: str | None) -> Launch:
    """Return the start-up parameters that open a saved conversation.

    Args:
        launch: Paths and configured keys.
        words: An id, a prefix of it, or words of a title; empty for the last conversation of the
            list; None for the one used last, also if it is a single question of `ask`.

    Raises:
        ConfigError: `--temporary` or `--new` is set.
        StorageError: No conversation matches, several do, or it is in the trash.
    """
    if launch.is_temporary or launch.is_new:
        raise ConfigError(
            _("--temporary and --new begin a conversation; here a saved one is continued."),
            _("Remove the flag."),
        )
    return replace(
        launch, conversation_id=_last(launch) if words is None else _named(launch, words)
    )


def _named(launch: Launch, words: str) -> str:
    output = Output(sys.stdout, sys.stderr, KeyRedactor(readable_secrets(launch)))
    with Reader(launch.paths.database) as reader:
        conversation = find_conversation(reader, words, output)
    if conversation.deleted_at is not None:
        raise StorageError(
            _("The conversation is in the trash."),
            _("Restore it in the chat: /trash lists what was deleted."),
        )
    return conversation.id


def _last(launch: Launch) -> str:
    with Reader(launch.paths.database) as reader:
        listed = reader.list_conversations(1, with_one_shot=True)
    if not listed:
        raise StorageError(
            _("No conversation is saved."), _("Ask without -c or --in to begin one.")
        )
    return listed[0].id
