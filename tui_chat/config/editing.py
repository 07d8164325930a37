"""Adds settings to config.toml without changing anything else in it."""

from __future__ import annotations

import json
import os
import re
import tempfile
import tomllib
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from tui_chat.config.paths import make_private_folder
from tui_chat.core.errors import ConfigError
from tui_chat.core.labels import _
from tui_chat.core.text.sanitize import sanitize_line

if TYPE_CHECKING:
    from collections.abc import Mapping

_QUOTED_NAME: Final = re.compile(r"[^A-Za-z0-9_-]+")
_BOM: Final = b"\xef\xbb\xbf"
_INSECURE: Final = re.compile(r"\s*insecure\s*=")
_HOSTS: Final = re.compile(r"\s*insecure_hosts\s*=")


def allow_insecure(file: Path, name: str | None, host: str) -> None:
    """Allow plain http to a host in config.toml.

    Args:
        file: The configuration, which need not exist.
        name: The profile that gets `insecure = true`; None for an endpoint without a profile, whose
            host is added to `insecure_hosts`.
        host: Host and port of the endpoint.

    Raises:
        ConfigError: The file cannot be extended or written; the hint shows the line to add.
    """
    old = read_config(file)
    before = parsed(file, old)
    if name is not None:
        new = _with_insecure_profile(old, name)
        after: Mapping[str, Any] = _expected_profile(before, name)
        hint = _("Add `insecure = true` to the table of the profile “{profile}”.").format(
            profile=sanitize_line(name, 60)
        )
    else:
        hosts = [it for it in before.get("insecure_hosts", ()) if isinstance(it, str)]
        hosts += [host] if host not in hosts else []
        new = _with_hosts(old, hosts)
        after = {**before, "insecure_hosts": hosts}
        hint = _("Add {line} at the top of the file.").format(
            line=f'`insecure_hosts = ["{sanitize_line(host, 100)}"]`'
        )
    if new is None or loaded(new) != after:
        raise ConfigError(
            _("{file} cannot be extended automatically.").format(file=sanitize_line(str(file))),
            hint,
        )
    make_private_folder(file.parent)
    write_config(file, new)


def read_config(file: Path) -> bytes:
    """Return the bytes of config.toml; empty if it does not exist.

    Raises:
        ConfigError: The file cannot be read.
    """
    try:
        return file.read_bytes()
    except FileNotFoundError:
        return b""
    except OSError as error:
        reason = error.strerror or type(error).__name__
        text = _("{file} is unreadable: {reason}.").format(file=file, reason=reason)
        raise ConfigError(text, _("Change its permissions.")) from error


def parsed(file: Path, text: bytes) -> dict[str, Any]:
    """Return the tables of config.toml.

    Raises:
        ConfigError: The file is not valid TOML.
    """
    try:
        return tomllib.loads(_decoded(text))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(
            _("{file} has a syntax error: {reason}.").format(
                file=file, reason=sanitize_line(str(error), 200)
            ),
            _("Fix it first; a file with a syntax error is not changed."),
        ) from None


def loaded(text: bytes) -> dict[str, Any] | None:
    """Return the tables of an edited config.toml; None if the edit made it invalid."""
    try:
        return tomllib.loads(_decoded(text))
    except tomllib.TOMLDecodeError:
        return None


def with_table(old: bytes, name: str, table: Mapping[str, str | bool]) -> bytes:
    """Return config.toml with the table of a profile appended, with the same line endings."""
    # A JSON string without raw control characters is a TOML string.
    key = json.dumps(name, ensure_ascii=False) if _QUOTED_NAME.search(name) else name
    values = (
        f"{field} = {json.dumps(value, ensure_ascii=False)}" for field, value in table.items()
    )
    lines = [f"[profiles.{key}]", *values]
    end = _line_ending(old)
    begin = "" if not old.strip() else end if old.endswith(b"\n") else end * 2
    return old + f"{begin}{end.join(lines)}{end}".encode()


def write_config(file: Path, text: bytes) -> None:
    """Replace config.toml; a symbolic link is followed.

    Raises:
        ConfigError: The file cannot be written.
    """
    write_private(Path(os.path.realpath(file)), text)


def write_private(path: Path, content: bytes) -> None:
    """Write a file atomically with mode 0600.

    Raises:
        ConfigError: The file cannot be written.
    """
    try:
        # mkstemp uses mode 0600.
        descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            Path(name).replace(path)
        except BaseException:
            with suppress(OSError):
                Path(name).unlink()
            raise
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise ConfigError(
            _("{file} is not writable: {reason}.").format(
                file=sanitize_line(str(path)), reason=reason
            ),
            _("Change its permissions."),
        ) from error


def _expected_profile(before: Mapping[str, Any], name: str) -> dict[str, Any]:
    profiles = before.get("profiles", {})
    return {**before, "profiles": {**profiles, name: {**profiles.get(name, {}), "insecure": True}}}


def _with_insecure_profile(old: bytes, name: str) -> bytes | None:
    """Return config.toml with `insecure = true` in a profile; None without its header."""
    lines = _decoded(old).split("\n")
    for at, line in enumerate(lines):
        if line.lstrip().startswith("[") and _is_header_of(line, name):
            later = (
                number
                for number in range(at + 1, len(lines))
                if lines[number].lstrip().startswith("[")
            )
            end = next(later, len(lines))
            return _encoded(old, _set_key(lines, at + 1, end, _INSECURE, "insecure = true"))
    return None


def _is_header_of(line: str, name: str) -> bool:
    try:
        return tomllib.loads(f"{line}\n") == {"profiles": {name: {}}}
    except tomllib.TOMLDecodeError:
        return False


def _with_hosts(old: bytes, hosts: list[str]) -> bytes:
    lines = _decoded(old).split("\n")
    tables = (at for at, line in enumerate(lines) if line.lstrip().startswith("["))
    text = f"insecure_hosts = {json.dumps(hosts, ensure_ascii=False)}"
    return _encoded(old, _set_key(lines, 0, next(tables, len(lines)), _HOSTS, text))


def _set_key(
    lines: list[str], start: int, end: int, pattern: re.Pattern[str], text: str
) -> list[str]:
    """Return the lines with a key replaced or, if it is missing, inserted at the start."""
    for at in range(start, end):
        if pattern.match(lines[at]):
            return [*lines[:at], text, *lines[at + 1 :]]
    return [*lines[:start], text, *lines[start:]]


def _encoded(old: bytes, lines: list[str]) -> bytes:
    text = _line_ending(old).join(lines).encode()
    if not text.endswith(b"\n"):
        text += _line_ending(old).encode()
    return _BOM + text if old.startswith(_BOM) else text


def _line_ending(text: bytes) -> str:
    return "\r\n" if b"\r\n" in text else "\n"


def _decoded(text: bytes) -> str:
    return text.removeprefix(_BOM).decode().replace("\r\n", "\n")
