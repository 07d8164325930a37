"""Reads the profiles of the configuration: `[profiles.NAME]`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from tui_chat.config.api_key_fields import read_key_source, read_path
from tui_chat.config.base_url import checked_address
from tui_chat.config.effort_fields import read_effort
from tui_chat.config.endpoint_choice import EMBEDDED_NAMES
from tui_chat.config.gateway_fields import read_caps, read_price
from tui_chat.config.request_fields import (
    Headers,
    read_cancel,
    read_extra_body,
    read_headers,
    read_key_header,
    read_query,
    read_web,
)
from tui_chat.core.errors import ConfigError
from tui_chat.core.labels import N_, _, join_list
from tui_chat.core.parameters.values import INTEGERS, MOST_STOPS, MOST_TOKENS, NUMBERS
from tui_chat.core.profile import Continuing, Profile, Sampling, Timeouts

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tui_chat.config.toml_table import Table

MAX_TIMEOUT_S: Final = 86_400.0
"""The maximum of all timeouts: one day."""

_DEFAULTS: Final = Profile(name="", base_url="")
_MAX_TOOLS: Final = 100
_MAX_LIMIT: Final = 1_000_000_000
_FORMATS: Final = ("json_schema", "json_object", "prompt")
_MAX_RETRIES: Final = 20


_OTHER_TABLES: Final = {
    **dict.fromkeys(
        ("profile", "nickname", "answer_language", "insecure_hosts"),
        N_("Move it above the first [table] of the file."),
    ),
    **dict.fromkeys(("connect", "first_token", "idle"), N_("Move it to the table `timeouts`.")),
}


def read_profile(
    name: str, table: Table, defaults: Timeouts, env: Mapping[str, str], folder: Path
) -> Profile | None:
    """Return a profile with all valid settings of its table; None without a valid base URL.

    Args:
        name: The cleaned name of the profile.
        table: Its table.
        defaults: The timeouts of all profiles.
        env: Names the home folder.
        folder: The folder of the configuration, to which relative paths refer.
    """
    base_url, url_query = _read_base_url(table, name)
    key = read_key_source(table, env, folder)
    model = table.name("model")
    system_prompt = table.text("system_prompt")
    sampling = read_sampling(table)
    effort, effort_as, effort_fields = read_effort(table)
    web = read_web(table)
    extra_body = read_extra_body(table)
    headers = read_headers(table)
    query = read_query(table)
    key_header = read_key_header(table)
    stream = table.flag("stream")
    timeouts = read_timeouts(table, defaults)
    cancel = read_cancel(table)
    verify = table.flag("verify")
    is_insecure = table.flag("insecure")
    ca_file = read_path(table, "ca_file", env, folder)
    max_retries = table.whole("max_retries", 0, _MAX_RETRIES)
    send_reasoning = table.flag("send_reasoning")
    response_format = _read_response_format(table)
    context_tokens = table.whole("context_tokens", 1, MOST_TOKENS)
    continue_with = _read_continue_with(table)
    price = read_price(table)
    memory = _read_memory(table)
    monthly_limit = table.number("monthly_limit", 0, _MAX_LIMIT)
    caps = read_caps(table)
    tools = table.texts("tools", _MAX_TOOLS)
    table.finish(_OTHER_TABLES)
    if base_url is None:
        return None
    return Profile(
        name=name,
        base_url=base_url,
        tools=tools or (),
        model=model,
        key=key,
        system_prompt=system_prompt,
        sampling=sampling,
        effort=effort,
        effort_as=effort_as,
        effort_fields=effort_fields,
        web=web,
        extra_body=extra_body,
        headers=headers,
        query=Headers({**url_query, **query}),
        key_header=key_header,
        stream=stream is not False,
        timeouts=timeouts,
        cancel=cancel,
        verify=verify is not False,
        is_insecure=bool(is_insecure),
        ca_file=ca_file,
        max_retries=_DEFAULTS.max_retries if max_retries is None else max_retries,
        send_reasoning=bool(send_reasoning),
        context_tokens=context_tokens,
        response_format=response_format,
        continue_with=continue_with,
        memory=memory,
        price=price,
        monthly_limit=monthly_limit,
        caps=caps,
    )


def read_timeouts(parent: Table, defaults: Timeouts) -> Timeouts:
    """Return the timeouts of a table `timeouts`, completed by the defaults."""
    table = parent.table("timeouts")
    if table is None:
        return defaults
    connect = table.number("connect", 0, MAX_TIMEOUT_S, above_low=True)
    first_token = table.number("first_token", 0, MAX_TIMEOUT_S, above_low=True)
    idle = table.number("idle", 0, MAX_TIMEOUT_S, above_low=True)
    table.finish()
    return Timeouts(
        connect_s=connect or defaults.connect_s,
        first_token_s=first_token or defaults.first_token_s,
        idle_s=idle or defaults.idle_s,
    )


def _read_continue_with(table: Table) -> Continuing | None:
    text = table.text("continue_with")
    if text is None:
        return None
    try:
        return Continuing(text)
    except ValueError:
        hint = _("Use one of {values}.").format(values=join_list(Continuing))
        table.reject("continue_with", _("{key} is invalid."), hint)
        return None


def _read_memory(table: Table) -> str | None:
    """Return the name of the memory: empty for `true`, None for `false` or no setting."""
    if table.is_flag("memory"):
        return "" if table.flag("memory") else None
    return table.name("memory")


def _read_base_url(table: Table, name: str) -> tuple[str | None, Mapping[str, str]]:
    if "base_url" not in table:
        hint = (
            _("Configure the embedded model in the table [engine], including max_tokens.")
            if name in EMBEDDED_NAMES
            else _('Add base_url = "https://…", or "https://api.openai.com/v1" for OpenAI.')
        )
        table.reject("base_url", _("{key} is missing, so the profile is ignored."), hint)
        return None, {}
    text = table.text("base_url")
    if text is None:
        return None, {}
    try:
        return checked_address(text, table.label("base_url"))
    except ConfigError as error:
        table.reject("base_url", "{error}", error.hint, error=error.summary)
        return None, {}


def _read_response_format(table: Table) -> str | None:
    text = table.name("response_format")
    if text is None or text in _FORMATS:
        return text
    hint = _("Use one of {values}.").format(values=join_list(_FORMATS))
    table.reject("response_format", _("{key} is not a response format."), hint)
    return None


def read_sampling(table: Table) -> Sampling:
    """Return the sampling parameters of a table and of the table `sampling` in it."""
    direct = _sampling_of(table)
    inner_table = table.table("sampling")
    if inner_table is None:
        return Sampling(**direct)
    inner = _sampling_of(inner_table)
    inner_table.finish()
    for field, value in inner.items():
        if value is not None and direct[field] is not None:
            hint = _("Keep the one in the table `sampling`.")
            inner_table.reject(field, _("{key} is set twice."), hint)
    return Sampling(
        **{field: direct[field] if inner[field] is None else inner[field] for field in direct}
    )


def _sampling_of(table: Table) -> dict[str, Any]:
    return {
        **{name: table.number(name, *bounds) for name, bounds in NUMBERS.items()},
        **{name: table.whole(name, *bounds) for name, bounds in INTEGERS.items()},
        "stop": table.texts("stop", MOST_STOPS),
    }
