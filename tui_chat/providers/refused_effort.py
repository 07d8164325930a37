"""A reasoning effort that a model does not know, and the nearest one that it accepts."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from tui_chat.core.parameters.effort import EFFORTS

if TYPE_CHECKING:
    from collections.abc import Mapping

_ABOUT: Final = re.compile(r"effort|\bthink", re.IGNORECASE)
_REFUSED: Final = re.compile(
    r"unsupported|not support|invalid|must be|should be|expected|unknown|not (?:a )?valid|"
    r"one of|not allowed|不支持",
    re.IGNORECASE,
)
_QUOTED: Final = re.compile(r"[\"'`“‘](" + "|".join(EFFORTS) + r")[\"'`”’\\]")
_PLACES: Final = (("reasoning_effort",), ("reasoning", "effort"))
_TEMPLATE: Final = ("chat_template_kwargs", "reasoning_effort")


def refused_effort(text: str, sent: Mapping[str, Any]) -> tuple[str, str] | None:
    """Return the effort that was refused and the one to send instead; None for other refusals.

    Args:
        text: The refusal.
        sent: The request.
    """
    found = (_at(sent, place) for place in (*_PLACES, _TEMPLATE))
    effort = next((it for it in found if it is not None), None)
    if effort not in EFFORTS or not _ABOUT.search(text) or not _REFUSED.search(text):
        return None
    named = list(dict.fromkeys(_QUOTED.findall(text)))
    if effort not in named and len(named) < 2:
        return None
    at = EFFORTS.index(effort)
    accepted = [EFFORTS.index(it) for it in named if it != effort]
    if accepted:
        # Of two that are equally near, the cheaper one.
        return effort, EFFORTS[min(accepted, key=lambda index: (abs(index - at), index))]
    middle = EFFORTS.index("medium")
    return None if at == middle else (effort, EFFORTS[at + (1 if at < middle else -1)])


def with_effort(body: dict[str, Any], refused: str, accepted: str) -> dict[str, Any]:
    """Return a body with another effort in place of a refused one."""
    for place in (*_PLACES, _TEMPLATE):
        if _at(body, place) == refused:
            body = _put(body, place, accepted)
    return body


def _at(body: Mapping[str, Any], place: tuple[str, ...]) -> Any:
    value: Any = body
    for name in place:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _put(body: Mapping[str, Any], place: tuple[str, ...], value: str) -> dict[str, Any]:
    name, *inner = place
    return {**body, name: _put(body[name], tuple(inner), value) if inner else value}
