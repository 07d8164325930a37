"""A reasoning effort that a model refuses, and the one that is sent instead."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.providers.case import profile_at
from tests.providers.wire import END, error_answer, hello
from tests.sse_server import Answer, SseServer
from tui_chat.config.expiring_store import ExpiringStore
from tui_chat.core.conversation import Message, Role, now
from tui_chat.core.parameters.parameters import Parameters
from tui_chat.core.request import build_request
from tui_chat.core.stream_events import RequestAdjusted
from tui_chat.providers import open_provider
from tui_chat.providers.refused_effort import refused_effort, with_effort

if TYPE_CHECKING:
    from tui_chat.core.profile import Profile


_COMPLETE = Answer((hello(END),))


@pytest.mark.parametrize(
    ("text", "sent", "instead"),
    [
        (
            "Unsupported value: 'reasoning_effort' does not support 'none' with this model. "
            "Supported values are: 'low', 'medium', and 'high'.",
            {"reasoning_effort": "none"},
            ("none", "low"),
        ),
        (
            "Unsupported value: 'reasoning_effort' does not support 'xhigh' with this model.",
            {"reasoning_effort": "xhigh"},
            ("xhigh", "high"),
        ),
        (
            "[{'loc': ('body', 'reasoning_effort'), 'msg': \"Input should be 'low', 'medium' or "
            "'high'\", 'input': 'max'}]",
            {"reasoning_effort": "max"},
            ("max", "high"),
        ),
        (
            '{"error": "invalid think value: \\"minimal\\" (must be \\"high\\", \\"medium\\", '
            '\\"low\\", true, or false)"}',
            {"reasoning_effort": "minimal"},
            ("minimal", "low"),
        ),
        (
            "reasoning.effort: unknown variant `max`, expected one of `low`, `high`",
            {"reasoning": {"effort": "max"}},
            ("max", "high"),
        ),
        # The parameter, not its value.
        ("Unknown parameter: 'reasoning_effort'.", {"reasoning_effort": "low"}, None),
        ("The effort was in vain: 'low' tide.", {"reasoning_effort": "low"}, None),
        ("Invalid value: 'low'", {"temperature": 1}, None),
        ("Invalid effort 'medium'", {"reasoning_effort": "medium"}, None),
    ],
)
def test_the_nearest_accepted_effort(
    text: str, sent: dict[str, Any], instead: tuple[str, str] | None
) -> None:
    assert refused_effort(text, sent) == instead


def test_every_place_of_the_effort_changes() -> None:
    body = {
        "reasoning_effort": "max",
        "reasoning": {"effort": "max", "exclude": True},
        "chat_template_kwargs": {"reasoning_effort": "low"},
    }
    assert with_effort(body, "max", "high") == {
        "reasoning_effort": "high",
        "reasoning": {"effort": "high", "exclude": True},
        "chat_template_kwargs": {"reasoning_effort": "low"},
    }


async def _asked(profile: Profile, store: ExpiringStore, effort: str) -> list[str]:
    question = Message("1", "c", None, Role.USER, "Q", now())
    request = build_request([question], profile, parameters=Parameters(effort=effort))
    provider = await open_provider(profile, None, store=store)
    try:
        events = [event async for event in provider.stream(request)]
        return [event.message for event in events if isinstance(event, RequestAdjusted)]
    finally:
        await provider.aclose()


async def test_a_refused_effort_is_replaced_and_remembered() -> None:
    def refusal(value: str, *accepted: str) -> Answer:
        words = f"'reasoning_effort' does not support '{value}'. Supported values are: "
        return error_answer(400, words + ", ".join(f"'{it}'" for it in accepted))

    store = ExpiringStore(None)
    async with SseServer(
        refusal("high", "low", "medium"),
        _COMPLETE,
        refusal("max", "high"),
        _COMPLETE,
        _COMPLETE,
    ) as server:
        profile = profile_at(server)
        assert await _asked(profile, store, "high") == [
            "the reasoning effort high is sent as medium, which the model accepts"
        ]
        # The first rule applies to what replaces the second one.
        assert len(await _asked(profile, store, "max")) == 1
        assert await _asked(profile, store, "max") == []
        efforts = [request.json["reasoning_effort"] for request in server.requests]
    assert efforts == ["high", "medium", "max", "medium", "medium"]
