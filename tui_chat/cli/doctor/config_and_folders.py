"""The program itself, its configuration and its folders; nothing is made and nothing changed."""

from __future__ import annotations

import os
import platform
import shlex
import shutil
import stat
from typing import TYPE_CHECKING, Final

from tui_chat import __version__
from tui_chat.config.permissions import open_folders, open_words
from tui_chat.core.text.quantities import byte_size, counted

if TYPE_CHECKING:
    from pathlib import Path

    from tui_chat.cli.doctor.report import Report
    from tui_chat.config.settings import Settings
    from tui_chat.session.launch import Launch

_LITTLE_SPACE: Final = 50_000_000
_MOST_PROFILES: Final = 8


def check_version(report: Report) -> None:
    """Tell what runs and where."""
    system = f"{platform.system()} {platform.release()} {platform.machine()}"
    report.ok("version", f"tui-chat {__version__} · Python {platform.python_version()} · {system}")


def check_config(launch: Launch, report: Report) -> None:
    """Tell whether there is a configuration, and each thing in it that is wrong."""
    file, settings = launch.paths.config_file, launch.settings
    problems = list(settings.problems)
    if settings.keys or settings.ui.theme:
        # Textual is loaded for it, so only where there is something to check.
        from tui_chat.ui.settings_check import ui_problems

        problems += ui_problems(launch)
    for problem in problems:
        at = f"{problem.file}, line {problem.line}" if problem.line else str(problem.file)
        report.wrong("config", f"{at}: {problem.summary}", problem.hint)
    if problems:
        if settings.profiles:
            report.ok("config", f"the rest of it is used; {_profiles(settings)}")
    elif os.path.lexists(file):
        report.ok("config", f"{file}: read; {_profiles(settings)}")
    else:
        report.ok("config", f"{file}: not there, and not needed; everything is as it comes")


def check_permissions(launch: Launch, report: Report) -> None:
    """Report folders that are open to others; the data folder has a line of its own."""
    for folder in open_folders(launch.paths):
        if folder != launch.paths.data_dir:
            right = "go-w" if folder == launch.paths.config_file.parent else "700"
            report.wrong(
                "folders", open_words(folder), f"Run: chmod {right} {shlex.quote(str(folder))}"
            )


def check_data_folder(launch: Launch, report: Report) -> None:
    """Tell whether conversations can be kept."""
    folder = launch.paths.data_dir
    if _is_good_folder("data", folder, "XDG_DATA_HOME", report):
        mode = stat.S_IMODE(folder.stat().st_mode)
        if mode & 0o077 and os.name == "posix":
            todo = f"Run: chmod 700 {shlex.quote(str(folder))}"
            report.wrong("data", f"{folder} is open to others (mode {mode:04o})", todo)
            return
        free = shutil.disk_usage(folder).free
        if free < _LITTLE_SPACE:
            what = f"{folder} has only {byte_size(free)} of free space"
            report.wrong("data", what, "Free some space there.")
            return
        report.ok("data", f"{folder}: writable, mode {mode:04o}, {byte_size(free)} free")


def check_log(launch: Launch, report: Report) -> None:
    """Tell where the log is; its folder is made private by whoever writes it."""
    file = launch.paths.log_file
    if not _is_good_folder("log", file.parent, "XDG_STATE_HOME", report):
        return
    try:
        report.ok("log", f"{file}: {byte_size(file.stat().st_size)}")
    except FileNotFoundError:
        report.ok("log", f"{file}: not made yet")


def _profiles(settings: Settings) -> str:
    names = list(settings.profiles)
    if not names:
        return "it has no profiles"
    more = ", …" if len(names) > _MOST_PROFILES else ""
    listed = ", ".join(names[:_MOST_PROFILES])
    return f"{counted(len(names), 'profile')}: {listed}{more}"


def _is_good_folder(name: str, folder: Path, variable: str, report: Report) -> bool:
    """Say whether a folder is there and can be used; tell it where it is not."""
    todo = f"Change its permissions, or name another place with {variable}."
    nearest = folder
    while not os.path.lexists(nearest) and nearest != nearest.parent:
        nearest = nearest.parent
    if not nearest.is_dir():
        report.wrong(name, f"{nearest} is not a folder", "Move it away.")
    elif not os.access(nearest, os.W_OK | os.X_OK):
        what = "may not be written" if nearest == folder else f"leaves no room for {folder}"
        report.wrong(name, f"{nearest} {what}", todo)
    elif nearest != folder:
        report.ok(name, f"{folder}: not made yet")
    else:
        return True
    return False
