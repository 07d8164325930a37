"""Limits the output that a request asks the endpoint for, and asks for the usage."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlsplit

_NAMES: Final = ("max_completion_tokens", "max_tokens")
_NEW_NAME_HOSTS: Final = (".openai.com", ".openai.azure.com")
"""Hosts whose newest models refuse `max_tokens`; others may not know the new name."""


def wanted_output(body: dict[str, Any]) -> int | None:
    """Return the most output tokens that a request asks for; None if it does not limit them."""
    given = [body[name] for name in _NAMES if isinstance(body.get(name), int)]
    return min(given, default=None)


def limit_output(body: dict[str, Any], most: int, base_url: str) -> None:
    """Lower the limit of a request to a number of output tokens; set one if there is none."""
    given = [name for name in _NAMES if isinstance(body.get(name), int)]
    for name in given or [_name_for(base_url)]:
        body[name] = min(body.get(name, most), most)


def ask_for_usage(body: dict[str, Any]) -> None:
    """Ask for the usage of a stream, which the gateway counts."""
    if body.get("stream"):
        body["stream_options"] = {**body.get("stream_options", {}), "include_usage": True}


def _name_for(base_url: str) -> str:
    host = f".{urlsplit(base_url).hostname or ''}"
    return _NAMES[0] if host.endswith(_NEW_NAME_HOSTS) else _NAMES[1]
