"""Responses to clients when the endpoint fails or stalls."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.providers.wire import END, completion, delta, error_answer, hello, json_answer, page
from tests.sse_server import Answer, Cut, Repeat, Stall
from tui_chat.core.profile import Timeouts

if TYPE_CHECKING:
    from tests.gateway.conftest import Opener

SHORT = Timeouts(connect_s=0.3, first_token_s=0.3, idle_s=0.3)


@pytest.mark.parametrize(
    ("status", "seen"),
    [
        (400, 400), (401, 502), (402, 402), (403, 502), (404, 404), (405, 502), (407, 502),
        (408, 408), (413, 413), (418, 502), (422, 422), (429, 429), (500, 502), (503, 503),
        (529, 529),
    ],
)  # fmt: skip
async def test_statuses_of_the_endpoint(opened: Opener, status: int, seen: int) -> None:
    gateway, _ = await opened(
        error_answer(
            status, "These words.", code="a_code", param="top_p", headers={"Retry-After": "7"}
        )
    )
    answer = await gateway.ask(stream=True)
    assert answer.status_code == seen
    error = answer.json()["error"]
    if seen == status:
        assert (error["message"], error["code"], error["param"]) == (
            "These words.",
            "a_code",
            "top_p",
        )
    if status in (429, 503):
        assert answer.headers["retry-after"] == "7"
    if status == 401:
        assert "These words" not in answer.text
    assert (await gateway.entries())[0][3:5] == (0, seen)


async def test_messages_and_codes_of_the_endpoint_are_relayed(opened: Opener) -> None:
    expected = "This model's maximum context length is 10 tokens."
    gateway, _ = await opened(error_answer(400, expected, code="context_length_exceeded"))
    error = (await gateway.ask()).json()["error"]
    assert (error["message"], error["code"]) == (expected, "context_length_exceeded")


@pytest.mark.parametrize(
    ("answer", "status", "expected"),
    [
        (Answer((Stall(),)), 200, "sent nothing for 0.3 s"),
        (Answer((Repeat(b": ping\n\n", 0.02),)), 200, "sent nothing for 0.3 s"),
        (Answer((Stall(),), framing="none"), 504, "sent nothing for 0.3 s"),
        (Answer((delta("Hel"), Stall())), 200, "sent nothing for 0.3 s"),
        (Answer((delta("Hel"), Repeat(delta(""), 0.02))), 200, "sent nothing for 0.3 s"),
        (Answer((delta("Hel"), Cut())), 200, "was lost in the middle of the answer"),
        (Answer((delta("Hel"), Cut(resets=True))), 200, "was lost in the middle of the answer"),
        (Answer((Cut(),), framing="none"), 502, "without an answer"),
        (Answer((b"nonsense\r\n\r\n",), framing="none"), 502, "does not speak HTTP"),
    ],
)  # fmt: skip
async def test_stalls_and_lost_connections(
    opened: Opener, answer: Answer, status: int, expected: str
) -> None:
    gateway, server = await opened(answer, timeouts=SHORT)
    got = await gateway.ask(stream=True)
    assert got.status_code == status
    last = got.text.strip().rpartition("\n")[2].removeprefix("data: ")
    error = json.loads(last)["error"]
    assert expected in error["message"]
    assert error["type"] == "server_error"
    assert "timeouts" not in error["message"]
    if status == 200 and "Hel" in str(answer.steps):
        assert got.content.startswith(delta("Hel"))
    await server.requests[0].saw_close()
    assert (await gateway.entries())[0][4:] == (status, "failed")


async def test_tool_arguments_restart_the_timeouts(opened: Opener) -> None:
    call = delta(tool_calls=[{"index": 0, "function": {"arguments": "x"}}])
    gateway, _ = await opened(
        Answer((Repeat(call, 0.05, 20), delta(finish="tool_calls"))), timeouts=SHORT
    )
    assert (await gateway.ask(stream=True)).content == call * 20 + delta(finish="tool_calls")


async def test_a_whole_response_although_a_stream_was_requested(opened: Opener) -> None:
    gateway, _ = await opened(json_answer(completion()))
    answer = await gateway.ask(stream=True)
    assert (answer.json(), answer.headers["content-type"]) == (completion(), "application/json")


@pytest.mark.parametrize("body", ["", "[]", "null", "<html>x</html>", "{"])
async def test_responses_that_are_not_completions(opened: Opener, body: str) -> None:
    gateway, _ = await opened(page(body, content_type="application/json"))
    for is_streamed in (False, True):
        answer = await gateway.ask(stream=is_streamed)
        assert answer.status_code == 502
        assert answer.json()["error"]["code"] == "upstream_bad_reply"


async def test_an_error_with_status_200_is_relayed(opened: Opener) -> None:
    gateway, _ = await opened(json_answer({"error": {"message": "Rate limit", "code": 429}}))
    answer = await gateway.ask()
    assert answer.status_code >= 400
    assert "Rate limit" in answer.text


async def test_a_redirect_to_another_host_is_not_followed(opened: Opener) -> None:
    gateway, _ = await opened(
        Answer(status=307, headers={"Location": "http://127.0.0.2:9/v1"}, framing="length")
    )
    answer = await gateway.ask()
    assert answer.status_code == 502
    assert "127.0.0.2" not in answer.text


async def test_an_incomplete_stream_ends_with_an_error(opened: Opener) -> None:
    own_error = b'data: {"error": {"message": "Overloaded."}}\n\n'
    gateway, _ = await opened(
        Answer((hello(),)), Answer((hello() + own_error,)), Answer(()), Answer((hello(END),))
    )
    cut_off = (await gateway.ask(stream=True)).content
    assert cut_off.startswith(hello())
    (error_line,) = [line for line in cut_off.splitlines() if b'"error"' in line]
    assert json.loads(error_line[6:])["error"]["code"] == "upstream_cut_off"
    assert (await gateway.ask(stream=True)).content == hello() + own_error
    assert b'"upstream_bad_reply"' in (await gateway.ask(stream=True)).content
    assert (await gateway.ask(stream=True)).content == hello(END)
    assert [row[5] for row in await gateway.entries(4)] == ["failed"] * 3 + ["complete"]
