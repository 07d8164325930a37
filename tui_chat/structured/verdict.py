"""The result of evaluating a reply to a request for structured output."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from tui_chat.core.labels import N_, _, ngettext
from tui_chat.structured.lossless_json import InvalidJson, loads

if TYPE_CHECKING:
    from collections.abc import Mapping

Path = tuple[str | int, ...]
"""Keys and indices from the root to a node; empty: the root."""

MOST_REPAIRS: Final = 200
"""Repairs that are stored one by one; the rest is only counted."""
MOST_ERRORS: Final = 100


class Verdict(StrEnum):
    """The result of an evaluation. The values are stored; `label` is for users."""

    VALID = "valid"
    """Strict JSON that validates against the schema, if there is one."""
    REPAIRED = "repaired"
    """It validates after the listed repairs."""
    INVALID = "invalid"
    """It does not validate, or cannot be parsed."""
    CUT_OFF = "cut off"
    """It is incomplete, whatever it looks like."""
    REFUSED = "refused"
    """The model or the endpoint declined to answer."""

    @property
    def label(self) -> str:
        """The verdict in the user's language."""
        return _(_LABELS[self])


_LABELS: Final = {
    Verdict.VALID: N_("valid"),
    Verdict.REPAIRED: N_("repaired"),
    Verdict.INVALID: N_("invalid"),
    Verdict.CUT_OFF: N_("cut off"),
    Verdict.REFUSED: N_("refused"),
}


@dataclass(frozen=True, slots=True)
class Repair:
    """One change that made the reply valid JSON, or one decision about an ambiguity in it."""

    message: str
    """The change, as a sentence."""
    start: int | None = None
    """Offset in the raw reply in characters; None when the text was not changed."""
    end: int | None = None
    replacement: str = ""
    """The replacement of raw[start:end]."""


@dataclass(frozen=True, slots=True)
class ValidationError:
    """One violation of the schema."""

    path: Path
    """The node that violates it."""
    message: str
    """The error, as a sentence."""
    keyword: str = ""
    """The violated keyword of the schema, such as `required`."""

    @property
    def path_text(self) -> str:
        """The path as the user sees it: `people[2].name`."""
        return format_path(self.path)


@dataclass(frozen=True)
class Evaluation:
    """A reply with its verdict, its object and its errors.

    `as_mapping()` is stored with the message; `raw` is the content of the message.
    """

    verdict: Verdict
    raw: str
    """The text of the reply."""
    json: str | None = None
    """The object as JSON text with every digit; None when no object was found."""
    repairs: tuple[Repair, ...] = ()
    """The first MOST_REPAIRS, in text order."""
    repair_count: int = 0
    errors: tuple[ValidationError, ...] = ()
    """The first MOST_ERRORS."""
    error_count: int = 0
    reason: str = ""
    """Why the object is missing or incomplete, as a sentence; empty otherwise."""
    open_path: Path | None = None
    """Path of the node that was being written when a cut-off reply ended."""
    response_format: Mapping[str, Any] = field(default_factory=dict)
    """The requested format: ResponseFormat.as_mapping()."""
    sent_as: str = ""
    """The format that was sent: json_schema, json_object or prompt; empty if unknown."""

    @cached_property
    def value(self) -> Any:
        """The object, as returned by `lossless_json.loads`; None when there is none.

        Parsing 10 MB takes half a second; a screen does it in a thread.
        """
        if self.json is None:
            return None
        try:
            return loads(self.json).value
        except InvalidJson:
            # Written by another version, or edited by hand.
            return None

    @property
    def label(self) -> str:
        """The verdict with its counts, for a status line: `repaired (2 repairs)`."""
        repairs = ngettext("{count} repair", "{count} repairs", self.repair_count)
        if self.verdict is Verdict.REPAIRED:
            return _("repaired ({repairs})").format(repairs=repairs)
        if self.verdict is Verdict.INVALID and self.error_count:
            errors = ngettext("{count} error", "{count} errors", self.error_count)
            if self.repair_count:
                return _("invalid ({errors}, {repairs})").format(errors=errors, repairs=repairs)
            return _("invalid ({errors})").format(errors=errors)
        return self.verdict.label

    def as_mapping(self) -> dict[str, Any]:
        """Return plain JSON for Message.structured."""
        return {
            "verdict": self.verdict.value,
            # Avoids storing the reply twice.
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
        """Restore an evaluation that was stored with a message.

        Args:
            mapping: Message.structured.
            raw: Message.content.

        Returns:
            None when there is none, or it cannot be read.
        """
        try:
            return None if mapping is None else _from_mapping(mapping, raw)
        except (KeyError, TypeError, ValueError):
            return None


def format_path(path: Path) -> str:
    """Return a path as the user sees it: `people[2].name`; empty for the root."""
    text = ""
    for step in path:
        if isinstance(step, int):
            text += f"[{step}]"
        elif step.isidentifier():
            text += f".{step}" if text else step
        else:
            text += f'["{step}"]'
    return text


def _from_mapping(mapping: Mapping[str, Any], raw: str) -> Evaluation:
    json_text, open_path = mapping["json"], mapping["draft"]
    return Evaluation(
        verdict=Verdict(mapping["verdict"]),
        raw=raw,
        json=raw if json_text is True else json_text,
        repairs=tuple(Repair(*repair) for repair in mapping["repairs"]),
        repair_count=mapping["repair_count"],
        errors=tuple(
            ValidationError(tuple(path), message, keyword)
            for path, message, keyword in mapping["errors"]
        ),
        error_count=mapping["error_count"],
        reason=mapping["reason"],
        open_path=None if open_path is None else tuple(open_path),
        response_format=mapping.get("asked") or {},
        sent_as=mapping.get("sent_as") or "",
    )
