"""Errors tell clients whether a retry can help."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.gateway.test_clients import through
from tests.providers.wire import error_answer
from tui_chat.gateway.http.errors import ErrorReply

if TYPE_CHECKING:
    from tests.gateway.conftest import Opener


def test_a_refused_key_of_the_owner_is_final() -> None:
    refused = dict(ErrorReply(502, "upstream_refused", "x").headers)
    assert refused[b"x-should-retry"] == b"false"
    assert b"x-should-retry" not in dict(ErrorReply(502, "upstream_bad_reply", "x").headers)


async def test_the_chat_does_not_retry_a_refused_key(opened: Opener) -> None:
    gateway, server = await opened(error_answer(401, "Bad key."))
    reply = (await through(gateway)).reply
    assert "operator" in (reply.error_text or "")
    assert len(server.requests) == 1
