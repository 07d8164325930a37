"""Takes over the servers of other programs: the `mcpServers` object that most of them write."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from tui_chat.config.editing.config_file import edit_config
from tui_chat.config.keyring.store_key import store_key
from tui_chat.config.problems import looks_like_key
from tui_chat.config.toml_table import cleaned
from tui_chat.core.errors import ConfigError
from tui_chat.core.labels import _
from tui_chat.core.profile import Secret
from tui_chat.core.text.sanitize import sanitize_line
from tui_chat.core.text.secret_fields import is_secret_field, is_secret_header, looks_secret

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tui_chat.session.launch import Launch

_OBJECTS: Final = ("mcpServers", "servers", "mcp_servers", "context_servers")
_LARGEST: Final = 1_000_000
_MOST: Final = 100
_VARIABLE: Final = re.compile(r"\$\{(?:env:)?([A-Za-z_][A-Za-z0-9_]*)\}|\$([A-Za-z_][A-Za-z0-9_]*)")
_BEARER: Final = re.compile(r"Bearer\s+", re.IGNORECASE)


@dataclass(frozen=True)
class ForeignServer:
    """A server of another program."""

    name: str
    fields: Mapping[str, Any]
    """Fields of the table [tools.NAME] without secrets."""
    variables: Mapping[tuple[str, str], str] = field(default_factory=dict)
    """Names of environment variables by table (env or headers) and key."""
    secrets: Mapping[tuple[str, str], Secret] = field(default_factory=dict, repr=False)
    problem: str = ""
    """The reason why it is not taken over; empty if it is."""


def servers_of_file(data: bytes) -> list[ForeignServer]:
    """Return the servers in a JSON file.

    Raises:
        ConfigError: It is not JSON, or has no servers.
    """
    try:
        if len(data) > _LARGEST:
            raise ValueError
        value = json.loads(data)
    except (ValueError, RecursionError):
        raise ConfigError(_("The file is not JSON.")) from None
    for name in _OBJECTS:
        found = value.get(name) if isinstance(value, dict) else None
        if isinstance(found, dict) and found:
            return [_server(key, entry) for key, entry in list(found.items())[:_MOST]]
    raise ConfigError(
        _("The file has no servers."), _("They are in an object `mcpServers`, by their names.")
    )


def import_servers(launch: Launch, servers: list[ForeignServer]) -> Iterator[str]:
    """Add servers to config.toml; yield a line about each.

    Raises:
        ConfigError: config.toml cannot be changed, or a secret cannot be stored.
    """
    known = set(launch.settings.tools.servers if launch.settings.tools is not None else ())
    for server in servers:
        name = sanitize_line(server.name, 60)
        if server.name in known:
            yield _("{name}: skipped, config.toml has a server of this name").format(name=name)
        elif server.problem:
            yield f"{name}: {server.problem}"
        else:
            known.add(server.name)
            yield from _added(launch, server, name)


def _added(launch: Launch, server: ForeignServer, shown: str) -> Iterator[str]:
    table = ("tools", server.name)
    change: dict[tuple[str, ...], Any] = {
        (*table, key): value for key, value in server.fields.items() if not isinstance(value, dict)
    }
    for kind in ("env", "headers"):
        for key, value in server.fields.get(kind, {}).items():
            change[*table, kind, key] = value
    for (kind, key), variable in server.variables.items():
        change[*table, kind, key, "api_key_env"] = variable
    lines = []
    for (kind, key), secret in server.secrets.items():
        place = store_key(launch.paths, f"tools.{server.name}.{key}", secret, launch.env)
        change[*table, kind, key, place.field] = place.value
        lines.append(f"  {sanitize_line(key, 60)}: {place.words}")
    hint = _("Add a table [tools.{name}] to the file.").format(name=shown)
    edit_config(launch.paths.config_file, lambda _before: change, by_hand=hint)
    yield _("{name}: added, off until you choose it (F7)").format(name=shown)
    yield from lines


def _server(key: str, entry: Any) -> ForeignServer:
    name = cleaned(key).replace("/", "-") or "server"
    if not isinstance(entry, dict):
        return ForeignServer(name, {}, problem=_("skipped, it is not an object"))
    fields: dict[str, Any] = {}
    url = next((entry[it] for it in ("url", "serverUrl", "httpUrl") if entry.get(it)), None)
    words = [entry.get("command"), *_list(entry.get("args"))]
    if isinstance(url, str):
        fields["url"] = url
        if "sse" in str(entry.get("type") or entry.get("transport") or "").lower():
            fields["transport"] = "sse"
    elif words[0] and all(isinstance(word, str) for word in words):
        fields["command"] = words
        if isinstance(entry.get("cwd"), str):
            fields["folder"] = entry["cwd"]
    else:
        return ForeignServer(name, {}, problem=_("skipped, it has no command and no address"))
    texts = words[1:] if "command" in fields else [url]
    if any(_has_key(str(word)) for word in texts):
        problem = _("skipped, its command or address contains a key; write it with a key source")
        return ForeignServer(name, {}, problem=problem)
    variables: dict[tuple[str, str], str] = {}
    secrets: dict[tuple[str, str], Secret] = {}
    for kind in ("env", "headers"):
        plain = _sorted(kind, entry.get(kind), variables, secrets)
        if plain:
            fields[kind] = plain
    return ForeignServer(name, fields, variables, secrets)


def _sorted(
    kind: str,
    values: Any,
    variables: dict[tuple[str, str], str],
    secrets: dict[tuple[str, str], Secret],
) -> dict[str, str]:
    """Return the plain values of a table; put references and secrets where they belong."""
    plain: dict[str, str] = {}
    for key, value in list(values.items())[:_MOST] if isinstance(values, dict) else ():
        text = str(value)
        bare = _BEARER.sub("", text) if key.lower() == "authorization" else text
        reference = _VARIABLE.fullmatch(bare)
        is_named = is_secret_header(key) if kind == "headers" else is_secret_field(key)
        if reference is not None:
            variables[kind, key] = reference[1] or reference[2]
        elif bare and (is_named or looks_secret(bare) or looks_like_key(bare)):
            secrets[kind, key] = Secret(bare)
        else:
            plain[key] = text
    return plain


def _has_key(word: str) -> bool:
    return any(looks_like_key(part) for part in re.split(r"[=&?]", word))


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
