"""Saves the parameters of a conversation in a profile of config.toml."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from tui_chat.config.editing.config_file import edit_config
from tui_chat.config.problems import quoted
from tui_chat.core.errors import ConfigError
from tui_chat.core.labels import _, join_list

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tui_chat.config.editing.toml_text import Change
    from tui_chat.core.parameters.parameters import Parameters
    from tui_chat.core.profile import Profile

_SAMPLING: Final = "sampling"
_KEY_FIELDS: Final = {
    "env": "api_key_env",
    "file": "api_key_file",
    "command": "api_key_command",
    "keyring": "api_key_keyring",
}


def save_parameters(
    file: Path,
    name: str,
    profile: Profile,
    parameters: Parameters,
    *,
    model: str | None,
    copies: str,
) -> None:
    """Save parameters in a profile; a new one copies the endpoint of the present one.

    Args:
        file: The configuration, which need not exist.
        name: The profile to save: the present one, or a new one.
        profile: The present one.
        parameters: The parameters of its conversation.
        model: The model of a new profile.
        copies: The present profile's name in the file; empty if it is not there.

    Raises:
        ConfigError: The name is in use, or the file cannot be changed.
    """
    values = parameters.as_mapping()
    if parameters.system_prompt is not None:
        values = {"system_prompt": parameters.system_prompt, **values}

    def change(before: Mapping[str, Any]) -> Change:
        profiles = before.get("profiles", {})
        if name == copies:
            return _changes(name, profiles.get(name, {}), values)
        if name in profiles:
            raise ConfigError(
                _("There is a profile “{name}” already.").format(name=quoted(name)),
                _("Choose another name."),
            )
        base = dict(profiles[copies]) if copies in profiles else _endpoint_of(profile)
        if model:
            base["model"] = model
        inner = base.get(_SAMPLING, {})
        if inner:
            base[_SAMPLING] = {field: values.get(field, it) for field, it in inner.items()}
        direct = {field: it for field, it in values.items() if field not in inner}
        return {("profiles", name): {**base, **direct}}

    hint = _("Add a table [profiles.{name}] with {fields}.").format(
        name=quoted(name), fields=join_list(values)
    )
    edit_config(file, change, by_hand=hint)


def _changes(name: str, table: Mapping[str, Any], values: Mapping[str, Any]) -> Change:
    """Return the changes of a profile in which some values may be in the table `sampling`."""
    inner = table.get(_SAMPLING, {})
    return {
        ("profiles", name, *((_SAMPLING,) if field in inner else ()), field): value
        for field, value in values.items()
        if inner.get(field, table.get(field)) != value
    }


def _endpoint_of(profile: Profile) -> dict[str, Any]:
    """Return the fields of a profile that is not in the file, such as that of a variable."""
    fields: dict[str, Any] = {"base_url": profile.base_url}
    for attribute, field in _KEY_FIELDS.items():
        if (value := getattr(profile.key, attribute)) is not None:
            fields[field] = value
    for field, values in (("query", profile.query), ("headers", profile.headers)):
        if values:
            fields[field] = dict(values)
    if profile.key_header is not None:
        fields["key_header"] = profile.key_header
    if profile.is_insecure:
        fields["insecure"] = True
    return fields
