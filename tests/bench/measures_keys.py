"""Key latency: until a typed character is shown, until Esc has stopped an answer."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from tests.bench.program import Chat, warm_chat
from tests.bench.report import Row, percentile, spread
from tests.bench.server import Plan
from tests.bench.terminal import ESC, LONE_ESC

if TYPE_CHECKING:
    from collections.abc import Iterator

ECHO_BUDGET_MS: Final = 35
STARVED: Final = "other processes took of its time"
CLOSE_BUDGET_MS: Final = 20
ACCEPT_BUDGET_MS: Final = 100
BETWEEN_KEYS_S: Final = 0.08
_FIRST_LETTER: Final = 0x1401
"""Of the Canadian syllabics: narrow, in no answer, and enough of them to type each only once."""
_LETTERS_IN_PROMPT: Final = 10
_IN_BACKGROUND: Final = 3
_NEW_CONVERSATION: Final = b"\x0e"

FLOOD: Final = Plan(how="flood")
SILENCE: Final = Plan(how="silence", deltas=20)
MUTE: Final = Plan(how="mute")


def echo(quick: bool) -> Iterator[Row]:
    """Type while nothing comes, and while an answer comes."""
    count = 12 if quick else 120
    seconds = count * (BETWEEN_KEYS_S * 1.5 + 0.4 / _LETTERS_IN_PROMPT) + 3
    cases = {
        "idle": None,
        "200 deltas/s": Plan(deltas=int(200 * seconds), rate=200),
        "1000 deltas/s": Plan(deltas=int(1_000 * seconds), rate=1_000),
        "in a flood": FLOOD,
    }
    with warm_chat() as chat:
        for name, plan in cases.items():
            if plan is not None:
                chat.ask(plan)
                chat.wait_for("first")
                chat.terminal.pump(1)
            began, starved_s = time.monotonic(), chat.terminal.starved_s
            times = echoes(chat, count)
            starved = (chat.terminal.starved_s - starved_s) / (time.monotonic() - began)
            budget = None if plan is FLOOD else ECHO_BUDGET_MS
            yield spread(f"key to echo, {name}", times, budget, f"{STARVED} {starved:.0%}")
            chat.terminal.send(ESC)
            chat.terminal.settle()


def echo_in_the_background(quick: bool) -> Iterator[Row]:
    """Type in a fourth conversation while three others are answered at 200 deltas/s each."""
    count = 12 if quick else 120
    seconds = count * (BETWEEN_KEYS_S * 1.5 + 0.4 / _LETTERS_IN_PROMPT) + 15
    plan = Plan(deltas=int(200 * seconds), rate=200)
    with warm_chat() as chat:
        idle = echoes(chat, count)
        yield spread("key to echo, before them", idle, ECHO_BUDGET_MS)
        for _number in range(_IN_BACKGROUND):
            chat.ask(plan)
            chat.wait_for("first")
            chat.terminal.send(_NEW_CONVERSATION)
            chat.terminal.pump(1)
        times = echoes(chat, count)
        ratio = percentile(times, 0.95) / percentile(idle, 0.95)
        note = f"p95 {ratio:.1f} times that without them"
        yield spread("key to echo, three answers in the background", times, ECHO_BUDGET_MS, note)


def echoes(chat: Chat, count: int) -> list[float]:
    """Return how many seconds each of some letters takes to be shown."""
    terminal = chat.terminal
    times = []
    for index in range(count):
        letter = chr(_FIRST_LETTER + index)
        terminal.look_from_here()
        sent = terminal.send(letter.encode())
        times.append(terminal.seen(letter) - sent)
        terminal.pump(BETWEEN_KEYS_S - (terminal.last_read - sent))
        if index % _LETTERS_IN_PROMPT == _LETTERS_IN_PROMPT - 1:
            # Not after every letter: Textual may do the next letter before the backspace.
            terminal.send(b"\x7f" * _LETTERS_IN_PROMPT)
            terminal.pump(0.4)
    return times


def esc(quick: bool) -> Iterator[Row]:
    """Press Esc in every state of an answer, and ask again at once."""
    count = 3 if quick else 20
    close = "Esc to the server seeing the close"
    cases = {"in silence": SILENCE, "before headers": MUTE, "in a flood": FLOOD}
    with warm_chat() as chat:
        times = [_requested_after(chat) for _ in range(count)]
        yield spread("Enter to a question at the server", times, note="saved to the disk before")
        times = [_closed_after(chat, SILENCE, LONE_ESC) for _ in range(count)]
        yield spread(f"{close}, legacy terminal", times, note="Textual waits ESCDELAY; silence")
        for name, plan in cases.items():
            times = [_closed_after(chat, plan, ESC) for _ in range(count)]
            yield spread(f"{close}, {name}", times, CLOSE_BUDGET_MS)
    with warm_chat() as chat:
        for name, plan in cases.items():
            times = [_asked_again_after(chat, plan) for _ in range(count)]
            yield spread(f"Esc to a new question at the server, {name}", times, ACCEPT_BUDGET_MS)


def _requested_after(chat: Chat) -> float:
    """Return the seconds from Enter to the arrival of a question."""
    sent = chat.ask(Plan(deltas=20, end="THEEND"))
    requested = chat.wait_for("request")
    chat.terminal.seen("THEEND")
    chat.terminal.settle(0.1)
    return requested - sent


def _closed_after(chat: Chat, plan: Plan, key: bytes) -> float:
    """Return the seconds from the key to the end of the connection."""
    _begin(chat, plan)
    sent = chat.terminal.send(key)
    closed = chat.wait_for("closed")
    chat.terminal.settle(0.1)
    return closed - sent


def _asked_again_after(chat: Chat, plan: Plan) -> float:
    """Return the seconds from Esc to the arrival of the next question, which is typed already."""
    _begin(chat, plan)
    chat.terminal.send(b"again")
    chat.terminal.pump(0.1)
    sent = chat.terminal.send(ESC + b"\r")
    requests = chat.endpoint.moments
    while len(requests("request")) < 2:
        chat.terminal.pump(0.01)
        # While the answer is still ending, Enter rings the bell and the question stays.
        chat.terminal.send(b"\r")
    again = requests("request")[1]
    chat.terminal.pump(0.1)
    chat.terminal.send(ESC)
    chat.terminal.until(lambda: len(requests("closed")) == 2)
    chat.terminal.settle(0.1)
    return again - sent


def _begin(chat: Chat, plan: Plan) -> None:
    chat.ask(plan)
    chat.wait_for("request" if plan.how == "mute" else "first")
    chat.terminal.pump(0.2)
