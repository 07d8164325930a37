"""The endpoint a conversation stays with, and the other ones the user has allowed for it.

What was said to one endpoint goes to another only after the user has agreed to that for this
conversation. Endpoints are compared by their base URL, never by the name of a profile. The record
is kept in the settings of the conversation:

    {"id": endpoint of the last turn, "name": its profile, "host": its host and port,
     "allowed": [ids the user agreed to],
     "environment": id of the endpoint that the environment asked for at that time}
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from tui_chat.core.conversation import ENDPOINT, IMPORTED, Conversation, Message, Role
from tui_chat.core.errors import TuiChatError
from tui_chat.core.request import is_usable_answer
from tui_chat.core.text.quantities import counted

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tui_chat.core.profile import Profile
    from tui_chat.session.session import ChatSession

_KIND: Final = "consent"


class ConsentMissing(TuiChatError):
    """A conversation would go to an endpoint that the user has not allowed for it."""

    kind = _KIND


class EndpointConsent:
    """Guards the endpoint of one session: everything that sends its messages asks here."""

    def __init__(self, session: ChatSession) -> None:
        """Prepare.

        Args:
            session: The open conversation and the profile in use.
        """
        self._session = session

    @property
    def is_missing(self) -> bool:
        """Whether the user must agree before this conversation goes to the session's endpoint."""
        return self.is_missing_for(self._session.profile)

    def is_missing_for(self, profile: Profile) -> bool:
        """Say whether the user must agree before this conversation goes to a profile's endpoint."""
        session = self._session
        return bool(len(session.tree)) and not is_allowed(
            session.conversation, session.path, profile
        )

    @property
    def message_count(self) -> int:
        """How many messages of the shown path go along with a request."""
        session = self._session
        sent = session.context.sent_messages(session.path)
        return sum(it.role is Role.USER or is_usable_answer(it) for it in sent)

    @property
    def stays_with(self) -> str:
        """Profile and host of the endpoint that has this conversation; empty if it is unknown."""
        session = self._session
        name = home_name(session.conversation, session.path)
        host = str(_record(session.conversation).get("host") or "")
        return f"{name} ({host})" if host and host != name else name

    @property
    def refusal(self) -> ConsentMissing | None:
        """Why this conversation is not sent to the session's endpoint; None if it may be."""
        if not self.is_missing:
            return None
        profile = self._session.profile
        return ConsentMissing(
            f"Nothing was sent: {counted(self.message_count, 'message')} of this conversation "
            "would go to "
            f"{profile.host_label} (profile “{profile.name}”), which has not seen them.",
            "Agree to that when the chat asks, or begin a new conversation.",
        )

    def check(self) -> None:
        """Refuse to send this conversation to an endpoint that the user has not allowed.

        Raises:
            ConsentMissing: The user has not agreed.
        """
        refusal = self.refusal
        if refusal is not None:
            raise refusal

    def allow(self, profile: Profile) -> None:
        """Keep that the user agreed to send this conversation to a profile's endpoint.

        Saved with the turn or the choice of a model that follows.
        """
        record = _record(self._session.conversation)
        allowed = [*_allowed(record), profile.endpoint_id]
        self._put({**record, "allowed": list(dict.fromkeys(allowed))})

    def record_turn(self) -> None:
        """Record that the session's endpoint gets this conversation with the turn that begins."""
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
        # From now on it has a record of its own.
        session.conversation = replace(session.conversation, settings=settings, is_imported=False)


def is_allowed(conversation: Conversation, messages: Iterable[Message], profile: Profile) -> bool:
    """Say whether a conversation may go to a profile's endpoint without a question.

    Args:
        conversation: With its record, unless an earlier version of the program saved it.
        messages: Of it, oldest first.
        profile: Names the endpoint.
    """
    record = _record(conversation)
    if record:
        return profile.endpoint_id in {record.get("id"), *_allowed(record)}
    if conversation.is_imported or IMPORTED in conversation.settings:
        return False
    return profile.name == home_name(conversation, messages)


def home_name(conversation: Conversation, messages: Iterable[Message]) -> str:
    """Return the name of the profile that answered last in a conversation; empty if unknown."""
    record = _record(conversation)
    if record.get("name") is not None:
        return str(record["name"])
    # A turn that was refused here is no answer of its endpoint.
    answered = [it.profile for it in messages if it.profile and it.error_kind != _KIND]
    return (answered[-1] if answered else conversation.profile) or ""


def own_profile(
    conversation: Conversation, messages: Sequence[Message], candidates: Iterable[Profile]
) -> Profile | None:
    """Return the profile that goes on with a conversation; None if it is gone.

    The one of its name comes first, then any other that leads to its endpoint.
    """
    if not messages:
        return next((it for it in candidates if it.name == conversation.profile), None)
    own = [it for it in candidates if is_allowed(conversation, messages, it)]
    last_id = _record(conversation).get("id")
    own.sort(key=lambda it: (it.name != conversation.profile, it.endpoint_id != last_id))
    return own[0] if own else None


def knows_model(conversation: Conversation, messages: Sequence[Message], profile: Profile) -> bool:
    """Say whether the model of a conversation is one of a profile's endpoint."""
    if not messages:
        return conversation.profile in (None, profile.name)
    is_last = profile.endpoint_id == _record(conversation).get("id")
    return is_allowed(conversation, messages, profile) and (
        is_last or conversation.profile in (None, profile.name)
    )


def environment_of(conversation: Conversation) -> str:
    """Return the endpoint id that the environment asked for when the last turn was made."""
    return str(_record(conversation).get("environment") or "")


def _record(conversation: Conversation) -> dict[str, Any]:
    """Return the record of a conversation; that of an import is of another machine."""
    record = conversation.settings.get(ENDPOINT)
    return dict(record) if isinstance(record, dict) and not conversation.is_imported else {}


def _allowed(record: dict[str, Any]) -> list[str]:
    allowed = record.get("allowed")
    return [it for it in allowed if isinstance(it, str)] if isinstance(allowed, list) else []
