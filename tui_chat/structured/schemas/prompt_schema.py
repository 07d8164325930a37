"""The schema that a prompt of the library names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui_chat.core.errors import ConfigError
from tui_chat.core.labels import _
from tui_chat.structured.schemas.find_schema import Schema, SchemaFolder, find_schema
from tui_chat.structured.schemas.python_class import looks_like_class

if TYPE_CHECKING:
    from pathlib import Path


def prompt_schema(given: str, config_file: Path) -> Schema:
    """Return the schema: a saved name, a file beside config.toml, a shorthand or the schema itself.

    A class is refused: prompts are copied from others, and importing its module runs it.

    Raises:
        ConfigError: There is no such schema, or it is invalid.
    """
    if looks_like_class(given.strip()):
        raise ConfigError(
            _("The schema of a prompt cannot be a class."),
            _("Save its schema in the chat: Ctrl+G."),
        )
    return find_schema(given, SchemaFolder(config_file), config_file.parent)
