"""Applies the owner's caps to a request."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from tui_chat.core.parameters.effort import BUDGETS, EFFORTS, NO_EFFORT
from tui_chat.gateway.http.errors import ErrorReply
from tui_chat.gateway.proxy.message_fields import is_text_only, url_parts
from tui_chat.gateway.proxy.output_limit import limit_output

if TYPE_CHECKING:
    from tui_chat.core.caps import Caps

_TOOL_FIELDS: Final = ("tools", "functions")
_BUDGETS: Final = {NO_EFFORT: 0, **BUDGETS}


def apply_caps(body: dict[str, Any], caps: Caps, base_url: str) -> None:
    """Lower the fields of a request to the caps.

    Args:
        body: The body for the endpoint, changed in place.
        caps: The caps of the profile and the code together.
        base_url: The endpoint, for the name of its output limit.

    Raises:
        ErrorReply: The request needs something that is not allowed.
    """
    _check(body, caps)
    if caps.max_tokens is not None:
        limit_output(body, caps.max_tokens, base_url)
    if caps.effort is not None:
        _limit_effort(body, caps)


def _check(body: dict[str, Any], caps: Caps) -> None:
    if not caps.tools and any(body.get(name) for name in _TOOL_FIELDS):
        _refuse("tools", "This access code does not allow tools.")
    messages = body["messages"]
    if not caps.images and not is_text_only(messages):
        _refuse("messages", "This access code allows text only, no pictures, files or sound.")
    if not caps.urls and url_parts(messages):
        _refuse(
            "messages",
            "Pictures and files by URL are not allowed here. Send their content as a data URI.",
        )
    kind = (body.get("response_format") or {}).get("type", "text")
    if caps.formats is not None and kind not in (*caps.formats, "text"):
        allowed = ", ".join(caps.formats)
        _refuse(
            "response_format",
            f"This access code does not allow the response format “{kind}”. Allowed: {allowed}.",
        )


def _limit_effort(body: dict[str, Any], caps: Caps) -> None:
    """Lower the reasoning effort in every field that can raise it."""
    most = str(caps.effort)
    body["reasoning_effort"] = _lower(body.get("reasoning_effort"), most)
    reasoning = body.get("reasoning")
    if isinstance(reasoning, dict):
        body["reasoning"] = {
            name: value for name, value in reasoning.items() if name != "max_tokens"
        } | {"effort": _lower(reasoning.get("effort"), most)}
    template = body.get("chat_template_kwargs")
    if isinstance(template, dict) and "reasoning_effort" in template:
        effort = _lower(template["reasoning_effort"], most)
        template = body["chat_template_kwargs"] = {**template, "reasoning_effort": effort}
    if "thinking_budget" in body and most in _BUDGETS:
        body["thinking_budget"] = min(body["thinking_budget"], _BUDGETS[most])
    if most != NO_EFFORT:
        return
    if isinstance(template, dict) and "enable_thinking" in template:
        body["chat_template_kwargs"] = {**template, "enable_thinking": False}
    if "enable_thinking" in body:
        body["enable_thinking"] = False
    if "thinking" in body:
        body["thinking"] = {"type": "disabled"}


def _lower(given: Any, most: str) -> str:
    """Return the lower of two efforts; an unknown one counts as too high."""
    if not isinstance(given, str) or given not in EFFORTS:
        return most
    return min(given, most, key=EFFORTS.index)


def _refuse(field: str, message: str) -> None:
    raise ErrorReply(403, "not_allowed", message, param=field)
