"""In which form each endpoint can be asked for an object, as it was found out."""

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
"""From the strongest form to the weakest: the schema in the request, any object, words alone."""
_MOST: Final = 500
"""Endpoints that are remembered."""


class FormatFallback:
    """The form that each profile and model is asked in, where it is not the strongest.

    Kept in a small file; the one place that knows it. A person may delete it: everything is found
    out again.
    """

    def __init__(self, file: Path | None) -> None:
        """Prepare; nothing is read yet.

        Args:
            file: Where it is kept; None to keep it for this run only.
        """
        self._file = file
        self._known: dict[str, str] | None = None

    def initial(self, profile: Profile, model: str, wanted: str) -> str:
        """Return the form to begin with.

        Args:
            profile: Its `response_format` goes before what was found out.
            model: Who is asked.
            wanted: The strongest form that makes sense, json_schema or json_object.
        """
        known = profile.response_format or self._read().get(_key(profile, model), wanted)
        return known if known in STEPS and STEPS.index(known) > STEPS.index(wanted) else wanted

    def remember(self, profile: Profile, model: str, step: str) -> None:
        """Keep the form that an endpoint took, after it refused a stronger one."""
        if self._file is not None:
            # Another program may have found out something since.
            self._known = None
        known = self._read()
        known.pop(_key(profile, model), None)
        known[_key(profile, model)] = step
        while len(known) > _MOST:
            del known[next(iter(known))]
        if self._file is None:
            return
        try:
            make_private_folder(self._file.parent)
            made = self._file.with_suffix(".new")
            made.write_text(json.dumps(known, indent=1), encoding="utf-8")
            made.chmod(0o600)
            made.chmod(0o600)
            made.replace(self._file)
        except (OSError, ConfigError) as error:
            log.warning("what an endpoint refuses cannot be kept: %s", error)

    def _read(self) -> dict[str, str]:
        if self._known is None:
            self._known = {}
            with suppress(OSError, ValueError):
                stored = json.loads(self._file.read_text("utf-8")) if self._file else {}
                if isinstance(stored, dict):
                    self._known = {k: v for k, v in stored.items() if v in STEPS}
        return self._known


def _key(profile: Profile, model: str) -> str:
    # With the address: another endpoint under the same name may be able to do more.
    return f"{profile.name} {profile.base_url} {model}"
