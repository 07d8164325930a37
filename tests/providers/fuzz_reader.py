"""Fuzzes the parser with any bytes, and with event streams that are broken at random.

python -m tests.providers.fuzz_reader [SEED [BYTES [STREAMS]]]

No input may raise or take long, and a stream in pieces must give the same result as in one. Runs
more examples than the property tests of the suite.
"""

from __future__ import annotations

import json
import random
import sys
import time
from typing import Any, Final

from tests.providers.wire import DONE, END, chunk, completion, delta, event, hello
from tui_chat.core.stream_events import ReasoningDelta, TextDelta, TextWasReasoning
from tui_chat.providers.stream.reply_parser import ReplyParser

_BYTES: Final = 1_000_000
_STREAMS: Final = 10_000
_PATIENCE_S: Final = 2.0
_SEEDS: Final = (
    hello(END),
    delta("<think>Hm.</think>Hello.") + END,
    delta(reasoning="Hm.") + hello(DONE),
    chunk([], usage={"prompt_tokens": 1}) + hello(END),
    event({"error": {"message": "boom"}}, "error"),
    json.dumps(completion(), indent=1).encode(),
    b'{"message":{"content":"a"}}\n{"done":true}\n',
    delta("中文🙂\u2028").replace(b"\n", b"\r\n") + END,
    b'data: {"choices":[{"delta":{"content":"\\ud83d"}}]}\n\n',
)
_PIECES: Final = (
    b"\n", b"\r", b"\r\n", b"\n\n", b"data:", b"data: ", b": ", b"event: error\n", b"{", b"}", b"[",
    b"]", b'"', b"\\", b"\\u", b"\\ud83d", b"null", b"[DONE]", b"\xef\xbb\xbf", b"\xff", b"\x00",
    b"<think>", b"</think>", b"1e999", b"-", b"9" * 5_000, b"[" * 3_000,
)  # fmt: skip


def _read(pieces: list[bytes]) -> tuple[str, str, Any]:
    reader = ReplyParser()
    deltas = [found for piece in pieces for found in reader.feed(piece)] + reader.finish()
    text = reasoning = ""
    for found in deltas:
        if isinstance(found, TextWasReasoning):
            reasoning, text = reasoning + text, ""
        elif isinstance(found, TextDelta):
            text += found.text
        elif isinstance(found, ReasoningDelta):
            reasoning += found.text
    (text + reasoning).encode()
    ending = reader.ending()
    return text, reasoning, (ending.finish_reason, ending.usage, ending.error, ending.calls)


def _split(data: bytes, chance: random.Random) -> list[bytes]:
    size = chance.choice((1, 2, 7, 50, 1_000, len(data) or 1))
    return [data[start : start + size] for start in range(0, len(data), size)]


def _broken(chance: random.Random) -> bytes:
    data = bytearray(b"".join(chance.choices(_SEEDS, k=chance.randint(1, 4))))
    for _ in range(chance.randint(0, 12)):
        position = chance.randrange(len(data) + 1)
        match chance.randrange(5):
            case 0:
                data[position : position + chance.randint(0, 30)] = b""
            case 1:
                data[position:position] = chance.choice(_PIECES)
            case 2:
                data[position : position + 1] = bytes([chance.randrange(256)])
            case 3:
                end = position + chance.randint(0, 60)
                data[position:position] = data[position:end]
            case _:
                data[position:] = b"" if chance.random() < 0.1 else data[position:]
    return bytes(data)


def main() -> None:
    """Fuzz and print the numbers; a failure is an exception that names its seed."""
    given = [int(argument) for argument in sys.argv[1:]]
    seed, size, streams = (*given, *(20_260_101, _BYTES, _STREAMS)[len(given) :])
    chance = random.Random(seed)  # noqa: S311 - the same each time
    began = time.perf_counter()
    done, slowest = 0, 0.0
    while done < size:
        data = chance.randbytes(min(chance.choice((10, 1_000, 50_000)), size - done))
        done += len(data)
        slowest = max(slowest, _checked(data, chance, seed))
    for _ in range(streams):
        slowest = max(slowest, _checked(_broken(chance), chance, seed))
    took = time.perf_counter() - began
    sys.stdout.write(
        f"seed {seed}: {done:,} random bytes and {streams:,} broken streams in {took:.0f} s; "
        f"no exception; the slowest took {slowest * 1_000:.0f} ms\n"
    )


def _checked(data: bytes, chance: random.Random, seed: int) -> float:
    began = time.perf_counter()
    try:
        whole = _read([data])
        took = time.perf_counter() - began
        in_pieces = _read(_split(data, chance))
    except Exception as error:
        raise AssertionError(f"Seed {seed} failed on {data!r}") from error
    if repr(whole) != repr(in_pieces):
        raise AssertionError(f"Seed {seed}: a split changes {data!r}: {whole} {in_pieces}")
    if took > _PATIENCE_S:
        raise AssertionError(f"Seed {seed}: {took:.1f} s for {data!r}")
    return took


if __name__ == "__main__":
    main()
