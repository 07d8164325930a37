"""The folder of the library: `prompts/NAME.md` beside config.toml."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Final

from tui_chat.config.file_paths import read_text_file, shown_path
from tui_chat.config.paths import make_private_folder
from tui_chat.config.permissions import distrust
from tui_chat.config.problems import nearest
from tui_chat.config.prompts.prompt import Prompt, parse_prompt
from tui_chat.core.errors import ConfigError
from tui_chat.core.labels import _, join_list
from tui_chat.core.text.sanitize import sanitize_line

if TYPE_CHECKING:
    from pathlib import Path

SUFFIX: Final = ".md"
LARGEST_BYTES: Final = 1_000_000
_MOST: Final = 1_000
_MOST_LISTED: Final = 20
_NAME: Final = re.compile(r"\w[\w-]{0,63}")
_NOT_IN_NAME: Final = re.compile(r"[^\w-]+")
NEW_PROMPT: Final = """\
---
description:
---
{{text}}
"""


class PromptFolder:
    """The prompts of the user."""

    def __init__(self, config_file: Path) -> None:
        self.path = config_file.parent / "prompts"

    def names(self) -> list[str]:
        """Return the sorted names of the prompts."""
        return sorted(self._files(), key=str.casefold)

    def state(self) -> tuple[tuple[str, int, int], ...]:
        """Return what changes with every change of a file: names, times and sizes."""
        try:
            with os.scandir(self.path) as entries:
                found = [entry for entry in entries if entry.name.endswith(SUFFIX)]
            stats = [(entry.name, entry.stat()) for entry in found[:_MOST]]
        except OSError:
            return ()
        return tuple(sorted((name, it.st_mtime_ns, it.st_size) for name, it in stats))

    def file(self, name: str) -> Path:
        """Return the path of a prompt."""
        return self._files().get(name, self.path / f"{name}{SUFFIX}")

    def read(self, name: str) -> Prompt:
        """Return a prompt.

        Raises:
            ConfigError: There is none of this name, it cannot be read, or others may write it.
        """
        file = self._files().get(name)
        if file is None:
            raise self._unknown(name)
        prompt = self.load(name, file)
        try:
            # The folder of the folder, too: who can write there can replace it.
            reason = distrust(file, file.stat()) or distrust(self.path, self.path.stat())
        except OSError:
            reason = ""
        if reason:
            raise ConfigError(
                _("The prompt {name} is not used: {reason}.").format(name=name, reason=reason),
                _("Run: {command}").format(command=f"chmod go-w {self.path} {file}"),
            )
        return prompt

    def load(self, name: str, file: Path | None = None) -> Prompt:
        """Return a prompt to show it, even if others may write it.

        Raises:
            ConfigError: It cannot be read.
        """
        file = file or self.file(name)
        what = _("The prompt {file}").format(file=shown_path(file))
        text = read_text_file(file, what, LARGEST_BYTES, lambda: _("Check its permissions."))
        return parse_prompt(name, text, file)

    def text(self, name: str) -> str:
        """Return the content of the file of a prompt.

        Raises:
            ConfigError: There is none of this name, or it cannot be read.
        """
        file = self._files().get(name)
        if file is None:
            raise self._unknown(name)
        what = _("The prompt {file}").format(file=shown_path(file))
        return read_text_file(file, what, LARGEST_BYTES, lambda: _("Check its permissions."))

    def all(self) -> list[Prompt]:
        """Return all prompts for a list; one that cannot be used has the reason as a problem."""
        found = []
        for name, file in sorted(self._files().items(), key=lambda it: it[0].casefold()):
            try:
                found.append(self.read(name))
            except ConfigError as error:
                found.append(Prompt(name, "", file, problems=(error.message,)))
        return found

    def save(self, name: str, text: str, *, replaces: bool = False) -> Path:
        """Write a prompt and return its path.

        Raises:
            ConfigError: The name is invalid or in use, or the file cannot be written.
        """
        file = self._files().get(checked_name(name))
        if file is not None and not replaces:
            raise ConfigError(
                _("There is a prompt “{name}” already.").format(name=name),
                _("Choose another name."),
            )
        file = file or self.path / f"{name}{SUFFIX}"
        # Imported late: it loads the library that edits config.toml.
        from tui_chat.config.editing.config_file import write_private

        make_private_folder(self.path)
        write_private(file, text.encode("utf-8", "replace"))
        return file

    def _files(self) -> dict[str, Path]:
        """Return the files by the name of their prompt."""
        try:
            with os.scandir(self.path) as entries:
                names = sorted(it.name for it in entries if it.name.endswith(SUFFIX))[:_MOST]
        except OSError:
            return {}
        found: dict[str, Path] = {}
        for name in names:
            path = self.path / name
            stem = usable_name(name.removesuffix(SUFFIX))
            if stem and path.is_file():
                found.setdefault(stem, path)
        return found

    def _unknown(self, name: str) -> ConfigError:
        names = self.names()
        text = _("There is no prompt “{name}”.").format(name=sanitize_line(name, 60))
        if near := nearest(name, names):
            return ConfigError(text, _("Did you mean “{name}”?").format(name=near))
        if names:
            hint = _("Prompts: {names}.").format(names=join_list(names[:_MOST_LISTED]))
        else:
            hint = _("Write one: {command}").format(command="tui-chat prompts edit NAME")
        return ConfigError(text, hint)


def usable_name(text: str) -> str:
    """Return a name that can be typed after a slash, made from a file name or a title."""
    return _NOT_IN_NAME.sub("-", text.strip()).strip("-_").casefold()[:64].rstrip("-")


def checked_name(name: str) -> str:
    """Return a name if it can be typed after a slash.

    Raises:
        ConfigError: It cannot.
    """
    if not _NAME.fullmatch(name) or name != usable_name(name):
        guess = usable_name(name)
        hint = (
            _("Use lower-case letters, digits and dashes: {name}").format(name=guess)
            if guess
            else _("Use lower-case letters, digits and dashes.")
        )
        shown = sanitize_line(name, 60)
        raise ConfigError(_("“{name}” is not the name of a prompt.").format(name=shown), hint)
    return name
