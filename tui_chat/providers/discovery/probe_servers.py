"""Asks the usual ports of this machine whether a model server listens there.

Only `GET /v1/models` is sent, to the loopback address, without a key and without a proxy. Whatever
listens there may be hostile: time and size of a response are limited, nothing is decompressed, and
only plain names are accepted.
"""

from __future__ import annotations

import asyncio
import json
import logging
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from tui_chat.core.profile import Profile
from tui_chat.providers.http.client import FAILURES, make_client
from tui_chat.providers.model_list import parse_model_list

if TYPE_CHECKING:
    from collections.abc import Iterable

    import httpx2

    from tui_chat.config.vendors import LocalServer
    from tui_chat.core.stream_events import ModelInfo

log = logging.getLogger(__name__)

TIME_LIMIT_S: Final = 1.5
"""For one server, from the connection to the end of its list."""
_MAX_BYTES: Final = 500_000
_MAX_NAME: Final = 200
_NOT_FOR_CHAT: Final = re.compile(
    r"embed|rerank|whisper|tts|\bbge\b|minilm|clip\b|stable-diffusion|flux", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class FoundServer:
    """A server that lists models."""

    server: LocalServer
    models: tuple[str, ...]
    """Their ids, never empty; the first one can chat, if the name tells."""


async def probe_servers(
    servers: Iterable[LocalServer], *, time_limit_s: float = TIME_LIMIT_S
) -> list[FoundServer]:
    """Return the servers that list models now, in the order of the table.

    Args:
        servers: The servers to ask, all at once.
        time_limit_s: The time limit for each.
    """
    asked = list(servers)
    if not asked:
        return []
    anywhere = Profile(name="discovery", base_url="http://127.0.0.1", uses_proxies=False)
    # In a thread: the HTTP client may have to be imported and reads its settings.
    client = await asyncio.to_thread(make_client, anywhere, on_request=_unchanged)
    async with client:
        lists = await asyncio.gather(*(_models(client, one, time_limit_s) for one in asked))
    return [
        FoundServer(server, models) for server, models in zip(asked, lists, strict=True) if models
    ]


async def _models(
    client: httpx2.AsyncClient, server: LocalServer, time_limit_s: float
) -> tuple[str, ...]:
    try:
        async with asyncio.timeout(time_limit_s):
            body = await _body(client, f"{server.base_url}/models")
            return await asyncio.to_thread(_parsed, body)
    except TimeoutError:
        log.info("port %d does not answer in time", server.port)
    except FAILURES as error:
        log.debug("port %d: %s", server.port, type(error).__name__)
    return ()


async def _body(client: httpx2.AsyncClient, url: str) -> bytes:
    """Return the body of a response; empty if it is compressed or too long."""
    headers = {"Accept": "application/json", "Accept-Encoding": "identity", "Connection": "close"}
    body = bytearray()
    async with client.stream("GET", url, headers=headers, follow_redirects=False) as response:
        if response.headers.get("content-encoding", "identity").strip().lower() != "identity":
            return b""
        async for piece in response.aiter_raw():
            body += piece
            if len(body) > _MAX_BYTES:
                return b""
    return bytes(body)


def _parsed(body: bytes) -> tuple[str, ...]:
    """Return the usable model ids in a body; those for chats come first."""
    try:
        models = parse_model_list(json.loads(body)) or []
    except (ValueError, RecursionError):
        return ()
    names = [model.id for model in models if _is_plain(model)]
    return tuple(sorted(names, key=lambda name: _NOT_FOR_CHAT.search(name) is not None))


def _is_plain(model: ModelInfo) -> bool:
    return len(model.id) <= _MAX_NAME and model.id.isprintable() and model.id.strip() == model.id


async def _unchanged(_request: httpx2.Request) -> None:
    """Change nothing in a request: it has neither a key nor headers of the user."""
