"""Measures a search over many saved messages, key by key, as Ctrl+O asks for it.

    python -m tests.bench.bench_search [MESSAGES]

The text is made up, and its words and characters are as common and as rare as in real text: a few
are everywhere, most are seldom. A tenth of it is Chinese. 100,000 messages take a minute to write
the first time, and are kept.
"""

from __future__ import annotations

import asyncio
import random
import statistics
import sys
import time
from itertools import accumulate
from typing import TYPE_CHECKING, Final

from tests.bench.libraries import conversation_of, kept
from tests.bench.program import database
from tui_chat.storage.async_store import AsyncStore

if TYPE_CHECKING:
    from pathlib import Path

    from tui_chat.storage.store import Store

BUDGET_MS: Final = 100
_LIMIT: Final = 100
_ROUNDS: Final = 3
_COMMON: Final = """
the of and to in is that for it as with on be this are by from or an at which have not can but what
how value error function server token answer python list string return file
"""
_CHINESE_COMMON: Final = (
    "的一是不了在人有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之"
)
_TYPED: Final = {
    "everywhere": ("t", "th", "the", "the s", "the server t"),
    "all words common": ("tion", "the function", "that is not", "which have not"),
    "rare": ("q", "qz", "qzx", "needle", "needle in"),
    "nowhere": ("~", "~|", "~|^", "zzqqxx"),
    "Chinese": ("的", "天", "天空", "天空为", "天空为什么"),
    "Chinese, rare": ("龘", "龘龘", "鱻羴", "饕餮盛宴"),
    "tags, titles": ("#wo", "#work", "#work the", "Talk 7"),
}


class Texts:
    """Makes texts of a made-up language and of Chinese characters."""

    def __init__(self) -> None:
        self._chance = random.Random(7)  # noqa: S311 - the same text in every run
        syllables = [
            a + b for a in "bcdfghklmnprstvw" for b in ("a", "e", "i", "o", "u", "on", "er")
        ]
        made = {
            "".join(self._chance.choices(syllables, k=self._chance.randint(2, 4)))
            for _ in range(6000)
        }
        self._words = [*_COMMON.split(), *sorted(made)]
        self._word_weights = list(accumulate(1 / (rank + 3) for rank in range(len(self._words))))
        characters = [*_CHINESE_COMMON, *map(chr, range(0x4E00, 0x4E00 + 3000))]
        self._characters = list(dict.fromkeys(characters))
        self._character_weights = list(
            accumulate(1 / (rank + 8) for rank in range(len(self._characters)))
        )

    def text(self) -> str:
        """Return a text from a line to some pages."""
        length = min(int(self._chance.lognormvariate(4.3, 1.0)) + 3, 2000)
        kind = self._chance.random()
        if kind < 0.1:
            parts = self._chance.choices(
                self._characters, cum_weights=self._character_weights, k=length * 2
            )
            text = "".join(parts)
            return text + "天空为什么是蓝色的?" if kind < 0.005 else text
        words = self._chance.choices(self._words, cum_weights=self._word_weights, k=length)
        if kind > 0.9998:
            words[len(words) // 2] = "needle in a haystack"
        return " ".join(words)


def library(count: int) -> Path:
    """Return a home with so many messages in conversations of fifty."""

    def write(store: Store) -> None:
        texts = Texts()
        for number in range(count // 50):
            tag = " #work" if number % 20 == 0 else ""
            made = [texts.text() for _ in range(50)]
            store.add_messages(*conversation_of(f"Talk {number} {made[0][:30]}{tag}", made))

    return kept(f"search-{count}", write)


async def main() -> None:
    """Print a line per query."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    path = database(library(count))
    size_mb = path.stat().st_size / 1e6
    print(f"{count} messages, {size_mb:.0f} MB; median of {_ROUNDS}: time, CPU, hits")
    store = await AsyncStore.open(path)
    slowest = ("", 0.0)
    try:
        await store.search("", _LIMIT)
        for name, queries in _TYPED.items():
            print(f"\n{name}")
            for query in queries:
                times, cpu = [], []
                hits = 0
                for _ in range(_ROUNDS):
                    began, cpu_began = time.perf_counter(), time.process_time()
                    hits = len(await store.search(query, _LIMIT))
                    times.append((time.perf_counter() - began) * 1000)
                    cpu.append((time.process_time() - cpu_began) * 1000)
                median = statistics.median(times)
                slowest = max(slowest, (query, median), key=lambda pair: pair[1])
                print(f"  {query:16} {median:7.1f} ms {statistics.median(cpu):7.1f} ms {hits:4}")
    finally:
        await store.aclose()
    print(f"\nslowest: “{slowest[0]}” {slowest[1]:.0f} ms (budget {BUDGET_MS} ms per key)")


if __name__ == "__main__":
    asyncio.run(main())
