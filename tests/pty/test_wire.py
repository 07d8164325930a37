"""A dozen cases of the wire through the real program, in a real terminal."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.mostly_slow import mostly_slow
from tests.providers.cases import CASES
from tests.providers.wire import KEY
from tests.pty.program import PtyProgram

if TYPE_CHECKING:
    from collections.abc import Iterator

QUIT = "\x11"

NAMES = (
    "byte_by_byte_chinese",
    "think_split",
    "whole_json_pretty",
    "ndjson",
    "finish_length",
    "refusal",
    "error_after_text",
    "html_login",
    "cut_after_text",
    "silent_after_text",
    "comments_for_ever",
    "status_404_path",
    "retry_429_seconds",
    "limit_ten_minutes",
    "context_openai",
    "redirect_other_host",
    "http_on_https_port",
    "key_in_status_401",
    "key_echo_percent",
    "flood",
)


@contextmanager
def served(name: str) -> Iterator[str]:
    """Serve a case in a process of its own; give its base URL."""
    server = subprocess.Popen(
        [sys.executable, "-m", "tests.sse_server", name], stdout=subprocess.PIPE, text=True
    )
    try:
        assert server.stdout is not None
        yield server.stdout.readline().strip()
    finally:
        server.kill()
        server.communicate()


def configure(name: str, base_url: str) -> None:
    """Write the profile of a case into config.toml, as a user would."""
    timeouts = CASES[name].profile.get("timeouts")
    limits = (
        f"{{ connect = {timeouts.connect_s}, first_token = {timeouts.first_token_s}, "
        f"idle = {timeouts.idle_s} }}"
        if timeouts
        else "{}"
    )
    folder = Path(os.environ["XDG_CONFIG_HOME"], "tui-chat")
    folder.mkdir()
    (folder / "config.toml").write_text(
        f'profile = "test"\n[profiles.test]\nbase_url = "{base_url}"\nmodel = "test-model"\n'
        f'api_key_env = "TEST_KEY"\nmax_retries = 2\ntimeouts = {limits}\n',
        encoding="utf-8",
    )


def words_of(screen: str) -> str:
    """Return the screen as one line, without the edge and the line breaks."""
    return " ".join(screen.replace("▎", " ").split())


@pytest.mark.parametrize("name", mostly_slow(NAMES, quick=4))
def test_a_user_sees_what_happened(name: str) -> None:
    case = CASES[name]
    with served(name) as base_url:
        configure(name, base_url)
        env = {"TEST_KEY": KEY, **dict(case.env)}
        with PtyProgram(["-m", "tui_chat"], env=env, columns=118, rows=40) as chat:
            chat.seen("Ask anything")
            chat.send("Hi\r")

            expected = [*case.fragments, *case.text.split("\n\n")[-1:]]
            for fragment in expected:
                wanted = " ".join(fragment.split())[-60:]
                chat.until(lambda wanted=wanted: wanted in words_of(chat.text))  # type: ignore[misc]

            assert KEY.encode() not in chat.written
            # While an answer runs, quitting asks first.
            chat.until(lambda: "Esc stop" not in chat.text)
            chat.send(QUIT)
            assert chat.ended() == 0
