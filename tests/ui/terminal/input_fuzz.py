"""Feeds the input parser valid and broken sequences; `python -m tests.ui.terminal.input_fuzz SEED`.

By hand a million bytes for each seed, in random reads with random pauses; test_input_events.py
takes a short part of it. After each block a single key must arrive.
"""

from __future__ import annotations

import random
import sys
from typing import TYPE_CHECKING, Final

from textual import events

from tui_chat.ui.terminal.input.input_events import InputParser

if TYPE_CHECKING:
    from collections.abc import Iterator

ESCAPE_S: Final = 0.025
_BLOCK: Final = 2_000
_FINALS: Final = "".join(map(chr, range(0x40, 0x7F)))
_WHOLE: Final = (
    "\x1b[1;1:3A", "\x1b[97;1:3u", "\x1b[97:65;2u", "\x1b[99999999u", "\x1b[<0;5;5M",
    "\x1b[<35;7;2m", "\x1b[200~pasted\rtext\x1b[201~", "\x1b[200~", "\x1b[201~",
    "\x1b]11;rgb:0000/0000/0000\x1b\\", "\x1b]52;c;", "\x1b[?62;22c", "\x1b[0n", "\x1b[I", "\x1b[O",
    "\x1b[?2026;2$y", "\x1b[?2048;2$y",
    "\x1b[48;24;80;0;0t", "\x1b[48;0;0;0;0t", "\x1b[48;99999;99999;1;1t", "\x1bP>|xterm(1)\x1b\\",
    "\x1b_Gi=1;OK\x1b\\", "\x1bOP", "\x1b[[A", "\x1b[M !!", "\x1b[27;5;13~", "\x1b[3;5~", "a\rb\rc",
    "\x9b31m", "\ud7ff", "\U0010ffff", "\x1b[1114112u", "\x1b[55296u", "\x1b[97;1;1114112u",
)  # fmt: skip


class Clock:
    """A clock that the fuzzer moves."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def piece(chance: random.Random) -> str:
    """Return one valid, broken or random piece of input."""
    match chance.randrange(6):
        case 0:
            return chance.choice(_WHOLE)
        case 1:
            return chance.choice(_WHOLE)[: chance.randrange(8)]
        case 2:
            body = "".join(chance.choices("0123456789;:<>?$ ", k=chance.randrange(30)))
            return f"\x1b[{body}{chance.choice(_FINALS)}"
        case 3:
            return "".join(chance.choices("\x1b[]OP_\\;\x07\r\x9b1a", k=chance.randrange(12)))
        case 4:
            return f"\x1b[{'9' * chance.randrange(400)};{'9' * chance.randrange(40)}u"
        case _:
            return "".join(map(chr, chance.choices(range(0x250), k=chance.randrange(20))))


def fuzz(seed: int, characters: int) -> Iterator[int]:
    """Feed so many characters, and yield the number of events of each block.

    Raises:
        AssertionError: A key after a block did not arrive.
    """
    chance = random.Random(seed)  # noqa: S311 - not a secret
    clock = Clock()
    parser = InputParser(clock, ESCAPE_S)
    fed = 0
    while fed < characters:
        block = ""
        while len(block) < _BLOCK:
            block += piece(chance)
        count = 0
        while block:
            size = chance.choice((1, 2, 7, 64, 500))
            count += sum(1 for _ in parser.feed(block[:size]))
            fed, block = fed + size, block[size:]
            clock.now += chance.choice((0.0, 0.0, 0.01, 0.05, 0.6, 3.1))
            count += sum(1 for _ in parser.tick())
        yield count
        key_arrives(parser, clock, seed)


def key_arrives(parser: InputParser, clock: Clock, seed: int) -> None:
    """Check that Ctrl+Q is a key again after a moment of silence, whatever came before it."""
    for _ in range(3):
        clock.now += 3.1
        list(parser.tick())
    keys = [event.key for event in parser.feed("\x11") if isinstance(event, events.Key)]
    assert keys == ["ctrl+q"], f"seed {seed}: {keys}"


def main() -> int:
    """Feed a million characters."""
    seed = int(sys.argv[1]) if len(sys.argv) > 1 else 0
    count = sum(fuzz(seed, 1_000_000))
    sys.stdout.write(f"seed {seed}: 1,000,000 characters, {count:,} events, no exception\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
