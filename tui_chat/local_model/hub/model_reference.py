"""Parses the names of models on the command line.

`qwen3.5-2b` (the list), `owner/repo`, `owner/repo:Q5_K_M`, `owner/repo/folder/file.gguf`, the
address of one of these at the hub, or a file of this machine.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tui_chat.config.problems import nearest
from tui_chat.core.errors import ConfigError
from tui_chat.core.labels import _
from tui_chat.core.text.sanitize import sanitize_line
from tui_chat.local_model.hub.catalog import CATALOG, CatalogModel, catalog_model

_PART: Final = r"[A-Za-z0-9][\w.-]{0,95}"
_REPOSITORY: Final = re.compile(
    rf"(?P<repository>{_PART}/{_PART})(?::(?P<quantization>[\w-]+)|/(?P<file>[^:]+\.gguf))?",
    re.IGNORECASE,
)
_ADDRESS: Final = re.compile(
    r"(?:https?://)?(?:hf\.co|huggingface\.co|www\.huggingface\.co)/", re.IGNORECASE
)
_VIEW: Final = re.compile(r"/(?:blob|resolve|raw)/[^/]+/|/tree/[^/]+/?\Z")
"""The part of a page's address between repository and file."""


@dataclass(frozen=True, slots=True)
class ModelReference:
    """A model at the hub."""

    repository: str
    quantization: str = ""
    """Empty: the best one for most machines."""
    file: str = ""
    """One file of the repository; empty: chosen by the quantization."""
    row: CatalogModel | None = None
    """The row of the list that it was chosen from, if any."""

    @classmethod
    def of_row(cls, row: CatalogModel) -> ModelReference:
        """Return the reference of a row of the list."""
        return cls(row.repository, row.quantization, row=row)


def parse_reference(text: str, folder: Path) -> ModelReference | Path:
    """Return the model at the hub, or the file of this machine, that a text names.

    Args:
        text: As the user typed it.
        folder: The folder of relative paths.

    Raises:
        ConfigError: The text names nothing; the error suggests the closest name of the list.
    """
    text = text.strip()
    if row := catalog_model(text):
        return ModelReference.of_row(row)
    if text.startswith(("~", "/", "./", "../")) or _is_file(folder / text):
        try:
            return folder / Path(text).expanduser()
        except RuntimeError:
            return folder / text
    found = _REPOSITORY.fullmatch(_VIEW.sub(_between, _ADDRESS.sub("", text, count=1), count=1))
    if found and not _leaves_the_folder(found["file"] or ""):
        return ModelReference(
            found["repository"], (found["quantization"] or "").upper(), found["file"] or ""
        )
    raise _unknown(text)


def is_inside(name: str) -> bool:
    """Return whether a file name of the hub stays inside its folder and is printable."""
    return bool(name) and name.isprintable() and "\\" not in name and not _leaves_the_folder(name)


def _leaves_the_folder(name: str) -> bool:
    return any(part in ("", ".", "..") for part in name.split("/")) if name else False


def _between(found: re.Match[str]) -> str:
    return "/" if found[0].endswith("/") and not found[0].startswith("/tree") else ""


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def _unknown(text: str) -> ConfigError:
    shown = sanitize_line(text, 80)
    names = [row.name for row in CATALOG]
    summary = _("There is no model “{name}” in the list, and no such file or repository.")
    if guess := nearest(text, names):
        hint = _("Did you mean “{guess}”? `tui-chat local` shows the list.").format(guess=guess)
    else:
        hint = _(
            "`tui-chat local` shows the list; a repository is written as owner/name, a file with "
            "its path."
        )
    return ConfigError(summary.format(name=shown), hint)
