"""Where the configuration, the conversations and the logs lie."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tui_chat.core.errors import ConfigError
from tui_chat.core.text.sanitize import sanitize_line

if TYPE_CHECKING:
    from collections.abc import Mapping

APP_NAME: Final = "tui-chat"
PRIVATE_FOLDER_MODE: Final = 0o700


@dataclass(frozen=True, slots=True)
class Paths:
    """Every path of the program's own. Nothing is made before it is needed."""

    config_file: Path
    data_dir: Path
    database: Path
    state_dir: Path
    log_file: Path
    engine_log: Path
    model_checksums: Path


def find_paths(env: Mapping[str, str]) -> Paths:
    """Return where everything lies, by the XDG variables or else by the habits of the system.

    Raises:
        ConfigError: There is no home folder.
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
    """Return the person's home folder.

    Raises:
        ConfigError: There is none.
    """
    home = env.get("HOME", "")
    if Path(home).is_absolute():
        return Path(home)
    try:
        return Path.home()
    except RuntimeError:
        raise ConfigError(
            "Your home folder cannot be found.", "Set the environment variable HOME."
        ) from None


def expanded(text: str, env: Mapping[str, str], folder: Path) -> Path:
    """Return the path a person wrote: `~` is their home, a relative path begins at a folder.

    Raises:
        ConfigError: The home folder is needed and there is none.
    """
    if text == "~" or text.startswith("~/"):
        return home_folder(env) / text[2:]
    return folder / text


def make_private_folder(path: Path) -> None:
    """Make a folder that only its owner may enter, with all the folders above it that are missing.

    A folder that is there already is closed to others; the folders above it stay as they are.

    Raises:
        ConfigError: It cannot be made.
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
            f"The folder {sanitize_line(str(path))} cannot be used: {reason}.",
            "Change its permissions, or name another with XDG_DATA_HOME and XDG_STATE_HOME.",
        ) from error


def _folder(env: Mapping[str, str], variable: str, below_home: str) -> Path:
    # The XDG specification: a relative path is invalid and is to be ignored.
    named = Path(env.get(variable, ""))
    if named.is_absolute():
        return named / APP_NAME
    if not sys.platform.startswith("linux"):
        return _habit_of_the_system(variable)
    return home_folder(env) / below_home / APP_NAME


def _habit_of_the_system(variable: str) -> Path:
    # Linux needs only the lines above; the import is for macOS and the others.
    import platformdirs

    dirs = platformdirs.PlatformDirs(APP_NAME, appauthor=False)
    by_variable = {
        "XDG_CONFIG_HOME": dirs.user_config_path,
        "XDG_DATA_HOME": dirs.user_data_path,
        "XDG_STATE_HOME": dirs.user_state_path,
    }
    return by_variable[variable]
