"""Measures Ctrl+F in a conversation of 10,000 messages, key by key, apart from the screen.

python -m tests.bench.bench_find [MESSAGES]
"""

from __future__ import annotations

import sys
import time
from typing import Final

from tests.bench.bench_search import Texts
from tests.bench.libraries import conversation_of
from tui_chat.core.find_in_conversation import Finder
from tui_chat.core.message_tree import MessageTree

_SLICE_S: Final = 0.004
_TYPED: Final = ("t", "th", "the", "the f", "q", "qz", "天", "天空")


def main() -> None:
    """Print a line per state of what is typed."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    texts = Texts()
    _, messages = conversation_of("A long one", [texts.text() for _ in range(count)])
    tree = MessageTree(messages)
    began = time.perf_counter()
    finder = Finder(tree.in_order())
    print(f"{count} messages in order: {(time.perf_counter() - began) * 1000:.1f} ms")
    for words in _TYPED:
        slices = []
        finder.search(words)
        is_done = False
        while not is_done:
            began = time.perf_counter()
            is_done = finder.work(_SLICE_S)
            slices.append((time.perf_counter() - began) * 1000)
        print(
            f"  {words:6} {sum(slices):7.1f} ms in {len(slices):3} slices, "
            f"the longest {max(slices):4.1f} ms, {len(finder.hits):6} matches"
        )


if __name__ == "__main__":
    main()
