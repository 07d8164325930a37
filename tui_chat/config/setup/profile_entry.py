"""One profile as the user enters it, and its table in config.toml."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from tui_chat.config.api_key import checked_key
from tui_chat.config.api_key_fields import KEY_FIELDS
from tui_chat.config.editing.config_file import check_edit, edit_config
from tui_chat.config.keyring.store_key import StoredKey, forget_key, store_key
from tui_chat.config.problems import ConfigProblem, looks_like_key, quoted
from tui_chat.config.profiles import read_profile
from tui_chat.config.toml_source import TomlText
from tui_chat.config.toml_table import ProblemList, Table, cleaned
from tui_chat.core.errors import ConfigError
from tui_chat.core.labels import _, join_list
from tui_chat.core.profile import KeySource, Profile, Secret, Timeouts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tui_chat.config.editing.toml_text import Change
    from tui_chat.config.paths import Paths
    from tui_chat.config.settings import Settings

_OPENAI_VARIABLE: Final = "OPENAI_API_KEY"


@dataclass(frozen=True)
class ProfileEntry:
    """A profile to save."""

    name: str
    fields: Mapping[str, Any]
    """The fields of its table, without those of the key; None removes a field."""
    key: Secret | None = field(default=None, repr=False)
    """A key to store; None for a key from a variable, or for none."""
    key_variable: str = ""
    keeps_key: bool = False
    """True if the present key source of the profile stays."""

    def profile(self, paths: Paths, env: Mapping[str, str], old: KeySource | None) -> Profile:
        """Return the profile to test.

        Raises:
            ConfigError: A field is invalid.
        """
        values = {key: value for key, value in self.fields.items() if value is not None}
        if self.key_variable:
            values["api_key_env"] = self.key_variable
        problems = ProblemList(paths.config_file, TomlText({}, {}))
        table = Table(values, problems, ("profiles", self.name))
        found = read_profile(self.name, table, Timeouts(), env, paths.config_file.parent)
        if found is None or problems.found:
            raise _as_error(problems.found)
        if self.key is not None:
            source = KeySource(secret=checked_key(self.key.reveal(), _("The key")))
        elif self.keeps_key and old is not None:
            source = old
        else:
            source = found.key
        return replace(found, key=source)


@dataclass(frozen=True, slots=True)
class Saved:
    """The result of saving or removing a profile."""

    name: str
    words: str
    """The place of the key, or why it could not be removed; may be empty."""
    is_default: bool = False
    """True if new conversations use the profile from now on."""


def checked_name(text: str, settings: Settings, *, old: str | None = None) -> str:
    """Return the name for a profile.

    Args:
        text: The input of the user.
        settings: Its profiles have their names already.
        old: The present name of the profile, which may stay.

    Raises:
        ConfigError: It is empty, a key, or in use.
    """
    name = cleaned(text).strip()
    if not name:
        raise ConfigError(_("The name is empty."), _("Enter a short name, such as work."))
    if looks_like_key(name):
        raise ConfigError(_("This name looks like a key."), _("Enter a short name, such as work."))
    if name != old and name in settings.profiles:
        raise ConfigError(
            _("There is a profile “{name}” already.").format(name=quoted(name)),
            _("Choose another name."),
        )
    return name


def save_profile(
    paths: Paths,
    entry: ProfileEntry,
    env: Mapping[str, str],
    *,
    is_default: bool | None = None,
    replaces: bool = False,
) -> Saved:
    """Store the key and the profile; call it in a thread, because the keyring may ask the user.

    Args:
        paths: The paths of config.toml and of key files.
        entry: The profile.
        env: The environment of the user's session.
        is_default: Whether new conversations use it; None if config.toml names no profile yet.
        replaces: Whether a profile of this name may exist.

    Raises:
        ConfigError: A file cannot be written, or the name is in use.
    """
    # Before the key is stored: a file that cannot be changed is reported first.
    _write(paths, entry, None, is_default, replaces=replaces, is_dry=True)
    stored = store_key(paths, entry.name, entry.key, env) if entry.key is not None else None
    became_default = _write(paths, entry, stored, is_default, replaces=replaces, is_dry=False)
    return Saved(entry.name, stored.words if stored else "", became_default)


def _write(
    paths: Paths,
    entry: ProfileEntry,
    stored: StoredKey | None,
    is_default: bool | None,
    *,
    replaces: bool,
    is_dry: bool,
) -> bool:
    became_default = False

    def change(before: Mapping[str, Any]) -> Change:
        nonlocal became_default
        profiles = before.get("profiles", {})
        if entry.name in profiles and not replaces:
            raise ConfigError(
                _("There is a profile “{name}” already.").format(name=quoted(entry.name)),
                _("Choose another name."),
            )
        fields: dict[str, Any] = dict(entry.fields)
        if not entry.keeps_key:
            fields |= dict.fromkeys(KEY_FIELDS)
        if entry.key_variable:
            fields["api_key_env"] = entry.key_variable
        if stored is not None:
            fields[stored.field] = stored.value
        became_default = "profile" not in before if is_default is None else is_default
        table = ("profiles", entry.name)
        changes: Change
        if entry.name in profiles:
            changes = {(*table, name): value for name, value in fields.items()}
        else:
            changes = {table: {name: it for name, it in fields.items() if it is not None}}
        if became_default:
            changes["profile",] = entry.name
        return changes

    by_hand = _("Add a table [profiles.{name}] with {fields}.").format(
        name=entry.name, fields=join_list(entry.fields)
    )
    (check_edit if is_dry else edit_config)(paths.config_file, change, by_hand=by_hand)
    return became_default


def remove_profile(
    paths: Paths, name: str, source: KeySource, env: Mapping[str, str], *, keeps_key: bool = False
) -> Saved:
    """Remove a profile and the key that was stored for it; call it in a thread.

    Args:
        paths: The paths of config.toml and of key files.
        name: The profile.
        source: Its key source.
        env: The environment of the user's session.
        keeps_key: Whether another profile uses the same key.

    Raises:
        ConfigError: The file cannot be changed.
    """

    def change(before: Mapping[str, Any]) -> Change:
        changes: Change = {("profiles", name): None}
        if before.get("profile") == name:
            changes["profile",] = None
        return changes

    by_hand = _("Remove the table [profiles.{name}].").format(name=name)
    edit_config(paths.config_file, change, by_hand=by_hand)
    return Saved(name, "" if keeps_key else forget_key(paths, source, env))


def shares_key(settings: Settings, name: str) -> bool:
    """Return whether another profile has the same stored key."""
    source = settings.profiles[name].key
    return source != KeySource() and any(
        other.key == source for key, other in settings.profiles.items() if key != name
    )


def _as_error(problems: list[ConfigProblem]) -> ConfigError:
    if problems:
        return ConfigError(problems[0].summary, problems[0].hint)
    return ConfigError(_("The base URL is missing."), _("Enter it."))
