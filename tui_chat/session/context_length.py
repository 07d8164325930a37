"""How much a model's context holds: from the settings, or as its endpoint says."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Protocol

from tui_chat.core.errors import TuiChatError

if TYPE_CHECKING:
    from tui_chat.core.profile import Profile
    from tui_chat.core.stream_events import ModelInfo
    from tui_chat.session.launch import Launch

log = logging.getLogger(__name__)


class ModelInfoSource(Protocol):
    """Knows what a profile's endpoint offers."""

    async def models(self, profile: Profile) -> list[ModelInfo]:
        """Return the models an endpoint offers.

        Raises:
            TuiChatError: It cannot be asked.
        """


def configured_context_tokens(launch: Launch, profile: Profile) -> int | None:
    """Return how much a profile's model holds, as far as the settings say; else None."""
    if profile.context_tokens is None and profile.is_embedded:
        return launch.settings.engine.n_ctx
    return profile.context_tokens


async def reported_context_tokens(
    source: ModelInfoSource, profile: Profile, model: str | None
) -> int | None:
    """Return how much a model holds as its endpoint says; None when it does not."""
    try:
        offers = await source.models(profile)
    except TuiChatError as error:
        log.info("the size of the context is not known: %s", type(error).__name__)
        return None
    for offer in offers:
        if model is None or offer.id == model:
            return offer.context_tokens
    return None
