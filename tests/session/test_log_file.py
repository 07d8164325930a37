from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import pytest

from tui_chat.session import log_file
from tui_chat.session.log_file import log_to

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(autouse=True)
def _handlers() -> Iterator[None]:
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    yield
    root.setLevel(level)
    for handler in set(root.handlers) - set(before):
        root.removeHandler(handler)
        handler.close()


def test_the_log_is_private_and_created_with_the_first_line(tmp_path: Path) -> None:
    path = tmp_path / "state" / "log" / "tui-chat.log"
    log_to(path)
    assert not path.exists()

    logging.getLogger("tui_chat.x").info("the words")

    assert path.read_text(encoding="utf-8").endswith(" INFO tui_chat.x: the words\n")
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700


def test_keys_are_redacted_in_messages_and_tracebacks(tmp_path: Path) -> None:
    path = tmp_path / "log" / "tui-chat.log"
    log_to(path)
    try:
        raise ValueError("Authorization: Bearer abcdef123456789")
    except ValueError:
        logging.getLogger("tui_chat.x").exception("with %s", "sk-very-secret-123456")

    text = path.read_text(encoding="utf-8")
    assert "ValueError" in text
    assert "abcdef123456789" not in text
    assert "very-secret" not in text


def test_requests_are_not_logged(tmp_path: Path) -> None:
    path = tmp_path / "log" / "tui-chat.log"
    log_to(path)
    logging.getLogger("httpx2").info("POST http://x/?key=1")
    logging.getLogger("asyncio").warning("told")
    assert "http" not in path.read_text(encoding="utf-8")


def test_it_stays_small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_file, "_BYTES", 2000)
    path = tmp_path / "log" / "tui-chat.log"
    log_to(path)
    for number in range(200):
        logging.getLogger("tui_chat.x").info("line %d with some words", number)

    files = sorted(path.parent.iterdir())
    assert [file.name for file in files] == ["tui-chat.log", "tui-chat.log.1"]
    assert all(file.stat().st_size <= 2000 for file in files)
    assert all(file.stat().st_mode & 0o777 == 0o600 for file in files)
    assert "line 199" in path.read_text(encoding="utf-8")


@pytest.mark.parametrize("obstacle", ["a file for a folder", "a folder for a file"])
def test_without_a_writable_log_nothing_is_logged(
    tmp_path: Path, obstacle: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "log" / "tui-chat.log"
    if obstacle == "a file for a folder":
        path.parent.write_text("", encoding="utf-8")
    else:
        path.mkdir(parents=True)

    log_to(path)
    logging.getLogger("tui_chat.x").error("the words")

    assert capsys.readouterr() == ("", "")
