"""Conversations for the tests of import and export."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from hypothesis import strategies as st

from tests.core.strategies import COSTS
from tui_chat.core.conversation import Conversation, Message, MessageStatus, Role
from tui_chat.core.text.sanitize import replace_surrogates
from tui_chat.core.transcript import Transcript

AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def message(number: int, parent: Message | None, content: str, **more: Any) -> Message:
    """Return a message of the conversation `c1`; user and assistant alternate."""
    values: dict[str, Any] = {
        "id": f"m{number}",
        "conversation_id": "c1",
        "parent_id": parent.id if parent else None,
        "role": Role.ASSISTANT if parent and parent.role is Role.USER else Role.USER,
        "content": content,
        "created_at": AT,
    }
    return Message(**(values | more))


def talk(*contents: str, title: str = "Sky colours", **more: Any) -> Transcript:
    """Return a conversation with one path."""
    messages: list[Message] = []
    for number, content in enumerate(contents, start=1):
        messages.append(message(number, messages[-1] if messages else None, content))
    conversation = Conversation("c1", AT, AT, title, leaf_id=f"m{len(contents)}")
    return Transcript(replace(conversation, **more), messages)


_CHARACTERS = st.characters(categories=None)  # includes lone surrogates and NUL
_TEXT = st.text(_CHARACTERS, max_size=20).map(replace_surrogates)
_MAYBE = st.none() | _TEXT
_COUNT = st.none() | st.integers(-(2**63), 2**63 - 1)
_TIME = st.datetimes(timezones=st.just(UTC))
_JSON = st.dictionaries(
    st.text(max_size=5),
    st.none() | st.booleans() | st.integers()
    | st.text(_CHARACTERS, max_size=5).map(replace_surrogates)
    | st.lists(st.text(max_size=3)) | st.floats(allow_nan=False, allow_infinity=False),
    max_size=3,
)  # fmt: skip
_SETTLED = st.sampled_from([s for s in MessageStatus if s is not MessageStatus.STREAMING])


@st.composite
def transcripts(draw: st.DrawFn, conversation_id: str = "c1") -> Transcript:
    """Draw any conversation that a database can hold."""
    count = draw(st.integers(0, 8))
    ids = [f"{conversation_id}-m{number}" for number in range(count)]
    messages = [
        draw(
            st.builds(
                Message,
                id=st.just(ids[number]),
                conversation_id=st.just(conversation_id),
                parent_id=st.sampled_from([None, *ids[:number]]),
                role=st.sampled_from(Role),
                content=_TEXT,
                created_at=_TIME,
                reasoning=_TEXT,
                status=_SETTLED,
                finish_reason=_MAYBE,
                error_kind=_MAYBE,
                error_text=_MAYBE,
                profile=_MAYBE,
                model=_MAYBE,
                input_tokens=_COUNT,
                output_tokens=_COUNT,
                cost=COSTS,
                structured=st.none() | _JSON,
                edited_from=_MAYBE,
                first_token_at=st.none() | _TIME,
                finished_at=st.none() | _TIME,
                deleted_at=st.none() | _TIME,
            )
        )
        for number in range(count)
    ]
    conversation = draw(
        st.builds(
            Conversation,
            id=st.just(conversation_id),
            created_at=_TIME,
            updated_at=_TIME,
            # A conversation without title, draft and messages is not exported.
            title=_TEXT.map(lambda text: text or "Untitled"),
            profile=_MAYBE,
            model=_MAYBE,
            system_prompt=_MAYBE,
            settings=_JSON,
            leaf_id=st.sampled_from([None, *ids]),
            draft=_TEXT,
            deleted_at=st.none() | _TIME,
        )
    )
    return Transcript(conversation, messages)
