"""Optional conversation titles written by the model; they never replace the user's own title."""

from __future__ import annotations

import logging
from contextlib import aclosing
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from tui_chat.core.conversation import Role, title_from
from tui_chat.core.errors import TuiChatError
from tui_chat.core.request import CompletionRequest, RequestMessage, is_usable_answer
from tui_chat.core.stream_events import TextDelta, TextWasReasoning
from tui_chat.core.text.sanitize import replace_surrogates
from tui_chat.session.library import TITLED_BY

if TYPE_CHECKING:
    from tui_chat.session.protocols import ProviderSource
    from tui_chat.session.session import ChatSession

log = logging.getLogger(__name__)

_PROMPT: Final = """\
Write a title for the conversation below: at most six words, in its language, without quotes. Answer
with the title alone.

Question: {question}

Answer: {answer}
"""
_EXCERPT: Final = 1500
"""The characters of the question and of the reply that are sent."""
_QUOTES: Final = "\"'“”„«»「」『』 "
_TITLE_LIMIT: Final = 400
"""In characters; a longer reply is not a title, so the stream is closed."""


def wants_title(session: ChatSession) -> bool:
    """Return whether a conversation has one reply and still its generated title.

    The embedded model is never asked: it is too small for good titles, and busy. Temporary
    conversations get none, because they are not listed.
    """
    path, conversation = session.path, session.conversation
    return (
        len(path) == 2
        and path[0].role is Role.USER
        and is_usable_answer(path[1])
        and not session.profile.is_embedded
        and not session.is_temporary
        and not session.consent.is_missing
        and TITLED_BY not in conversation.settings
        and conversation.title == title_from(path[0].content)
    )


async def title_by_model(session: ChatSession, providers: ProviderSource) -> bool:
    """Ask the session's model for a title and save it; return whether there is a new one.

    Failures are only logged. The request uses a separate provider, so the wire view still shows
    the latest request of the conversation.
    """
    if not wants_title(session):
        return False
    question, answer = session.path
    text = _PROMPT.format(question=question.content[:_EXCERPT], answer=answer.content[:_EXCERPT])
    profile = replace(session.profile, name=f"{session.profile.name} (titles)", max_retries=0)
    request = CompletionRequest(
        model=session.model or "",
        messages=(RequestMessage(Role.USER, replace_surrogates(text)),),
        stream=profile.stream,
        extra_body=profile.extra_body,
    )
    try:
        provider = await providers.provider(profile)
        written = ""
        async with aclosing(provider.stream(request)) as events:
            async for event in events:
                if isinstance(event, TextDelta):
                    written += event.text
                elif isinstance(event, TextWasReasoning):
                    written = ""
                if len(written) > _TITLE_LIMIT:
                    break
        title = _cleaned(written)
        # The user may have renamed the conversation meanwhile.
        if not title or TITLED_BY in session.conversation.settings:
            return False
        conversation = session.conversation
        settings = {**conversation.settings, TITLED_BY: "model"}
        session.conversation = replace(conversation, title=title, settings=settings)
        await session.store.save_conversation(session.conversation)
    except TuiChatError as error:
        log.warning("no title was written: %s", error)
        return False
    return True


def _cleaned(written: str) -> str:
    title = title_from(replace_surrogates(written))
    if title.casefold().startswith("title:"):
        title = title[len("title:") :].strip()
    return title.rstrip(_QUOTES + ".。").lstrip(_QUOTES)
