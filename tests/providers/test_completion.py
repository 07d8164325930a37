"""Response bytes and the text parsed from them."""

from __future__ import annotations

from contextlib import aclosing, asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest

from tests.providers.case import QUICK, SHORT
from tests.providers.wire import END, KEY, completion, delta, error_answer, hello, json_answer
from tests.sse_server import Answer, SseServer, Stall
from tui_chat.core.errors import CutOff, NoAnswer, RateLimited
from tui_chat.core.profile import Profile, Secret
from tui_chat.core.stream_events import TextDelta
from tui_chat.providers.endpoint import Endpoint
from tui_chat.providers.stream import reply_parser as reply

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from tui_chat.providers.completion import Completion

BODY: dict[str, Any] = {"model": "m", "messages": [], "stream": True}


def endpoint_for(server: SseServer, **fields: Any) -> Endpoint:
    usual: dict[str, Any] = {"name": "test", "base_url": server.base_url, "timeouts": QUICK}
    return Endpoint(Profile(**usual | fields), Secret(KEY), is_relayed=True)


@asynccontextmanager
async def asked(
    endpoint: Endpoint, body: dict[str, Any] = BODY
) -> AsyncGenerator[Completion, None]:
    async with endpoint.completion(body) as completion:
        await completion.sent()
        await completion.head()
        yield completion


async def read(endpoint: Endpoint) -> bytes:
    async with asked(endpoint) as found:
        return b"".join([piece.data async for piece in found.pieces()])


async def test_pieces_contain_the_bytes_and_the_parsed_text() -> None:
    async with SseServer(Answer((hello(END),))) as server:
        endpoint = endpoint_for(server)
        async with asked(endpoint) as found:
            pieces = [piece async for piece in found.pieces()]
        assert b"".join(piece.data for piece in pieces) == hello(END)
        deltas = [delta for piece in pieces for delta in piece.deltas]
        assert deltas == [TextDelta("Hel"), TextDelta("lo.")]
        assert found.content_type == "text/event-stream"
        assert found.reader.ending().finish_reason == "stop"
        await read(endpoint)
        assert server.connections == 1
        await endpoint.aclose()


async def test_a_whole_response_is_read() -> None:
    async with SseServer(json_answer(completion("Yes."))) as server:
        endpoint = endpoint_for(server)
        async with asked(endpoint, {"model": "m", "messages": []}) as found:
            _, deltas = await found.read_whole()
        assert list(deltas) == [TextDelta("Yes.")]
        await endpoint.aclose()


async def test_relayed_errors_do_not_name_the_endpoint() -> None:
    async with SseServer(error_answer(429, f"Slow down at 127.0.0.1, {KEY}")) as server:
        endpoint = endpoint_for(server)
        with pytest.raises(RateLimited) as error:
            await read(endpoint)
        assert "127.0.0.1" not in error.value.message + error.value.body
        await endpoint.aclose()


async def test_timeouts_of_the_profile_apply() -> None:
    answers = (Answer((Stall(),), framing="none"), Answer((delta("Hel"), Stall())))
    async with SseServer(*answers) as server:
        endpoint = endpoint_for(server, timeouts=SHORT)
        for kind in (NoAnswer, CutOff):
            with pytest.raises(kind, match="the endpoint"):
                await read(endpoint)
            await server.requests[-1].saw_close()
        await endpoint.aclose()


async def test_hang_up_closes_the_connection_at_once() -> None:
    async with SseServer(Answer((delta("Hel"), Stall()))) as server:
        endpoint = endpoint_for(server)
        async with asked(endpoint) as found, aclosing(found.pieces()) as pieces:
            await anext(pieces)
            found.hang_up()
            await server.requests[0].saw_close()
            # Errors after a hang-up are expected.
            assert [piece async for piece in pieces] == []
        await endpoint.aclose()


async def test_hang_up_after_the_end_keeps_the_connection_for_reuse() -> None:
    async with SseServer(Answer((hello(END),))) as server:
        endpoint = endpoint_for(server)
        async with asked(endpoint) as found:
            async for _ in found.pieces():
                pass
            found.hang_up()
        found.hang_up()
        assert await read(endpoint) == hello(END)
        assert server.connections == 1
        await endpoint.aclose()


async def test_a_response_over_the_limit_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reply, "ANSWER_LIMIT", 1000)
    async with SseServer(Answer((delta("word"),) * 100)) as server:
        endpoint = endpoint_for(server)
        async with asked(endpoint) as found:
            data = b"".join([piece.data async for piece in found.pieces()])
        assert len(data) < len(delta("word")) * 100
        failure = endpoint.failure_of_ending(found.reader.ending())
        assert isinstance(failure, CutOff)
        assert "too long" in failure.message
        await endpoint.aclose()
