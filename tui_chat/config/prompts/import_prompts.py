"""Imports prompts from Markdown files and folders as other programs keep them."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from tui_chat.config.file_paths import read_text_file, shown_path
from tui_chat.config.prompts.prompt import KEYS
from tui_chat.config.prompts.prompt_folder import LARGEST_BYTES, usable_name
from tui_chat.core.errors import ConfigError
from tui_chat.core.labels import _
from tui_chat.core.text.sanitize import sanitize_line

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_ENDINGS: Final = (".prompt.md", ".chatmode.md", ".md", ".markdown", ".prompt")
_SKIPPED: Final = frozenset({"readme", "license", "changelog", "contributing"})
_MOST_FILES: Final = 2_000
_MOST_LEVELS: Final = 4
_PATTERN: Final = "system"
"""The file of a pattern in a folder of its own: `summarize/system.md`."""
_ROLES: Final = "roles"
_HEAD: Final = re.compile(r"---[ \t]*\n(.*?)^---[ \t]*(?:\n|\Z)", re.DOTALL | re.MULTILINE)
_LINE: Final = re.compile(r"([\w-]+):[ \t]*(.*)")
_DESCRIPTION: Final = ("description", "summary", "title")
# A name after `$` or in `${…}`, and our own field.
_VARIABLES: Final = (
    (re.compile(r"\$ARGUMENTS\b|\$@|__INPUT__|\{\{\{ *input *\}\}\}"), "{{text}}"),
    (re.compile(r"\{\{ *(?:INPUT|input|PROMPT) *\}\}"), "{{text}}"),
    (re.compile(r"\$\{(?:selectedText|selection)\}"), "{{selection}}"),
    (re.compile(r"\{\{ *CLIPBOARD *\}\}|\$\{clipboard\}"), "{{clipboard}}"),
    (re.compile(r"\{\{ *CURRENT_DATE *\}\}"), "{{date}}"),
    (re.compile(r"\$\{input:([\w-]+)(?::[^}]*)?\}"), r"{{\1}}"),
    (re.compile(r"\{\{ *([A-Za-z][\w-]*) *\|[^{}]*\}\}"), r"{{\1}}"),
)
_NUMBERED: Final = re.compile(r"\$([1-9])(?![\d.,])")


@dataclass(frozen=True, slots=True)
class Found:
    """A file that can be imported."""

    name: str
    file: Path


@dataclass(frozen=True, slots=True)
class Converted:
    """A prompt as it is saved."""

    text: str
    left_out: tuple[str, ...] = ()
    """Keys of the front matter that have no meaning here, such as a model of another program."""


def find_prompts(path: Path) -> list[Found]:
    """Return the prompts of a file or a folder, those in its folders too.

    Raises:
        ConfigError: There is nothing at this path, or no prompt in the folder.
    """
    if path.is_file():
        return [Found(usable_name(_stem(path.name)) or "prompt", path)]
    if not path.is_dir():
        text = _("There is no file or folder {path}.").format(path=shown_path(path))
        raise ConfigError(text, _("Check the path."))
    found: dict[str, Found] = {}
    for file, parts in _files(path, ()):
        name = usable_name("-".join(parts))
        if name and parts[-1].casefold() not in _SKIPPED:
            found.setdefault(name, Found(name, file))
    if not found:
        text = _("The folder {path} has no prompts.").format(path=shown_path(path))
        raise ConfigError(text, _("Prompts are files that end in .md."))
    return list(found.values())


def converted(found: Found) -> Converted:
    """Return a prompt in the form of the library.

    Raises:
        ConfigError: The file cannot be read.
    """
    what = _("The prompt {file}").format(file=shown_path(found.file))
    text = read_text_file(found.file, what, LARGEST_BYTES, lambda: _("Check its permissions."))
    text = text.removeprefix("\ufeff")
    match = _HEAD.match(text)
    keys = _head_values(match[1]) if match is not None else {}
    if keys and set(keys) <= set(KEYS) and _with_fields(text, has_numbers=False) == text:
        # It has the form of the library already.
        return Converted(text)
    body = text[match.end() :] if match is not None else text
    description = next((keys[key] for key in _DESCRIPTION if keys.get(key)), "")
    left_out = tuple(key for key in keys if key not in (*_DESCRIPTION, "argument-hint", "name"))
    body = _with_fields(body.strip("\n"), has_numbers="argument-hint" in keys)
    is_system = found.file.name == f"{_PATTERN}.md" or found.file.parent.name == _ROLES
    head: dict[str, str] = {"description": sanitize_line(description, 200)} if description else {}
    if is_system and "{{text}}" not in body:
        head["system"], body = body, "{{text}}"
    return Converted(_file_text(head, body), left_out)


def _file_text(head: dict[str, str], body: str) -> str:
    if not head:
        return f"{body}\n"
    import yaml

    dumper: Any = yaml.SafeDumper
    lines = yaml.dump(head, Dumper=dumper, allow_unicode=True, sort_keys=False, width=1000)
    return f"---\n{lines}---\n{body}\n"


def _with_fields(text: str, *, has_numbers: bool) -> str:
    """Return a text with the fields of the library in place of another program's variables."""
    if has_numbers or "$ARGUMENTS" in text:
        # Otherwise it may be a price.
        text = _NUMBERED.sub(r"{{argument-\1}}", text)
    for pattern, field in _VARIABLES:
        text = pattern.sub(field, text)
    return text


def _head_values(head: str) -> dict[str, str]:
    """Return keys and values of the front matter line by line; other programs write loose YAML."""
    found = {}
    for line in head.splitlines():
        if (match := _LINE.match(line)) is not None:
            found[match[1]] = match[2].strip().strip("\"'")
    return found


def _stem(name: str) -> str:
    ending = next((it for it in _ENDINGS if name.casefold().endswith(it)), "")
    return name[: len(name) - len(ending)]


def _files(folder: Path, parts: tuple[str, ...]) -> Iterator[tuple[Path, tuple[str, ...]]]:
    """Yield the Markdown files of a folder with the parts of their names."""
    try:
        with os.scandir(folder) as scanned:
            entries = sorted(scanned, key=lambda entry: entry.name)[:_MOST_FILES]
    except OSError:
        return
    for entry in entries:
        path = folder / entry.name
        if entry.name.startswith("."):
            continue
        if entry.is_dir(follow_symlinks=False) and len(parts) < _MOST_LEVELS:
            yield from _files(path, (*parts, entry.name))
        elif entry.name.casefold().endswith(_ENDINGS) and entry.is_file():
            stem = _stem(entry.name)
            # `summarize/system.md` and `summarize/SKILL.md` have the name of their folder.
            has_folder_name = bool(parts) and stem.casefold() in (_PATTERN, "skill", "prompt")
            if stem.casefold() != "user" or not (folder / f"{_PATTERN}.md").exists():
                yield path, parts if has_folder_name else (*parts, stem)
