"""Two processes with one database, and killed processes; real processes and files."""

from __future__ import annotations

import sys
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from tests.storage.build import asked, connection_of
from tests.storage.children import child, line_of
from tui_chat.core.conversation import MessageStatus
from tui_chat.storage.drafts import DRAFT_SEPARATOR
from tui_chat.storage.store import Store

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL")

_KILLS = 20
_COMPLETE = MessageStatus.COMPLETE


def _assert_whole(store: Store) -> None:
    assert connection_of(store).execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert connection_of(store).execute("PRAGMA foreign_key_check").fetchall() == []


@pytest.mark.slow
def test_a_kill_during_a_reply_keeps_the_last_checkpoint(path: Path) -> None:
    lost = 0
    for number in range(_KILLS):
        with child("stream", path) as process:
            conversation_id = line_of(process)
            for _ in range(1 + number * 7 % 40):
                line_of(process)
            process.kill()
            rest, _ = process.communicate()
        saved_lengths = [int(line) for line in rest.splitlines(keepends=True) if line[-1] == "\n"]

        with Store(path) as store:
            question, reply = store.messages(conversation_id)
            assert question.content == "A question that must not be lost"
            assert reply.status is MessageStatus.STREAMING
            assert set(reply.content) == {"x"}
            assert len(reply.content) % 997 == 0
            lost += any(length > len(reply.content) for length in saved_lengths)

            assert [orphan.id for orphan in store.interrupt_orphans()] == [reply.id]

            assert store.messages(conversation_id)[1].status is MessageStatus.INTERRUPTED
            assert store.messages(conversation_id)[1].content == reply.content
            assert store.interrupt_orphans() == []
            _assert_whole(store)
    assert lost == 0
    assert list(path.with_name("writers").iterdir()) == []


def test_a_kill_right_after_the_question_keeps_it(path: Path) -> None:
    with child("stream", path) as process:
        conversation_id = line_of(process)
        process.kill()

    with Store(path) as store:
        assert len(store.messages(conversation_id)) == 2
        assert len(store.interrupt_orphans()) == 1


def test_a_running_reply_of_another_process_is_not_interrupted(path: Path) -> None:
    with Store(path) as store, child("hold", path) as living, child("hold", path) as killed:
        living_id, killed_id = line_of(living), line_of(killed)
        own = asked("own")
        store.add_turn(own.conversation, own.question, own.reply)

        assert store.interrupt_orphans() == []
        killed.kill()
        killed.wait()
        assert [orphan.id for orphan in store.interrupt_orphans()] == [killed_id]

        living.communicate("")
        assert living.returncode == 0
        assert [orphan.id for orphan in store.interrupt_orphans()] == [living_id]
        assert store.messages(own.conversation.id)[1].status is MessageStatus.STREAMING


def test_concurrent_writes_lose_nothing(path: Path) -> None:
    with child("turns", path) as first, child("turns", path) as second:
        for process in (first, second):
            assert line_of(process) == "ready"
        outputs = []
        for process in (first, second):
            assert process.stdin is not None
            process.stdin.write("go\n")
            process.stdin.flush()
        for process in (first, second):
            output, _ = process.communicate()
            outputs.append(output.strip())
            assert process.returncode == 0

    with Store(path) as store:
        assert store.notices == []
        for conversation_id in outputs:
            messages = store.messages(conversation_id)
            assert [m.content for m in messages[::2]] == [str(number) for number in range(50)]
            assert {m.content for m in messages[1::2]} == {"whole"}
        assert store.interrupt_orphans() == []
        _assert_whole(store)


def test_concurrent_turns_in_one_conversation_lose_nothing(path: Path) -> None:
    first = asked("the beginning")
    with Store(path) as store:
        store.add_turn(first.conversation, first.question, first.replied("so", _COMPLETE))
    names = ("title", "system_prompt")
    with child("branch", path) as one, child("branch", path) as other:
        for process in (one, other):
            assert line_of(process) == "ready"
        for process, name in zip((one, other), names, strict=True):
            assert process.stdin is not None
            process.stdin.write(f"{name}\n")
            process.stdin.flush()
        for process in (one, other):
            assert line_of(process) == "done"

    with Store(path) as store:
        conversation = store.conversation(first.conversation.id)
        assert conversation is not None
        assert (conversation.title, conversation.system_prompt) == ("title 19", "system_prompt 19")
        assert set(conversation.draft.split(DRAFT_SEPARATOR)) == {"title 19", "system_prompt 19"}
        messages = store.messages(conversation.id)
        for name in names:
            # Each process's branch, complete and in order, after the reply both had read.
            questions = [m for m in messages if m.content.startswith(name)]
            assert [m.content for m in questions] == [f"{name} {n}" for n in range(20)]
            assert questions[0].parent_id == first.reply.id
            replies = {m.id: m for m in messages if m.content == "whole"}
            for before, after in pairwise(questions):
                assert replies[after.parent_id or ""].parent_id == before.id
        assert len(messages) == 2 + 2 * 2 * 20
        _assert_whole(store)


def test_queued_writes_finish_without_closing(path: Path) -> None:
    with child("exit", path) as process:
        output, _ = process.communicate()
        assert process.returncode == 0

    with Store(path) as store:
        assert [message.content for message in store.messages(output.strip())] == [
            "the last words",
            "",
        ]
