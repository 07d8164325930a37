from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from textual import events

from tui_chat.ui.terminal import PASTE_END, PASTE_START, GuardedParser, PasteGuard


def parsed(*pieces: str) -> list[events.Event]:
    parser = GuardedParser()
    return [
        event for piece in pieces for event in parser.feed(piece) if isinstance(event, events.Event)
    ]


def test_a_paste_with_colours_is_one_paste_and_no_key() -> None:
    found = parsed(f"{PASTE_START}\x1b[31mred\x1b[0m\rnext{PASTE_END}")

    assert [type(event) for event in found] == [events.Paste]
    assert isinstance(found[0], events.Paste)
    assert found[0].text == "␛[31mred␛[0m\rnext"


def test_keys_around_a_paste_stay_keys() -> None:
    found = parsed("a", f"{PASTE_START}x\x1by{PASTE_END}", "b")

    keys = [event.key for event in found if isinstance(event, events.Key)]
    assert keys == ["a", "b"]


def test_an_escape_key_is_not_held_back() -> None:
    guard = PasteGuard()

    assert guard.feed("\x1b") == "\x1b"
    assert guard.feed("[A") == "[A"


@given(st.text(alphabet="a\x1b[201~\r", max_size=40), st.data())
def test_any_split_of_a_paste_gives_the_same_text(body: str, data: st.DataObject) -> None:
    body = body.replace(PASTE_END, "")
    whole = f"x{PASTE_START}{body}{PASTE_END}y"
    cuts = sorted(data.draw(st.lists(st.integers(0, len(whole)), max_size=6)))
    pieces = [whole[a:b] for a, b in zip([0, *cuts], [*cuts, len(whole)], strict=True)]
    guard = PasteGuard()

    text = "".join(guard.feed(piece) for piece in pieces)

    assert text == f"x{PASTE_START}{body.replace(chr(27), '␛')}{PASTE_END}y"
