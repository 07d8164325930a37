"""The parameters of a conversation and of a profile in a request."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui_chat.core.conversation import Message, Role, new_conversation, now
from tui_chat.core.parameters.parameters import NAMES, Parameters, of_conversation, with_parameters
from tui_chat.core.profile import Profile, Sampling
from tui_chat.core.request import build_request
from tui_chat.providers.request_body import request_body

if TYPE_CHECKING:
    from collections.abc import Mapping

_OPENAI = Profile("p", "https://api.openai.com/v1", "m")
_VALUES: Mapping[str, Any] = {
    "system_prompt": "S", "effort": "high", "temperature": 0.5, "top_p": 0.9, "max_tokens": 100,
    "frequency_penalty": 0.1, "presence_penalty": -1, "seed": 7, "stop": ("a", "b"),
}  # fmt: skip


def sent(profile: Profile, own: Parameters) -> dict[str, Any]:
    question = Message("1", "c", None, Role.USER, "Q", now())
    body = request_body(build_request([question], profile, parameters=own))
    return {name: it for name, it in body.items() if name not in ("model", "stream_options")}


def all_set() -> Parameters:
    found = Parameters()
    for name, value in _VALUES.items():
        found = found.set(name, value)
    return found


def test_every_parameter_is_named_stored_and_read() -> None:
    assert tuple(_VALUES) == NAMES == all_set().names
    conversation = replace(new_conversation(), settings={"pinned": True})

    stored = with_parameters(conversation, all_set())

    assert stored.settings["parameters"]["stop"] == ["a", "b"]
    assert of_conversation(stored) == all_set()
    assert with_parameters(stored, Parameters()) == conversation


@given(st.dictionaries(st.sampled_from(NAMES), st.none() | st.integers() | st.floats() | st.text()))
def test_stored_values_of_any_kind_are_read_or_left_out(stored: dict[str, Any]) -> None:
    found = Parameters.from_mapping(stored)
    assert all(found.get(name) == stored[name] for name in found.names)
    temperature = found.sampling.temperature
    assert temperature is None or 0 <= temperature <= 2


@pytest.mark.parametrize("stored", [None, [], "x", {"temperature": True}, {"stop": []}, {"x": 1}])
def test_what_is_not_valid_sets_nothing(stored: Any) -> None:
    assert Parameters.from_mapping(stored) == Parameters()


def test_the_conversation_wins_over_the_profile_and_its_extra_body() -> None:
    profile = replace(
        _OPENAI,
        system_prompt="P",
        effort="low",
        sampling=Sampling(temperature=1, top_p=0.1),
        extra_body={"temperature": 2, "max_completion_tokens": 5, "reasoning_effort": "minimal",
                    "store": False},
    )  # fmt: skip
    assert sent(profile, Parameters()) == {
        "messages": [{"role": "system", "content": "P"}, {"role": "user", "content": "Q"}],
        "temperature": 2,
        "top_p": 0.1,
        "stream": True,
        "reasoning_effort": "minimal",
        "max_completion_tokens": 5,
        "store": False,
    }

    own = sent(profile, all_set())

    assert own == {
        "messages": [{"role": "system", "content": "S"}, {"role": "user", "content": "Q"}],
        **all_set().sampling.as_body(),
        "stream": True,
        "reasoning_effort": "high",
        "store": False,
    }


def test_the_template_values_of_the_profile_stay_beside_the_effort() -> None:
    profile = Profile(
        "p", "http://127.0.0.1:1/v1", "m", extra_body={"chat_template_kwargs": {"tz": "UTC"}}
    )
    body = sent(profile, Parameters(effort="none"))
    assert body["chat_template_kwargs"] == {"tz": "UTC", "enable_thinking": False}


def test_a_profile_may_map_an_effort_to_fields_of_its_own() -> None:
    profile = replace(_OPENAI, effort="high", effort_fields={"high": {"think": "a lot"}})
    assert sent(profile, Parameters())["think"] == "a lot"
    assert "reasoning_effort" not in sent(profile, Parameters())
    assert sent(profile, Parameters(effort="low"))["reasoning_effort"] == "low"
