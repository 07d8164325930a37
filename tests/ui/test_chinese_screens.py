"""In Chinese, the main screens hold no English but names, keys and commands."""

from __future__ import annotations

import re
from typing import Final

from tests.catalogs import chinese_texts
from tests.chat_app import launch, running_chat
from tests.ui.chinese_walk import provider, walk

# Lines of config.toml, addresses, paths, commands, flags, search words, examples of a schema.
CODE: Final = re.compile(
    r"(?:\[\w+\] )?\w+ = \S+|\[\w+\]|https?://\S+|/[\w/.-]+|--[\w-]+|trash:|\w+\.md"
    r"|name, age int, tags list|module:Class|\w+-model|textual-\w+"
)
WORD: Final = re.compile(r"[A-Za-z][A-Za-z'-]*[a-z]")
# Names of keys, files, models and formats, and what the style leaves in English.
KEPT: Final = {
    *("Enter", "Esc", "Tab", "PgUp", "PgDn", "Del", "Home", "End", "Backspace", "Ctrl", "Shift"),
    *(
        "Alt",
        "token",
        "tok",
        "nickname",
        "Markdown",
        "Schema",
        "schema",
        "JSON",
        "Lines",
        "toml",
        "config",
    ),
    *("tui-chat", "ask", "local", "themes"),
    # The end of a word beside a dialog.
    "ken",
}


async def test_the_main_screens_are_in_chinese() -> None:
    found: dict[str, set[str]] = {}
    with chinese_texts():
        async with running_chat(provider(), given=launch()) as chat:

            async def visit(name: str) -> None:
                words = set(WORD.findall(CODE.sub("", chat.screen_text))) - KEPT
                if words:
                    found[name] = words

            await walk(chat, visit)
    assert not found
