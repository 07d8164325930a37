"""The API keys that are known before a request is sent, for redaction."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tui_chat.config.api_key import read_key
from tui_chat.config.found_profiles import key_profiles
from tui_chat.core.errors import ConfigError
from tui_chat.core.labels import _
from tui_chat.core.profile import Secret
from tui_chat.providers.http.headers import profile_secrets

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tui_chat.session.launch import Launch

_KEY: Final = "OPENAI_API_KEY"


def known_secrets(launch: Launch) -> Iterator[Secret]:
    """Yield the secrets from the settings and the environment; none may appear in any output."""
    variables = [_KEY]
    found = key_profiles(launch.settings, launch.env)
    for profile in (*launch.settings.profiles.values(), *found):
        yield from profile_secrets(profile)
        if profile.key.env:
            variables.append(profile.key.env)
    for variable in variables:
        value = launch.env.get(variable, "").strip()
        if value:
            yield Secret(value)


def readable_secrets(launch: Launch) -> Iterator[Secret]:
    """Yield the known secrets and the keys from files. No command is run."""
    yield from known_secrets(launch)
    for profile in launch.settings.profiles.values():
        if not profile.key.file:
            continue
        try:
            key = read_key(profile, launch.env)
        except ConfigError:
            continue  # reported when a request needs the key
        if key is not None:
            yield key


def slow_secrets(launch: Launch, on_failure: Callable[[str], None]) -> Iterator[Secret]:
    """Yield the keys of commands and of the keyring, which may take 30 s and are asked once.

    Args:
        launch: Names the sources and caches their keys.
        on_failure: Receives a message if a source gives no key, so that it cannot be redacted.
    """
    for profile in launch.settings.profiles.values():
        source = profile.key.slow_id
        if not source:
            continue
        if source not in launch.slow_keys:
            try:
                key = read_key(profile, launch.env)
            except ConfigError as error:
                on_failure(_("{error} This key is not redacted.").format(error=error.summary))
                continue
            if key is None:
                continue
            launch.slow_keys[source] = key
        yield launch.slow_keys[source]
