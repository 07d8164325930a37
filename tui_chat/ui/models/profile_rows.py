"""Texts of the lists in the dialog of profiles and models."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content

from tui_chat.core.labels import _
from tui_chat.core.profile import KeySource
from tui_chat.core.text.quantities import compact_count
from tui_chat.core.text.sanitize import sanitize_line

if TYPE_CHECKING:
    from tui_chat.core.profile import Profile
    from tui_chat.core.stream_events import ModelInfo

_MODEL_WIDTH = 34


def profile_row(profile: Profile, *, is_current: bool) -> Content:
    """Return a name, and below it the source of the key and the host."""
    mark = "● " if is_current else "  "
    details = f"{key_source(profile)} · {profile.host_label}"
    return Content.assemble(
        (mark, "$text-accent"),
        sanitize_line(profile.name, 40),
        "\n  ",
        (sanitize_line(details, 100), "$text-muted"),
    )


def model_row(model: ModelInfo, *, is_current: bool) -> Content:
    """Return the id of a model and its context length, if the endpoint reports it."""
    mark = "● " if is_current else "  "
    name = Content(sanitize_line(model.id, 80))
    if not model.context_tokens:
        return Content.assemble((mark, "$text-accent"), name)
    name = name.truncate(_MODEL_WIDTH, ellipsis=True, pad=True)
    size = _("context {size}").format(size=compact_count(model.context_tokens))
    return Content.assemble((mark, "$text-accent"), name, "  ", (size, "$text-muted"))


def key_source(profile: Profile) -> str:
    """Return where the key of a profile comes from, never the key."""
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
    """Return one line about the highlighted profile: URL, key and context length."""
    parts = [profile.base_url or profile.host_label]
    if not profile.is_embedded:
        text = _("key: {source}")
        parts.append(text.format(source=profile.key))
    if profile.context_tokens:
        size = compact_count(profile.context_tokens)
        parts.append(_("context {size}").format(size=size))
    return sanitize_line(" · ".join(parts), 200)
