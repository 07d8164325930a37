"""Reads and stores keys in the keyring of the system, with a time limit.

The package `keyring` is optional. Some keyrings wait for ever, for a password or for a service that
does not run, so a child process asks them.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Final

from tui_chat.config.child_environment import child_environment
from tui_chat.config.keyring.child import LOCKED, NO_KEYRING
from tui_chat.config.problems import quoted
from tui_chat.core.errors import ConfigError
from tui_chat.core.labels import _
from tui_chat.core.profile import Secret
from tui_chat.core.text.sanitize import sanitize_line

if TYPE_CHECKING:
    from collections.abc import Mapping

KEYRING_TIMEOUT_S: Final = 20.0
"""A keyring may ask for its password first."""


def keyring_notice() -> str:
    """Return the line to show while a key is being stored."""
    return _(
        "Saving the key. The keyring may ask for its password; after {seconds} s without an answer "
        "a private file is used."
    ).format(seconds=int(KEYRING_TIMEOUT_S))


_CHILD: Final = "tui_chat.config.keyring.child"


class KeyringUnusable(ConfigError):
    """There is no keyring, or it does not answer."""


@dataclass(frozen=True, slots=True)
class KeyringAnswer:
    """The answer of a keyring."""

    keyring: str
    """Its name, such as `SecretService Keyring`."""
    key: Secret | None


def read_entry(
    name: str, env: Mapping[str, str], timeout_s: float = KEYRING_TIMEOUT_S
) -> Secret | None:
    """Return a key of the keyring; None if it has none of that name.

    Call it in a thread; it waits for the keyring.

    Raises:
        KeyringUnusable: There is no keyring, or it does not answer.
    """
    return _ask({"action": "get", "name": name}, env, timeout_s).key


def store_entry(
    name: str, key: Secret, env: Mapping[str, str], timeout_s: float = KEYRING_TIMEOUT_S
) -> str:
    """Store a key and return the name of the keyring.

    Raises:
        KeyringUnusable: It was not stored.
    """
    request = {"action": "set", "name": name, "key": key.reveal()}
    found = _ask(request, env, timeout_s)
    if found.key != key:
        raise KeyringUnusable(
            _("The keyring “{keyring}” did not keep the key.").format(keyring=found.keyring), ""
        )
    return found.keyring


def remove_entry(name: str, env: Mapping[str, str], timeout_s: float = KEYRING_TIMEOUT_S) -> None:
    """Remove a key from the keyring, if it has one of that name.

    Raises:
        KeyringUnusable: There is no keyring, or it does not answer.
    """
    _ask({"action": "remove", "name": name}, env, timeout_s)


def is_keyring_installed() -> bool:
    """Return whether the package `keyring` is installed; it is not imported."""
    return find_spec("keyring") is not None


def _ask(request: dict[str, str], env: Mapping[str, str], timeout_s: float) -> KeyringAnswer:
    if not is_keyring_installed():
        raise KeyringUnusable(
            _("The package keyring is not installed."),
            _("Run: {command}").format(command='pip install ".[keyring]"'),
        )
    found = _answer(json.dumps(request).encode(), env, timeout_s)
    if (error := found.get("error")) is not None:
        raise _failure(str(error))
    key = found.get("key")
    name = sanitize_line(str(found.get("keyring")), 60)
    return KeyringAnswer(name, Secret(key) if isinstance(key, str) else None)


def _failure(error: str) -> KeyringUnusable:
    if error == NO_KEYRING:
        summary, hint = _("This system has no keyring."), _("Use a key file or a variable.")
    elif error == LOCKED:
        summary, hint = _("The keyring is locked."), _("Unlock it and try it again.")
    else:
        text = _("The keyring failed: {error}.")
        summary, hint = text.format(error=quoted(error)), _("Use a key file or a variable.")
    return KeyringUnusable(summary, hint)


def _answer(request: bytes, env: Mapping[str, str], timeout_s: float) -> dict[str, Any]:
    # The keyring needs the session of the user: its bus, its display, its language.
    child_env = {**env, **child_environment(dict(env), sys.path)}
    process = subprocess.Popen(  # noqa: S603 - this program, without a shell
        # Keep the current folder out of sys.path: it may contain a keyring.py.
        [sys.executable, "-P", "-m", _CHILD],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=child_env,
        # A new session detaches it from the terminal and allows killing all its processes.
        start_new_session=True,
    )
    try:
        output = process.communicate(request, timeout_s)[0]
        found = json.loads(output)
    except subprocess.TimeoutExpired:
        raise KeyringUnusable(
            _("The keyring did not answer within {seconds:g} s.").format(seconds=timeout_s),
            _("Unlock it, or use a key file or a variable."),
        ) from None
    except ValueError:
        # Without the output, which may contain the key.
        raise _failure(_("it crashed")) from None
    finally:
        if process.poll() is None:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()
    return found if isinstance(found, dict) else {"error": "?"}
