"""Databases full of conversations, written by tui-chat's own store and kept between runs."""

from __future__ import annotations

import os
import random
import shutil
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tests.bench.program import database
from tests.bench.shapes import MIXED
from tui_chat.core.conversation import Conversation, Message, Role, new_conversation, new_id, now
from tui_chat.storage.database.migrations import MIGRATIONS
from tui_chat.storage.store import Store

if TYPE_CHECKING:
    from collections.abc import Callable

_ENGLISH: Final = """\
light blue scatter wave short sky sun air photon field energy model answer question python function
return value error server token stream water stone river house letter music paper window garden
summer winter number system theory second minute travel market village morning evening mountain
"""
_WORDS: Final = _ENGLISH.split()
PROFILE: Final = "bench"
"""The profile of saved conversations: another endpoint would begin a new one."""
_CHINESE: Final = (
    "光速不变",
    "天空为什么是蓝色的",
    "量子力学",
    "今天的天气很好",
    "请解释一下这段代码",
)


def long_conversation(count: int, last: str) -> Path:
    """Return a home with one conversation of so many messages; the last one ends with a word."""

    def write(store: Store) -> None:
        texts = [f"Question {i}: why?" if i % 2 == 0 else f"{MIXED}\n{i}" for i in range(count)]
        texts[-1] += f"\n\n{last}"
        store.add_messages(*conversation_of("A long one", texts))

    return kept(f"long-{count}", write)


def many_conversations(count: int) -> Path:
    """Return a home with so many short conversations, named `Talk 1 ...`, the last one newest."""

    def write(store: Store) -> None:
        for number in range(1, count + 1):
            texts = [f"What is {number}?", f"{number} is a number."]
            store.add_messages(*conversation_of(f"Talk {number} of many", texts))

    return kept(f"many-{count}", write)


def large_library(count: int) -> Path:
    """Return a home with so many messages in conversations of a hundred; some are in Chinese."""

    def write(store: Store) -> None:
        chance = random.Random(1)  # noqa: S311 - the same text in every run
        for number in range(count // 100):
            texts = [_text(chance) for _ in range(100)]
            store.add_messages(*conversation_of(f"{chance.choice(_WORDS)} {number}", texts))

    return kept(f"library-{count}", write)


def _text(chance: random.Random) -> str:
    if chance.random() < 0.1:
        return "，".join(chance.choices(_CHINESE, k=6))
    return f"{' '.join(chance.choices(_WORDS, k=40))} {chance.randrange(10**6):x}"


def conversation_of(title: str, texts: list[str]) -> tuple[Conversation, list[Message]]:
    conversation = replace(new_conversation(model="m"), title=title, profile=PROFILE)
    messages: list[Message] = []
    for index, text in enumerate(texts):
        parent = messages[-1].id if messages else None
        role = Role.ASSISTANT if index % 2 else Role.USER
        profile = PROFILE if role is Role.ASSISTANT else None
        messages.append(
            Message(new_id(), conversation.id, parent, role, text, now(), profile=profile)
        )
    return replace(conversation, leaf_id=messages[-1].id), messages


def kept(name: str, write: Callable[[Store], None]) -> Path:
    """Return a home whose database was written once; it lasts as long as the schema does."""
    folder = Path(
        tempfile.gettempdir(),
        f"tui-chat-bench-{os.getuid()}",
        f"schema-{len(MIGRATIONS)}-{PROFILE}",
    )
    home = folder / name
    if not home.exists():
        unfinished = folder / f"{name}.{os.getpid()}"
        shutil.rmtree(unfinished, ignore_errors=True)
        database(unfinished).parent.mkdir(parents=True, mode=0o700)
        with Store(database(unfinished)) as store:
            write(store)
        unfinished.rename(home)
    return home
