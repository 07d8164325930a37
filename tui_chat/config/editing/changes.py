"""The changes of config.toml that the program makes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tui_chat.config.editing.config_file import edit_config
from tui_chat.config.editing.setting_line import setting_line
from tui_chat.core.labels import _
from tui_chat.core.text.sanitize import sanitize_line

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tui_chat.config.editing.toml_text import Change


def allow_insecure(file: Path, name: str | None, host: str) -> None:
    """Allow plain http to a host in config.toml.

    Args:
        file: The configuration, which need not exist.
        name: The profile that gets `insecure = true`; None for an endpoint without a profile, whose
            host is added to `insecure_hosts`.
        host: Host and port of the endpoint.

    Raises:
        ConfigError: The file cannot be changed; the hint shows the line to add.
    """
    if name is not None:
        hint = _("Add `insecure = true` to the table of the profile “{profile}”.").format(
            profile=sanitize_line(name, 60)
        )
        edit_config(file, lambda _before: {("profiles", name, "insecure"): True}, by_hand=hint)
        return

    def with_host(before: Mapping[str, Any]) -> Change:
        hosts = [it for it in before.get("insecure_hosts", ()) if isinstance(it, str)]
        return {("insecure_hosts",): [*hosts, *([host] if host not in hosts else [])]}

    hint = _("Add {line} at the top of the file.").format(
        line=f'`insecure_hosts = ["{sanitize_line(host, 100)}"]`'
    )
    edit_config(file, with_host, by_hand=hint)


def save_setting(file: Path, path: tuple[str, ...], value: str | bool | int | None) -> None:
    """Set one value of config.toml, or remove it.

    Args:
        file: The configuration, which need not exist.
        path: The tables and the key.
        value: None removes the key.

    Raises:
        ConfigError: The file cannot be changed; the hint shows the line to add.
    """
    hint = "" if value is None else _("Add {line}.").format(line=f"`{setting_line(path, value)}`")
    edit_config(file, lambda _before: {path: value}, by_hand=hint)
