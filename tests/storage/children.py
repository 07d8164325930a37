"""Commands of a test's second process: `python -m tests.storage.children COMMAND DATABASE`."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.storage.build import asked
from tui_chat.core.conversation import MessageStatus
from tui_chat.storage.async_store import AsyncStore
from tui_chat.storage.store import Store

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def child(command: str, path: Path) -> Iterator[subprocess.Popen[str]]:
    """Run a command in a separate process; kill it at the end if it still runs."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.storage.children", command, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    )
    with process:
        try:
            yield process
        finally:
            process.kill()


def line_of(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def _say(word: object) -> None:
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()


def _stream(path: Path) -> None:
    """Checkpoint a growing reply for ever; print its length after each checkpoint."""
    store = Store(path)
    turn = asked("A question that must not be lost")
    store.add_turn(turn.conversation, turn.question, turn.reply)
    _say(turn.conversation.id)
    length = 0
    while True:
        length += 997
        store.save_reply(turn.replied("x" * length))
        _say(length)


def _hold(path: Path) -> None:
    """Start a reply and wait for the end of stdin."""
    with Store(path) as store:
        turn = asked("held")
        store.add_turn(turn.conversation, turn.question, turn.reply)
        _say(turn.reply.id)
        sys.stdin.read()


def _turns(path: Path) -> None:
    """Write fifty turns after a line on stdin."""
    _say("ready")
    sys.stdin.readline()
    with Store(path) as store:
        turn = asked("0")
        for number in range(50):
            turn = asked(str(number), turn.conversation if number else None)
            store.add_turn(turn.conversation, turn.question, turn.reply)
            store.save_reply(turn.replied("half"))
            store.save_reply(turn.replied("whole", MessageStatus.COMPLETE))
    _say(turn.conversation.id)


def _branch(path: Path) -> None:
    """Ask twenty questions in the latest conversation, each after what this program knows itself.

    It changes one field of its own, which a line names, and never looks what others do.
    """
    with Store(path) as store:
        conversation = store.latest_conversation()
        assert conversation is not None
        _say("ready")
        name = sys.stdin.readline().strip()
        for number in range(20):
            turn = asked(f"{name} {number}", conversation)
            changes: dict[str, Any] = {name: f"{name} {number}"}
            conversation = replace(turn.conversation, **changes)
            store.add_turn(conversation, turn.question, turn.reply)
            store.save_draft(conversation.id, f"{name} {number}")
            conversation = replace(conversation, draft=f"{name} {number}")
            store.save_reply(turn.replied("whole", MessageStatus.COMPLETE))
            store.save_conversation(conversation)
    _say("done")


def _exit(path: Path) -> None:
    """Exit while a write is queued, without closing the store."""

    async def ask() -> None:
        store = await AsyncStore.open(path)
        turn = asked("the last words")
        _say(turn.conversation.id)
        saving = asyncio.gather(store.add_turn(turn.conversation, turn.question, turn.reply))
        await asyncio.sleep(0)
        saving.cancel()

    asyncio.run(ask())


if __name__ == "__main__":
    commands = {
        "stream": _stream,
        "hold": _hold,
        "turns": _turns,
        "branch": _branch,
        "exit": _exit,
    }
    commands[sys.argv[1]](Path(sys.argv[2]))
