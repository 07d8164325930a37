from __future__ import annotations

import os
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pytest

from tests.storage.build import asked
from tui_chat.cli.main import main
from tui_chat.config.paths import find_paths
from tui_chat.core.conversation import MessageStatus, now
from tui_chat.storage.store import Store

if TYPE_CHECKING:
    from pathlib import Path

KEY = "sk-live-4f9d8a7b6c5e"


@dataclass
class Ran:
    """The exit status and output of a command."""

    status: int
    out: str
    err: str


class Command:
    """Runs a command in this process without a terminal."""

    def __init__(self, capture: pytest.CaptureFixture[str]) -> None:
        self._capture = capture

    def __call__(self, *arguments: str) -> Ran:
        try:
            status = main(arguments)
        except SystemExit as end:
            status = int(str(end.code))
        out, err = self._capture.readouterr()
        return Ran(status, out, err)


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Command:
    return Command(capsys)


@pytest.fixture
def database() -> Path:
    return find_paths(os.environ).database


@pytest.fixture
def saved(database: Path) -> dict[str, str]:
    """Four saved conversations, one of them deleted; ids by title."""
    ids: dict[str, str] = {}
    with Store(database) as store:
        for title, answer in (
            ("Why is the sky blue?", "Air scatters blue light."),
            ("天空为什么是蓝色的", "因为空气散射蓝光。"),
            ("Deleted sky", "Gone."),
            ("Evil \x1b]0;owned\x07 words", f"My key {KEY} \x1b[2J"),
        ):
            turn = asked(title)
            reply = replace(
                turn.replied(answer, MessageStatus.COMPLETE),
                model="smollm2",
                input_tokens=12,
                output_tokens=34,
            )
            deleted_at = now() if title.startswith("Deleted") else None
            conversation = replace(turn.conversation, deleted_at=deleted_at)
            store.add_turn(conversation, turn.question, reply)
            ids[title] = conversation.id
    return ids
