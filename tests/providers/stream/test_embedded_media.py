"""Pictures embedded in Markdown leave the text, wherever the stream is split; all else stays."""

from __future__ import annotations

from base64 import b64encode
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui_chat.core.reply_extras import ExtraKind, ReplyExtra
from tui_chat.providers.stream.embedded_media import EmbeddedMedia

DATA = b64encode(bytes(range(60))).decode()
URL = f"data:image/png;base64,{DATA}"
SOUND = f"data:audio/mpeg;base64,{DATA}"
TEXT = f'See ![a cat]({URL}) and [it]( x) ![b]({URL} "title")![c]({SOUND})\n[link](https://x.org).]'


def read(*pieces: str) -> tuple[str, list[ReplyExtra]]:
    found: list[ReplyExtra] = []
    media = EmbeddedMedia(found.append)
    text = "".join(map(media.feed, pieces))
    return text + media.finish(), found


def test_embedded_files_become_parts() -> None:
    text, found = read(TEXT)
    assert text == (
        'See ![a cat](embedded-1.png) and [it]( x) ![b](embedded-2.png "title")'
        "![c](embedded-3.mp3)\n[link](https://x.org).]"
    )
    assert found == [
        ReplyExtra(ExtraKind.PICTURE, URL, "embedded-1.png"),
        ReplyExtra(ExtraKind.PICTURE, URL, "embedded-2.png"),
        ReplyExtra(ExtraKind.SOUND, SOUND, "embedded-3.mp3"),
    ]


@given(st.lists(st.integers(0, len(TEXT)), max_size=8))
def test_any_split_gives_the_same(places: list[int]) -> None:
    ends = [0, *sorted(places), len(TEXT)]
    pieces = [TEXT[a:b] for a, b in pairwise(ends)]
    assert read(*pieces) == read(TEXT)


@pytest.mark.parametrize(
    "text",
    [
        "", "]", "](", "](data", "![a](data:image/png;base64,", f"![a]({URL}", f"({URL})", URL,
        "![a](data:image/png;base64,AAAA)", "![a](data:text/html;base64," + DATA + ")",
        f"![a]({URL[:-9]}§)", "![a](data:image/png,raw)", "`](data:` and more, ) [x](y)",
        f'<img src="{URL}">', "](data:" + "x" * 500, "a]](data:](data:",
    ],
)  # fmt: skip
def test_everything_else_stays_text(text: str) -> None:
    assert read(text) == (text, [])
    assert read(*text) == (text, [])


@given(st.text("](data:image/png;base64,A !\n"))
def test_no_text_is_lost(text: str) -> None:
    shown, found = read(*text)
    assert shown == text or found
