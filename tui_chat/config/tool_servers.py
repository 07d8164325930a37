"""The table [tools]: MCP servers and the limits of tool calls."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from tui_chat.config.api_key_fields import KEY_FIELDS, read_key_source, read_path
from tui_chat.config.problems import looks_like_key
from tui_chat.config.request_fields import is_header
from tui_chat.config.toml_table import cleaned
from tui_chat.core.labels import _, join_list
from tui_chat.core.profile import KeySource
from tui_chat.core.tools.results import RESULT_LIMIT

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tui_chat.config.toml_table import Table

ROUNDS: Final = 8
TIMEOUT_S: Final = 60.0
_MAX_WORDS: Final = 200
_MAX_TOOLS: Final = 500
_MAX_VALUES: Final = 100
_EXAMPLE: Final = 'command = ["uvx", "mcp-server-time"]'
_TRANSPORTS: Final = ("http", "sse")


@dataclass(frozen=True, slots=True)
class ToolServer:
    """A table [tools.NAME]: one MCP server."""

    name: str
    command: tuple[str, ...] = ()
    """The program and its arguments; empty for a server at an address."""
    url: str = ""
    transport: str = "http"
    """http (streamable) or sse, for a server at an address."""
    env: Mapping[str, str | KeySource] = field(default_factory=dict, repr=False)
    """Environment variables besides the few that every server gets."""
    headers: Mapping[str, str | KeySource] = field(default_factory=dict, repr=False)
    folder: str | None = None
    """The working folder of the program."""
    allow: tuple[str, ...] | None = None
    """The tools that may be offered; None for all. They are still approved one by one."""
    timeout_s: float = TIMEOUT_S
    may_sample: bool = False
    """True if the server may ask the user for an answer of the model."""
    distrust: str = ""
    """The reason why nothing of the file may be started, such as that others may write to it."""


@dataclass(frozen=True, slots=True)
class ToolSettings:
    """The table [tools]."""

    servers: Mapping[str, ToolServer] = field(default_factory=dict)
    rounds: int = ROUNDS
    """The most rounds of calls in one turn."""
    result_limit: int = RESULT_LIMIT
    """The longest result that is sent to the model, in characters."""


def read_tools(top: Table, env: Mapping[str, str], folder: Path) -> ToolSettings:
    """Return the valid settings of the table [tools].

    Args:
        top: The whole file.
        env: Names the home folder for paths that begin with `~`.
        folder: The folder that relative paths refer to.
    """
    table = top.table("tools")
    if table is None:
        return ToolSettings()
    rounds = table.whole("rounds", 1, 100)
    result_limit = table.whole("result_limit", 100, 10_000_000)
    servers: dict[str, ToolServer] = {}
    for key, value in table.items():
        if not isinstance(value, dict):
            continue
        name = cleaned(key)
        inner = table.table(key)
        if not name or name in servers or "/" in name:
            table.reject(key, _("{key} needs a unique, non-empty name."), _("Rename the table."))
        elif inner is not None and (server := _server(name, inner, env, folder)) is not None:
            servers[name] = server
    table.finish()
    return ToolSettings(servers, rounds or ROUNDS, result_limit or RESULT_LIMIT)


def _server(name: str, table: Table, env: Mapping[str, str], folder: Path) -> ToolServer | None:
    command = table.texts("command", _MAX_WORDS)
    url = _url(table)
    transport = table.name("transport")
    if transport not in (None, *_TRANSPORTS):
        hint = _("Use one of {values}.").format(values=join_list(_TRANSPORTS))
        table.reject("transport", _("{key} is invalid."), hint)
    sampling = table.name("sampling")
    if sampling not in (None, "ask", "off"):
        hint = _("Use one of {values}.").format(values=join_list(("ask", "off")))
        table.reject("sampling", _("{key} is invalid."), hint)
    found = ToolServer(
        name,
        command=_checked_command(table, command),
        url=url,
        transport=transport if transport in _TRANSPORTS else "http",
        env=_values(table, "env", env, folder),
        headers=_values(table, "headers", env, folder),
        folder=read_path(table, "folder", env, folder),
        allow=table.texts("allow", _MAX_TOOLS),
        timeout_s=table.number("timeout", 0, 3600, above_low=True) or TIMEOUT_S,
        may_sample=sampling == "ask",
        distrust=table.problems.text.distrust,
    )
    table.finish()
    if "command" in table and "url" in table:
        summary = _("{key} is a second way to reach the server besides {field}.")
        table.reject("url", summary, _("Keep one of them."), field="command")
        return None
    if not found.command and not found.url:
        if "command" not in table and "url" not in table:
            hint = _("Example: {example}").format(example=_EXAMPLE)
            table.reject("command", _("{key} is missing."), hint)
        return None
    return found


def _checked_command(table: Table, command: tuple[str, ...] | None) -> tuple[str, ...]:
    if command is None:
        return ()
    if any("\0" in word for word in command) or not command[0].strip():
        table.reject("command", _("{key} is not a command."), _("Correct it."))
        return ()
    if len(command) == 1 and " " in command[0].strip():
        # One text with blanks is a command line, which no shell takes apart here.
        hint = _("Write each word as a string of its own: {example}").format(example=_EXAMPLE)
        table.reject("command", _("{key} is one string with spaces."), hint)
        return ()
    return command


def _url(table: Table) -> str:
    url = (table.text("url", limit=2_000) or "").strip()
    if not url:
        return ""
    try:
        parts = urlsplit(url)
    except ValueError:
        parts = urlsplit("")
    is_good = parts.scheme in ("http", "https") and bool(parts.hostname) and url.isprintable()
    is_local = parts.hostname in ("localhost", "127.0.0.1", "::1")
    if not is_good or " " in url:
        hint = _("Example: {example}").format(example='url = "https://example.org/mcp"')
        table.reject("url", _("{key} is not an address of a server."), hint)
        return ""
    if parts.scheme == "http" and not is_local:
        table.reject("url", _("{key} is not encrypted."), _("Use https."))
        return ""
    if parts.username or parts.password:
        summary = _("{key} contains a password.")
        table.reject("url", summary, _("Put it into `headers`, with the source of a key."))
        return ""
    return url


def _values(
    table: Table, key: str, env: Mapping[str, str], folder: Path
) -> dict[str, str | KeySource]:
    """Return the variables or headers of a server: text, or the source of a secret."""
    inner = table.table(key)
    if inner is None:
        return {}
    found: dict[str, str | KeySource] = {}
    for name, value in list(inner.items())[:_MAX_VALUES]:
        if isinstance(value, dict):
            source = inner.table(name)
            if source is not None:
                found[name] = read_key_source(source, env, folder)
                source.finish()
        elif (text := inner.text(name)) is not None and _is_plain(inner, key, name, text):
            found[name] = text
    inner.finish()
    return {name: value for name, value in found.items() if value != KeySource()}


def _is_plain(table: Table, kind: str, name: str, text: str) -> bool:
    """Return whether a literal value is allowed in the file; report it otherwise."""
    if any(looks_like_key(word) for word in text.split()):
        example = f'{{ {KEY_FIELDS[0]} = "VARIABLE" }}'
        hint = _("Name the source of the key instead: {fields}.").format(fields=example)
        table.reject(
            name, _("{key} is ignored, because keys must not be stored in this file."), hint
        )
        return False
    if kind == "headers" and not is_header(name, text):
        summary = _("{key} is empty or has characters that a header cannot contain.")
        table.reject(name, summary, _("Use ASCII and one line."))
        return False
    if "\0" in text or "=" in name or not name:
        table.reject(name, _("{key} is not a variable."), _("Correct it."))
        return False
    return True


def shown_target(server: ToolServer) -> str:
    """Return the command or the address of a server for the user, without secrets."""
    if server.url:
        return server.url.partition("?")[0]
    return " ".join("…" if looks_like_key(word) else word for word in server.command)
