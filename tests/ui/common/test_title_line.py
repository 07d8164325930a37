from __future__ import annotations

import pytest

from tests.ui.bare import BareApp
from tui_chat.ui.common.title_line import TitleLine


@pytest.mark.parametrize(
    ("width", "left", "right", "shown"),
    [
        (30, "title", "facts", " title                  facts"),
        (30, "title", "", " title"),
        (20, "a rather long title", "facts", " a rather long tit…"),
        (30, "a" * 60, "f" * 30, " " + "a" * 27 + "…"),
        (40, "a" * 60, "facts", " " + "a" * 30 + "…  facts"),
        (30, "天" * 20, "", " " + "天" * 12 + " …"),
        (30, "[bold]x[/bold] $text", "[/]", " [bold]x[/bold] $text     [/]"),
    ],
)
async def test_the_facts_give_way_first(width: int, left: str, right: str, shown: str) -> None:
    line = TitleLine()
    app = BareApp(line)
    async with app.run_test(size=(width, 3)) as pilot:
        line.show(left, right)
        await pilot.pause()
        assert app.text.splitlines()[0] == shown
        assert (line.left, line.right) == (left, right)


@pytest.mark.parametrize(
    ("width", "left", "right", "shown"),
    [
        (40, "title", "facts", " title (NOT SAVED: risk)          facts"),
        (40, "a" * 60, "facts", " " + "a" * 12 + "… (NOT SAVED: risk)  facts"),
        (40, "a" * 60, "f" * 20, " " + "a" * 19 + "… (NOT SAVED: risk)"),
        (34, "天" * 60, "facts", " " + "天" * 6 + " … (NOT SAVED: risk)"),
        (24, "a" * 60, "facts", " aaa… (NOT SAVED: risk)"),
        (12, "a" * 60, "facts", "  (NOT SAV…"),
    ],
)
async def test_the_mark_is_shown_before_all_else(
    width: int, left: str, right: str, shown: str
) -> None:
    line = TitleLine()
    app = BareApp(line)
    async with app.run_test(size=(width, 3)) as pilot:
        line.show(left, right, mark="(NOT SAVED: risk)")
        await pilot.pause()
        assert app.text.splitlines()[0] == shown
        assert line.left == f"{left} (NOT SAVED: risk)"


async def test_nothing_is_drawn_for_the_same_words(monkeypatch: pytest.MonkeyPatch) -> None:
    line = TitleLine()
    async with BareApp(line).run_test():
        line.show("a", "b")
        monkeypatch.setattr(line, "refresh", pytest.fail)
        line.show("a", "b")
