"""The memory of a profile: `memory/NAME.md` beside config.toml, sent with the system prompt."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui_chat.config.projects.text_file import file_stem, read_own_text, write_own_text

if TYPE_CHECKING:
    from pathlib import Path

    from tui_chat.core.profile import Profile

FOLDER = "memory"
"""The folder beside config.toml."""


class MemoryFile:
    """The memory that a profile uses: its own, or one that it shares with other profiles.

    Attributes:
        path: The file, which may not exist.
    """

    def __init__(self, config_file: Path, profile: Profile) -> None:
        stem = file_stem(profile.memory or "") or file_stem(profile.name) or "memory"
        self.path = config_file.parent / FOLDER / f"{stem}.md"

    def read(self) -> str:
        """Return the text; empty if there is none.

        Raises:
            ConfigError: It cannot be read, or other users can write it.
        """
        return read_own_text(self.path)

    def write(self, text: str) -> None:
        """Replace the text.

        Raises:
            ConfigError: It cannot be written.
        """
        write_own_text(self.path, text)

    def add(self, line: str) -> None:
        """Add a line at the end.

        Raises:
            ConfigError: The text cannot be read or written.
        """
        before = self.read().rstrip()
        self.write(f"{before}\n- {line}\n" if before else f"- {line}\n")
