"""Errors as endpoints report them, from documentation and bug reports: one per line of a file."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

NOW_S: Final = 1_770_000_000
"""The time at which the forms were received: 2026-02-02 02:40:00 UTC."""
_FOLDER: Final = Path(__file__).parents[2] / "data" / "endpoint_errors"


@dataclass(frozen=True)
class Form:
    """A response, and the cause that must be recognized in it."""

    name: str
    status: int
    """0 for an error inside a response with the status 200."""
    cause: str
    body: Any
    wait_s: float | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def sent_body(self) -> str:
        """The body as text."""
        return self.body if isinstance(self.body, str) else json.dumps(self.body)


def forms(file: str) -> list[Form]:
    """Return the forms in a file."""
    lines = (_FOLDER / file).read_text("utf-8").splitlines()
    found = [Form(**json.loads(line)) for line in lines]
    assert len({form.name for form in found}) == len(found)
    return found
