"""Texts of the lists in the dialog of profiles and models."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.cells import cell_len
from textual.content import Content

from tui_chat.core.labels import _
from tui_chat.core.profile import KeySource
from tui_chat.core.text.quantities import compact_count
from tui_chat.core.text.sanitize import sanitize_line
from tui_chat.ui.common.profile_words import origin_words

if TYPE_CHECKING:
    from tui_chat.core.profile import Profile
    from tui_chat.core.stream_events import ModelInfo

_SHORTEST_NAME = 12


def profile_row(profile: Profile, *, is_current: bool) -> Content:
    """Return a name, and below it the source of the key and the host."""
    mark = "● " if is_current else "  "
    details = f"{key_source(profile)} · {profile.host_label}"
    return Content.assemble(
        (mark, "$text-accent"),
        sanitize_line(profile.name, 40),
        "\n  ",
        (sanitize_line(details, 100), "$foreground 60%"),
    )


def model_row(model: ModelInfo, *, is_current: bool, width: int) -> Content:
    """Return the id of a model and its context length; greyed if it cannot chat.

    Args:
        model: The model.
        is_current: Whether the conversation uses it.
        width: The width of the list in cells.
    """
    mark = "● " if is_current else "  "
    name = Content(sanitize_line(model.id, 80))
    size = ""
    if model.context_tokens:
        size = _("context {size}").format(size=compact_count(model.context_tokens))
    if not model.can_chat:
        name, size = name.stylize("$foreground 60%"), _("does not chat")
    if not size:
        return Content.assemble((mark, "$text-accent"), name)
    room = max(_SHORTEST_NAME, width - cell_len(size) - 4)
    name = name.truncate(room, ellipsis=True, pad=True)
    return Content.assemble((mark, "$text-accent"), name, "  ", (size, "$foreground 60%"))


def key_source(profile: Profile) -> str:
    """Return where the key of a profile comes from, never the key."""
    if origin := origin_words(profile):
        return origin
    if profile.is_embedded:
        return _("needs no key")
    source = profile.key
    if source == KeySource():
        return _("no key")
    if source.env is not None:
        return f"${source.env}"
    if source.keyring is not None:
        return _("key in the keyring")
    if source.file is not None:
        return _("key file")
    if source.command is not None:
        return _("key command")
    return str(source)


def profile_details(profile: Profile) -> str:
    """Return one line about the highlighted profile: key, context length and URL."""
    parts: list[str] = []
    if not profile.is_embedded:
        parts.append(_("key: {source}").format(source=profile.key))
    if profile.context_tokens:
        size = compact_count(profile.context_tokens)
        parts.append(_("context {size}").format(size=size))
    parts.append(profile.base_url or profile.host_label)
    return sanitize_line(" · ".join(parts), 200)


def row_hint(profile: Profile | None, *, is_local: bool) -> str:
    """Return what Enter does on a row of the profiles whose models are not listed.

    Args:
        profile: A profile with a key that was only found; None for a row of another kind.
        is_local: True for the row of the models on this machine, False for a new endpoint.
    """
    if profile is not None:
        text = _("Nothing was sent yet. Enter uses it, → asks {host} for its models.")
        return text.format(host=sanitize_line(profile.host_label, 60))
    if is_local:
        return _("Enter: download a model that runs here, without a server and without a key.")
    return _("Enter: choose a vendor, paste a key, try it, choose a model.")
