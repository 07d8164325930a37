"""Opens the session services after the first paint, off the loop."""

from __future__ import annotations

import asyncio
from importlib import import_module
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

    from tui_chat.session.launch import Launch
    from tui_chat.session.services import Services


class ServicesOpener(Protocol):
    """Opens store, engine and providers."""

    async def __call__(self, launch: Launch, progress: Callable[[str], None]) -> Services:
        """Return open services; `progress` is called with a message if it takes long."""


async def open_services(launch: Launch, progress: Callable[[str], None]) -> Services:
    """Return open services; their modules are loaded in a thread."""
    if not launch.is_temporary:
        log_file = await asyncio.to_thread(import_module, "tui_chat.session.log_file")
        log_file.log_to(launch.paths.log_file)
    module = await asyncio.to_thread(import_module, "tui_chat.session.services")
    services: Services = module.Services(launch, progress=progress)
    await services.open()
    return services
