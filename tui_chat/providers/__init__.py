"""Floor 3: the endpoints. Importing this costs nothing; the SDK is loaded in a thread, on demand."""

from __future__ import annotations

from typing import Any


async def warm_up() -> None:
    """Load the SDK."""


async def open_provider(profile: Any, key: Any) -> Any:
    """Open."""
    raise NotImplementedError
