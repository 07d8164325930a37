from __future__ import annotations

import io
from datetime import UTC, datetime

import pytest

from tui_chat.cli.conversations.output import Output, local_time
from tui_chat.core.profile import Secret
from tui_chat.import_export.export.redact_keys import KeyRedactor

EVIL = "\x1b]52;c;aGk=\x07 \u202e ok"
KEY = "sk-live-4f9d8a7b6c5e"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def outputs(*, terminal: bool) -> tuple[Output, io.StringIO, io.StringIO]:
    out, err = (Terminal(), Terminal()) if terminal else (io.StringIO(), io.StringIO())
    return Output(out, err, KeyRedactor([Secret(KEY)])), out, err


def test_terminal_output_is_sanitized() -> None:
    output, out, err = outputs(terminal=True)

    output.line(EVIL)
    output.pieces([EVIL[:3], EVIL[3:]])
    output.json({"text": EVIL})
    output.report(EVIL)

    for written in (out.getvalue(), err.getvalue()):
        assert not set(written) & set("\x1b\x07\u202e")
        assert "ok" in written


def test_file_output_is_unchanged() -> None:
    output, out, err = outputs(terminal=False)

    output.line(EVIL)
    output.pieces([EVIL])
    output.report(EVIL)
    output.progress("half-way")

    assert out.getvalue() == f"{EVIL}\n{EVIL}"
    assert err.getvalue() == "tui-chat: ␛]52;c;aGk=␇ <U+202E> ok\n"


@pytest.mark.parametrize("terminal", [True, False])
def test_keys_are_redacted(terminal: bool) -> None:
    output, out, err = outputs(terminal=terminal)

    output.line(f"a {KEY}")
    output.json([KEY])
    output.report(KEY)

    assert KEY not in out.getvalue() + err.getvalue()


def test_output_replaces_the_progress_line() -> None:
    output, out, err = outputs(terminal=True)

    output.progress("100 conversations")
    output.progress("200 conversations")
    output.line("done")

    assert err.getvalue().endswith("\r200 conversations\x1b[K\r\x1b[K")
    assert out.getvalue() == "done\n"


def test_the_width_is_that_of_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "72")
    assert outputs(terminal=True)[0].width == 72
    monkeypatch.setenv("COLUMNS", "3")
    assert outputs(terminal=True)[0].width == 40
    assert outputs(terminal=False)[0].width is None


def test_extreme_times_are_formatted() -> None:
    for year in (1, 9999):
        assert local_time(datetime(year, 1, 1, tzinfo=UTC))
