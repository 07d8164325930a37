"""Finds the pictures, recordings and uploads of a ChatGPT message among the files of the export."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from tui_chat.import_export.importers.untrusted_values import items, key, mapping, text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tui_chat.core.attachments import Attachment
    from tui_chat.import_export.importers.skipped import Tally

_MOST: Final = 100
"""Files of one message."""
_SCHEMES: Final = ("file-service://", "sediment://")


def files_of(
    content: Mapping[str, Any], about: Mapping[str, Any], tally: Tally
) -> dict[str, Attachment]:
    """Return the files of a message by their ID, in their order, as far as the archive has them.

    Args:
        content: The content of the message.
        about: Its metadata, which lists the uploads.
        tally: Knows the files of the archive.
    """
    if tally.files is None:
        return {}
    uploads = [mapping(it) for it in items(about.get("attachments"))]
    names = {key(it.get("id")): text(it.get("name")) for it in uploads}
    wanted = [*map(asset_id, items(content.get("parts"))), *names]
    found = {
        name: tally.files.find(name, names.get(name, ""))
        for name in list(dict.fromkeys(filter(None, wanted)))[:_MOST]
    }
    return {name: attachment for name, attachment in found.items() if attachment is not None}


def asset_id(part: object) -> str:
    """Return the ID of the file that a part of a message refers to; empty if it is none."""
    record = mapping(part)
    inner = mapping(record.get("audio_asset_pointer"))
    pointer = text(record.get("asset_pointer")) or text(inner.get("asset_pointer"))
    for scheme in _SCHEMES:
        if pointer.startswith(scheme):
            # The rest names a part of the file.
            return pointer.removeprefix(scheme).partition("#")[0].partition("?")[0]
    return ""
