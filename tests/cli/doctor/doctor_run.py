"""Runs the doctor in this process and parses its output."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from tui_chat.cli.doctor.run import run_checks
from tui_chat.config.paths import find_paths
from tui_chat.session.launch import Launch

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from tui_chat.config.vendors import LocalServer

_LINE: Final = re.compile(r"(ok|!!|--)   (\S+) +(\S.*)\Z")


@dataclass(frozen=True)
class DoctorRun:
    """The output and the exit status of one run."""

    text: str
    status: int

    @property
    def lines(self) -> list[tuple[str, str, str]]:
        """Mark, name and text of each line; fails for a line in another format."""
        matches = [_LINE.match(line) for line in self.text.splitlines()]
        assert all(matches), self.text
        return [(match[1], match[2], match[3]) for match in matches if match]

    def of(self, name: str) -> list[tuple[str, str]]:
        """Mark and text of the lines with a name."""
        return [(mark, text) for mark, found, text in self.lines if found == name]

    def one(self, name: str) -> tuple[str, str]:
        """Mark and text of the only line with a name."""
        found = self.of(name)
        assert len(found) == 1, self.text
        return found[0]

    @property
    def failed(self) -> list[str]:
        """Names of the failed checks."""
        return [name for mark, name, _text in self.lines if mark == "!!"]


async def run_doctor(
    capsys: pytest.CaptureFixture[str], servers: tuple[LocalServer, ...] = (), **flags: str
) -> DoctorRun:
    """Run the doctor in this process; it searches this machine for these servers only."""
    env = dict(os.environ)
    capsys.readouterr()
    status = await run_checks(Launch(find_paths(env), env, flags, local_servers=servers))
    printed = capsys.readouterr()
    assert not printed.err
    seen = DoctorRun(printed.out, status)
    assert seen.status == (1 if seen.failed else 0)
    return seen


def write_config(text: str) -> Path:
    """Write config.toml with mode 0600."""
    file = find_paths(os.environ).config_file
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    file.chmod(0o600)
    return file
