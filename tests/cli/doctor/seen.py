"""Runs the doctor and keeps what a person would see."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from tui_chat.cli.doctor.run import examine
from tui_chat.config.paths import find_paths
from tui_chat.session.launch import Launch

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

_LINE: Final = re.compile(r"(ok|!!|--)   (\S+) +(\S.*)\Z")


@dataclass(frozen=True)
class Seen:
    """What was printed, and the exit status."""

    text: str
    status: int

    @property
    def lines(self) -> list[tuple[str, str, str]]:
        """Mark, name and words of each line; fails when one has another form."""
        matches = [_LINE.match(line) for line in self.text.splitlines()]
        assert all(matches), self.text
        return [(match[1], match[2], match[3]) for match in matches if match]

    def of(self, name: str) -> list[tuple[str, str]]:
        """Mark and words of the lines with a name."""
        return [(mark, words) for mark, found, words in self.lines if found == name]

    def one(self, name: str) -> tuple[str, str]:
        """Mark and words of the only line with a name."""
        found = self.of(name)
        assert len(found) == 1, self.text
        return found[0]

    @property
    def wrong(self) -> list[str]:
        """Names of the lines that say that something is wrong."""
        return [name for mark, name, _ in self.lines if mark == "!!"]


async def examined(capsys: pytest.CaptureFixture[str], **flags: str) -> Seen:
    """Run the doctor in this process."""
    env = dict(os.environ)
    capsys.readouterr()
    status = await examine(Launch(paths=find_paths(env), env=env, flags=flags))
    printed = capsys.readouterr()
    assert not printed.err
    seen = Seen(printed.out, status)
    assert seen.status == (1 if seen.wrong else 0)
    return seen


def write_config(text: str) -> Path:
    """Write the person's configuration."""
    file = find_paths(os.environ).config_file
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    file.chmod(0o600)
    return file
