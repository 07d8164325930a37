"""What became of an answer that was asked for as JSON."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from tui_chat.core.text.quantities import counted
from tui_chat.structured.lossless_json import InvalidJson, loads

if TYPE_CHECKING:
    from collections.abc import Mapping

Path = tuple[str | int, ...]
"""Keys and indices from the root to a node; empty: the root."""

MOST_REPAIRS: Final = 200
"""How many repairs are kept one by one; the rest is counted."""
MOST_ERRORS: Final = 100


class Verdict(StrEnum):
    """How an answer stands to what was asked for; the value is what a person reads."""

    VALID = "valid"
    """JSON to the letter, and it fits the schema, if there is one."""
    REPAIRED = "repaired"
    """It fits after repairs that are listed."""
    INVALID = "invalid"
    """It does not fit the schema, or cannot be read at all."""
    CUT_OFF = "cut off"
    """It was not written to its end, whatever it looks like."""
    REFUSED = "refused"
    """The model or the endpoint would not answer."""


@dataclass(frozen=True, slots=True)
class Repair:
    """One change that made the answer readable, or one thing in it that had to be decided."""

    message: str
    """What was done, as a sentence."""
    start: int | None = None
    """Where in the raw answer, in characters; None when nothing in the text was changed."""
    end: int | None = None
    replacement: str = ""
    """What stands in place of raw[start:end]."""


@dataclass(frozen=True, slots=True)
class ValidationError:
    """One thing in the object that the schema does not allow."""

    path: Path
    """The node it belongs to."""
    message: str
    """What is wrong, as a sentence."""
    keyword: str = ""
    """The schema's keyword that says so, such as `required`."""

    @property
    def path_text(self) -> str:
        """The path as a person reads it."""
        return format_path(self.path)


@dataclass(frozen=True)
class Evaluation:
    """An answer with its verdict.

    What is stored beside the message is `as_mapping()`; the raw answer is the message's content.
    """

    verdict: Verdict
    raw: str
    """The answer as it came."""
    json: str | None = None
    """The object as JSON text with every digit; None when there is none to be read."""
    repairs: tuple[Repair, ...] = ()
    """In the order of the text; the first MOST_REPAIRS of them."""
    repair_count: int = 0
    errors: tuple[ValidationError, ...] = ()
    """The first MOST_ERRORS of them."""
    error_count: int = 0
    reason: str = ""
    """Why there is no object, or why it is not whole, as a sentence; empty if there is and is."""
    open_path: Path | None = None
    """The node that was being written when a cut-off answer ended."""
    response_format: Mapping[str, Any] = field(default_factory=dict)
    """What was asked for: ResponseFormat.as_mapping()."""
    sent_as: str = ""
    """How the endpoint was asked: json_schema, json_object or prompt; empty if it is not known."""

    @cached_property
    def value(self) -> Any:
        """The object, of the types of `exact.loads`; None also when there is none.

        Reading 10 MB takes half a second; a screen asks for it in a thread.
        """
        if self.json is None:
            return None
        try:
            return loads(self.json).value
        except InvalidJson:
            # Stored by another version or edited by hand.
            return None

    @property
    def label(self) -> str:
        """The verdict as a status beside the answer: `repaired (2 repairs)`."""
        if self.verdict is Verdict.REPAIRED:
            return f"{self.verdict} ({counted(self.repair_count, 'repair')})"
        if self.verdict is Verdict.INVALID and self.error_count:
            # It was repaired before it was found not to fit, and nothing of that is silent.
            repairs = f", {counted(self.repair_count, 'repair')}" if self.repair_count else ""
            return f"{self.verdict} ({counted(self.error_count, 'error')}{repairs})"
        return self.verdict.value

    def as_mapping(self) -> dict[str, Any]:
        """Return what is stored in Message.structured: plain JSON."""
        return {
            "verdict": self.verdict.value,
            # The answer itself need not be stored twice.
            "json": True if self.json == self.raw else self.json,
            "repairs": [
                [repair.message, repair.start, repair.end, repair.replacement]
                for repair in self.repairs
            ],
            "repair_count": self.repair_count,
            "errors": [[list(error.path), error.message, error.keyword] for error in self.errors],
            "error_count": self.error_count,
            "reason": self.reason,
            "draft": None if self.open_path is None else list(self.open_path),
            "asked": dict(self.response_format),
            "sent_as": self.sent_as,
        }

    @classmethod
    def from_mapping(cls, mapping: Mapping[str, Any] | None, raw: str) -> Evaluation | None:
        """Return what was stored beside a message.

        Args:
            mapping: Message.structured.
            raw: Message.content.

        Returns:
            None when nothing was judged, or what was stored is not of this kind.
        """
        try:
            return None if mapping is None else _from_mapping(mapping, raw)
        except (KeyError, TypeError, ValueError):
            return None


def format_path(path: Path) -> str:
    """Return a path as a person reads it: `people[2].name`; empty for the root."""
    words = ""
    for step in path:
        if isinstance(step, int):
            words += f"[{step}]"
        elif step.isidentifier():
            words += f".{step}" if words else step
        else:
            words += f'["{step}"]'
    return words


def _from_mapping(mapping: Mapping[str, Any], raw: str) -> Evaluation:
    json_text, open_path = mapping["json"], mapping["draft"]
    return Evaluation(
        verdict=Verdict(mapping["verdict"]),
        raw=raw,
        json=raw if json_text is True else json_text,
        repairs=tuple(Repair(*repair) for repair in mapping["repairs"]),
        repair_count=mapping["repair_count"],
        errors=tuple(
            ValidationError(tuple(path), words, keyword)
            for path, words, keyword in mapping["errors"]
        ),
        error_count=mapping["error_count"],
        reason=mapping["reason"],
        open_path=None if open_path is None else tuple(open_path),
        response_format=mapping.get("asked") or {},
        sent_as=mapping.get("sent_as") or "",
    )
