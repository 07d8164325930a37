"""Reads the key of a profile from its source.

No error message contains the content of a file, variable or command, because it may be the key;
neither does a chained exception.
"""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING, Final

from tui_chat.config.permissions import is_foreign
from tui_chat.config.problems import looks_like_key, quoted
from tui_chat.core.errors import ConfigError
from tui_chat.core.labels import _
from tui_chat.core.profile import Secret
from tui_chat.core.text.sanitize import sanitize_line

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tui_chat.core.profile import Profile

LARGEST_KEY: Final = 16_384
"""In bytes; the longest known tokens have about 4,000."""


def read_key(profile: Profile, env: Mapping[str, str]) -> Secret | None:
    """Return the key of a profile; None without a key source.

    This may run a command of the user or ask the keyring for up to 30 seconds: call it in a thread.

    Raises:
        ConfigError: The source has no usable key; the error names profile and source.
    """
    source, profile_name = profile.key, quoted(profile.name)
    if source.secret is not None:
        name = _("The key of profile “{profile}”").format(profile=profile_name)
        return checked_key(source.secret.reveal(), name)
    if source.env is not None:
        return _from_environment(source.env, profile_name, env)
    if source.file is not None:
        name = _("The key file {file} of profile “{profile}”").format(
            file=sanitize_line(source.file), profile=profile_name
        )
        return checked_key(_text(_file_bytes(source.file, name)), name)
    if source.command is not None and source.distrust:
        text = _("The api_key_command of profile “{profile}” is not run: {reason}.")
        raise ConfigError(
            text.format(profile=profile_name, reason=source.distrust),
            _("Only you and root may write to config.toml and its folder. Run: {command}").format(
                command="chmod go-w"
            ),
        )
    if source.command is not None:
        # Imported here: subprocess is slow to import, and most profiles have no command.
        from tui_chat.config.api_key_command import command_output

        name = _("The api_key_command of profile “{profile}”").format(profile=profile_name)
        key_name = _("The output of api_key_command of profile “{profile}”")
        output = command_output(source.command, name, env)
        return checked_key(_text(output), key_name.format(profile=profile_name))
    if source.keyring is not None:
        return _from_keyring(source.keyring, profile_name, env)
    return None


def _from_keyring(entry: str, profile_name: str, env: Mapping[str, str]) -> Secret:
    # Imported here, like the command: most profiles have no keyring.
    from tui_chat.config.keyring.system_keyring import KeyringUnusable, read_entry

    try:
        key = read_entry(entry, env)
    except KeyringUnusable as refusal:
        text = _("The key of profile “{profile}” cannot be read. {reason}")
        raise ConfigError(
            text.format(profile=profile_name, reason=refusal.summary), refusal.hint
        ) from None
    if key is None:
        text = _("The keyring has no entry “{entry}” for the key of profile “{profile}”.")
        raise ConfigError(
            text.format(entry=quoted(entry), profile=profile_name),
            _("Store the key again: {command}").format(command="tui-chat setup"),
        )
    return checked_key(
        key.reveal(), _("The keyring entry of profile “{profile}”").format(profile=profile_name)
    )


def _from_environment(variable: str, profile_name: str, env: Mapping[str, str]) -> Secret:
    # Hides a key that was pasted instead of the name of the variable.
    shown = "…" if looks_like_key(variable) else sanitize_line(variable)
    value = env.get(variable, "")
    if not value.strip():
        text = _(
            "The environment variable {variable} with the key of profile “{profile}” is not set."
        )
        raise ConfigError(
            text.format(variable=shown, profile=profile_name),
            _("Set {variable}, or change the key source of the profile.").format(variable=shown),
        )
    name = _("The environment variable {variable} of profile “{profile}”")
    return checked_key(value, name.format(variable=shown, profile=profile_name))


def _file_bytes(path: str, name: str) -> bytes:
    """Return the content of a key file that only its owner can read."""
    try:
        # O_NONBLOCK, because a named pipe would block the program.
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        try:
            _check_file(os.fstat(descriptor), path, name)
            return os.read(descriptor, LARGEST_KEY)
        finally:
            os.close(descriptor)
    except (OSError, ValueError) as error:
        text = _("{name} is unreadable: {reason}.")
        summary = text.format(name=name, reason=_reason(error))
        raise ConfigError(summary, _("Check its path.")) from None


def _check_file(status: os.stat_result, path: str, name: str) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise ConfigError(_("{name} is not a file.").format(name=name), _("Check its path."))
    if is_foreign(status):
        raise ConfigError(
            _("{name} belongs to another user.").format(name=name), _("Use a file of your own.")
        )
    if os.name == "posix" and status.st_mode & 0o077:
        raise ConfigError(
            _("{name} is readable by other users.").format(name=name),
            _("Run: {command}").format(command=f"chmod 600 {sanitize_line(path)}"),
        )
    if status.st_size > LARGEST_KEY:
        raise ConfigError(
            _("{name} is too large for a key.").format(name=name),
            _("It must contain only the key."),
        )


def _text(content: bytes) -> str:
    # `checked_key` rejects everything that is not ASCII, so any superset of ASCII will do.
    return content.removeprefix(b"\xef\xbb\xbf").decode("latin-1")


def checked_key(text: str, name: str) -> Secret:
    """Return the stripped key if an HTTP header can contain it.

    Args:
        text: The key, which no error contains.
        name: The name of its source, for errors.

    Raises:
        ConfigError: It is empty, too long, or has characters that a header cannot contain.
    """
    key = text.strip(" \t\r\n")
    if not key:
        raise ConfigError(_("{name} is empty.").format(name=name), _("Store the key there."))
    if len(key) > LARGEST_KEY:
        raise ConfigError(_("{name} is too long for a key.").format(name=name), _("Check it."))
    if not key.isascii():
        raise ConfigError(
            _("{name} contains a character that a header cannot contain.").format(name=name),
            _("Copy the key again: it has only ASCII letters, digits and punctuation."),
        )
    if any(not "!" <= character <= "~" for character in key):
        raise ConfigError(
            _("{name} contains a space, a line break or a control character.").format(name=name),
            _("It must contain only the key, without the word Bearer."),
        )
    return Secret(key)


def _reason(error: Exception) -> str:
    code = getattr(error, "errno", None)
    return os.strerror(code).lower() if code else _("invalid path")
