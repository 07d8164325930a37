from __future__ import annotations

import os
import shlex
import sys
import time
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui_chat.config.api_key import read_key
from tui_chat.config.api_key_command import command_output
from tui_chat.core.errors import ConfigError
from tui_chat.core.profile import KeySource, Profile, Secret

if TYPE_CHECKING:
    from pathlib import Path

KEY = "sk-test-1234567890"


def profile(key: KeySource) -> Profile:
    return Profile(name="work", base_url="https://h/v1", key=key)


def revealed(key: KeySource, **env: str) -> str | None:
    secret = read_key(profile(key), {**os.environ, **env})
    return secret.reveal() if secret else None


def rejection(key: KeySource, **env: str) -> str:
    """Return the error message; it names the profile and contains no key."""
    with pytest.raises(ConfigError) as caught:
        read_key(profile(key), {**os.environ, **env})
    chain: BaseException | None = caught.value
    while chain is not None:
        assert "1234567890" not in repr(chain)
        chain = chain.__cause__ or chain.__context__
    assert "profile “work”" in str(caught.value)
    assert caught.value.hint
    return str(caught.value)


def python(code: str) -> KeySource:
    return KeySource(command=shlex.join([sys.executable, "-c", code]))


def key_file(tmp_path: Path, content: bytes, mode: int = 0o600) -> KeySource:
    file = tmp_path / "key"
    file.write_bytes(content)
    file.chmod(mode)
    return KeySource(file=str(file))


def test_a_profile_without_a_source_has_no_key() -> None:
    assert read_key(profile(KeySource()), {"OPENAI_API_KEY": KEY}) is None


def test_a_literal_key_is_validated() -> None:
    assert revealed(KeySource(secret=Secret(f" {KEY}\n"))) == KEY
    assert "a space" in rejection(KeySource(secret=Secret(f"{KEY} {KEY}")))


def test_a_key_comes_from_the_environment() -> None:
    assert revealed(KeySource(env="A_KEY"), A_KEY=f"\t{KEY}\r\n") == KEY


@pytest.mark.parametrize("value", ["", " ", "\n"])
def test_a_blank_variable_counts_as_unset(value: str) -> None:
    words = rejection(KeySource(env="A_KEY"), A_KEY=value)

    assert words == (
        "The environment variable A_KEY with the key of profile “work” is not set. "
        "Set A_KEY, or change the key source of the profile."
    )


def test_a_key_instead_of_a_variable_is_not_shown() -> None:
    assert "The environment variable … with the key" in rejection(KeySource(env=KEY))


@pytest.mark.parametrize(
    "content",
    [
        KEY.encode(),
        f"{KEY}\n".encode(),
        f"\n  {KEY}\r\n\n".encode(),
        b"\xef\xbb\xbf" + KEY.encode(),
    ],
)
def test_a_key_comes_from_a_file(tmp_path: Path, content: bytes) -> None:
    assert revealed(key_file(tmp_path, content)) == KEY
    assert revealed(key_file(tmp_path, content, 0o400 if os.geteuid() == 0 else 0o600)) == KEY


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o620, 0o601])
def test_a_readable_key_file_is_rejected(tmp_path: Path, mode: int) -> None:
    words = rejection(key_file(tmp_path, KEY.encode(), mode))

    assert "is readable by other users. Run: chmod 600 " in words
    assert str(tmp_path / "key") in words


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b" \n\t\r\n", "is empty"),
        (f"{KEY}\n{KEY}\n".encode(), "a space, a line break or a control character"),
        (f"Bearer {KEY}".encode(), "without the word Bearer"),
        (f"{KEY}\x00".encode(), "a control character"),
        (f"{KEY}\x1b[2J".encode(), "a control character"),
        (f"{KEY}\x7f".encode(), "a control character"),
        (f"{KEY}ü".encode(), "contains a character that a header cannot contain"),
        (f"{KEY}…".encode(), "contains a character that a header cannot contain"),
        (f"{KEY}\xa0".encode("latin-1"), "contains a character that a header cannot contain"),
        (KEY.encode("utf-16"), "contains a character that a header cannot contain"),
        (b"k" * 20_000, "is too large for a key"),
    ],
)
def test_a_file_without_a_usable_key_is_reported(
    tmp_path: Path, content: bytes, words: str
) -> None:
    assert words in rejection(key_file(tmp_path, content))


def test_a_path_that_is_not_a_file_is_reported(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe", 0o600)

    assert "is unreadable: no such file" in rejection(KeySource(file=str(tmp_path / "none")))
    assert "is not a file" in rejection(KeySource(file=str(tmp_path)))
    assert "is not a file" in rejection(KeySource(file=str(tmp_path / "pipe")))
    assert "is unreadable" in rejection(KeySource(file="a\0b"))


def test_a_key_comes_from_a_command() -> None:
    assert revealed(python(f"print('{KEY}'); print('login: al')")) == KEY
    assert revealed(python(f"print(); print('  {KEY}  ')")) == KEY


def test_a_command_is_split_as_in_a_shell_and_not_run_in_one(tmp_path: Path) -> None:
    (tmp_path / "my key").write_text(KEY)

    assert revealed(KeySource(command="cat '~/my key'"), HOME=str(tmp_path)) == KEY
    assert revealed(KeySource(command='cat ~/my" "key'), HOME=str(tmp_path)) == KEY
    assert revealed(KeySource(command="printf %s $HOME;id")) == "$HOME;id"


def test_a_command_gets_the_environment_and_no_stdin() -> None:
    code = "import os, sys; assert sys.stdin.read() == ''; print(os.environ['A_KEY'])"

    assert revealed(python(code), A_KEY=KEY) == KEY


def test_a_command_has_no_terminal() -> None:
    code = "import os; print('none' if os.getsid(0) == os.getpid() else 'ours')"

    assert revealed(python(code)) == "none"


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (f"import sys; print('{KEY}'); sys.exit('{KEY}')", "failed with exit status 1"),
        (f"import os; print('{KEY}', flush=True); os.kill(os.getpid(), 9)", "by signal 9"),
        ("pass", "is empty"),
        (f"print('{KEY} {KEY}')", "contains a space"),
        (f"print('{KEY}ü')", "a header cannot contain"),
        (f"print('{KEY}' * 100_000)", "prints too much"),
        (f"while True: print('{KEY}')", "prints too much"),
        (
            f"import sys; sys.stderr.write('{KEY}' * 100_000); sys.exit(3)",
            "failed with exit status 3",
        ),
    ],
)
def test_a_failed_command_is_reported_without_its_output(code: str, words: str) -> None:
    said = rejection(python(code), PYTHONUTF8="1")

    assert words in said
    assert "api_key_command" in said


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("no-such-program-here x", "the program “no-such-program-here” was not found"),
        (f"{KEY} x", "the program “…” was not found"),
        ("/", "cannot be run"),
        ("cat 'open", "is not a command"),
        ("", "is not a command"),
        ("a\0b", "is not a command"),
    ],
)
def test_a_command_that_cannot_run_is_reported(command: str, words: str) -> None:
    assert words in rejection(KeySource(command=command))


def test_a_hanging_command_is_killed_with_its_children() -> None:
    # A unique duration, because another worker may run the same test.
    duration = str(50_000 + os.getpid())
    command = python(f"import subprocess; subprocess.run(['sleep', '{duration}'])").command or ""
    begin = time.monotonic()

    with pytest.raises(ConfigError, match="timed out"):
        command_output(command, "the command", os.environ, timeout_s=0.5)

    assert time.monotonic() - begin < 10
    # The killed process may exist for a moment on a busy machine.
    while running(f"sleep\x00{duration}"):
        assert time.monotonic() - begin < 20


def test_a_background_child_does_not_delay_the_key() -> None:
    code = (
        "import subprocess; print('key', flush=True);"
        "print(subprocess.Popen(['sleep', '20']).pid, flush=True)"
    )
    begin = time.monotonic()

    assert revealed(python(code)) == "key"
    assert time.monotonic() - begin < 10


def running(argv: str) -> bool:
    from pathlib import Path

    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if argv.encode() in (folder / "cmdline").read_bytes():
                return True
        except OSError:
            continue
    return False


@given(st.text(max_size=40))
def test_any_text_is_a_valid_header_or_rejected(text: str) -> None:
    try:
        secret = read_key(profile(KeySource(secret=Secret(text))), {})
    except ConfigError as error:
        # A short text may occur in the message by chance.
        is_told = len(text.strip()) > 6 and text.strip() in str(error)
    else:
        assert secret is not None
        is_told = False
        assert secret.reveal() == text.strip(" \t\r\n")
        assert all("!" <= character <= "~" for character in secret.reveal())
    assert not is_told
