"""Checks version, configuration, folders and log, without creating or changing anything."""

from __future__ import annotations

import os
import platform
import shlex
import shutil
import stat
from typing import TYPE_CHECKING, Final

from tui_chat import __version__
from tui_chat.config.permissions import describe_open_folder, open_folders
from tui_chat.core.labels import _, join_list, labelled, ngettext
from tui_chat.core.text.quantities import byte_size

if TYPE_CHECKING:
    from pathlib import Path

    from tui_chat.cli.doctor.report import Report
    from tui_chat.config.settings import Settings
    from tui_chat.session.launch import Launch

_MIN_FREE_BYTES: Final = 50_000_000
_MAX_LISTED: Final = 8


def check_version(report: Report) -> None:
    """Report the versions of program, Python and system."""
    system = f"{platform.system()} {platform.release()} {platform.machine()}"
    report.ok("version", f"tui-chat {__version__} · Python {platform.python_version()} · {system}")


def check_config(launch: Launch, report: Report) -> None:
    """Report the configuration file and every mistake in it."""
    file, settings = launch.paths.config_file, launch.settings
    problems, profiles = list(settings.problems), _profiles(settings)
    if settings.keys or settings.ui.theme or launch.paths.themes_dir.is_dir():
        # Imports Textual, so only for a configuration that has such settings.
        from tui_chat.ui.config_check.check import ui_problems

        problems += ui_problems(launch)
    for problem in problems:
        report.failed("config", labelled(problem.location, problem.summary), problem.hint)
    if problems:
        if settings.profiles:
            report.ok("config", _("everything else applies; {profiles}"), profiles=profiles)
    elif os.path.lexists(file):
        report.ok("config", "{file}: {profiles}", file=file, profiles=profiles)
    else:
        report.ok("config", _("{file} not found; defaults are used"), file=file)


def check_permissions(launch: Launch, report: Report) -> None:
    """Report folders with unsafe permissions; the data folder has its own check."""
    for folder in open_folders(launch.paths):
        if folder != launch.paths.data_dir:
            mode = "go-w" if folder == launch.paths.config_file.parent else "700"
            report.failed("folders", describe_open_folder(folder), _chmod(mode, folder))


def check_data_folder(launch: Launch, report: Report) -> None:
    """Report whether conversations can be saved in the data folder."""
    folder = launch.paths.data_dir
    if _is_good_folder("data", folder, "XDG_DATA_HOME", report):
        mode = stat.S_IMODE(folder.stat().st_mode)
        if mode & 0o077 and os.name == "posix":
            report.failed("data", describe_open_folder(folder), _chmod("700", folder))
            return
        free = shutil.disk_usage(folder).free
        if free < _MIN_FREE_BYTES:
            text, hint = _("{folder} has only {size} of free space"), _("Free some disk space.")
            report.failed("data", text, hint, folder=folder, size=byte_size(free))
            return
        text, size = _("{folder}: writable, mode {mode}, {size} free"), byte_size(free)
        report.ok("data", text, folder=folder, mode=f"{mode:04o}", size=size)


def check_log(launch: Launch, report: Report) -> None:
    """Report the log file; its permissions are set when it is written."""
    file = launch.paths.log_file
    if not _is_good_folder("log", file.parent, "XDG_STATE_HOME", report):
        return
    try:
        report.ok("log", labelled(str(file), byte_size(file.stat().st_size)))
    except FileNotFoundError:
        report.ok("log", _("{path}: not created yet"), path=file)


def _profiles(settings: Settings) -> str:
    names = list(settings.profiles)
    if not names:
        return _("no profiles")
    listed = join_list([*names[:_MAX_LISTED], *(["…"] if len(names) > _MAX_LISTED else [])])
    text = ngettext("{count} profile: {{names}}", "{count} profiles: {{names}}", len(names))
    return text.format(names=listed)


def _chmod(mode: str, folder: Path) -> str:
    return _("Run: {command}").format(command=f"chmod {mode} {shlex.quote(str(folder))}")


def _is_good_folder(name: str, folder: Path, variable: str, report: Report) -> bool:
    """Return whether a folder exists and is usable; report it otherwise."""
    hint = _("Change its permissions, or set {variable} to another folder.")
    nearest = folder
    while not os.path.lexists(nearest) and nearest != nearest.parent:
        nearest = nearest.parent
    if not nearest.is_dir():
        report.failed(name, _("{path} is not a folder"), _("Move it."), path=nearest)
    elif not os.access(nearest, os.W_OK | os.X_OK):
        text = (
            _("{path} is not writable")
            if nearest == folder
            else _("{path} is not writable, so {folder} cannot be created")
        )
        report.failed(name, text, hint, path=nearest, folder=folder, variable=variable)
    elif nearest != folder:
        report.ok(name, _("{path}: not created yet"), path=folder)
    else:
        return True
    return False
