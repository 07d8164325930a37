"""The person's keys, as far as they are known without asking anybody for them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tui_chat.config.api_key import read_key
from tui_chat.core.errors import ConfigError
from tui_chat.core.profile import Secret
from tui_chat.providers.http.headers import profile_secrets

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tui_chat.session.launch import Launch

_KEY: Final = "OPENAI_API_KEY"


def known_secrets(launch: Launch) -> Iterator[Secret]:
    """Yield the secrets that are there before a key is read: none may come into any line."""
    variables = [_KEY]
    for profile in launch.settings.profiles.values():
        yield from profile_secrets(profile)
        if profile.key.env:
            variables.append(profile.key.env)
    for variable in variables:
        value = launch.env.get(variable, "").strip()
        if value:
            yield Secret(value)


def readable_secrets(launch: Launch) -> Iterator[Secret]:
    """Yield the known secrets, and the keys that stand in files. No command is run for it."""
    yield from known_secrets(launch)
    for profile in launch.settings.profiles.values():
        if not profile.key.file:
            continue
        try:
            key = read_key(profile, launch.env)
        except ConfigError:
            continue  # whoever asks with it is told why it cannot be read
        if key is not None:
            yield key


def command_secrets(launch: Launch, on_failure: Callable[[str], None]) -> Iterator[Secret]:
    """Yield the keys that commands print. A command runs for up to 30 s, once in a run.

    Args:
        launch: Names the commands, and keeps what they printed.
        on_failure: Called with words when a command gives no key, so that its key cannot be masked.
    """
    for profile in launch.settings.profiles.values():
        command = profile.key.command
        if command is None:
            continue
        if command not in launch.command_keys:
            try:
                key = read_key(profile, launch.env)
            except ConfigError as error:
                on_failure(f"{error.summary} So that key is not masked in what is written.")
                continue
            if key is None:
                continue
            launch.command_keys[command] = key
        yield launch.command_keys[command]
