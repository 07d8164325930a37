"""Floor 3: the endpoints. Importing this costs nothing; the HTTP client is loaded on demand."""

from __future__ import annotations

import asyncio
import sys
from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from types import ModuleType

    from tui_chat.core.profile import Profile, Secret
    from tui_chat.providers.openai_compatible import OpenAICompatible

_MODULE: Final = "tui_chat.providers.openai_compatible"


async def warm_up() -> None:
    """Load the HTTP client, so that the first question does not wait for it."""
    await _load()
    client = sys.modules["tui_chat.providers.http.client"]
    await asyncio.to_thread(client.load_transport)


async def open_provider(profile: Profile, key: Secret | None) -> OpenAICompatible:
    """Return the provider that asks a profile's endpoint.

    Args:
        profile: Where and how to ask.
        key: Sent along; None for an endpoint that wants none.

    Raises:
        ConfigError: A certificate file or a proxy setting cannot be used.
        KeyRefused: The key holds a character that cannot be sent.
    """
    module = await _load()
    provider: OpenAICompatible = await asyncio.to_thread(module.OpenAICompatible, profile, key)
    return provider


async def _load() -> ModuleType:
    """Import the provider in a thread, so that the loop goes on."""
    loaded = sys.modules.get(_MODULE)
    if loaded is not None and hasattr(loaded, "OpenAICompatible"):
        return loaded
    return await asyncio.to_thread(import_module, _MODULE)
