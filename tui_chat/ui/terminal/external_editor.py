"""Edits a text in the user's editor, which has the terminal meanwhile."""

from __future__ import annotations

import asyncio
import os
import shlex
import shutil
import signal
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from tui_chat.core.errors import ConfigError
from tui_chat.core.labels import _
from tui_chat.core.text.sanitize import sanitize_line
from tui_chat.ui.terminal.textual_internals import driver_of, forget_shown

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from textual.app import App

_USUAL: Final = ("sensible-editor", "editor", "nano", "vim", "vi", "micro", "emacs")
_USUAL_ON_WINDOWS: Final = ("notepad",)
_FILE_NAME: Final = "question.md"
"""The ending lets editors highlight Markdown."""


def editor_command(
    env: Mapping[str, str], find: Callable[[str], str | None] = shutil.which
) -> list[str]:
    """Return the command of the editor, without the file: VISUAL, else EDITOR, else a usual one.

    Args:
        env: The environment.
        find: Returns the path of a program; None if it is not installed.

    Raises:
        ConfigError: There is no editor, or the variable is not a command.
    """
    for name in ("VISUAL", "EDITOR"):
        if not (value := env.get(name, "").strip()):
            continue
        try:
            return shlex.split(value, posix=sys.platform != "win32")
        except ValueError as error:
            raise ConfigError(
                _("The variable {name} is not a command: {value}").format(
                    name=name, value=sanitize_line(value, 60)
                ),
                _("A quotation mark is not closed."),
            ) from error
    usual = _USUAL_ON_WINDOWS if sys.platform == "win32" else _USUAL
    found = next((it for it in usual if find(it)), None)
    if found is None:
        raise ConfigError(
            _("No editor was found."), _("Set the variable EDITOR, such as EDITOR=nano.")
        )
    return [found]


async def edit_text(app: App[Any], text: str, env: Mapping[str, str]) -> str:
    """Give the terminal to the user's editor and return the edited text.

    Answers go on meanwhile. The file is readable by the user only, and removed at the end.

    Args:
        app: Gives the terminal away and takes it back.
        text: The text to edit.
        env: The environment.

    Raises:
        ConfigError: The editor cannot be run or has failed; the text is unchanged.
    """
    command = editor_command(env)
    driver = driver_of(app)
    if driver is None or not driver.can_suspend:
        raise ConfigError(_("This terminal cannot be given to an editor."))
    runtime = env.get("XDG_RUNTIME_DIR") or None
    try:
        folder = Path(tempfile.mkdtemp(prefix="tui-chat-", dir=runtime))
    except OSError as error:
        raise ConfigError(_unusable(error)) from error
    try:
        file = folder / _FILE_NAME
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as opened:
            opened.write(text.encode("utf-8", "replace"))
        await _run_in_terminal(app, [*command, str(file)])
        edited = file.read_bytes().decode("utf-8", "replace").replace("\r\n", "\n")
    except OSError as error:
        raise ConfigError(_unusable(error)) from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    # Editors end the last line.
    return edited if text.endswith("\n") else edited.removesuffix("\n")


async def _run_in_terminal(app: App[Any], command: list[str]) -> None:
    with app.suspend():
        # Ctrl+C in the editor must not end this program. A handler is reset in the child.
        before = signal.signal(signal.SIGINT, lambda *_: None)
        try:
            process = await asyncio.create_subprocess_exec(*command)
            code = await process.wait()
            failure = None
        except OSError as error:
            code, failure = -1, error
        finally:
            signal.signal(signal.SIGINT, before)
    for screen in app.screen_stack:
        forget_shown(screen)
    app.refresh(layout=True)
    if failure is not None:
        raise failure
    if code:
        name = sanitize_line(Path(command[0]).name, 40)
        raise ConfigError(
            _("{editor} ended with an error ({code}). The text is unchanged.").format(
                editor=name, code=code
            )
        )


def _unusable(error: OSError) -> str:
    reason = sanitize_line(str(error), 120)
    return _("The editor cannot be used: {reason}. The text is unchanged.").format(reason=reason)
