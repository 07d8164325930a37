"""Web search is asked for as the endpoint or the profile wants it, where it is turned on."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.providers.case import messages
from tui_chat.core.conversation import Conversation, now
from tui_chat.core.parameters.web_search import searches_web, web_fields, with_web_search
from tui_chat.core.profile import Profile
from tui_chat.core.request import build_request

ROUTER = Profile("r", "https://openrouter.ai/api/v1", model="m")
CHAT = Conversation("c", now(), now())


@pytest.mark.parametrize(
    ("profile", "fields"),
    [
        (ROUTER, {"plugins": [{"id": "web"}]}),
        (replace(ROUTER, web={"plugins": [{"id": "web", "max_results": 2}]}),
         {"plugins": [{"id": "web", "max_results": 2}]}),
        (replace(ROUTER, web={}, extra_body={"plugins": [1]}), {"plugins": [1]}),
        (Profile("x", "https://api.x.ai/v1"),
         {"search_parameters": {"mode": "auto", "return_citations": True}}),
        (Profile("q", "https://dashscope-intl.aliyuncs.com/compatible-mode/v1"),
         {"enable_search": True}),
    ],
)  # fmt: skip
def test_the_fields_of_a_request(profile: Profile, fields: dict[str, Any]) -> None:
    question, _reply = messages()
    assert build_request([question], profile, searches_web=True).extra_body == fields
    assert build_request([question], profile).extra_body == profile.extra_body


def test_a_profile_turns_it_on_and_a_conversation_switches_it() -> None:
    asking = replace(ROUTER, web={})
    unknown = Profile("u", "http://127.0.0.1:1/v1")
    assert not searches_web(CHAT, ROUTER)
    assert searches_web(CHAT, asking)
    assert not searches_web(with_web_search(CHAT, is_on=False), asking)
    assert searches_web(with_web_search(CHAT, is_on=True), ROUTER)
    assert web_fields(unknown) is None
    assert not searches_web(with_web_search(CHAT, is_on=True), unknown)
