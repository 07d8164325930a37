"""Connections that are never accepted, and TLS handshakes that are never answered."""

from __future__ import annotations

import asyncio
import socket
from contextlib import ExitStack, suppress

from tests.providers.case import SHORT, Asked, ask, opened
from tui_chat.core.errors import NoAnswer
from tui_chat.core.profile import Profile


async def _asked(url: str) -> Asked:
    profile = Profile("test", url, model="m", timeouts=SHORT, max_retries=3)
    provider = await opened(profile, None)
    try:
        return await ask(provider, profile)
    finally:
        await provider.aclose()


async def test_an_unaccepted_connection_times_out() -> None:
    with ExitStack() as stack:
        listening = stack.enter_context(socket.socket())
        listening.bind(("127.0.0.1", 0))
        listening.listen(0)
        for _ in range(3):
            # These fill the backlog; further connections are never accepted.
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            with suppress(BlockingIOError):
                waiting.connect(listening.getsockname())
        asked = await _asked(f"http://127.0.0.1:{listening.getsockname()[1]}/v1")
    assert asked.reply.error_kind == NoAnswer.kind
    assert "did not accept a connection within 0.2 s" in (asked.reply.error_text or "")
    assert "connect" in (asked.reply.error_text or "")


async def test_an_unanswered_tls_handshake_times_out() -> None:
    closed = asyncio.Event()

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await reader.read(1_024):
            pass
        closed.set()
        writer.close()

    async with await asyncio.start_server(silent, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        asked = await _asked(f"https://127.0.0.1:{port}/v1")
        async with asyncio.timeout(2):
            await closed.wait()
    assert "did not accept a connection within 0.2 s" in (asked.reply.error_text or "")
