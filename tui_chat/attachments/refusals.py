"""The messages for files that cannot be attached: what it is, then what to do."""

from __future__ import annotations

from pathlib import PurePath
from typing import Final

from tui_chat.config.file_paths import shown_path
from tui_chat.core.errors import AttachmentRefused
from tui_chat.core.labels import N_, _
from tui_chat.core.text.quantities import byte_size

_KINDS: Final[tuple[tuple[bytes, str, str], ...]] = (
    (b"PK\x03\x04", N_("{name} is a zip archive."), N_("Unpack it and attach the files in it.")),
    (b"\x1f\x8b", N_("{name} is a gzip archive."), N_("Unpack it and attach the files in it.")),
    (b"7z\xbc\xaf", N_("{name} is a 7-Zip archive."), N_("Unpack it and attach the files in it.")),
    (b"\xfd7zXZ", N_("{name} is an xz archive."), N_("Unpack it and attach the files in it.")),
    (b"Rar!", N_("{name} is a RAR archive."), N_("Unpack it and attach the files in it.")),
    (
        b"\xd0\xcf\x11\xe0",
        N_("{name} is an old Office document, or one with a password."),
        N_("Save it as .docx, .xlsx or PDF without a password."),
    ),
    (b"\x7fELF", N_("{name} is a program."), ""),
    (b"MZ", N_("{name} is a program."), ""),
    (b"SQLite format 3", N_("{name} is a database."), N_("Export the rows as CSV.")),
)
_EXTENSIONS: Final[tuple[tuple[frozenset[str], str, str], ...]] = (
    (
        frozenset({".mp3", ".wav", ".ogg", ".oga", ".flac", ".m4a", ".opus", ".aac"}),
        N_("{name} is a sound recording, which cannot be attached."),
        N_("Attach a transcript of it."),
    ),
    (
        frozenset({".mp4", ".mov", ".avi", ".mkv", ".webm"}),
        N_("{name} is a video, which cannot be attached."),
        N_("Attach single pictures of it."),
    ),
    (
        frozenset({".odt", ".ods", ".odp", ".pptx", ".epub", ".pages", ".key", ".numbers"}),
        N_("{name} is a document in a format that cannot be read."),
        N_("Save it as PDF or .docx."),
    ),
)
_PROBLEMS: Final = {
    "password": (
        N_("{name} is protected by a password."),
        N_("Save a copy without the password and attach that."),
    ),
    "damaged": (N_("{name} is damaged and cannot be read."), N_("Open and save it again.")),
    "too_large": (
        N_("{name} needs more memory or time than allowed."),
        N_("Attach a part of it, such as some of its pages."),
    ),
    "timeout": (
        N_("{name} takes too long to read."),
        N_("Attach a part of it, such as some of its pages."),
    ),
    "no_library": (
        N_("{name} cannot be read, because a library is missing."),
        N_("Install tui-chat again with its dependencies."),
    ),
    "no_process": (
        N_("{name} cannot be read, because no process can be started."),
        N_("Close other programs and try again."),
    ),
}


def refuse_size(name: str, limit: int) -> AttachmentRefused:
    """Return the error for a file that is too large."""
    return AttachmentRefused(
        _("{name} is larger than {limit}.").format(name=shown_path(name), limit=byte_size(limit)),
        _("Attach a part of it, such as its last lines: tail -n 2000 FILE > part.txt"),
    )


def refuse_unreadable(name: str, problem: str) -> AttachmentRefused:
    """Return the error for a document that cannot be read; see `Extracted.problem`."""
    summary, hint = _PROBLEMS.get(problem, _PROBLEMS["damaged"])
    return AttachmentRefused(_(summary).format(name=shown_path(name)), _(hint))


def refuse_binary(data: bytes, name: str) -> AttachmentRefused:
    """Return the error for binary data: what it is, as far as known."""
    extension = PurePath(name).suffix.lower()
    for extensions, summary, hint in _EXTENSIONS:
        if extension in extensions:
            return AttachmentRefused(_(summary).format(name=shown_path(name)), _(hint))
    for head, summary, hint in _KINDS:
        if data.startswith(head):
            return AttachmentRefused(
                _(summary).format(name=shown_path(name)), _(hint) if hint else ""
            )
    return AttachmentRefused(
        _("{name} is binary data that no model can read.").format(name=shown_path(name)),
        _("Texts, pictures, PDF, .docx and .xlsx can be attached."),
    )
