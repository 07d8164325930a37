from __future__ import annotations

import inspect
import re

import pytest

from tui_chat.core import errors
from tui_chat.core.errors import (
    ContextTooLong,
    CutOff,
    KeyRefused,
    NoAnswer,
    ProviderError,
    RateLimited,
    RequestRejected,
    ServerFailed,
    StorageError,
    TuiChatError,
    Unreachable,
)

_ALL = [
    item
    for _, item in inspect.getmembers(errors, inspect.isclass)
    if issubclass(item, Exception) and item.__module__ == errors.__name__
]


def test_the_diagram_shows_the_class_tree() -> None:
    shown = re.findall(r"^([│ ├└─]*)(\w+)", errors.__doc__ or "", re.MULTILINE)
    depths = {name: len(indent) // 4 for indent, name in shown if name in vars(errors)}

    assert set(depths) == {error.__name__ for error in _ALL}
    for error in _ALL:
        assert depths[error.__name__] == len(error.__mro__) - len(TuiChatError.__mro__)


def test_an_error_says_what_happened_and_then_what_to_do() -> None:
    error = StorageError("The disk is full.", "Free some space.")

    assert str(error) == "The disk is full. Free some space."
    assert (error.summary, error.hint) == ("The disk is full.", "Free some space.")
    assert str(StorageError("It broke.")) == "It broke."


def test_the_endpoint_message_is_between_summary_and_hint() -> None:
    error = RateLimited("Too many requests.", "Wait.", server_message="slow down", status=429)

    assert error.message == "Too many requests. It said: “slow down”. Wait."
    assert NoAnswer("Nothing came.").message == "Nothing came."


def test_kinds_are_stable_and_distinct() -> None:
    kinds = [error.kind for error in _ALL if issubclass(error, ProviderError)]

    assert len(set(kinds)) == len(kinds)
    assert ContextTooLong.kind == "context_too_long"


@pytest.mark.parametrize(
    ("error", "is_retryable"),
    [
        (RateLimited, True),
        (Unreachable, True),
        (ServerFailed, True),
        (KeyRefused, False),
        (RequestRejected, False),
        (ContextTooLong, False),
        (NoAnswer, False),
        (CutOff, False),
    ],
)
def test_only_transient_failures_are_retried(
    error: type[ProviderError], is_retryable: bool
) -> None:
    assert error.retryable is is_retryable
