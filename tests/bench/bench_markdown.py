"""Cost of one delta, by shape and length of the answer; run by hand, never a test.

    python -m tests.bench.bench_markdown [--quick] [--no-stock]

All figures are CPU time of this process, because the machine may be shared. "document" is
`Document.append` and the new height; "frame" is one delta in a headless app until it is painted;
"1000" is 1000 deltas as fast as they come, until the last is painted; "stock" is Textual's own
Markdown, a frame at the smallest length. A token is four characters.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import sys
import time

from textual.app import App, ComposeResult
from textual.containers import VerticalScroll
from textual.widgets import Markdown

from tests.bench.shapes import SHAPES, TOKEN, text_of
from tui_chat.ui.markdown.document import Document
from tui_chat.ui.messages.message_markdown import MessageMarkdown


def document_ms(shape: str, tokens: int, count: int = 200) -> float:
    """Return the CPU milliseconds of a delta to a document alone."""
    text = text_of(shape, tokens + count)
    start = tokens * TOKEN
    document = Document(text[:start], 88)
    assert document.height
    began = time.process_time()
    for position in range(start, start + count * TOKEN, TOKEN):
        document.append(text[position : position + TOKEN])
        assert document.height
    return (time.process_time() - began) / count * 1000


class _App(App[None]):
    def __init__(self, widget: Markdown) -> None:
        super().__init__()
        self.widget = widget

    def compose(self) -> ComposeResult:
        with VerticalScroll():
            yield self.widget


async def frame_ms(
    widget: Markdown, shape: str, tokens: int, deltas: int, gap_s: float
) -> tuple[float, float]:
    """Return the CPU milliseconds of one delta shown, and the CPU seconds of 1000 at once."""
    text = text_of(shape, tokens + deltas + 1000)
    start = tokens * TOKEN
    app = _App(widget)
    async with app.run_test(size=(120, 40)):
        app.query_one(VerticalScroll).anchor()
        await widget.update(text[:start])
        await _quiet()
        costs = []
        for index in range(deltas):
            position = start + index * TOKEN
            began = time.process_time()
            await widget.append(text[position : position + TOKEN])
            await asyncio.sleep(gap_s)
            costs.append(time.process_time() - began)
        if not isinstance(widget, MessageMarkdown):
            return statistics.fmean(costs) * 1000, 0.0
        start += deltas * TOKEN
        began = time.process_time()
        for index in range(1000):
            await widget.append(text[start + index * TOKEN : start + (index + 1) * TOKEN])
        widget.finish()
        await _quiet()
        return statistics.fmean(costs) * 1000, time.process_time() - began


async def _quiet() -> None:
    """Wait until a twentieth of a second has passed in which this process did next to nothing."""
    while True:
        began = time.process_time()
        await asyncio.sleep(0.05)
        if time.process_time() - began < 0.003:
            return


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--quick", action="store_true", help="up to 10k tokens only")
    parser.add_argument("--no-stock", action="store_true", help="leave Textual's widget out")
    options = parser.parse_args()
    sizes = (1_000, 10_000) if options.quick else (1_000, 10_000, 100_000)
    if sys.dont_write_bytecode:
        print("Bytecode is not cached: figures with first imports in them are too high.")
    print(f"{'':10}{'tokens':>8}{'document ms':>13}{'frame ms':>10}{'1000 s':>8}{'stock ms':>10}")
    for shape in SHAPES:
        frames = []
        for tokens in sizes:
            document = document_ms(shape, tokens)
            frame, thousand = asyncio.run(
                frame_ms(MessageMarkdown(), shape, tokens, deltas=60, gap_s=0.04)
            )
            frames.append(frame)
            stock = ""
            if tokens == sizes[0] and not options.no_stock:
                cost, _ = asyncio.run(frame_ms(Markdown(), shape, tokens, deltas=8, gap_s=0.4))
                stock = f"{cost:.1f}"
            print(
                f"{shape:10}{tokens:8}{document:13.3f}{frame:10.2f}{thousand:8.2f}{stock:>10}",
                flush=True,
            )
        print(
            f"{shape:10}   ratio of the longest frame to the shortest: {frames[-1] / frames[0]:.2f}"
        )


if __name__ == "__main__":
    main()
