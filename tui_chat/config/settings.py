"""The settings: defaults, overridden by the configuration file.

Environment and flags override both in `config.endpoint_choice`, which reports which one decided.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from tui_chat.config.problems import ConfigProblem
from tui_chat.config.ui_settings import UiSettings
from tui_chat.core.labels import N_, _, join_list
from tui_chat.core.profile import Profile, Sampling, Timeouts
from tui_chat.core.text.language import languages

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tui_chat.config.toml_table import Table
    from tui_chat.config.tool_servers import ToolSettings


@dataclass(frozen=True, slots=True)
class EngineSettings:
    """The table [engine]: the embedded model."""

    model_path: Path | None = None
    """A GGUF file; None: the model that comes with the program."""
    n_ctx: int = 8192
    """The context length in tokens."""
    threads: int | None = None
    """None: one per CPU core."""
    sampling: Sampling = Sampling()
    """Overrides the defaults of the program."""
    mmproj_path: Path | None = None
    """The part of a model that sees pictures (its multimodal projector); None: text only."""
    extra_body: Mapping[str, Any] = field(default_factory=dict)
    """Overrides more of them, such as repeat_penalty."""


@dataclass(frozen=True, slots=True)
class StructuredSettings:
    """The table [structured]: repair and validation of objects."""

    time_limit_s: float = 2.0
    """The limit for repairing and validating one answer; more for long answers."""
    fix_rounds: int = 3
    """Requests to the model to fix one object."""


@dataclass(frozen=True, slots=True)
class DiscoverSettings:
    """The table [discover]: endpoints that need no configuration."""

    local: bool = True
    """True if this machine is searched for model servers."""
    env: bool = True
    """True if the vendors' keys in the environment give profiles."""
    github_token: bool = False
    """True if GITHUB_TOKEN gives one too; it usually serves another purpose."""


@dataclass(frozen=True, slots=True)
class StorageSettings:
    """The table [storage]."""

    trash_days: int = 30
    """Deleted conversations can be restored for this long."""


@dataclass(frozen=True, slots=True)
class Settings:
    """The valid settings of the configuration, and its problems."""

    profile: str | None = None
    """The default profile of the file; `choose_profile` decides."""
    nickname: str = ""
    answer_language: str = ""
    """The language of all answers; empty for the language of the question."""
    insecure_hosts: frozenset[str] = frozenset()
    """Hosts with ports to which keys may be sent unencrypted."""
    timeouts: Timeouts = Timeouts()
    profiles: Mapping[str, Profile] = field(default_factory=dict)
    """By name, in file order."""
    engine: EngineSettings = EngineSettings()
    structured: StructuredSettings = StructuredSettings()
    ui: UiSettings = UiSettings()
    storage: StorageSettings = StorageSettings()
    discover: DiscoverSettings = DiscoverSettings()
    tools: ToolSettings | None = None
    """The MCP servers; None if the file has none. Loaded only then."""
    keys: Mapping[str, str] = field(default_factory=dict)
    """Keys by binding id, separated by commas."""
    problems: tuple[ConfigProblem, ...] = ()


_OTHER_TABLES: Final = {
    **dict.fromkeys(("connect", "first_token", "idle"), N_("Move it to the table [timeouts].")),
    **dict.fromkeys(
        ("model_path", "mmproj_path", "n_ctx", "threads"), N_("Move it to the table [engine].")
    ),
    **dict.fromkeys(
        (
            *("theme", "width", "cursor_blink", "reduced_motion", "mouse", "titles"),
            *("notify", "side_panel", "language"),
        ),
        N_("Move it to the table [ui]."),
    ),
    **dict.fromkeys(("time_limit", "fix_rounds"), N_("Move it to the table [structured].")),
    "trash_days": N_("Move it to the table [storage]."),
    **dict.fromkeys(("local", "env", "github_token"), N_("Move it to the table [discover].")),
    **dict.fromkeys(
        ("model", "base_url", "api_key_env", "insecure"),
        N_("Move it to a table [profiles.NAME]."),
    ),
}
_MAX_HOSTS: Final = 100
_TOP_KEYS: Final = dict.fromkeys(
    ("profile", "nickname", "answer_language", "insecure_hosts"),
    N_("Move it above the first [table] of the file."),
)


def load_settings(config_file: Path, env: Mapping[str, str]) -> Settings:
    """Return the settings of a file; invalid ones are ignored and listed in `problems`.

    Args:
        config_file: The file; a missing file means defaults.
        env: Names the home folder for paths that begin with `~`.
    """
    try:
        config_file.lstat()
    except FileNotFoundError:
        return Settings()
    except (OSError, ValueError):
        pass
    # Imported only if there is a file.
    from tui_chat.config.permissions import closing_command
    from tui_chat.config.toml_source import read_toml
    from tui_chat.config.toml_table import ProblemList, Table

    text = read_toml(config_file)
    problems = ProblemList(config_file, text, list(text.problems))
    if text.distrust:
        summary = _("api_key_command is not run: {reason}.").format(reason=text.distrust)
        hint = _("Become the owner of the file, and run: {command}").format(
            command=closing_command(config_file)
        )
        problems.found.append(ConfigProblem(config_file, None, "", summary, hint))
    return _read_settings(Table(text.table, problems), env, config_file.parent)


def _read_settings(top: Table, env: Mapping[str, str], folder: Path) -> Settings:
    from tui_chat.config.api_key_fields import refuse_literal_keys
    from tui_chat.config.profiles import read_timeouts

    profile = top.name("profile")
    nickname = top.name("nickname")
    answer_language = top.name("answer_language")
    insecure_hosts = top.texts("insecure_hosts", _MAX_HOSTS)
    timeouts = read_timeouts(top, Timeouts())
    profiles = _read_profiles(top, timeouts, env, folder)
    engine = _read_engine(top, env, folder)
    structured = _read_structured(top)
    ui = _read_ui(top)
    storage = _read_storage(top)
    discover = _read_discover(top)
    tools = _read_tools(top, env, folder)
    keys = _read_keys(top)
    refuse_literal_keys(top)
    top.finish(_OTHER_TABLES)
    return Settings(
        profile=profile,
        nickname=nickname or "",
        answer_language=answer_language or "",
        insecure_hosts=frozenset(insecure_hosts or ()),
        timeouts=timeouts,
        profiles=profiles,
        engine=engine,
        structured=structured,
        ui=ui,
        storage=storage,
        discover=discover,
        tools=tools,
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
            summary = _("{key} needs a unique, non-empty name.")
            tables.reject(key, summary, _("Rename the table."))
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
    from tui_chat.config.request_fields import read_extra_body

    model_path = read_path(table, "model_path", env, folder)
    mmproj_path = read_path(table, "mmproj_path", env, folder)
    n_ctx = table.whole("n_ctx", 256, 10_000_000)
    threads = table.whole("threads", 1, 1024)
    sampling = read_sampling(table)
    extra_body = read_extra_body(table)
    table.finish(_TOP_KEYS)
    return EngineSettings(
        model_path=Path(model_path) if model_path else None,
        n_ctx=n_ctx or EngineSettings().n_ctx,
        threads=threads,
        sampling=sampling,
        mmproj_path=Path(mmproj_path) if mmproj_path else None,
        extra_body=extra_body,
    )


def _read_structured(top: Table) -> StructuredSettings:
    table = top.table("structured")
    if table is None:
        return StructuredSettings()
    limit = table.number("time_limit", 0, 3600, above_low=True)
    rounds = table.whole("fix_rounds", 1, 100)
    table.finish(_TOP_KEYS)
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
        summary = _("{key} has no effect in this version.")
        table.reject("screen_reader", summary, _("Remove it."))
    mouse = table.flag("mouse")
    titles = _read_choice(table, "titles", ("question", "model"))
    notify = _read_choice(table, "notify", ("auto", "bell", "off"))
    side_panel = table.flag("side_panel")
    language = _read_choice(table, "language", languages())
    table.finish(_TOP_KEYS)
    return UiSettings(
        theme=theme,
        width=width or UiSettings().width,
        cursor_blink=bool(cursor_blink),
        reduced_motion=bool(reduced_motion),
        mouse=mouse is not False,
        titles=titles or UiSettings().titles,
        notify=notify or UiSettings().notify,
        side_panel=side_panel is not False,
        language=language,
    )


def _read_choice(table: Table, key: str, choices: Sequence[str]) -> str | None:
    choice = table.name(key)
    if choice is None or choice in choices:
        return choice
    hint = _("Use one of {values}.").format(values=join_list(choices))
    table.reject(key, _("{key} is invalid."), hint)
    return None


def _read_storage(top: Table) -> StorageSettings:
    table = top.table("storage")
    if table is None:
        return StorageSettings()
    trash_days = table.whole("trash_days", 1, 36_500)
    table.finish(_TOP_KEYS)
    return StorageSettings(trash_days=trash_days or StorageSettings().trash_days)


def _read_discover(top: Table) -> DiscoverSettings:
    table = top.table("discover")
    if table is None:
        return DiscoverSettings()
    local, env = table.flag("local"), table.flag("env")
    github_token = table.flag("github_token")
    table.finish(_TOP_KEYS)
    return DiscoverSettings(local is not False, env is not False, bool(github_token))


def _read_tools(top: Table, env: Mapping[str, str], folder: Path) -> ToolSettings | None:
    if "tools" not in top:
        return None
    from tui_chat.config.tool_servers import read_tools

    return read_tools(top, env, folder)


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
            hint = _("Example: {example}").format(example='"ctrl+o"')
            table.reject(binding, _("{key} has no key."), hint)
    return keys
