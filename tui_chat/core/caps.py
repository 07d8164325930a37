"""Limits of a key's owner on one request: a client may ask for less, never for more."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from typing import Any, Final

from tui_chat.core.parameters.effort import EFFORTS

FORMATS: Final = ("text", "json_object", "json_schema", "grammar")
"""Known types of `response_format`."""


@dataclass(frozen=True, slots=True)
class Caps:
    """Limits per request; None and True do not limit."""

    max_tokens: int | None = None
    """Output tokens, hidden reasoning included."""
    effort: str | None = None
    """The highest reasoning effort, one of `EFFORTS`."""
    tools: bool = True
    images: bool = True
    """Pictures, files and sound."""
    formats: tuple[str, ...] | None = None
    """The allowed types of response_format."""
    models: tuple[str, ...] | None = None
    """The only models, by their names at the endpoint."""
    urls: bool = True
    """Pictures and files by URL, which the endpoint would fetch from its own network."""

    def __and__(self, other: Caps) -> Caps:
        """Return the caps that hold if both hold."""
        return Caps(
            max_tokens=_least(self.max_tokens, other.max_tokens),
            effort=_lowest(self.effort, other.effort),
            tools=self.tools and other.tools,
            images=self.images and other.images,
            formats=_common(self.formats, other.formats),
            models=_common(self.models, other.models),
            urls=self.urls and other.urls,
        )

    def as_json(self) -> str:
        """Return the caps as JSON for the database."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str | None) -> Caps:
        """Return stored caps; unknown ones of a newer version are ignored."""
        stored: dict[str, Any] = json.loads(text) if text else {}
        known = {name.name for name in fields(cls)}
        values = {name: value for name, value in stored.items() if name in known}
        for name in ("formats", "models"):
            if values.get(name) is not None:
                values[name] = tuple(values[name])
        return cls(**values)


def _least(first: int | None, second: int | None) -> int | None:
    return min((number for number in (first, second) if number is not None), default=None)


def _lowest(first: str | None, second: str | None) -> str | None:
    given = [effort for effort in (first, second) if effort is not None]
    return min(given, key=EFFORTS.index, default=None)


def _common(
    first: tuple[str, ...] | None, second: tuple[str, ...] | None
) -> tuple[str, ...] | None:
    if first is None or second is None:
        return second if first is None else first
    return tuple(name for name in first if name in second)


UNCAPPED: Final = Caps()
NO_URLS: Final = Caps(urls=False)
"""The default of a profile."""
