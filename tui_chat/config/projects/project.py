"""Projects: `projects/NAME/project.toml` beside config.toml.

Text of the user is owned by a file, as profiles, schemas and prompts are; a conversation stores
only the name of its project.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from tui_chat.config.paths import expanded
from tui_chat.config.problems import nearest
from tui_chat.config.projects.text_file import file_stem, read_own_text, write_own_text
from tui_chat.core.errors import ConfigError
from tui_chat.core.labels import _, join_list
from tui_chat.core.text.sanitize import sanitize_line

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tui_chat.config.toml_table import Table

PROJECTS: Final = "projects"
"""The folder beside config.toml."""
FILE: Final = "project.toml"
_MOST: Final = 500
_MOST_FILES: Final = 20
_MOST_LISTED: Final = 20


@dataclass(frozen=True, slots=True)
class Project:
    """The settings that conversations of a project begin with."""

    name: str
    folder: Path
    system_prompt: str | None = None
    profile: str | None = None
    """The name of a profile; None for the usual one."""
    files: tuple[Path, ...] = ()
    """Attached to the first question."""
    problems: tuple[str, ...] = ()
    """Mistakes in the file, for the user."""


class ProjectFolder:
    """The projects of the user."""

    def __init__(self, config_file: Path, env: Mapping[str, str]) -> None:
        self.path = config_file.parent / PROJECTS
        self._env = env

    def names(self) -> list[str]:
        """Return the sorted names of the projects."""
        try:
            with os.scandir(self.path) as entries:
                found = [it.name for it in entries if it.is_dir() and not it.name.startswith(".")]
        except OSError:
            return []
        return sorted(found, key=str.casefold)[:_MOST]

    def file(self, name: str) -> Path:
        """Return the path of a project's file."""
        return self.path / name / FILE

    def read(self, name: str) -> Project:
        """Return a project; its invalid settings are ignored and listed in `problems`.

        Raises:
            ConfigError: There is none of this name, or its file cannot be read or trusted.
        """
        if name not in self.names():
            raise self._unknown(name)
        # Refuses a file that other users can write.
        read_own_text(self.file(name))
        from tui_chat.config.toml_source import read_toml
        from tui_chat.config.toml_table import ProblemList, Table

        text = read_toml(self.file(name))
        problems = ProblemList(self.file(name), text, list(text.problems))
        return self._project(name, Table(text.table, problems))

    def _project(self, name: str, table: Table) -> Project:
        system_prompt, profile = table.text("system_prompt"), table.name("profile")
        folder = self.path / name
        files: list[Path] = []
        for text in table.texts("files", _MOST_FILES) or ():
            try:
                files.append(expanded(text, self._env, folder))
            except ConfigError as error:
                table.reject("files", _("{key}: {error}"), error.hint, error=error.summary)
        table.finish()
        return Project(
            name,
            folder,
            system_prompt or None,
            profile,
            tuple(files),
            tuple(problem.message for problem in table.problems.found),
        )

    def text(self, name: str) -> str:
        """Return the text of a project's file; a template for a new project.

        Raises:
            ConfigError: It cannot be read.
        """
        return read_own_text(self.file(name)) or new_project_text()

    def write(self, name: str, text: str) -> Project:
        """Write a project's file, and return the project.

        Raises:
            ConfigError: The name cannot be used, or the file cannot be written.
        """
        if not name or name != file_stem(name):
            guess = file_stem(name)
            hint = _("Use letters, digits and dashes.")
            if guess:
                hint = _("Use letters, digits and dashes: {name}").format(name=guess)
            shown = sanitize_line(name, 60)
            raise ConfigError(_("“{name}” is not the name of a project.").format(name=shown), hint)
        write_own_text(self.file(name), text)
        return self.read(name)

    def _unknown(self, name: str) -> ConfigError:
        names = self.names()
        text = _("There is no project “{name}”.").format(name=sanitize_line(name, 60))
        if near := nearest(name, names):
            return ConfigError(text, _("Did you mean “{name}”?").format(name=near))
        if names:
            shown = join_list(names[:_MOST_LISTED])
            return ConfigError(text, _("Projects: {names}.").format(names=shown))
        return ConfigError(text, _("/project makes one."))


def new_project_text() -> str:
    """Return the text of a new project's file."""
    return "\n".join(
        (
            "# " + _("Conversations begun in this project start with this."),
            'system_prompt = """',
            '"""',
            '# profile = "NAME"',
            '# files = ["notes.md"]',
            "",
        )
    )
