"""Web search by the endpoint: the fields that ask for it, and whether a conversation wants it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tui_chat.core.conversation import Conversation
    from tui_chat.core.profile import Profile

WEB_SEARCH: Final = "web_search"
"""Name in Conversation.settings: whether the endpoint searches the web; the profile's if absent."""
_USUAL: Final[Mapping[str, Mapping[str, Any]]] = {
    "openrouter.ai": {"plugins": [{"id": "web"}]},
    "api.openai.com": {"web_search_options": {}},
    "api.x.ai": {"search_parameters": {"mode": "auto", "return_citations": True}},
    "aliyuncs.com": {"enable_search": True},
}
"""By host, as the vendors document it."""


def web_fields(profile: Profile) -> Mapping[str, Any] | None:
    """Return the fields of a request that ask for web search; None if they are not known."""
    if profile.web:
        return profile.web
    try:
        host = urlsplit(profile.base_url).hostname or ""
    except ValueError:
        return None
    return next(
        (it for known, it in _USUAL.items() if host == known or host.endswith(f".{known}")), None
    )


def searches_web(conversation: Conversation, profile: Profile) -> bool:
    """Return whether the next request of a conversation asks for web search."""
    if web_fields(profile) is None:
        return False
    chosen = conversation.settings.get(WEB_SEARCH)
    return chosen if isinstance(chosen, bool) else profile.web is not None


def with_web_search(conversation: Conversation, *, is_on: bool) -> Conversation:
    """Return a conversation whose requests ask for web search, or do not."""
    return replace(conversation, settings={**conversation.settings, WEB_SEARCH: is_on})
