from __future__ import annotations

import pytest

from tests.ui.bare import BareApp
from tui_chat.ui.common.footer_line import KeyFooter

KEYS = [("Enter", "send"), ("^J", "newline"), ("[", "[bold]x[/]"), ("F1", "keys")]


@pytest.mark.parametrize(
    ("width", "shown"),
    [
        (60, " Enter send   ^J newline   [ [bold]x[/]   F1 keys"),
        (30, " Enter send   ^J newline"),
        (12, " Enter send"),
        (11, ""),
    ],
)
async def test_what_does_not_fit_is_left_out(width: int, shown: str) -> None:
    footer = KeyFooter()
    app = BareApp(footer)
    async with app.run_test(size=(width, 3)) as pilot:
        footer.show(KEYS)
        await pilot.pause()
        assert app.text.splitlines()[0] == shown
        assert footer.keys == tuple(KEYS)


async def test_nothing_is_drawn_for_the_same_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    footer = KeyFooter()
    async with BareApp(footer).run_test():
        footer.show(KEYS)
        monkeypatch.setattr(footer, "refresh", pytest.fail)
        footer.show(list(KEYS))
