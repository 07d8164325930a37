"""The entries of the start page: endpoints, conversations and suggestions."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING, Final

from tui_chat.core.labels import N_, _, ngettext
from tui_chat.core.profile import Origin
from tui_chat.core.text.sanitize import sanitize_line
from tui_chat.ui.common.profile_words import display_name, origin_words
from tui_chat.ui.common.result_lines import when
from tui_chat.ui.labels import FIRST_MODEL

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from tui_chat.core.profile import Profile
    from tui_chat.storage.row_mapping import ConversationSummary

_LABEL: Final = 60


class EntryKind(Enum):
    """The effect of choosing an entry."""

    ENDPOINT = auto()
    CONVERSATION = auto()
    PROMPT = auto()
    COMMAND = auto()


@dataclass(frozen=True, slots=True)
class StartEntry:
    """A row of the start page."""

    kind: EntryKind
    target: str
    """Name of a profile, id of a conversation, text for the prompt, or name of a command."""
    label: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """Entries under a heading."""

    heading: str
    entries: Sequence[StartEntry]


_SUGGESTIONS: Final = (
    (EntryKind.PROMPT, N_("Explain recursion in one sentence"), ""),
    (EntryKind.PROMPT, N_("Explain this error message:"), N_("then paste it")),
    (EntryKind.COMMAND, N_("Get answers as JSON"), "chat.format"),
)


def endpoint_section(
    profiles: Sequence[Profile], current: Profile | None, model_count: Callable[[Profile], int]
) -> Section:
    """Return the endpoints that need no configuration, except for the one in use.

    Args:
        profiles: All profiles.
        current: The profile of the open conversation; None if there is none.
        model_count: Returns how many models a found server lists.
    """
    in_use = current.endpoint_id if current is not None else ""
    found = [
        profile
        for origin in (Origin.SERVER_FOUND, Origin.KEY_FOUND)
        for profile in profiles
        if profile.origin is origin and profile.endpoint_id != in_use
    ]
    entries = [
        StartEntry(
            EntryKind.ENDPOINT,
            profile.name,
            display_name(profile),
            _endpoint_detail(profile, model_count(profile)),
        )
        for profile in found
    ]
    return Section(_("Ready to use"), entries)


def _endpoint_detail(profile: Profile, model_count: int) -> str:
    if profile.origin is not Origin.SERVER_FOUND:
        return origin_words(profile)
    return ngettext(
        "found at {host} · {count} model",
        "found at {host} · {count} models",
        model_count,
        host=profile.host,
    )


def recent_section(summaries: Sequence[ConversationSummary], now: datetime) -> Section:
    """Return the conversations that were used last."""
    entries = [
        StartEntry(
            EntryKind.CONVERSATION,
            summary.id,
            sanitize_line(summary.title, _LABEL) or _("(draft)"),
            when(summary.updated_at, now),
        )
        for summary in summaries
    ]
    return Section(_("Recent"), entries)


def suggestion_section(key_of: Callable[[str], str], *, in_english: bool = False) -> Section:
    """Return three things to try.

    Args:
        key_of: Returns the key of a binding, by its id.
        in_english: True for questions in English, for a model that knows nothing else.
    """
    question = str if in_english else _
    entries = [
        StartEntry(
            kind,
            question(text) if kind is EntryKind.PROMPT else detail.removeprefix("chat."),
            question(text) if kind is EntryKind.PROMPT else _(text),
            _(detail) if kind is EntryKind.PROMPT and detail else detail and key_of(detail),
        )
        for kind, text, detail in _SUGGESTIONS
    ]
    return Section(_("Try"), entries)


def model_words(profile: Profile, model: str | None, key_of: Callable[[str], str]) -> str:
    """Return one line about the model that will answer.

    Args:
        profile: The profile of the open conversation.
        model: Its model; None until the endpoint has named one.
        key_of: Returns the key of a binding, by its id.
    """
    if profile.origin is Origin.BUILT_IN:
        return _(
            "Built-in SmolLM2-135M · instant, private, English only, often wrong · {key} for a "
            "better one"
        ).format(key=key_of("chat.model"))
    name = sanitize_line(model or "", _LABEL) or _(FIRST_MODEL)
    if profile.is_embedded:
        return _("{model} · runs inside this program; nothing leaves this machine").format(
            model=name
        )
    if profile.is_on_loopback:
        return _("{model} · at {host}, on this machine").format(model=name, host=profile.host)
    return _("{model} · at {host}").format(model=name, host=sanitize_line(profile.host, _LABEL))
