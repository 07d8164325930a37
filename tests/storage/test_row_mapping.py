from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.core.strategies import COSTS
from tui_chat.core.conversation import Conversation, Message, MessageStatus, Role, now
from tui_chat.core.errors import StorageError
from tui_chat.core.text.sanitize import replace_surrogates
from tui_chat.storage.row_mapping import message_from, time_text
from tui_chat.storage.store import Store

_CHARACTERS = st.characters(categories=None)  # includes lone surrogates and NUL
_TEXT = st.text(_CHARACTERS, max_size=20)
_MAYBE = st.none() | _TEXT
_COUNT = st.none() | st.integers(0, 2**62)
_TIME = st.datetimes(timezones=st.just(UTC))
_JSON = st.dictionaries(
    st.text(max_size=5), st.none() | st.booleans() | st.integers() | st.text() | st.lists(st.text())
)

_CONVERSATIONS = st.builds(
    Conversation,
    id=st.just("c"),
    created_at=_TIME,
    updated_at=_TIME,
    title=_TEXT,
    profile=_MAYBE,
    model=_MAYBE,
    system_prompt=_MAYBE,
    settings=_JSON,
    leaf_id=st.sampled_from([None, "m"]),
    draft=_TEXT,
    deleted_at=st.none() | _TIME,
)
_MESSAGES = st.builds(
    Message,
    id=st.just("m"),
    conversation_id=st.just("c"),
    parent_id=st.none(),
    role=st.sampled_from(Role),
    content=_TEXT,
    created_at=_TIME,
    reasoning=_TEXT,
    status=st.sampled_from(MessageStatus),
    finish_reason=_MAYBE,
    error_kind=_MAYBE,
    error_text=_MAYBE,
    profile=_MAYBE,
    model=_MAYBE,
    input_tokens=_COUNT,
    output_tokens=_COUNT,
    cost=COSTS,
    structured=st.none() | _JSON,
    first_token_at=st.none() | _TIME,
    finished_at=st.none() | _TIME,
    deleted_at=st.none() | _TIME,
)


def _mended_fields(thing: Any, *names: str) -> dict[str, Any]:
    values = {name: getattr(thing, name) for name in names}
    return {name: value and replace_surrogates(value) for name, value in values.items()}


@settings(max_examples=80, deadline=None)
@given(conversation=_CONVERSATIONS, message=_MESSAGES)
def test_saved_values_are_read_unchanged(conversation: Conversation, message: Message) -> None:
    with Store(None) as store:
        store.add_messages(conversation, [message])
        store.save_draft("c", conversation.draft)

        found = store.conversation("c")
        assert found is not None
        # Writing a draft counts as using the conversation.
        assert replace(found, updated_at=conversation.updated_at) == replace(
            conversation,
            **_mended_fields(conversation, "title", "profile", "model", "system_prompt", "draft"),
        )
        assert store.messages("c", with_deleted=True) == [
            replace(
                message,
                **_mended_fields(message, "content", "reasoning", "finish_reason", "error_kind"),
                **_mended_fields(message, "error_text", "profile", "model"),
            )
        ]


@settings(max_examples=100, deadline=None)
@given(first=_TIME, second=_TIME)
def test_times_sort_as_text(first: datetime, second: datetime) -> None:
    assert (first < second) == (time_text(first) < time_text(second))


def test_times_are_stored_in_utc() -> None:
    moment = datetime(2026, 1, 1, 1, 30, tzinfo=timezone(timedelta(hours=2)))

    assert time_text(moment) == "2025-12-31T23:30:00.000000+00:00"


@pytest.mark.parametrize(("column", "value"), [(3, "robot"), (4, "lost"), (14, "{"), (15, "soon")])
def test_an_invalid_row_is_reported(column: int, value: str) -> None:
    row: list[Any] = ["m", "c", None, "user", "complete", "", "", *[None] * 8, *[now().isoformat()]]
    row += [None] * 5 + ["no cost"]
    assert message_from(tuple(row)).id == "m"

    row[column] = value
    with pytest.raises(StorageError, match="message m"):
        message_from(tuple(row))
