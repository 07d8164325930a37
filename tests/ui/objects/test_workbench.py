from __future__ import annotations

import json
from typing import Any

import pytest

from tests.ui.bare import BareApp, strips_of, until
from tui_chat.structured.verdict import Evaluation, Repair, ValidationError, Verdict
from tui_chat.ui.common.copying import CopyKind
from tui_chat.ui.objects.node_tree import NodeTree
from tui_chat.ui.objects.workbench import Workbench

PEOPLE = {"people": [{"name": "Ada", "born": "1815"}, {"name": "Kurt\nGödel", "born": 1906}]}
RAW = json.dumps(PEOPLE, ensure_ascii=False)
ERRORS = (
    ValidationError(("people", 0, "born"), "It is a text, and a number was asked for.", "type"),
    ValidationError(("people", 1), "The key “city” is missing.", "required"),
)


class BenchApp(BareApp):
    """Opens the workbench and records copies and results."""

    def __init__(self, evaluation: Evaluation | None, arriving: Growing | None = None) -> None:
        super().__init__()
        self.evaluation = evaluation
        self.arriving = arriving
        self.copied: list[tuple[str, CopyKind]] = []
        self.ended: list[Any] = []
        self.saved: list[Evaluation] = []

    def on_mount(self) -> None:
        bench = Workbench(
            self.evaluation, "People [/b]", copy=self.copy, save=self.save, streaming=self.arriving
        )
        self.push_screen(bench, self.ended.append)

    async def save(self, evaluation: Evaluation) -> None:
        self.saved.append(evaluation)

    def copy(self, text: str, kind: CopyKind) -> None:
        self.copied.append((text, kind))

    @property
    def nodes(self) -> NodeTree:
        return self.screen.query_one(NodeTree)


def invalid() -> Evaluation:
    return Evaluation(Verdict.INVALID, RAW, RAW, errors=ERRORS, error_count=2)


async def test_n_steps_through_errors_and_shows_them_below_the_tree() -> None:
    app = BenchApp(invalid())
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "Ada" in app.text)
        assert "People [/b]" in app.text
        assert "invalid (2 errors)" in app.text
        await pilot.press("n")
        await until(pilot, lambda: "people[0].born\n" in app.text)
        assert app.text.count("It is a text, and a number was asked for.") == 2
        await pilot.press("n")
        await until(pilot, lambda: "people[1]\n" in app.text)
        await pilot.press("N", "N")
        await until(pilot, lambda: "people[1]\n" in app.text)


async def test_nodes_are_folded_selected_and_copied() -> None:
    app = BenchApp(invalid())
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "Ada" in app.text)
        await pilot.press("j", "j", "j")
        await until(pilot, lambda: "people[0].name" in app.text)
        await pilot.press("y", "p", "left", "left", "y", "Y")
        assert app.copied[0] == ("Ada", CopyKind.NODE_TEXT)
        assert app.copied[1] == ("people[0].name", CopyKind.NODE_PATH)
        assert json.loads(app.copied[2][0]) == PEOPLE["people"][0]
        assert app.copied[3] == (RAW, CopyKind.OBJECT)
        assert "▸ 0  {2}" in app.text
        assert "1 below" in app.text
        await pilot.press("G")
        await until(pilot, lambda: "people[1].born" in app.text)
        await pilot.press("k")
        await until(pilot, lambda: " Kurt\n Gödel" in app.text)


async def test_a_reply_without_an_object_is_copied_raw() -> None:
    app = BenchApp(Evaluation(Verdict.INVALID, "Only prose."))
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "Only prose." in app.text)
        await pilot.press("p", "Y")
        assert app.copied == [("Only prose.", CopyKind.RAW_REPLY)]


async def test_the_views_cycle_and_the_result_is_the_chosen_action() -> None:
    raw = "Here: " + RAW.replace('"Ada"', "'Ada'")
    start = raw.index("'Ada'")
    repairs = (
        Repair("The words before the object were left out.", 0, 6, ""),
        Repair("Fixed the quotes.", start, start + 5, '"Ada"'),
    )
    app = BenchApp(Evaluation(Verdict.REPAIRED, raw, RAW, repairs, 2))
    async with app.run_test(size=(80, 30)) as pilot:
        await until(pilot, lambda: "Ada" in app.text)
        await pilot.press("t")
        await until(pilot, lambda: '"name": "Ada"' in app.text)
        await pilot.press("t")
        await until(pilot, lambda: "'Ada'" in app.text)
        await pilot.press("t")
        await until(pilot, lambda: "Fixed the quotes." in app.text)
        assert "- Here:" in app.text
        assert "'Ada'" in app.text
        assert "x fix" not in app.text
        await pilot.press("s")
        await until(pilot, lambda: app.saved == [app.evaluation])
        assert app.ended == []


async def test_a_reply_without_an_object_is_readable() -> None:
    app = BenchApp(Evaluation(Verdict.INVALID, "I \x1b[2Jcannot.", reason="There is no object."))
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "cannot." in app.text)
        assert "There is no object." in app.text
        assert "\x1b" not in app.text
        await pilot.press("t", "n", "y")
        assert app.copied == [("I \x1b[2Jcannot.", CopyKind.RAW_REPLY)]
        await pilot.press("escape")
        await until(pilot, lambda: app.ended == [""])


async def test_a_large_object_is_folded_at_first() -> None:
    value = {f"key {number}": list(range(20)) for number in range(10_000)}
    raw = json.dumps(value)
    app = BenchApp(Evaluation(Verdict.VALID, raw, raw))
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "key 0  [20]" in app.text)
        assert len(app.nodes.nodes.rows) < 2_000
        await pilot.press("G")
        await until(pilot, lambda: "… 9,000 more" in app.text)
        await pilot.press("enter")
        await until(pilot, lambda: "9,000 more" not in app.text)


async def test_errors_are_visited_in_tree_order() -> None:
    raw = json.dumps({"zoo": 1, "age": "x", "list": [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]})
    errors = [
        ValidationError(path, "It is wrong.", "type")
        for path in (("list", 10), ("age",), ("list", 9), ("zoo",), ())
    ]
    app = BenchApp(Evaluation(Verdict.INVALID, raw, raw, errors=tuple(errors), error_count=5))
    async with app.run_test(size=(80, 40)) as pilot:
        await until(pilot, lambda: "zoo" in app.text)
        seen = []
        for _ in errors:
            await pilot.press("n")
            assert app.nodes.row is not None
            seen.append(app.nodes.row.path)
        assert seen == [(), ("zoo",), ("age",), ("list", 9), ("list", 10)]


async def test_a_click_on_an_arrow_folds_and_on_a_row_moves_the_cursor() -> None:
    app = BenchApp(invalid())
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "Ada" in app.text)
        lines = app.text.splitlines()
        y = next(y for y, line in enumerate(lines) if "people" in line)
        x = lines[y].index("people")
        await pilot.click(offset=(x + 2, y))
        assert app.nodes.cursor == 1
        assert "Ada" in app.text
        await pilot.click(offset=(x - 2, y))
        await until(pilot, lambda: "▸ people" in app.text)
        await pilot.click(offset=(x - 2, y))
        await until(pilot, lambda: "▾ people" in app.text)


class Growing:
    """A streaming reply controlled by the test."""

    def __init__(self, text: str = "") -> None:
        self.so_far = text
        self.verdict: Evaluation | None = None

    @property
    def is_over(self) -> bool:
        return self.verdict is not None

    def text(self) -> str:
        return self.so_far

    def evaluation(self) -> Evaluation:
        assert self.verdict is not None
        return self.verdict


async def test_a_streaming_reply_grows_without_moving_the_cursor() -> None:
    cut = RAW.index("Gödel")
    answer = Growing()
    app = BenchApp(None, answer)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "streaming" in app.text)
        assert "s save" not in app.text
        answer.so_far = RAW[:cut]
        await until(pilot, lambda: '"Kurt\\n…' in app.text)
        # The cursor was not moved, so it follows the end.
        await until(pilot, lambda: "people[1].name" in app.text)
        assert "The answer is still arriving." in app.text
        await pilot.press("g", "j", "j", "left")
        await until(pilot, lambda: "▸ 0  {2}" in app.text)
        await pilot.press("x", "s")
        assert app.ended == []
        answer.so_far = RAW[:-3]
        await until(pilot, lambda: "born  1906" in app.text)
        assert app.nodes.row is not None
        assert app.nodes.row.path == ("people", 0)
        assert "▸ 0  {2}" in app.text
        await pilot.press("t")
        await until(pilot, lambda: '"born": 1906' in app.text)
        await pilot.press("t")
        await until(pilot, lambda: RAW[:40] in app.text)
        assert "raw answer · streaming" in app.text
        answer.so_far = RAW
        answer.verdict = invalid()
        await until(pilot, lambda: "raw answer · invalid (2 errors)" in app.text)
        await pilot.press("t")
        await until(pilot, lambda: "▸ 0  {2}" in app.text)
        assert app.nodes.row.path == ("people", 0)
        assert "x fix" in app.text
        await pilot.press("x")
        await until(pilot, lambda: app.ended == ["fix"])


async def test_a_reply_that_is_not_strict_json_is_raw_until_it_is_repaired() -> None:
    raw = "{'name': 'Ada'}"
    answer = Growing(raw[:-3])
    app = BenchApp(None, answer)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "{'name': 'A" in app.text)
        answer.verdict = Evaluation(
            Verdict.REPAIRED, raw, '{"name": "Ada"}', (Repair("Quotes.", 1, 7, '"name"'),), 1
        )
        await until(pilot, lambda: 'name  "Ada"' in app.text)
        assert "tree · repaired (1 repair)" in app.text


async def test_a_valid_object_is_not_fixed() -> None:
    app = BenchApp(Evaluation(Verdict.VALID, RAW, RAW))
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await until(pilot, lambda: "Ada" in app.text)
        await pilot.press("x")
        await until(pilot, lambda: "nothing to fix" in app.text)
        assert app.ended == []


async def test_the_node_of_a_cut_off_shows_the_reason() -> None:
    raw = '{"name": "Ada", "age": 3'
    evaluation = Evaluation(
        Verdict.CUT_OFF, raw, raw + "}", reason="The answer was cut off.", open_path=("age",)
    )
    app = BenchApp(evaluation)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "age  3…" in app.text)
        assert "The answer was cut off." in app.text
        await pilot.press("G")
        await until(pilot, lambda: "The answer ended here." in app.text)


async def test_the_cursor_row_stays_visible_when_the_details_grow() -> None:
    raw = json.dumps([*range(40), "a\nb\nc\nd"])
    app = BenchApp(Evaluation(Verdict.VALID, raw, raw))
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "[41]" in app.text)
        await pilot.press("G")
        await until(pilot, lambda: " d\n" in app.text)
        await until(pilot, lambda: '40  "a\\nb\\nc\\nd"' in app.text)


async def test_the_scroll_position_is_kept_while_streaming() -> None:
    answer = Growing(json.dumps(list(range(100)))[:-1])
    app = BenchApp(None, answer)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: " 99  99" in app.text)
        app.nodes.scroll_to(y=20, animate=False, immediate=True)
        await until(pilot, lambda: " 25  25" in app.text)
        answer.so_far += ", 100, 101, 102"
        await until(pilot, lambda: "[103]" in app.text or len(app.nodes.nodes.rows) == 104)
        await pilot.pause()
        assert " 25  25" in app.text


async def test_the_cursor_is_visible_in_ansi_colours() -> None:
    app = BenchApp(invalid())
    app.theme = "ansi-dark"
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "Ada" in app.text)
        y = next(y for y, line in enumerate(app.text.splitlines()) if "people" in line)
        await pilot.press("j")
        await until(pilot, lambda: " people\n" in app.text)
        styles = [segment.style for segment in strips_of(app.screen)[y] if "people" in segment.text]
        assert [style is not None and style.reverse for style in styles] == [True]


@pytest.mark.parametrize("theme", ["textual-dark", "textual-light"])
async def test_the_cursor_row_has_its_own_background(theme: str) -> None:
    app = BenchApp(invalid())
    app.theme = theme
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "Ada" in app.text)
        y = next(y for y, line in enumerate(app.text.splitlines()) if "people" in line)

        def colours(row: int) -> tuple[set[object], set[object]]:
            strip = strips_of(app.screen)[row]
            styles = [segment.style for segment in strip if segment.style is not None]
            return {it.bgcolor for it in styles}, {it.color for it in styles}

        before = colours(y)
        await pilot.press("j")
        await until(pilot, lambda: " people\n" in app.text)
        after = colours(y)
        assert len(after[0] - before[0]) == 1
        # The colour of the node is kept.
        assert after[1] == before[1]
