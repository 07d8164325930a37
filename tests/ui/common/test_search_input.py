from __future__ import annotations

from textual import events

from tests.ui.bare import BareApp, until
from tui_chat.ui.common.search_input import SearchInput


async def test_keys_that_come_at_once_act_in_their_order() -> None:
    search = SearchInput(id="search")
    app = BareApp(search)
    async with app.run_test() as pilot:
        search.focus()
        await until(pilot, lambda: search.has_focus)
        keys = [(c, c) for c in "sky"] + [("backspace", None)] * 3 + [(c, c) for c in "天空"]
        for key, character in keys:
            app.post_message(events.Key(key, character))
        await until(pilot, lambda: search.value == "天空")


async def test_a_paste_is_one_safe_line() -> None:
    search = SearchInput(id="search")
    app = BareApp(search)
    async with app.run_test() as pilot:
        search.focus()
        app.post_message(events.Paste("a\x1b[31m\nb"))
        await until(pilot, lambda: search.value == "a␛[31m b")
