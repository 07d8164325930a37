from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.ui.bare import STREAMING, BareApp, message, until
from tui_chat.core.conversation import MessageStatus
from tui_chat.core.stream_events import TextDelta
from tui_chat.structured.verdict import Evaluation, Repair, ValidationError, Verdict
from tui_chat.ui.messages.message_view import MessageView
from tui_chat.ui.objects.object_body import ObjectBody

if TYPE_CHECKING:
    from tui_chat.core.conversation import Message

ADDRESS = {"province": "浙江省", "city": "杭州市", "tags": ["a\x1b[2J", 1.5, None], "open": True}


def evaluated_message(verdict: Verdict = Verdict.VALID, raw: str = "", **fields: Any) -> Message:
    raw = raw or json.dumps(ADDRESS, ensure_ascii=False)
    fields.setdefault("json", raw)
    evaluation = Evaluation(verdict, raw, **fields)
    return message(content=raw, structured=evaluation.as_mapping())


def arriving() -> MessageView:
    """Return the view of a streaming object without content."""
    return MessageView(message(status=STREAMING, structured={"asked": {"type": "json_object"}}))


async def test_a_complete_object_is_a_tree_with_its_verdict() -> None:
    app = BareApp(MessageView(evaluated_message()))
    async with app.run_test(size=(60, 20)) as pilot:
        await until(pilot, lambda: "杭州市" in app.text)
        assert "valid" in app.text
        assert "▾ tags  [3]" in app.text
        assert "\\u001b[2J" in app.text
        assert "\x1b" not in app.text


async def test_the_view_cycles_through_tree_text_and_raw() -> None:
    raw = "```json\n" + json.dumps(ADDRESS, ensure_ascii=False) + "\n```"
    view = MessageView(
        evaluated_message(Verdict.REPAIRED, raw, json=json.dumps(ADDRESS), repair_count=1)
    )
    app = BareApp(view)
    async with app.run_test(size=(60, 24)) as pilot:
        await until(pilot, lambda: "repaired (1 repair)" in app.text)
        assert view.flip_form() == "text"
        await until(pilot, lambda: '"city": "杭州市"' in app.text)
        assert view.flip_form() == "raw"
        await until(pilot, lambda: "```json" in app.text)
        assert view.flip_form() == "tree"
        await until(pilot, lambda: "▾ tags" in app.text)


async def test_an_object_grows_while_it_streams() -> None:
    view = arriving()
    app = BareApp(view)
    async with app.run_test(size=(60, 20)) as pilot:
        text = json.dumps(ADDRESS, ensure_ascii=False)
        for piece in (text[:20], text[20:30], text[30:52]):
            view.feed(TextDelta(piece))
        await until(pilot, lambda: "杭州市" in app.text)
        assert "tags" in app.text
        assert "1.5" not in app.text

        view.feed(TextDelta(text[52:]))
        view.finish(evaluated_message())
        await until(pilot, lambda: "1.5" in app.text and "valid" in app.text)


async def test_the_node_being_written_is_marked() -> None:
    view = arriving()
    app = BareApp(view)
    async with app.run_test(size=(60, 20)) as pilot:
        view.feed(TextDelta('Sure! {"name": "Ada Lov'))
        await until(pilot, lambda: 'name  "Ada Lov…' in app.text)


async def test_a_reply_without_an_object_is_shown_raw() -> None:
    view = arriving()
    app = BareApp(view)
    async with app.run_test(size=(60, 20)) as pilot:
        view.feed(TextDelta("I cannot [do that]"))
        await until(pilot, lambda: "I cannot" in app.text)
        ended = evaluated_message(
            Verdict.INVALID, "I cannot [do that]", json=None, reason="There is no object in it."
        )
        view.finish(ended)
        await until(
            pilot, lambda: "There is no object in it. x asks the model to fix it" in app.text
        )
        assert "I cannot [do that]" in app.text


async def test_errors_are_shown_on_their_nodes() -> None:
    error = ValidationError(("tags", 1), "It is a number, and a text was asked for.", "type")
    view = MessageView(evaluated_message(Verdict.INVALID, errors=(error,), error_count=1))
    app = BareApp(view)
    async with app.run_test(size=(90, 20)) as pilot:
        await until(pilot, lambda: "invalid (1 error)" in app.text)
        line = next(line for line in app.text.splitlines() if "1.5" in line)
        assert "✗ It is a number" in line
        assert "tags[1]: It is a number" in app.text


async def test_a_cut_off_object_shows_the_open_node() -> None:
    raw = '{"province": "浙江省", "city": "杭'
    ended = evaluated_message(
        Verdict.CUT_OFF,
        raw,
        json='{"province": "浙江省", "city": "杭"}',
        repairs=(Repair("It ends in the middle.", len(raw), len(raw), '"}'),),
        repair_count=1,
        open_path=("city",),
        reason="It was cut off at the token limit.",
    )
    app = BareApp(MessageView(ended))
    async with app.run_test(size=(60, 20)) as pilot:
        await until(pilot, lambda: "cut off" in app.text)
        assert 'city  "杭…' in app.text


async def test_a_long_object_has_a_limited_height() -> None:
    raw = json.dumps(list(range(3000)))
    view = MessageView(evaluated_message(raw=raw))
    app = BareApp(view)
    async with app.run_test(size=(60, 40)) as pilot:
        await until(pilot, lambda: "[3000]" in app.text)
        assert view.outer_size.height < 30
        assert view.shown.status is MessageStatus.COMPLETE


async def test_the_text_of_an_object_keeps_every_digit() -> None:
    raw = '{"price": 1.10, "big": 12345678901234567890123, "tiny": 1E-400, "city": "\\u676d"}'
    view = MessageView(evaluated_message(raw=raw))
    app = BareApp(view)
    async with app.run_test(size=(60, 24)) as pilot:
        await until(pilot, lambda: "1.10" in app.text)
        assert view.flip_form() == "text"
        await until(pilot, lambda: '"price": 1.10,' in app.text)
        assert '"big": 12345678901234567890123,' in app.text
        assert '"tiny": 1E-400,' in app.text
        assert '"city": "杭"' in app.text


async def test_a_huge_object_is_a_tree_only_in_the_workbench() -> None:
    raw = json.dumps([{"id": number, "text": "x" * 900} for number in range(2_300)])
    view = MessageView(evaluated_message(raw=raw))
    app = BareApp(view)
    async with app.run_test(size=(60, 24)) as pilot:
        words = f"An object of {len(raw):,} characters. Enter opens it as"
        await until(pilot, lambda: words in app.text)
        assert view.flip_form() == "text"
        await until(pilot, lambda: words not in app.text and '"id": 0,' in app.text)
        assert view.flip_form() == "raw"
        await until(pilot, lambda: words in app.text)
        # Its value is not cached.
        assert "value" not in vars(view.query_one(ObjectBody).evaluation)


async def test_the_chosen_view_stays_while_streaming() -> None:
    view = arriving()
    app = BareApp(view)
    async with app.run_test(size=(60, 20)) as pilot:
        view.feed(TextDelta('{"name": "Ada", "born": 1815, '))
        await until(pilot, lambda: "born  1815" in app.text)
        assert view.flip_form() == "text"
        await until(pilot, lambda: '"born": 1815' in app.text)
        view.feed(TextDelta('"died": 1852, '))
        await until(pilot, lambda: ' "died": 1852' in app.text)
        assert '"name": "Ada",\n' in app.text
        assert view.flip_form() == "raw"
        view.feed(TextDelta('"in": "London"}'))
        await until(pilot, lambda: '1815, "died": 1852, "in"' in app.text)


async def test_a_reply_that_stops_being_strict_json_is_shown_raw() -> None:
    view = arriving()
    app = BareApp(view)
    async with app.run_test(size=(60, 20)) as pilot:
        view.feed(TextDelta('{"name": "Ada", '))
        await until(pilot, lambda: 'name  "Ada"' in app.text)
        view.feed(TextDelta("'born': 1815, "))
        await until(pilot, lambda: "'born': 1815" in app.text)
