"""In Chinese, the main screens hold no English but names, keys and commands."""

from __future__ import annotations

import re
from typing import Final

from tests.catalogs import chinese_texts
from tests.chat_app import launch, running_chat
from tests.ui.chinese_walk import provider, walk

WORD: Final = re.compile(r"[A-Za-z][A-Za-z'-]*[a-z]")
# Keys, names and what has no Chinese name; see "Untranslated" in the style of the catalog.
KEPT: Final = frozenset(
    [
        "Enter",
        "Esc",
        "Tab",
        "PgUp",
        "PgDn",
        "Del",
        "Home",
        "End",
        "Backspace",
        "Ctrl",
        "Shift",
        "Alt",
        "Space",
        "token",
        "tok",
        "tokens",
        "Markdown",
        "Schema",
        "schema",
        "JSON",
        "Lines",
        "toml",
        "config",
        "tui-chat",
        "test-model",
    ]
)


async def test_the_main_screens_are_in_chinese() -> None:
    found: dict[str, list[str]] = {}
    with chinese_texts():
        async with running_chat(provider(), given=launch()) as chat:

            async def visit(name: str) -> None:
                text = chat.screen_text
                words = [word for word in WORD.findall(text) if word not in KEPT]
                if words:
                    found[name] = words

            await walk(chat, visit)
    assert found == {}
