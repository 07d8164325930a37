"""What the person has set: defaults, and over them the configuration file.

The environment and the flags come over both when an endpoint is chosen (`config.endpoint`), so that
it can be said which of them decided.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tui_chat.config.problems import ConfigProblem, quoted, upper_first
from tui_chat.config.ui_settings import UiSettings
from tui_chat.core.profile import Profile, Sampling, Timeouts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tui_chat.config.toml_table import Table


@dataclass(frozen=True, slots=True)
class EngineSettings:
    """How the embedded model runs."""

    model_path: Path | None = None
    """A GGUF file; None: the model that came with the program."""
    n_ctx: int = 8192
    """How many tokens a conversation may have."""
    threads: int | None = None
    """None: as many as the machine has cores."""
    sampling: Sampling = Sampling()
    """How it is asked; what is not set is as the program asks it."""


@dataclass(frozen=True, slots=True)
class StructuredSettings:
    """How objects are read that a model was asked for."""

    time_limit_s: float = 2.0
    """How long one answer may take to be repaired and checked; long answers are given more."""
    fix_rounds: int = 3
    """How often the model is asked to put one object right."""


@dataclass(frozen=True, slots=True)
class StorageSettings:
    """How long saved things stay."""

    trash_days: int = 30
    """How long what was deleted can be brought back."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything the configuration says, and what is wrong with it."""

    profile: str | None = None
    """The profile the file names; `choose_profile` says which one is taken."""
    nickname: str = ""
    insecure_hosts: frozenset[str] = frozenset()
    """Hosts, with their ports, to which secrets may travel unencrypted."""
    timeouts: Timeouts = Timeouts()
    profiles: Mapping[str, Profile] = field(default_factory=dict)
    """By name, in the order of the file."""
    engine: EngineSettings = EngineSettings()
    structured: StructuredSettings = StructuredSettings()
    ui: UiSettings = UiSettings()
    storage: StorageSettings = StorageSettings()
    keys: Mapping[str, str] = field(default_factory=dict)
    """Keys by the id of the binding, several joined by commas."""
    problems: tuple[ConfigProblem, ...] = ()


_ELSEWHERE: Final = {
    **dict.fromkeys(("connect", "first_token", "idle"), "in the table [timeouts]"),
    **dict.fromkeys(("model_path", "n_ctx", "threads"), "in the table [engine]"),
    **dict.fromkeys(
        ("theme", "width", "cursor_blink", "reduced_motion", "mouse", "titles"),
        "in the table [ui]",
    ),
    **dict.fromkeys(("time_limit", "fix_rounds"), "in the table [structured]"),
    "trash_days": "in the table [storage]",
    **dict.fromkeys(("model", "base_url", "api_key_env", "insecure"), "in a table [profiles.NAME]"),
}
_MOST_HOSTS: Final = 100
_TOP: Final = dict.fromkeys(
    ("profile", "nickname", "insecure_hosts"), "at the top of the file, above the first [table]"
)


def load_settings(config_file: Path, env: Mapping[str, str]) -> Settings:
    """Return the settings of a file; what is wrong in it is told in `problems` and left out.

    Args:
        config_file: The file; without it everything is as it comes.
        env: For the home folder in paths that begin with `~`.
    """
    try:
        config_file.lstat()
    except FileNotFoundError:
        return Settings()
    except (OSError, ValueError):
        pass
    # Only a person who has a file pays for its reader.
    from tui_chat.config.toml_source import read_toml
    from tui_chat.config.toml_table import ProblemList, Table

    text = read_toml(config_file)
    problems = ProblemList(config_file, text, list(text.problems))
    if text.distrust:
        what = f"{upper_first(text.distrust)}, so no api_key_command in it is run."
        todo = f"Make it your own, and run: chmod go-w {config_file} {config_file.parent}"
        problems.found.append(ConfigProblem(config_file, None, "", what, todo))
    return _read_settings(Table(text.table, problems), env, config_file.parent)


def _read_settings(top: Table, env: Mapping[str, str], folder: Path) -> Settings:
    from tui_chat.config.api_key_fields import refuse_literal_keys
    from tui_chat.config.profiles import read_timeouts

    profile = top.name("profile")
    nickname = top.name("nickname")
    insecure_hosts = top.texts("insecure_hosts", _MOST_HOSTS)
    timeouts = read_timeouts(top, Timeouts())
    profiles = _read_profiles(top, timeouts, env, folder)
    engine = _read_engine(top, env, folder)
    structured = _read_structured(top)
    ui = _read_ui(top)
    storage = _read_storage(top)
    keys = _read_keys(top)
    refuse_literal_keys(top)
    top.finish(_ELSEWHERE)
    return Settings(
        profile=profile,
        nickname=nickname or "",
        insecure_hosts=frozenset(insecure_hosts or ()),
        timeouts=timeouts,
        profiles=profiles,
        engine=engine,
        structured=structured,
        ui=ui,
        storage=storage,
        keys=keys,
        problems=tuple(sorted(top.problems.found, key=lambda problem: problem.line or 0)),
    )


def _read_profiles(
    top: Table, timeouts: Timeouts, env: Mapping[str, str], folder: Path
) -> dict[str, Profile]:
    from tui_chat.config.profiles import read_profile
    from tui_chat.config.toml_table import cleaned

    profiles: dict[str, Profile] = {}
    tables = top.table("profiles")
    if tables is None:
        return profiles
    for key in tables.names():
        name = cleaned(key)
        if not name or name in profiles:
            tables.reject(key, "has no name of its own.", "Give it another name.")
            continue
        table = tables.table(key)
        found = table and read_profile(name, table, timeouts, env, folder)
        if found:
            profiles[name] = found
    return profiles


def _read_engine(top: Table, env: Mapping[str, str], folder: Path) -> EngineSettings:
    table = top.table("engine")
    if table is None:
        return EngineSettings()
    from tui_chat.config.api_key_fields import read_path
    from tui_chat.config.profiles import read_sampling

    model_path = read_path(table, "model_path", env, folder)
    n_ctx = table.whole("n_ctx", 256, 10_000_000)
    threads = table.whole("threads", 1, 1024)
    sampling = read_sampling(table)
    table.finish(_TOP)
    return EngineSettings(
        model_path=Path(model_path) if model_path else None,
        n_ctx=n_ctx or EngineSettings().n_ctx,
        threads=threads,
        sampling=sampling,
    )


def _read_structured(top: Table) -> StructuredSettings:
    table = top.table("structured")
    if table is None:
        return StructuredSettings()
    limit = table.number("time_limit", 0, 3600, above_low=True)
    rounds = table.whole("fix_rounds", 1, 100)
    table.finish(_TOP)
    plain = StructuredSettings()
    return StructuredSettings(limit or plain.time_limit_s, rounds or plain.fix_rounds)


def _read_ui(top: Table) -> UiSettings:
    table = top.table("ui")
    if table is None:
        return UiSettings()
    theme = table.name("theme")
    width = table.whole("width", 20, 1000)
    cursor_blink = table.flag("cursor_blink")
    reduced_motion = table.flag("reduced_motion")
    if "screen_reader" in table:
        table.reject("screen_reader", "does nothing in this version.", "Remove it.")
    mouse = table.flag("mouse")
    titles = table.name("titles")
    if titles not in (None, "question", "model"):
        table.reject("titles", "is not known.", "Known are: question, model.")
        titles = None
    table.finish(_TOP)
    return UiSettings(
        theme=theme,
        width=width or UiSettings().width,
        cursor_blink=bool(cursor_blink),
        reduced_motion=bool(reduced_motion),
        mouse=mouse is not False,
        titles=titles or UiSettings().titles,
    )


def _read_storage(top: Table) -> StorageSettings:
    table = top.table("storage")
    if table is None:
        return StorageSettings()
    trash_days = table.whole("trash_days", 1, 36_500)
    table.finish(_TOP)
    return StorageSettings(trash_days=trash_days or StorageSettings().trash_days)


def _read_keys(top: Table) -> dict[str, str]:
    from tui_chat.config.toml_table import cleaned

    keys: dict[str, str] = {}
    table = top.table("keys")
    if table is None:
        return keys
    for binding in table.names():
        given = table.texts(binding, 10)
        if given is None:
            continue
        names = [cleaned(name).replace(" ", "") for name in given]
        if all(names):
            keys[cleaned(binding)] = ",".join(names)
        else:
            table.reject(binding, f"names no key for {quoted(binding)}.", 'Such as "ctrl+o".')
    return keys
