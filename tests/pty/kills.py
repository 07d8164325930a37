"""Kills the real program in the middle of answers, and looks at what is left.

`python -m tests.pty.kills 200` kills 200 times and prints the figures; test_kills.py does it a few
times. The program runs in a terminal, its server is on loopback and notes when it sent each piece;
one in five questions is asked with `tui-chat ask`.

`python -m tests.pty.kills 20 SEED background` kills while three conversations are answered in the
background and a fourth has the prompt.

`python -m tests.pty.kills 20 SEED several` kills while four models answer one question.

`python -m tests.pty.kills 20 SEED early` kills 0 to 300 ms after Enter right after a start: the
question is typed as soon as the prompt is there, before the conversations are open.
"""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Final

from tests.providers.wire import END, delta
from tests.pty.program import PtyProgram
from tests.pty.serving import Serving
from tests.sse_server import Answer, Pause, Received

if TYPE_CHECKING:
    from collections.abc import Iterator

PROMISED_MS: Final = 500
"""At most so much of an answer may be missing."""
OFFER: Final = "interrupted, kept"
_WORDS: Final = tuple(f"word{number} " for number in range(1000))
_EVERY_S: Final = 0.006
_LONGEST_S: Final = 3.0
_ASK_EVERY: Final = 5
_EARLY_S: Final = 0.3


@dataclass(frozen=True, slots=True)
class Kill:
    """The state after one kill."""

    number: int
    after_s: float
    """Time since the server received the question."""
    has_question: bool
    missing_ms: float
    """From the first piece that was sent and is not stored to the kill; 0 when all is stored."""
    is_true: bool
    """True if what is stored is the beginning of what was sent, and nothing else."""
    integrity: str

    @property
    def is_lost(self) -> bool:
        """True if a promise is broken."""
        is_short = self.missing_ms > PROMISED_MS
        return not self.has_question or is_short or not self.is_true or self.integrity != "ok"

    def __str__(self) -> str:
        return (
            f"kill {self.number} after {self.after_s:.2f} s: question "
            f"{'stored' if self.has_question else 'LOST'}, {self.missing_ms:.0f} ms missing, "
            f"text {'true' if self.is_true else 'FALSE'}, integrity {self.integrity}"
        )


def kills(count: int, seed: int = 0) -> Iterator[Kill]:
    """Kill so many times, one after the other on the same database, and yield what was left."""
    steps = tuple(step for word in _WORDS for step in (delta(word), Pause(_EVERY_S)))
    chance = random.Random(seed)  # noqa: S311 - not a secret
    with Serving(Answer((*steps, END))) as serving:
        was_on_screen = False
        for number in range(1, count + 1):
            after_s = chance.uniform(0, _LONGEST_S)
            if number % _ASK_EVERY == 0:
                killed_at = _kill_ask(serving, number, after_s)
            else:
                killed_at = _kill_chat(serving, number, after_s, is_offered=was_on_screen)
                was_on_screen = True
            yield _found(number, after_s, serving.requests[-1], killed_at)


def early_kills(count: int, seed: int = 0) -> Iterator[str]:
    """Kill so many times right after the first question of a start; yield each lost question.

    A question counts as lost when the next start does not have it in the database.
    """
    chance = random.Random(seed)  # noqa: S311 - not a secret
    steps = tuple(step for word in _WORDS for step in (delta(word), Pause(_EVERY_S)))
    with Serving(Answer((*steps, END))) as serving:
        for number in range(1, count + 1):
            question = f"early question {number}"
            after_s = chance.uniform(0, _EARLY_S)
            with PtyProgram(["-m", "tui_chat"], env=serving.env(), columns=60, rows=14) as program:
                program.seen("Ask anything")
                program.send(question)
                # Once it is drawn it is in the prompt, and Enter can be timed.
                program.seen(question)
                program.send("\r")
                _wait(program, after_s)
                program.kill(signal.SIGKILL)
            with PtyProgram(["-m", "tui_chat"], env=serving.env(), columns=60, rows=14) as program:
                # The endpoint is shown when everything is open.
                program.seen("127.0.0.1")
                program.send("\x11")
                program.ended()
            yield "" if question in _kept_questions() else f"{question} after {after_s:.3f} s"


def background_kills(count: int, seed: int = 0) -> Iterator[Kill]:
    """Kill so many times during three answers in the background; yield what is left of each."""
    steps = tuple(step for word in _WORDS for step in (delta(word), Pause(_EVERY_S)))
    chance = random.Random(seed)  # noqa: S311 - not a secret
    with Serving(Answer((*steps, END))) as serving:
        for number in range(1, 3 * count + 1, 3):
            after_s = chance.uniform(0, _LONGEST_S)
            asked = range(number, number + 3)
            with PtyProgram(["-m", "tui_chat"], env=serving.env(), columns=60, rows=14) as program:
                program.seen("Ask anything")
                # The endpoint is shown when everything is open.
                program.seen("127.0.0.1")
                for question in asked:
                    program.send(f"\x0equestion {question}\r")
                    # Reads the terminal meanwhile; the server alone would block the program.
                    program.until(partial(_has_come, serving, question))
                program.send("\x0ea fourth")
                _wait(program, after_s)
                killed_at = monotonic()
                program.kill(signal.SIGKILL)
            for question in asked:
                yield _found(question, after_s, serving.requests[question - 1], killed_at)


def comparison_kills(count: int, seed: int = 0) -> Iterator[Kill]:
    """Kill so many times while four models answer one question; yield what is left of each."""
    steps = tuple(step for word in _WORDS for step in (delta(word), Pause(_EVERY_S)))
    chance = random.Random(seed)  # noqa: S311 - not a secret
    with Serving(Answer((*steps, END))) as serving:
        models = tuple("abcd")
        folder = Path(os.environ["XDG_CONFIG_HOME"], "tui-chat")
        folder.mkdir(parents=True, exist_ok=True)
        url = serving.base_url
        profiles = (f'[profiles.{it}]\nbase_url = "{url}"\nmodel = "{it}"\n' for it in models)
        folder.joinpath("config.toml").write_text('profile = "a"\n' + "".join(profiles), "utf-8")
        for number in range(1, count + 1):
            after_s = chance.uniform(0, _LONGEST_S)
            with PtyProgram(["-m", "tui_chat", "--new"], env={}, columns=80, rows=24) as program:
                # The endpoint is shown when everything is open.
                program.seen("127.0.0.1")
                program.send(f"/compare question {number}\r")
                program.seen("Another model")
                program.send("\x1b[B \x1b[B \x1b[B \r")
                program.until(partial(_has_come, serving, len(models) * number))
                _wait(program, after_s)
                killed_at = monotonic()
                program.kill(signal.SIGKILL)
            for request in serving.requests[-len(models) :]:
                yield _found(number, after_s, request, killed_at)


def _has_come(serving: Serving, count: int) -> bool:
    return len(serving.requests) >= count


def _kept_questions() -> list[str]:
    """Return all questions and drafts of the database."""
    with closing(sqlite3.connect(_database())) as connection:
        rows = connection.execute(
            "SELECT content FROM messages WHERE role = 'user' UNION SELECT text FROM drafts"
        )
        return [text for (text,) in rows]


def last_start(serving: Serving) -> None:
    """Start once more, with another endpoint; replies of dead processes become interrupted."""
    with PtyProgram(["-m", "tui_chat"], env=serving.env(), columns=60, rows=14) as program:
        program.seen("Ask anything")
        program.until(lambda: not left_running())
        program.send("\x11")
        program.ended()


def left_running() -> list[str]:
    """Return the replies that still count as running."""
    with closing(sqlite3.connect(_database())) as connection:
        rows = connection.execute("SELECT id FROM messages WHERE status = 'streaming'")
        return [row_id for (row_id,) in rows]


def _kill_chat(serving: Serving, number: int, after_s: float, *, is_offered: bool) -> float:
    with PtyProgram(["-m", "tui_chat"], env=serving.env(), columns=60, rows=14) as program:
        program.seen("Ask anything")
        if is_offered:
            program.seen(OFFER)
        program.send(f"question {number}\r")
        program.until(lambda: len(serving.requests) == number)
        _wait(program, after_s)
        killed_at = monotonic()
        program.kill(signal.SIGKILL)
    return killed_at


def _wait(program: PtyProgram, seconds: float) -> None:
    until = monotonic() + seconds
    program.until(lambda: monotonic() >= until)


def _kill_ask(serving: Serving, number: int, after_s: float) -> float:
    arguments = [sys.executable, "-m", "tui_chat", "ask", f"question {number}"]
    with subprocess.Popen(
        arguments,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        env={**os.environ, **serving.env()},
    ) as process:
        serving.asked(number)
        try:
            process.wait(after_s)
        except subprocess.TimeoutExpired:
            killed_at = monotonic()
            process.kill()
            return killed_at
    raise AssertionError("It ended by itself")


def _found(number: int, after_s: float, request: Received, killed_at: float) -> Kill:
    with closing(sqlite3.connect(_database())) as connection:
        integrity = str(connection.execute("PRAGMA integrity_check").fetchone()[0])
        rows = connection.execute(
            """
            SELECT a.content, a.model FROM messages AS q JOIN messages AS a ON a.parent_id = q.id
            WHERE q.content = ? AND q.role = 'user' ORDER BY a.model = ? DESC
            """,
            (f"question {number}", request.json["model"]),
        ).fetchall()
    stored = rows[0][0] if rows else ""
    count = len(stored.split())
    sent_at = [moment for moment in request.sent_at if moment <= killed_at]
    missing_ms = (killed_at - sent_at[count]) * 1000 if count < len(sent_at) else 0.0
    is_true = stored == "".join(_WORDS[:count])
    return Kill(number, after_s, bool(rows), missing_ms, is_true, integrity)


def _database() -> Path:
    return Path(os.environ["XDG_DATA_HOME"], "tui-chat", "conversations.db")


def main() -> int:
    """Kill, print the figures, and return 1 if a promise is broken."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 0
    with tempfile.TemporaryDirectory() as home:
        for variable in ("CONFIG", "DATA", "STATE", "CACHE"):
            os.environ[f"XDG_{variable}_HOME"] = str(Path(home, variable))
        if "early" in sys.argv[3:]:
            lost = [words for words in early_kills(count, seed) if words]
            sys.stdout.write("".join(f"lost: {words}\n" for words in lost))
            sys.stdout.write(f"{count} kills right after Enter: {len(lost)} losses (seed {seed})\n")
            return 1 if lost else 0
        began = monotonic()
        found = []
        runs, answers_each = kills, 1
        if "background" in sys.argv[3:]:
            runs, answers_each = background_kills, 3
        elif "several" in sys.argv[3:]:
            runs, answers_each = comparison_kills, 4
        for kill in runs(count, seed):
            found.append(kill)
            if kill.is_lost:
                sys.stdout.write(f"{kill}\n")
            if len(found) % 50 == 0 or len(found) == answers_each * count:
                sys.stdout.write(f"{_figures(found, monotonic() - began)} (seed {seed})\n")
                sys.stdout.flush()
    return 1 if any(kill.is_lost for kill in found) else 0


def _figures(found: list[Kill], seconds: float) -> str:
    missing = sorted(kill.missing_ms for kill in found)
    lost = sum(kill.is_lost for kill in found)
    load = os.getloadavg()[0] / (os.cpu_count() or 1)
    return (
        f"{len(found)} kills in {seconds:.0f} s: {lost} losses; missing piece: "
        f"median {missing[len(missing) // 2]:.0f} ms, p95 {missing[int(len(missing) * 0.95)]:.0f} "
        f"ms, longest {missing[-1]:.0f} ms (promised {PROMISED_MS}); load {load:.1f} for each core"
    )


if __name__ == "__main__":
    sys.exit(main())
