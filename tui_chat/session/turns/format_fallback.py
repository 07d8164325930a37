"""Remembers the strongest response format that each endpoint accepts."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Final

from tui_chat.config.expiring_store import ExpiringStore

if TYPE_CHECKING:
    from pathlib import Path

    from tui_chat.core.profile import Profile
    from tui_chat.core.request import ResponseFormat

STEPS: Final = ("json_schema", "json_object", "prompt")
"""From the strongest format to the weakest: schema, any object, prompt only."""
STRICT: Final = "strict"
"""Above them all: a schema that the endpoint enforces."""
ALL_STEPS: Final = (STRICT, *STEPS)


class FormatFallback:
    """The response format of each profile and model that rejected a stronger one.

    A rejection of the format itself is stored in a small file, where it expires. A rejection of one
    schema is remembered for that schema, and until the end of the run.
    """

    def __init__(self, file: Path | None) -> None:
        """Create the cache; nothing is read yet.

        Args:
            file: The cache file; None to cache for this run only.
        """
        self._stored = ExpiringStore(file)
        self._of_schemas: dict[str, str] = {}

    def initial(self, profile: Profile, model: str, wanted: ResponseFormat) -> str:
        """Return the format of the first request.

        Args:
            profile: Its `response_format` has priority over the cache.
            model: The model to ask.
            wanted: The requested format.
        """
        strongest = STRICT if wanted.type == "json_schema" and wanted.is_strict else wanted.type
        known = [
            profile.response_format or self._stored.get(_key(profile, model)),
            self._of_schemas.get(_schema_key(profile, model, wanted)),
        ]
        steps = [step for step in (strongest, *known) if step in ALL_STEPS]
        return max(steps, key=ALL_STEPS.index)

    def all(self, profile: Profile) -> list[tuple[str, str]]:
        """Return the stored formats of a profile's endpoint, by model."""
        found = self._stored.with_prefix(_key(profile, ""))
        return [(model, step) for model, step in found.items() if step in ALL_STEPS]

    def remember(self, profile: Profile, model: str, step: str) -> None:
        """Store the format that an endpoint accepted after it rejected a stronger one as such."""
        self._stored.set(_key(profile, model), step)

    def remember_schema(
        self, profile: Profile, model: str, wanted: ResponseFormat, step: str
    ) -> None:
        """Remember the format that an endpoint accepted for one schema."""
        self._of_schemas[_schema_key(profile, model, wanted)] = step

    def forget(self) -> int:
        """Remove everything and return the number of stored formats."""
        self._of_schemas.clear()
        return self._stored.forget()


def _key(profile: Profile, model: str) -> str:
    # The URL is part of the key: another endpoint under the same name may accept more.
    return f"{profile.name} {profile.base_url} {model}"


def _schema_key(profile: Profile, model: str, wanted: ResponseFormat) -> str:
    schema = json.dumps(wanted.as_mapping(), sort_keys=True, default=str)
    return f"{_key(profile, model)} {hashlib.sha256(schema.encode()).hexdigest()[:16]}"
