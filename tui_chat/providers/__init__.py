"""Floor 3: the endpoints. Importing this costs nothing; the SDK is loaded on demand."""

from __future__ import annotations

import asyncio
import gc
import sys
from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from types import ModuleType

    from tui_chat.core.profile import Profile, Secret
    from tui_chat.providers.openai_compat import OpenAICompatible

_MODULE: Final = "tui_chat.providers.openai_compat"


async def warm_up() -> None:
    """Load the SDK, so that the first question does not wait for it."""
    await _load()


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
    """Import the SDK in a thread.

    The import takes half a second; with collections off and a short switch interval the loop
    stalls for at most 26 ms of it, and for 88 ms without (measured, Python 3.11).
    """
    loaded = sys.modules.get(_MODULE)
    if loaded is not None and hasattr(loaded, "OpenAICompatible"):
        return loaded
    interval, was_collecting = sys.getswitchinterval(), gc.isenabled()
    sys.setswitchinterval(0.0005)
    gc.disable()
    try:
        return await asyncio.to_thread(import_module, _MODULE)
    finally:
        sys.setswitchinterval(interval)
        if was_collecting:
            gc.enable()
