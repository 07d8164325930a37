"""The texts of the configuration folder that a backup carries, without secrets."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

from tui_chat.config.projects.text_file import write_own_text
from tui_chat.core.labels import _, join_list, ngettext
from tui_chat.core.text.redact import Redactor
from tui_chat.core.text.sanitize import sanitize_line
from tui_chat.session.endpoints.known_secrets import readable_secrets
from tui_chat.storage.backup_texts import get_texts, put_texts

if TYPE_CHECKING:
    from pathlib import Path

    from tui_chat.cli.conversations.output import Output
    from tui_chat.session.launch import Launch

_PATTERNS: Final = (
    "config.toml", "prompts/*.md", "memory/*.md", "schemas/*.json",
    "projects/*/project.toml", "projects/*/prompts/*.md",
)  # fmt: skip
_LARGEST_BYTES: Final = 1_000_000
_MOST: Final = 5_000
_MOST_LISTED: Final = 10


class ConfigurationTexts:
    """Puts the texts into a backup and takes them out again."""

    def __init__(self, launch: Launch) -> None:
        self._launch = launch
        self._folder = launch.paths.config_file.parent

    def put_into(self, backup: Path) -> None:
        """Write the texts into a backup; secrets in configuration files are masked.

        Raises:
            StorageError: They cannot be written.
        """
        redact = Redactor(readable_secrets(self._launch))
        texts: dict[str, str] = {}
        for file in self._files():
            try:
                text = file.read_bytes()[:_LARGEST_BYTES].decode("utf-8", "replace")
            except OSError:
                continue  # An unreadable file is reported where it is used.
            name = file.relative_to(self._folder).as_posix()
            # Prompts and memory are the user's own words, and stay as they are.
            texts[name] = redact(text) if file.suffix == ".toml" else redact.redact_known(text)
        put_texts(backup, texts)

    def restore_from(self, backup: Path, output: Output, *, is_wanted: bool, is_dry: bool) -> None:
        """Write the texts of a backup that are missing here; a file that exists is kept.

        Args:
            backup: Any imported file.
            output: Reports the files.
            is_wanted: Whether to write them. Not without being asked: a configuration of somebody
                else may name commands to run.
            is_dry: Whether to report only.

        Raises:
            ConfigError: A file cannot be written.
        """
        texts = {name: text for name, text in get_texts(backup).items() if _is_ours(name)}
        if texts and not is_wanted:
            words = ngettext(
                "holds {count} file of the configuration: --settings restores it",
                "holds {count} files of the configuration: --settings restores them",
                len(texts),
            )
            output.line(f"  {words}")
            return
        written, kept = [], 0
        for name, text in sorted(texts.items()):
            file = self._folder.joinpath(*PurePosixPath(name).parts)
            if file.exists() or file.is_symlink():
                kept += 1
                continue
            if not is_dry:
                write_own_text(file, text)
            written.append(sanitize_line(name, 80))
        if written:
            shown = written[:_MOST_LISTED] + (["…"] if len(written) > _MOST_LISTED else [])
            words = _("would be restored: {files}") if is_dry else _("restored: {files}")
            output.line(f"  {words.format(files=join_list(shown))}")
        if kept:
            text = ngettext(
                "kept as it is here: {count} file", "kept as they are here: {count} files", kept
            )
            output.line(f"  {text}")

    def _files(self) -> list[Path]:
        found = [file for pattern in _PATTERNS for file in sorted(self._folder.glob(pattern))]
        return [file for file in found if file.is_file()][:_MOST]


def _is_ours(name: str) -> bool:
    """Return whether a path of a backup is one that a backup of ours may hold."""
    path = PurePosixPath(name)
    is_plain = not path.is_absolute() and ".." not in path.parts and "\\" not in name
    parts = len(path.parts)
    return is_plain and any(
        path.match(pattern) and parts == pattern.count("/") + 1 for pattern in _PATTERNS
    )
