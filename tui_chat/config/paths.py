"""The paths of configuration, conversations and logs."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tui_chat.core.errors import ConfigError
from tui_chat.core.labels import _
from tui_chat.core.text.sanitize import sanitize_line

if TYPE_CHECKING:
    from collections.abc import Mapping

APP_NAME: Final = "tui-chat"
PRIVATE_FOLDER_MODE: Final = 0o700


@dataclass(frozen=True, slots=True)
class Paths:
    """All paths of the program. Nothing is created before it is needed."""

    config_file: Path
    data_dir: Path
    database: Path
    state_dir: Path
    log_file: Path
    engine_log: Path
    model_checksums: Path

    @property
    def themes_dir(self) -> Path:
        """The folder of the user's own themes."""
        return self.config_file.parent / "themes"


def find_paths(env: Mapping[str, str]) -> Paths:
    """Return the paths by the XDG variables or else by the conventions of the system.

    Raises:
        ConfigError: The home folder is unknown.
    """
    config_dir = _folder(env, "XDG_CONFIG_HOME", ".config")
    data_dir = _folder(env, "XDG_DATA_HOME", ".local/share")
    state_dir = _folder(env, "XDG_STATE_HOME", ".local/state")
    return Paths(
        config_file=config_dir / "config.toml",
        data_dir=data_dir,
        database=data_dir / "conversations.db",
        state_dir=state_dir,
        log_file=state_dir / "log" / "tui-chat.log",
        engine_log=state_dir / "log" / "engine.log",
        model_checksums=state_dir / "model-checksums.json",
    )


def home_folder(env: Mapping[str, str]) -> Path:
    """Return the home folder of the user.

    Raises:
        ConfigError: The home folder is unknown.
    """
    home = env.get("HOME", "")
    if Path(home).is_absolute():
        return Path(home)
    try:
        return Path.home()
    except RuntimeError:
        raise ConfigError(
            _("The home folder is unknown."), _("Set the environment variable HOME.")
        ) from None


def expanded(text: str, env: Mapping[str, str], folder: Path) -> Path:
    """Return a path from the configuration; `~` is the home folder, relative paths use `folder`.

    Raises:
        ConfigError: The home folder is needed but unknown.
    """
    if text == "~" or text.startswith("~/"):
        return home_folder(env) / text[2:]
    return folder / text


def make_private_folder(path: Path) -> None:
    """Create a folder with mode 0700, and its missing parents.

    An existing folder becomes 0700; existing parents do not change.

    Raises:
        ConfigError: The folder cannot be created or changed.
    """
    try:
        missing = [path, *(parent for parent in path.parents if not parent.exists())]
        for folder in reversed(missing):
            folder.mkdir(mode=PRIVATE_FOLDER_MODE, exist_ok=True)
        if path.stat().st_mode & 0o077:
            path.chmod(PRIVATE_FOLDER_MODE)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise ConfigError(
            _("The folder {folder} cannot be used: {reason}.").format(
                folder=sanitize_line(str(path)), reason=reason
            ),
            _("Change its permissions, or set XDG_DATA_HOME and XDG_STATE_HOME."),
        ) from error


def _folder(env: Mapping[str, str], variable: str, below_home: str) -> Path:
    # The XDG specification requires ignoring relative paths.
    named = Path(env.get(variable, ""))
    if named.is_absolute():
        return named / APP_NAME
    if not sys.platform.startswith("linux"):
        return _system_folder(variable)
    return home_folder(env) / below_home / APP_NAME


def _system_folder(variable: str) -> Path:
    # Imported here because Linux does not need it.
    import platformdirs

    dirs = platformdirs.PlatformDirs(APP_NAME, appauthor=False)
    by_variable = {
        "XDG_CONFIG_HOME": dirs.user_config_path,
        "XDG_DATA_HOME": dirs.user_data_path,
        "XDG_STATE_HOME": dirs.user_state_path,
    }
    return by_variable[variable]
