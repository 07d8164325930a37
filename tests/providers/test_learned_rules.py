"""Details of requests that endpoints refuse: sent again without them, and remembered."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given

from tests.core.strategies import TEXTS
from tests.providers.case import COMPLETE, ask, profile_at
from tests.providers.wire import END, error_answer, hello
from tests.sse_server import Answer, SseServer
from tui_chat.config.expiring_store import ExpiringStore
from tui_chat.core.profile import Profile, Sampling
from tui_chat.core.stream_events import RequestAdjusted
from tui_chat.core.text.redact import Redactor
from tui_chat.providers import open_provider
from tui_chat.providers.errors.http_errors import HttpErrors
from tui_chat.providers.learned_rules import LearnedRules, Rule, rule_for

if TYPE_CHECKING:
    from pathlib import Path

_ERRORS = HttpErrors(Profile("p", "https://x/v1"), Redactor([]))
_SENT: dict[str, Any] = {
    "model": "m",
    "messages": [{"role": "system", "content": "S"}, {"role": "user", "content": "Q"}],
    "stream": True, "stream_options": {}, "max_tokens": 5, "temperature": 0.7, "top_p": 1,
    "stop": ["x"], "seed": 1, "store": True, "prompt_cache_key": "k", "service_tier": "flex",
    "reasoning_effort": "low", "frequency_penalty": 0.1, "top_k": 4, "user": "u",
}  # fmt: skip


def _rule(message: str, *, status: int = 400, sent: dict[str, Any] | None = None, **f: Any) -> Any:
    body = json.dumps({"error": {"message": message, **f}})
    return rule_for(_ERRORS.of_status(status, {}, body), sent or _SENT)


@pytest.mark.parametrize(("message", "rule"), [
    ("Unsupported parameter: 'max_tokens' is not supported with this model. Use "
     "'max_completion_tokens' instead.", Rule("rename", "max_tokens", "max_completion_tokens")),
    ("litellm.BadRequestError: OpenAIException - Unsupported parameter: 'max_tokens' is not "
     "supported with this model. Use 'max_completion_tokens' instead.",
     Rule("rename", "max_tokens", "max_completion_tokens")),
    ("Unsupported value: 'temperature' does not support 0.7 with this model. Only the default (1) "
     "value is supported.", Rule("drop", "temperature")),
    ("`temperature` is deprecated for this model.", Rule("drop", "temperature")),
    ("Unsupported parameter: 'top_p' is not supported with this model.", Rule("drop", "top_p")),
    ("Unsupported parameter: 'stop' is not supported with this model.", Rule("drop", "stop")),
    ("Unrecognized request argument supplied: store", Rule("drop", "store")),
    ("Unrecognized request argument supplied: prompt_cache_key", Rule("drop", "prompt_cache_key")),
    ("Unknown parameter: 'store'.", Rule("drop", "store")),
    ("property 'service_tier' is unsupported", Rule("drop", "service_tier")),
    ("Unknown name \"frequency_penalty\": Cannot find field.", Rule("drop", "frequency_penalty")),
    ("Extra inputs are not permitted: body.reasoning_effort", Rule("drop", "reasoning_effort")),
    ("Argument not supported on this model: frequency_penalty", Rule("drop", "frequency_penalty")),
    ("Unrecognized request argument supplied: stream_options", Rule("drop", "stream_options")),
    ("Unsupported value: 'messages[0].role' does not support 'system' with this model.",
     Rule("role", "system", "developer")),
    ("System role not supported", Rule("role", "system", "user")),
    ("Developer instruction is not enabled for models/gemma", Rule("role", "system", "user")),
    ("This model only support stream mode, please enable the stream parameter", None),
    ("The request failed because the selected model does not support the stream mode.",
     Rule("stream", "stream", "off")),
    ("Your organization must be verified to stream this model.", Rule("stream", "stream", "off")),
    ("max_tokens is too large: 100000. This model supports at most 16384 completion tokens", None),
    ("temperature must be between 0 and 1", None),
    ("The model `x` does not exist", None),
    ("maximum context length is 10 tokens", None),
    ("nothing is wrong with temperature", None),
])  # fmt: skip
def test_a_refusal_teaches_a_rule(message: str, rule: Rule | None) -> None:
    assert _rule(message) == rule


def test_a_model_that_must_stream_is_asked_with_streaming() -> None:
    sent = {name: value for name, value in _SENT.items() if not name.startswith("stream")}
    found = _rule(
        "This model only support stream mode, please enable the stream parameter", sent=sent
    )
    assert found == Rule("stream", "stream", "on")
    thinking = "parameter.enable_thinking must be set to false for non-streaming calls"
    assert _rule(thinking, sent=sent) == Rule("thinking")
    assert Rule("thinking").apply(sent)["enable_thinking"] is False


def test_a_failing_server_teaches_nothing() -> None:
    assert _rule("Unsupported parameter: 'temperature'", status=503) is None


@given(TEXTS)
def test_no_text_raises(text: str) -> None:
    _rule(text)


def test_rules_change_a_body() -> None:
    system, question = _SENT["messages"]
    renamed = Rule("rename", "max_tokens", "max_completion_tokens").apply(_SENT)
    assert renamed["max_completion_tokens"] == 5
    assert "max_tokens" not in renamed
    developer = Rule("role", "system", "developer").apply(_SENT)["messages"]
    assert developer == [{**system, "role": "developer"}, question]
    assert Rule("role", "system", "user").apply(_SENT)["messages"] == [
        {"role": "user", "content": "S\n\nQ"}
    ]
    off = Rule("stream", "stream", "off").apply(_SENT)
    assert off["stream"] is False
    assert "stream_options" not in off


def test_every_rule_says_what_changed() -> None:
    for kind, name, value in (
        ("drop", "seed", ""), ("rename", "a", "b"), ("role", "system", "user"),
        ("stream", "stream", "on"), ("stream", "stream", "off"), ("thinking", "", ""),
    ):  # fmt: skip
        assert Rule(kind, name, value).message
    assert not Rule("drop", "stream_options").message


async def test_refused_details_are_left_out_and_remembered(tmp_path: Path) -> None:
    refusals = (
        error_answer(
            400, "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead."
        ),
        error_answer(
            400, "Unsupported value: 'temperature'. Only the default (1) value is supported."
        ),
    )
    file = tmp_path / "rules.json"
    async with SseServer(*refusals, Answer((hello(END),))) as server:
        profile = profile_at(server, sampling=Sampling(temperature=0.5, max_tokens=7))
        for expected in (2, 0):
            provider = await open_provider(profile, None, ExpiringStore(file))
            asked = await ask(provider, profile)
            await provider.aclose()
            assert asked.reply.status is COMPLETE
            adjusted = [it.message for it in asked.events if isinstance(it, RequestAdjusted)]
            assert len(adjusted) == expected
        assert len(server.requests) == 4
        last = server.requests[-1].json
    assert last["max_completion_tokens"] == 7
    assert "temperature" not in last


async def test_rules_that_do_not_help_are_not_kept() -> None:
    store = ExpiringStore(None)
    answer = error_answer(400, "Unknown parameter: 'temperature'.")
    async with SseServer(answer) as server:
        profile = profile_at(server, sampling=Sampling(temperature=0.5))
        provider = await open_provider(profile, None, store)
        asked = await ask(provider, profile)
        await provider.aclose()
    assert asked.reply.error_kind == "request_rejected"
    assert LearnedRules(store, profile.base_url).of("test-model") == []


def test_facts_expire(tmp_path: Path) -> None:
    times = [1_000.0]
    store = ExpiringStore(tmp_path / "f.json", lambda: times[0])
    store.set("a", ["x"])
    assert ExpiringStore(tmp_path / "f.json", lambda: times[0]).get("a") == ["x"]
    times[0] += 15 * 86_400
    assert store.get("a") is None
    store.set("b", 1)
    assert store.forget() == 1
    assert not (tmp_path / "f.json").exists()
