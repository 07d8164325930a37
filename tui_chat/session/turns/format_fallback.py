"""Remembers the strongest response format that each endpoint accepts."""

from __future__ import annotations

import json
import logging
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from tui_chat.config.paths import make_private_folder
from tui_chat.core.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

    from tui_chat.core.profile import Profile

log = logging.getLogger(__name__)

STEPS: Final = ("json_schema", "json_object", "prompt")
"""From the strongest format to the weakest: schema, any object, prompt only."""
_MAX_ENTRIES: Final = 500
"""The oldest entries above this number are dropped."""


class FormatFallback:
    """The response format of each profile and model that rejected a stronger one.

    Cached in a small file. The user may delete it: the formats are detected again.
    """

    def __init__(self, file: Path | None) -> None:
        """Create the cache; nothing is read yet.

        Args:
            file: The cache file; None to cache for this run only.
        """
        self._file = file
        self._known: dict[str, str] | None = None

    def initial(self, profile: Profile, model: str, wanted: str) -> str:
        """Return the format of the first request.

        Args:
            profile: Its `response_format` has priority over the cache.
            model: The model to ask.
            wanted: The strongest format, json_schema or json_object.
        """
        known = profile.response_format or self._read().get(_key(profile, model), wanted)
        return known if known in STEPS and STEPS.index(known) > STEPS.index(wanted) else wanted

    def remember(self, profile: Profile, model: str, step: str) -> None:
        """Cache the format that an endpoint accepted after it rejected a stronger one."""
        if self._file is not None:
            # Another process may have written the file since.
            self._known = None
        known = self._read()
        known.pop(_key(profile, model), None)
        known[_key(profile, model)] = step
        while len(known) > _MAX_ENTRIES:
            del known[next(iter(known))]
        if self._file is None:
            return
        try:
            make_private_folder(self._file.parent)
            temporary = self._file.with_suffix(".new")
            temporary.write_text(json.dumps(known, indent=1), encoding="utf-8")
            temporary.chmod(0o600)
            temporary.replace(self._file)
        except (OSError, ConfigError) as error:
            log.warning("the accepted response format was not cached: %s", error)

    def _read(self) -> dict[str, str]:
        if self._known is None:
            self._known = {}
            with suppress(OSError, ValueError):
                stored = json.loads(self._file.read_text("utf-8")) if self._file else {}
                if isinstance(stored, dict):
                    self._known = {k: v for k, v in stored.items() if v in STEPS}
        return self._known


def _key(profile: Profile, model: str) -> str:
    # The URL is part of the key: another endpoint under the same name may accept more.
    return f"{profile.name} {profile.base_url} {model}"
