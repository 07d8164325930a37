"""Tool calls in the database: saved as their state changes, read back, searched, recovered."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from tests.storage.build import Asked, asked, connection_of
from tui_chat.core.conversation import MessageStatus, now
from tui_chat.core.search_query import parse_query
from tui_chat.core.tools.call import Approver, CallState, ResultKind, ResultPart, ToolCall
from tui_chat.core.transcript import Transcript
from tui_chat.storage.import_writer import ImportWriter
from tui_chat.storage.journal.journal import Journal, JournalEntry
from tui_chat.storage.read_only import Reader
from tui_chat.storage.recovery.recover_rows import recover
from tui_chat.storage.store import Store

if TYPE_CHECKING:
    from pathlib import Path

CALL = ToolCall(
    "call_1",
    "wetter__get_weather",
    '{"city": "北京"}',
    "wetter",
    "get_weather",
    CallState.DONE,
    2,
    7,
    3,
    "{}",
    "f" * 64,
    Approver.USER,
    "A note.",
    (
        ResultPart(ResultKind.TEXT, "晴天 \x1b[31m"),
        ResultPart(ResultKind.PICTURE, data=b"\x89PNG", mime="image/png", name="map"),
    ),
    proposed_at=now(),
    decided_at=now(),
    started_at=now(),
    finished_at=now(),
)
OPEN = ToolCall("call_2", "nothing", "{", state=CallState.RUNNING)


def _with_calls(*calls: ToolCall, status: MessageStatus = MessageStatus.STREAMING) -> Asked:
    turn = asked("Weather?")
    return replace(turn, reply=replace(turn.reply, status=status, tool_calls=calls))


def _calls(store: Store, turn: Asked) -> tuple[ToolCall, ...]:
    return store.messages(turn.conversation.id)[-1].tool_calls


def _saved(store: Store, turn: Asked) -> None:
    store.add_turn(turn.conversation, turn.question, turn.reply)


def test_calls_come_back_as_they_were(store: Store) -> None:
    turn = _with_calls(CALL, OPEN)
    _saved(store, turn)
    assert _calls(store, turn) == (CALL, OPEN)


def test_each_change_of_a_state_is_saved(store: Store) -> None:
    turn = _with_calls(OPEN)
    _saved(store, turn)
    done = replace(OPEN, state=CallState.DONE, result=CALL.result)
    store.save_reply(replace(turn.reply, tool_calls=(done, CALL)))
    assert _calls(store, turn) == (done, CALL)


def test_an_ended_call_is_not_written_again(store: Store) -> None:
    turn = _with_calls(CALL)
    _saved(store, turn)
    connection_of(store).execute("UPDATE tool_calls SET result = NULL")
    store.save_reply(turn.reply)
    assert _calls(store, turn)[0].result == ()


@pytest.mark.parametrize("status", [MessageStatus.INTERRUPTED, MessageStatus.COMPLETE])
def test_a_call_that_ran_when_the_program_died_is_interrupted(
    store: Store, status: MessageStatus
) -> None:
    turn = _with_calls(OPEN, CALL, status=status)
    _saved(store, turn)
    assert [call.state for call in _calls(store, turn)] == [CallState.INTERRUPTED, CallState.DONE]


@pytest.mark.parametrize(
    "change",
    ["state = 'dancing'", "details = '[]'", "result = '{'", "result = x'00'", "started_at = 'x'"],
)
def test_an_unreadable_call_is_skipped_and_reported(store: Store, change: str) -> None:
    turn = _with_calls(CALL, replace(OPEN, state=CallState.DONE))
    _saved(store, turn)
    sql = f"UPDATE tool_calls SET {change} WHERE position = 0"  # noqa: S608 - of this test
    connection_of(store).execute(sql)
    assert [call.call_id for call in _calls(store, turn)] == ["call_2"]
    assert store.unreadable.report()


@pytest.mark.parametrize(
    ("words", "is_found"), [("晴天", True), ("北京", True), ("get_weather", True), ("iVBO", False)]
)
def test_arguments_and_results_are_searched(store: Store, words: str, is_found: bool) -> None:
    turn = _with_calls(CALL, status=MessageStatus.COMPLETE)
    _saved(store, turn)
    assert bool(store.summaries(query=words)) is is_found
    assert bool(store.search(parse_query(words), 9)) is is_found


def test_purging_a_conversation_removes_its_calls(store: Store) -> None:
    turn = _with_calls(CALL, status=MessageStatus.COMPLETE)
    _saved(store, turn)
    store.delete_conversation(turn.conversation.id, now() - timedelta(days=1))
    store.purge(now() + timedelta(days=1))
    count = connection_of(store).execute("SELECT count(*) FROM tool_calls").fetchone()[0]
    assert count == 0


def test_a_journal_and_a_reader_have_the_calls(path: Path) -> None:
    turn = _with_calls(CALL, OPEN)
    with Store(path):
        pass
    journal = Journal(path)
    journal.write([JournalEntry(turn.conversation, [turn.question, turn.reply])])
    journal.close()
    with Store(path) as store:
        assert store.recover_journals() == 2
        states = [call.state for call in _calls(store, turn)]
        assert states == [CallState.DONE, CallState.INTERRUPTED]
    with Reader(path) as reader:
        (transcript,) = reader.transcripts(with_deleted=False)
        assert transcript.messages[-1].tool_calls[0] == CALL


def test_calls_are_recovered_from_a_damaged_file(path: Path, tmp_path: Path) -> None:
    turn = _with_calls(CALL, status=MessageStatus.COMPLETE)
    with Store(path) as store:
        _saved(store, turn)
        connection_of(store).execute("PRAGMA wal_checkpoint(TRUNCATE)")
    with Store(tmp_path / "fresh" / "new.db") as store:
        recover(path, connection_of(store))
        assert _calls(store, turn) == (CALL,)


def test_an_imported_conversation_uses_and_approves_no_tools(path: Path) -> None:
    turn = _with_calls(CALL, status=MessageStatus.COMPLETE)
    settings = {"tools": {"on": ["s"], "always": [["s", "x", "f"]]}, "pinned": True}
    conversation = replace(turn.conversation, settings=settings)
    with ImportWriter.open(path) as writer:
        writer.write(Transcript(conversation, [turn.question, turn.reply]))
    with Store(path) as store:
        saved = store.conversation(conversation.id)
        assert saved is not None
        assert saved.settings == {"pinned": True}
        assert _calls(store, turn) == (CALL,)
