"""Reasoning effort: the levels, and the fields that endpoints take them by."""

from __future__ import annotations

from typing import Any

import pytest

from tui_chat.core.parameters.effort import (
    EFFORTS,
    EffortStyle,
    effort_body,
    known_effort,
    merged,
    usual_styles,
)


@pytest.mark.parametrize(
    ("typed", "level"),
    [
        *((level, level) for level in EFFORTS),
        (" High ", "high"),
        ("highest", "max"),
        ("off", "none"),
        ("huge", None),
        ("", None),
    ],
)
def test_a_typed_level(typed: str, level: str | None) -> None:
    assert known_effort(typed) == level


@pytest.mark.parametrize(
    ("url", "effort", "sent"),
    [
        ("https://api.openai.com/v1", "none", {"reasoning_effort": "none"}),
        ("https://api.openai.com/v1", "xhigh", {"reasoning_effort": "xhigh"}),
        ("https://openrouter.ai/api/v1", "low", {"reasoning": {"effort": "low"}}),
        ("https://dashscope.aliyuncs.com/x/v1", "none", {"enable_thinking": False}),
        (
            "https://dashscope-intl.aliyuncs.com/x/v1",
            "low",
            {"enable_thinking": True, "thinking_budget": 1_024},
        ),
        ("https://api.siliconflow.cn/v1", "max", {"enable_thinking": True}),
        ("https://api.deepseek.com", "none", {"thinking": {"type": "disabled"}}),
        (
            "https://api.deepseek.com/v1",
            "high",
            {"thinking": {"type": "enabled"}, "reasoning_effort": "high"},
        ),
        ("https://api.z.ai/api/paas/v4", "medium", {"thinking": {"type": "enabled"}}),
        ("https://api.moonshot.cn/v1", "none", {"thinking": {"type": "disabled"}}),
        # Not a subdomain.
        ("https://notopenrouter.ai/v1", "low", {"reasoning_effort": "low"}),
        ("https://[broken", "low", {"reasoning_effort": "low"}),
    ],
)
def test_what_an_endpoint_is_sent(url: str, effort: str, sent: dict[str, Any]) -> None:
    assert effort_body(effort, usual_styles(url, is_local=False)) == sent


@pytest.mark.parametrize(
    ("effort", "values"),
    [
        ("none", {"enable_thinking": False}),
        ("high", {"enable_thinking": True, "reasoning_effort": "high"}),
    ],
)
def test_servers_of_open_models_get_it_for_their_template_too(
    effort: str, values: dict[str, Any]
) -> None:
    styles = usual_styles("http://127.0.0.1:8080/v1", is_local=True)
    assert styles == (EffortStyle.REASONING_EFFORT, EffortStyle.TEMPLATE)
    sent = effort_body(effort, styles)
    assert sent == {"reasoning_effort": effort, "chat_template_kwargs": values}


def test_objects_are_merged_and_the_upper_body_wins() -> None:
    lower = {"a": 1, "b": {"x": 1, "y": {"z": 1}}, "c": [1]}
    upper = {"a": 2, "b": {"y": {"w": 2}}, "c": {"n": 1}}
    assert merged(lower, upper) == {"a": 2, "b": {"x": 1, "y": {"z": 1, "w": 2}}, "c": {"n": 1}}
    assert lower == {"a": 1, "b": {"x": 1, "y": {"z": 1}}, "c": [1]}
