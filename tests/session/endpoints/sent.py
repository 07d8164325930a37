"""Sessions in a test, and the requests that each endpoint received."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.fakes import RecordingView
from tests.session.test_services import PROFILES, Opener

if TYPE_CHECKING:
    from tui_chat.core.request import CompletionRequest
    from tui_chat.session.services import Services
    from tui_chat.session.session import ChatSession


ONE, TWO = "http://127.0.0.1:9/v1", "http://127.0.0.1:8/v1"


UNNAMED = PROFILES.replace('profile = "one"\n', "")


def requests(opener: Opener) -> dict[str, list[CompletionRequest]]:
    """Return what was sent, by the base URL of its endpoint."""
    sent: dict[str, list[CompletionRequest]] = {}
    for (profile, _), provider in zip(opener.opened, opener.providers, strict=True):
        sent.setdefault(profile.base_url, []).extend(provider.requests)
    return sent


def texts(opener: Opener, base_url: str) -> list[str]:
    return [m.content for request in requests(opener).get(base_url, []) for m in request.messages]


async def begun(services: Services, text: str = "secret?") -> ChatSession:
    session = await services.sessions.first()
    assert session is not None
    await session.run_turn(text, RecordingView())
    return session


async def reopened(services: Services) -> ChatSession:
    session = await services.sessions.first()
    assert session is not None
    return session
