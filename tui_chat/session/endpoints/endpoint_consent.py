"""Tracks the endpoint of a conversation and the other endpoints that the user allowed for it.

Messages sent to one endpoint are sent to another only after the user agreed for this conversation.
Endpoints are compared by base URL, never by profile name. The record is stored in the settings of
the conversation:

    {"id": endpoint of the last turn, "name": its profile, "host": its host and port,
     "allowed": [ids the user agreed to],
     "environment": id of the endpoint that the environment selected at that time}
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from tui_chat.core.conversation import ENDPOINT, IMPORTED, Conversation, Message, Role
from tui_chat.core.errors import TuiChatError
from tui_chat.core.labels import _, ngettext
from tui_chat.core.request import is_usable_answer

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tui_chat.core.profile import Profile
    from tui_chat.session.session import ChatSession

_KIND: Final = "consent"


class ConsentMissing(TuiChatError):
    """The user has not allowed this endpoint to receive the conversation."""

    kind = _KIND


class EndpointConsent:
    """Checks consent before the messages of one session are sent."""

    def __init__(self, session: ChatSession) -> None:

        self._session = session

    @property
    def is_missing(self) -> bool:
        """True if the user must agree before the session's endpoint gets this conversation."""
        return self.is_missing_for(self._session.profile)

    def is_missing_for(self, profile: Profile) -> bool:
        """Return whether the user must agree before a profile's endpoint gets this conversation."""
        session = self._session
        return bool(len(session.tree)) and not is_allowed(
            session.conversation, session.path, profile
        )

    @property
    def message_count(self) -> int:
        """The number of messages on the shown path that a request contains."""
        return self.count_sent(self._session.path)

    def count_sent(self, path: Sequence[Message]) -> int:
        """Return the number of messages on a path that a request for it contains."""
        sent = self._session.context.sent_messages(path)
        return sum(it.role is Role.USER or is_usable_answer(it) for it in sent)

    async def keep_endpoint(self) -> None:
        """Store the endpoint of a conversation that has only a draft, to reopen it there.

        Raises:
            StorageError: It is not saved.
        """
        session = self._session
        session.conversation = replace(
            session.conversation, profile=session.profile.name, model=session.model
        )
        await session.store.save_conversation(session.conversation)

    @property
    def stays_with(self) -> str:
        """Profile and host of the endpoint that has this conversation; empty if unknown."""
        session = self._session
        name = home_name(session.conversation, session.path)
        host = str(_record(session.conversation).get("host") or "")
        return f"{name} ({host})" if host and host != name else name

    @property
    def refusal(self) -> ConsentMissing | None:
        """The error that prevents sending to the session's endpoint; None if sending is allowed."""
        if not self.is_missing:
            return None
        profile = self._session.profile
        summary = ngettext(
            "Nothing was sent: {count} message of this conversation would go to {host} "
            "(profile “{profile}”), which has not seen it.",
            "Nothing was sent: {count} messages of this conversation would go to {host} "
            "(profile “{profile}”), which has not seen them.",
            self.message_count,
            host=profile.host_label,
            profile=profile.name,
        )
        return ConsentMissing(summary, _("Agree when asked, or start a new conversation."))

    def check(self) -> None:
        """Check that the user allowed the session's endpoint.

        Raises:
            ConsentMissing: The user has not agreed.
        """
        refusal = self.refusal
        if refusal is not None:
            raise refusal

    def allow(self, profile: Profile) -> None:
        """Record that the user allowed a profile's endpoint for this conversation.

        Saved with the next turn or the choice of a model.
        """
        record = _record(self._session.conversation)
        allowed = [*_allowed(record), profile.endpoint_id]
        self._put({**record, "allowed": list(dict.fromkeys(allowed))})

    def record_turn(self) -> None:
        """Record that the session's endpoint receives this conversation with the current turn."""
        session = self._session
        conversation = session.conversation
        record = {
            **_record(conversation),
            "id": session.profile.endpoint_id,
            "name": session.profile.name,
            "host": session.profile.host,
            "environment": session.environment_id,
        }
        if record != conversation.settings.get(ENDPOINT) or conversation.is_imported:
            self._put(record)
        session.conversation = replace(
            session.conversation, profile=session.profile.name, model=session.model
        )

    def _put(self, record: dict[str, Any]) -> None:
        session = self._session
        settings = {**session.conversation.settings, ENDPOINT: record}
        # An imported conversation has its own record from now on.
        session.conversation = replace(session.conversation, settings=settings, is_imported=False)


def is_allowed(conversation: Conversation, messages: Iterable[Message], profile: Profile) -> bool:
    """Return whether a profile's endpoint may receive a conversation without asking the user.

    Args:
        conversation: Has a record, unless an earlier version of the program saved it.
        messages: Its messages, oldest first.
        profile: Names the endpoint.
    """
    record = _record(conversation)
    if record:
        return profile.endpoint_id in {record.get("id"), *_allowed(record)}
    if conversation.is_imported or IMPORTED in conversation.settings:
        return False
    messages = list(messages)
    name = home_name(conversation, messages)
    # A question that was kept before anything was open was sent to nobody.
    was_sent = name or any(it.role is Role.ASSISTANT and it.content for it in messages)
    return not was_sent or profile.name == name


def home_name(conversation: Conversation, messages: Iterable[Message]) -> str:
    """Return the name of the profile that replied last in a conversation; empty if unknown."""
    record = _record(conversation)
    if record.get("name") is not None:
        return str(record["name"])
    # A turn without consent never reached its endpoint.
    answered = [it.profile for it in messages if it.profile and it.error_kind != _KIND]
    return (answered[-1] if answered else conversation.profile) or ""


def own_profile(
    conversation: Conversation, messages: Sequence[Message], candidates: Iterable[Profile]
) -> Profile | None:
    """Return the profile that continues a conversation; None if it no longer exists.

    The profile with the stored name is preferred to others with the same endpoint.
    """
    if not messages:
        return next((it for it in candidates if it.name == conversation.profile), None)
    own = [it for it in candidates if is_allowed(conversation, messages, it)]
    last_id = _record(conversation).get("id")
    own.sort(key=lambda it: (it.name != conversation.profile, it.endpoint_id != last_id))
    return own[0] if own else None


def knows_model(conversation: Conversation, messages: Sequence[Message], profile: Profile) -> bool:
    """Return whether the model of a conversation belongs to a profile's endpoint."""
    if not messages:
        return conversation.profile in (None, profile.name)
    is_last = profile.endpoint_id == _record(conversation).get("id")
    return is_allowed(conversation, messages, profile) and (
        is_last or conversation.profile in (None, profile.name)
    )


def environment_of(conversation: Conversation) -> str:
    """Return the id of the endpoint that the environment selected at the last turn."""
    return str(_record(conversation).get("environment") or "")


def _record(conversation: Conversation) -> dict[str, Any]:
    """Return the record of a conversation; empty for an import, whose record is foreign."""
    record = conversation.settings.get(ENDPOINT)
    return dict(record) if isinstance(record, dict) and not conversation.is_imported else {}


def _allowed(record: dict[str, Any]) -> list[str]:
    allowed = record.get("allowed")
    return [it for it in allowed if isinstance(it, str)] if isinstance(allowed, list) else []
