"""Access to OpenAI-compatible endpoints. The HTTP client is imported on demand."""

from __future__ import annotations

import asyncio
import sys
from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from types import ModuleType

    from tui_chat.config.expiring_store import ExpiringStore
    from tui_chat.core.profile import Profile, Secret
    from tui_chat.providers.openai_compatible import OpenAICompatible

_MODULE: Final = "tui_chat.providers.openai_compatible"


async def warm_up() -> None:
    """Preload the HTTP client, so that the first request does not wait for its import."""
    await _load()
    client = sys.modules["tui_chat.providers.http.client"]
    await asyncio.to_thread(client.load_transport)


async def open_provider(
    profile: Profile, key: Secret | None, store: ExpiringStore | None = None
) -> OpenAICompatible:
    """Return a provider for a profile's endpoint.

    Args:
        profile: The endpoint and its settings.
        key: Sent as a bearer token; None for an endpoint that needs none.
        store: Remembers what endpoints refuse; None to remember it for this provider only.

    Raises:
        ConfigError: A certificate file or a proxy setting is unusable.
        KeyRefused: The key contains a character that cannot be sent.
    """
    module = await _load()
    provider: OpenAICompatible = await asyncio.to_thread(
        module.OpenAICompatible, profile, key, store
    )
    return provider


async def _load() -> ModuleType:
    """Import the provider in a thread, so that the event loop is not blocked."""
    loaded = sys.modules.get(_MODULE)
    if loaded is not None and hasattr(loaded, "OpenAICompatible"):
        return loaded
    return await asyncio.to_thread(import_module, _MODULE)
