from __future__ import annotations

import json

from tests.ui.bare import BareApp, strips_of, until
from tests.ui.objects.test_object_body import arriving, evaluated_message
from tui_chat.core.find_in_conversation import Hit, Marks, compile_pattern
from tui_chat.core.stream_events import TextDelta
from tui_chat.structured.verdict import ValidationError, Verdict
from tui_chat.ui.messages.message_view import MessageView

PEOPLE = {"people": [{"name": "Ada", "born": 1815}, {"name": "李雷", "born": 1906}], "ok": True}


def row_of(app: BareApp, words: str) -> tuple[int, int]:
    """Return the column and row of a text on the screen."""
    for y, line in enumerate(app.text.splitlines()):
        if words in line:
            return line.index(words), y
    raise AssertionError(words)


def marks_of(words: str, message_id: str, ordinal: int = 0) -> Marks:
    """Return search marks with a match in a message as the current one."""
    pattern = compile_pattern(words)
    assert pattern is not None
    return Marks(pattern, Hit(message_id, in_reasoning=False, ordinal=ordinal))


async def test_a_click_folds_a_node_and_another_unfolds_it() -> None:
    view = MessageView(evaluated_message(raw=json.dumps(PEOPLE, ensure_ascii=False)))
    app = BareApp(view)
    async with app.run_test(size=(60, 24)) as pilot:
        await until(pilot, lambda: "李雷" in app.text)
        await pilot.click(offset=row_of(app, "people"))
        await until(pilot, lambda: "▸ people  [2]" in app.text)
        assert "李雷" not in app.text
        # A click does not move the focus.
        assert app.focused is None
        await pilot.click(offset=row_of(app, "▸ people"))
        await until(pilot, lambda: "李雷" in app.text)


async def test_a_click_beside_a_node_or_on_a_scalar_folds_nothing() -> None:
    app = BareApp(MessageView(evaluated_message(raw=json.dumps(PEOPLE, ensure_ascii=False))))
    async with app.run_test(size=(60, 24)) as pilot:
        await until(pilot, lambda: "李雷" in app.text)
        before = app.text
        _, y = row_of(app, "people")
        await pilot.click(offset=(45, y))
        await pilot.click(offset=row_of(app, "Ada"))
        await pilot.click(offset=row_of(app, "ok"))
        assert app.text.replace("▌", "▎") == before


async def test_a_node_folded_while_streaming_stays_folded() -> None:
    view = arriving()
    app = BareApp(view)
    async with app.run_test(size=(60, 24)) as pilot:
        text = json.dumps(PEOPLE, ensure_ascii=False)
        cut = text.index("1906")
        view.feed(TextDelta(text[:cut]))
        await until(pilot, lambda: "李雷" in app.text)
        await pilot.click(offset=row_of(app, "people"))
        # The node being written is in there.
        await until(pilot, lambda: "▸ people  [2]…" in app.text)
        view.feed(TextDelta(text[cut:]))
        await until(pilot, lambda: "ok  true" in app.text)
        assert "▸ people  [2]" in app.text
        view.finish(evaluated_message(raw=text))
        await until(pilot, lambda: "valid" in app.text)
        assert "李雷" not in app.text


async def test_a_long_key_leaves_room_for_its_value_and_errors() -> None:
    key = "名" * 40
    error = ValidationError((key,), "It is wrong.", "type")
    raw = json.dumps({key: 12345}, ensure_ascii=False)
    app = BareApp(
        MessageView(evaluated_message(Verdict.INVALID, raw, errors=(error,), error_count=1))
    )
    async with app.run_test(size=(50, 20)) as pilot:
        await until(pilot, lambda: "12345" in app.text)
        line = next(line for line in app.text.splitlines() if "12345" in line)
        assert "名名…" in line
        assert "✗ It is wrong." in line


def inks(app: BareApp, words: str) -> set[str]:
    """Return the backgrounds of all segments with a text."""
    found = set()
    for strip in strips_of(app.screen):
        for text, style, _ in strip:
            if text == words and style is not None and style.bgcolor is not None:
                found.add(style.bgcolor.name)
    return found


async def test_matches_are_highlighted_and_the_current_one_is_revealed() -> None:
    rows = [{"id": number, "name": f"row {number}"} for number in range(60)]
    shown = evaluated_message(raw=json.dumps({"rows": rows}))
    view = MessageView(shown)
    app = BareApp(view)
    async with app.run_test(size=(60, 40)) as pilot:
        await until(pilot, lambda: "row 3" in app.text)
        await pilot.click(offset=row_of(app, "rows"))
        await until(pilot, lambda: "▸ rows  [60]" in app.text)
        # Matches "row 5", "row 50" and so on; this one is row 57.
        view.mark(marks_of("row 5", shown.id, 8))
        assert view.marked_row() is not None
        await until(pilot, lambda: '"row 57"' in app.text)
        [current] = inks(app, "row 5")
        view.mark(marks_of("row 5", shown.id, 9))
        view.marked_row()
        await until(pilot, lambda: '"row 58"' in app.text)
        # The previous match is visible and highlighted like any other.
        await until(pilot, lambda: len(inks(app, "row 5")) == 2)
        assert current in inks(app, "row 5")
        view.mark(None)
        await until(pilot, lambda: not inks(app, "row 5"))
        assert view.marked_row() is None


async def test_a_match_deep_in_a_long_string_is_visible() -> None:
    shown = evaluated_message(raw=json.dumps({"text": f"{'a ' * 200}needle{' b' * 200}"}))
    view = MessageView(shown)
    app = BareApp(view)
    async with app.run_test(size=(60, 20)) as pilot:
        await until(pilot, lambda: "a a a" in app.text)
        view.mark(marks_of("needle", shown.id))
        await until(pilot, lambda: "needle" in app.text)


async def test_a_match_outside_of_the_object_scrolls_to_the_message() -> None:
    shown = evaluated_message(
        Verdict.REPAIRED, 'A zebra: {"a": 1}', json='{"a": 1}', repair_count=1
    )
    view = MessageView(shown)
    app = BareApp(view)
    async with app.run_test(size=(60, 20)) as pilot:
        await until(pilot, lambda: "a  1" in app.text)
        view.mark(marks_of("zebra", "another"))
        assert view.marked_row() is None
        view.mark(marks_of("zebra", shown.id))
        assert view.marked_row() == row_of(app, "▾ {1}")[1]
