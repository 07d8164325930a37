"""The key of a profile, read from where the profile says it is.

No words here ever hold what a file, a variable or a command gave: it might be the key, or most of
it. Nor does any error that is chained to one of these hold it.
"""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING, Final

from tui_chat.config.permissions import is_foreign
from tui_chat.config.problems import looks_like_key, quoted, upper_first
from tui_chat.core.errors import ConfigError
from tui_chat.core.profile import Secret
from tui_chat.core.text.sanitize import sanitize_line

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tui_chat.core.profile import Profile

LARGEST_KEY: Final = 16_384
"""In bytes. The longest tokens in use have about four thousand."""


def read_key(profile: Profile, env: Mapping[str, str]) -> Secret | None:
    """Return the key of a profile; None when it names no source.

    It may run a command of the person's for up to 30 seconds: call it in a thread.

    Raises:
        ConfigError: The source gives no usable key; it names the profile and the source.
    """
    source, name = profile.key, f"profile “{quoted(profile.name)}”"
    if source.secret is not None:
        return _checked(source.secret.reveal(), f"The key of {name}")
    if source.env is not None:
        return _from_environment(source.env, name, env)
    if source.file is not None:
        where = f"the key file {sanitize_line(source.file)} of {name}"
        return _checked(_text(_file_bytes(source.file, where)), where)
    if source.command is not None and source.distrust:
        raise ConfigError(
            f"The api_key_command of {name} is not run: {source.distrust}.",
            "Only you and root may be able to change config.toml and its folder: chmod go-w.",
        )
    if source.command is not None:
        # Most profiles have no command, and subprocess is slow to import.
        from tui_chat.config.api_key_command import command_output

        where = f"the api_key_command of {name}"
        return _checked(_text(command_output(source.command, where, env)), f"the key from {where}")
    return None


def _from_environment(variable: str, name: str, env: Mapping[str, str]) -> Secret:
    # A key pasted in place of the variable's name must not come back in the words.
    shown = "…" if looks_like_key(variable) else sanitize_line(variable)
    value = env.get(variable, "")
    if not value.strip():
        raise ConfigError(
            f"The environment variable {shown} is not set; the key of {name} comes from it.",
            f"Set {shown}, or change the key source of the profile.",
        )
    return _checked(value, f"the key in the environment variable {shown} of {name}")


def _file_bytes(path: str, where: str) -> bytes:
    """Return the content of a key file that only its owner can read."""
    where = upper_first(where)
    try:
        # Without O_NONBLOCK a named pipe in its place would hang the program.
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        try:
            _check_file(os.fstat(descriptor), path, where)
            return os.read(descriptor, LARGEST_KEY)
        finally:
            os.close(descriptor)
    except (OSError, ValueError) as error:
        raise ConfigError(f"{where} cannot be read: {_reason(error)}.", "Check its path.") from None


def _check_file(status: os.stat_result, path: str, where: str) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise ConfigError(f"{where} is not a file.", "Check its path.")
    if is_foreign(status):
        raise ConfigError(f"{where} belongs to another user.", "Use a file of your own.")
    if os.name == "posix" and status.st_mode & 0o077:
        raise ConfigError(
            f"{where} can be read by others.", f"Run: chmod 600 {sanitize_line(path)}"
        )
    if status.st_size > LARGEST_KEY:
        raise ConfigError(
            f"{where} is too large to be a key.", "It must hold the key and nothing else."
        )


def _text(content: bytes) -> str:
    # What is not ASCII is refused next, so it need not be read rightly.
    return content.removeprefix(b"\xef\xbb\xbf").decode("latin-1")


def _checked(text: str, where: str) -> Secret:
    """Return the key without blanks around it, if a header can carry it."""
    key = text.strip(" \t\r\n")
    if not key:
        raise ConfigError(f"{upper_first(where)} is empty.", "Put the key there.")
    if len(key) > LARGEST_KEY:
        raise ConfigError(f"{upper_first(where)} is too long to be a key.", "Check it.")
    if not key.isascii():
        raise ConfigError(
            f"{upper_first(where)} contains a character that cannot be sent in a header.",
            "Copy the key again: it has only ASCII letters, digits and signs.",
        )
    if any(not "!" <= character <= "~" for character in key):
        raise ConfigError(
            f"{upper_first(where)} has a blank, a line break or a control character inside.",
            "It must be the key and nothing else, without the word Bearer.",
        )
    return Secret(key)


def _reason(error: Exception) -> str:
    code = getattr(error, "errno", None)
    return os.strerror(code).lower() if code else "its path is not valid"
