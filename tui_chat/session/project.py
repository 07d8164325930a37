"""The project of an open conversation."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tui_chat.core.conversation import PROJECT
from tui_chat.core.parameters.parameters import Parameters, of_conversation, with_parameters

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tui_chat.config.projects.project import Project
    from tui_chat.core.conversation import Conversation
    from tui_chat.core.profile import Profile
    from tui_chat.session.session import ChatSession


def project_of(conversation: Conversation) -> str:
    """Return the name of the project of a conversation; empty for none."""
    name = conversation.settings.get(PROJECT)
    return name if isinstance(name, str) else ""


async def move_to(session: ChatSession, name: str) -> None:
    """Make a conversation part of a project, or of none (an empty name).

    Raises:
        StorageError: It applies, but is not saved.
    """
    _put(session, name)
    await session.store.save_conversation(session.conversation)


async def begin_in(session: ChatSession, project: Project, profiles: Sequence[Profile]) -> None:
    """Begin an empty conversation in a project: with its system prompt and its profile.

    Raises:
        StorageError: It applies, but is not saved.
    """
    _put(session, project.name)
    if project.system_prompt is not None:
        own = of_conversation(session.conversation)
        own = own.over(Parameters(system_prompt=project.system_prompt))
        session.conversation = with_parameters(session.conversation, own)
    profile = next((it for it in profiles if it.name == project.profile), session.profile)
    model = session.conversation.model if profile is session.profile else None
    await session.choose(profile, model)


def _put(session: ChatSession, name: str) -> None:
    settings = {k: v for k, v in session.conversation.settings.items() if k != PROJECT}
    if name:
        settings[PROJECT] = name
    session.conversation = replace(session.conversation, settings=settings)
