"""Damages a database in fifty ways: ``python -m tests.storage.recovery.damages``.

For each damage: the rows that SQLite gives with ``PRAGMA writable_schema = ON``, those that a page
reader of its own finds, and those that the store has after its next start. An argument is a seed.
"""

from __future__ import annotations

import random
import shutil
import sqlite3
import sys
import tempfile
from contextlib import closing, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from tests.storage.build import asked
from tests.storage.recovery.page_reader import PAGE, messages_by_pages
from tui_chat.core.conversation import MessageStatus
from tui_chat.storage.database.damage import mark_suspect
from tui_chat.storage.store import Store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Harm = Callable[[Path, random.Random], None]

CONVERSATIONS = 30
KEPT_PERCENT = (0.05, 0.5, 1, 3, 10, 25, 50, 75, 90, 97, 99, 99.9)


@dataclass(frozen=True)
class Outcome:
    """The messages read from one damaged database."""

    name: str
    by_sqlite: dict[str, str]
    by_pages: dict[str, str]
    by_store: dict[str, str]
    conversations: int
    notices: tuple[str, ...]
    left_out: frozenset[str]
    """Ids of messages with an impossible value beside the text: they stay, and are reported."""

    def missing(self, written: dict[str, str]) -> set[str]:
        """Return the messages that another reader has as they were written, and the store not."""
        others = self.by_sqlite.items() | self.by_pages.items()
        missing = {name for name, _ in (others & written.items()) - self.by_store.items()}
        return missing - self.left_out


def fill(path: Path, turns: int = 20, *, is_log: bool = False) -> dict[str, str]:
    """Create conversations; return their messages by ID.

    Args:
        path: The database.
        turns: Of each conversation.
        is_log: Whether the rows lie in the log, as after kill -9, and not in the file.
    """
    written: dict[str, str] = {}
    copies = path.with_name("copies")
    with Store(path) as store, closing(sqlite3.connect(path)) as other:
        if is_log:
            # An open reader prevents a checkpoint.
            other.execute("BEGIN")
            other.execute("SELECT count(*) FROM messages").fetchone()
        for number in range(CONVERSATIONS):
            conversation = None
            for turn in range(turns):
                made = asked(f"question {number} {turn} " + "x" * (turn * 7), conversation)
                length = 3000 if not turn % 9 else 10 + turn
                answer = made.replied(f"answer {number}.{turn} " * length, MessageStatus.COMPLETE)
                store.add_turn(made.conversation, made.question, answer)
                written[made.question.id] = made.question.content
                written[answer.id] = answer.content
                conversation = made.conversation
        if is_log:
            copies.mkdir()
            for file in (path, path.with_name(f"{path.name}-wal")):
                shutil.copyfile(file, copies / file.name)
    if is_log:
        for file in copies.iterdir():
            shutil.copyfile(file, path.with_name(file.name))
        shutil.rmtree(copies)
    return written


def damages() -> Iterator[tuple[str, bool, Harm]]:
    """Yield a name, whether the rows lie in the log, and what is done to the files."""
    for count in (1, 1, 1, 2, 2, 3, 5, 8, 13, 21):
        yield f"{count} pages overwritten", False, partial(_overwrite_pages, count=count)
    for count in (1, 2, 4, 8, 16, 32, 64, 100):
        yield f"{count} random bytes", False, partial(_overwrite_bytes, count=count)
    for percent in KEPT_PERCENT:
        yield f"cut, {percent} % are left", False, partial(_cut, percent=percent)
    for length in (16, 100, 200, 2000, PAGE):
        yield f"first {length} bytes overwritten", False, partial(_overwrite_head, length=length)
    yield "schema page zeroed", False, partial(_overwrite_head, length=PAGE, is_zero=True)
    yield "schema without its cells", False, _empty_schema
    yield "a page missing in the middle", False, _drop_page
    yield "two pages swapped", False, _swap_pages
    for percent in (1, 30, 60, 99):
        yield f"log cut, {percent} % are left", True, partial(_cut, percent=percent, suffix="-wal")
    for count in (1, 4):
        yield (
            f"{count} pages of the log overwritten",
            True,
            partial(_overwrite_pages, count=count, suffix="-wal"),
        )
    yield "header of the log overwritten", True, partial(_overwrite_head, length=32, suffix="-wal")
    yield "file gone, log there", True, _remove
    yield "file empty, log there", True, partial(_cut, percent=0)
    yield "schema page, log there", True, partial(_overwrite_head, length=PAGE)
    yield "log gone", True, partial(_remove, suffix="-wal")
    yield "both overwritten", True, _overwrite_both


def outcome(name: str, harm: Harm, source: Path, seed: int) -> Outcome:
    """Damage a copy of a database and open it as the next start does."""
    chance = random.Random(f"{seed} {name}")  # noqa: S311 - not a secret
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "conversations.db"
        for suffix in ("", "-wal"):
            with suppress(FileNotFoundError):
                shutil.copyfile(f"{source}{suffix}", f"{path}{suffix}")
        harm(path, chance)
        by_pages = messages_by_pages(path)
        by_sqlite = _by_sqlite(path, Path(folder) / "other")
        mark_suspect(path)
        with Store(path) as store:
            by_store: dict[str, str] = {}
            summaries = store.summaries(limit=-1)
            for (name_of,) in store._rows("SELECT id FROM conversations"):
                messages = store.messages(name_of, with_deleted=True)
                by_store.update((message.id, message.content) for message in messages)
            check = store._rows("PRAGMA integrity_check")
            assert check == [("ok",)], check
            assert store._rows("PRAGMA foreign_key_check") == []
            left_out = frozenset(
                name for name in by_sqlite if repr(name) in store.unreadable._errors
            )
            notices = (*store.notices, store.unreadable.report())
            return Outcome(name, by_sqlite, by_pages, by_store, len(summaries), notices, left_out)


def _by_sqlite(path: Path, folder: Path) -> dict[str, str]:
    """Return the messages that SQLite reads forwards, backwards and one by one."""
    folder.mkdir()
    copy = folder / path.name
    for suffix in ("", "-wal"):
        with suppress(FileNotFoundError):
            shutil.copyfile(f"{path}{suffix}", f"{copy}{suffix}")
    found: dict[str, str] = {}
    scan = "SELECT id, content FROM messages NOT INDEXED"
    ways = [scan, f"{scan} ORDER BY seq DESC", *(f"{scan} WHERE seq = {n}" for n in range(1500))]
    with closing(sqlite3.connect(copy)) as connection:
        connection.text_factory = lambda data: data.decode("utf-8", "replace")
        with suppress(sqlite3.Error):
            connection.execute("PRAGMA writable_schema = ON")
        for sql in ways:
            with suppress(sqlite3.Error):
                for row_id, content in connection.execute(sql):
                    found.setdefault(str(row_id), str(content))
    return found


def _overwrite_pages(path: Path, chance: random.Random, count: int, suffix: str = "") -> None:
    file = path.with_name(f"{path.name}{suffix}")
    data = bytearray(file.read_bytes())
    for _ in range(count):
        place = chance.randrange(1, len(data) // PAGE) * PAGE
        data[place : place + PAGE] = chance.choice([chance.randbytes(PAGE), bytes(PAGE)])
    file.write_bytes(data)


def _overwrite_bytes(path: Path, chance: random.Random, count: int) -> None:
    data = bytearray(path.read_bytes())
    for _ in range(count):
        length = chance.choice([1, 8, 100])
        place = chance.randrange(len(data) - length)
        data[place : place + length] = chance.randbytes(length)
    path.write_bytes(data)


def _cut(path: Path, _: random.Random, percent: float, suffix: str = "") -> None:
    file = path.with_name(f"{path.name}{suffix}")
    data = file.read_bytes()
    file.write_bytes(data[: int(len(data) * percent / 100)])


def _overwrite_head(
    path: Path, chance: random.Random, length: int, suffix: str = "", *, is_zero: bool = False
) -> None:
    file = path.with_name(f"{path.name}{suffix}")
    data = file.read_bytes()
    file.write_bytes((bytes(length) if is_zero else chance.randbytes(length)) + data[length:])


def _remove(path: Path, _: random.Random, suffix: str = "") -> None:
    path.with_name(f"{path.name}{suffix}").unlink()


def _empty_schema(path: Path, _: random.Random) -> None:
    data = bytearray(path.read_bytes())
    data[103:105] = b"\0\0"
    path.write_bytes(data)


def _drop_page(path: Path, chance: random.Random) -> None:
    data = path.read_bytes()
    place = chance.randrange(len(data) // PAGE // 2, len(data) // PAGE) * PAGE
    path.write_bytes(data[:place] + data[place + PAGE :])


def _swap_pages(path: Path, chance: random.Random) -> None:
    data = bytearray(path.read_bytes())
    one, other = (place * PAGE for place in chance.sample(range(2, len(data) // PAGE), 2))
    data[one : one + PAGE], data[other : other + PAGE] = (
        data[other : other + PAGE],
        data[one : one + PAGE],
    )
    path.write_bytes(data)


def _overwrite_both(path: Path, chance: random.Random) -> None:
    _overwrite_head(path, chance, PAGE)
    _overwrite_pages(path, chance, 3, "-wal")


def main(seed: int) -> int:
    """Print a line for each damage; return 1 if another reader found more."""
    is_short = False
    with tempfile.TemporaryDirectory() as folder:
        sources: dict[bool, Path] = {}
        written: dict[str, str] = {}
        for is_log in (False, True):
            sources[is_log] = Path(folder) / str(is_log) / "conversations.db"
            written.update(fill(sources[is_log], is_log=is_log))
        write = sys.stdout.write
        head = f"{'damage':32} {'writable_schema':>15} {'pages':>6} {'store':>6}"
        write(f"{head} of {len(written) // 2}\n")
        for name, is_log, harm in damages():
            it = outcome(name, harm, sources[is_log], seed)
            counts = f"{len(it.by_sqlite):15} {len(it.by_pages):6} {len(it.by_store):6}"
            missing = it.missing(written)
            note = f"  MISSING {len(missing)}" if missing else ""
            write(f"{name:32} {counts} {it.conversations:3} conversations{note}\n")
            is_short = is_short or bool(missing)
    return int(is_short)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 1))
