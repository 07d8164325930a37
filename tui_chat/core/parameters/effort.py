"""Reasoning effort: its levels, and the fields by which endpoints take them."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

EFFORTS: Final = ("none", "minimal", "low", "medium", "high", "xhigh", "max")
"""Reasoning efforts of the known vendors, from the cheapest on."""
NO_EFFORT: Final = EFFORTS[0]
_OTHER_NAMES: Final = {"off": NO_EFFORT, "highest": EFFORTS[-1], "lowest": EFFORTS[1]}
EFFORT_FIELDS: Final = (
    "reasoning_effort",
    "reasoning",
    "enable_thinking",
    "thinking",
    "thinking_budget",
)
"""The fields of a request that set the effort; `chat_template_kwargs` may set other things too."""
_TEMPLATE: Final = "chat_template_kwargs"
BUDGETS: Final = {
    "minimal": 512,
    "low": 1_024,
    "medium": 8_192,
    "high": 24_576,
    "xhigh": 32_768,
}
"""Tokens for endpoints that take a budget instead of a level; the highest level sets no limit."""


class EffortStyle(StrEnum):
    """One way in which endpoints take the effort, named like its field."""

    REASONING_EFFORT = "reasoning_effort"
    """OpenAI, and most others."""
    REASONING = "reasoning"
    """OpenRouter: an object with the effort."""
    ENABLE_THINKING = "enable_thinking"
    """Qwen: on or off, with a budget of tokens."""
    THINKING = "thinking"
    """DeepSeek, GLM, Kimi: an object, on or off."""
    TEMPLATE = _TEMPLATE
    """Servers that run open models: values for the model's chat template."""


_LOCAL: Final = (EffortStyle.REASONING_EFFORT, EffortStyle.TEMPLATE)
_BY_HOST: Final = {
    "openrouter.ai": (EffortStyle.REASONING,),
    "aliyuncs.com": (EffortStyle.ENABLE_THINKING,),
    "siliconflow.cn": (EffortStyle.ENABLE_THINKING,),
    "siliconflow.com": (EffortStyle.ENABLE_THINKING,),
    "api.deepseek.com": (EffortStyle.THINKING, EffortStyle.REASONING_EFFORT),
    "api.z.ai": (EffortStyle.THINKING,),
    "bigmodel.cn": (EffortStyle.THINKING,),
    "moonshot.ai": (EffortStyle.THINKING,),
    "moonshot.cn": (EffortStyle.THINKING,),
    "volces.com": (EffortStyle.THINKING,),
}
"""From the documentation of the APIs, by the end of the host."""


def known_effort(text: str) -> str | None:
    """Return the level that a user means; None if it is unknown."""
    level = text.strip().casefold()
    level = _OTHER_NAMES.get(level, level)
    return level if level in EFFORTS else None


def usual_styles(base_url: str, *, is_local: bool) -> tuple[EffortStyle, ...]:
    """Return how an endpoint takes the effort, by its host."""
    try:
        host = urlsplit(base_url).hostname or ""
    except ValueError:
        host = ""
    for known, styles in _BY_HOST.items():
        if host == known or host.endswith(f".{known}"):
            return styles
    return _LOCAL if is_local else (EffortStyle.REASONING_EFFORT,)


def effort_body(effort: str, styles: Sequence[EffortStyle]) -> dict[str, Any]:
    """Return the fields of a request that ask for an effort."""
    body: dict[str, Any] = {}
    for style in styles:
        if style is EffortStyle.REASONING_EFFORT:
            # An endpoint that turns reasoning off by another field has no level for it.
            if effort != NO_EFFORT or EffortStyle.THINKING not in styles:
                body["reasoning_effort"] = effort
        elif style is EffortStyle.REASONING:
            body["reasoning"] = {"effort": effort}
        elif style is EffortStyle.THINKING:
            body["thinking"] = {"type": "disabled" if effort == NO_EFFORT else "enabled"}
        elif style is EffortStyle.ENABLE_THINKING:
            body["enable_thinking"] = effort != NO_EFFORT
            if effort in BUDGETS:
                body["thinking_budget"] = BUDGETS[effort]
        else:
            body[_TEMPLATE] = _template_values(effort)
    return body


def _template_values(effort: str) -> dict[str, Any]:
    if effort == NO_EFFORT:
        return {"enable_thinking": False}
    return {"enable_thinking": True, "reasoning_effort": effort}


def merged(lower: Mapping[str, Any], upper: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of two bodies; in objects, too, those of the upper one win."""
    body = dict(lower)
    for name, value in upper.items():
        below = body.get(name)
        is_object = isinstance(value, dict) and isinstance(below, dict)
        body[name] = merged(below, value) if is_object and below is not None else value
    return body
