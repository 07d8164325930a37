"""``tui-chat ask`` for an object: what is asked for, what is printed, how it ends."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tui_chat.core.conversation import MessageStatus
from tui_chat.core.errors import READ_ALL_HINT, ConfigError, RequestRejected
from tui_chat.core.request import ResponseFormat
from tui_chat.core.stream_events import FormatDowngraded, Retrying
from tui_chat.core.text.quantities import counted
from tui_chat.core.text.sanitize import sanitize_line
from tui_chat.session.format_fallback import STEPS
from tui_chat.session.structured_output import evaluation_of
from tui_chat.structured.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tui_chat.core.conversation import Message
    from tui_chat.core.stream_events import StreamEvent
    from tui_chat.session.launch import Launch
    from tui_chat.structured.verdict import Evaluation

INVALID: Final = 4
_CUT_OFF: Final = 3
_TOLD: Final = 20
"""How many repairs and errors are told one by one."""


@dataclass(frozen=True, slots=True)
class OutputOptions:
    """How an answer is wanted."""

    wanted: ResponseFormat = ResponseFormat()
    sent_as: str | None = None
    """The strongest form the endpoint is asked in; None: what it takes."""
    is_strict: bool = False
    """Whether a repaired object counts as invalid."""
    as_json: bool = False

    @property
    def is_object(self) -> bool:
        """Whether an object is asked for."""
        return self.wanted.is_structured


def wanted_format(launch: Launch, form: str | None, schema: str | None) -> ResponseFormat:
    """Return the form of answer that flags ask for.

    Args:
        launch: Says where the kept schemas are.
        form: `text` or `json`.
        schema: A file, a name, a class, a short form, or a schema.

    Raises:
        ConfigError: There is no such schema, or it is wrong, or the flags contradict each other.
    """
    if schema is not None and form == "text":
        raise ConfigError("--schema asks for an object, and --format text for a text.")
    if schema is not None:
        from tui_chat.structured.schemas.lookup import SchemaFolder, find_schema

        folder = SchemaFolder(launch.paths.config_file)
        return find_schema(schema, folder, Path.cwd()).response_format
    return ResponseFormat("json_object") if form == "json" else ResponseFormat()


def has_object(evaluation: Evaluation, *, is_strict: bool) -> bool:
    """Say whether there is an object that may be used."""
    if evaluation.verdict is Verdict.REPAIRED:
        return not is_strict
    return evaluation.verdict is Verdict.VALID


def object_status(reply: Message, *, is_strict: bool) -> int | None:
    """Return the exit status that the verdict on a reply asks for; None when it has none."""
    evaluation = evaluation_of(reply)
    if evaluation is None or reply.status is MessageStatus.CANCELLED:
        return None
    if evaluation.verdict is Verdict.CUT_OFF:
        return _CUT_OFF
    return 0 if has_object(evaluation, is_strict=is_strict) else INVALID


def event_words(event: StreamEvent) -> str:
    """Return what a person is told of an event while an answer is waited for; mostly nothing."""
    if isinstance(event, Retrying):
        said = sanitize_line(event.server_message, 300)
        words = f"{event.reason}: retry {event.attempt}/{event.attempts} in {event.delay_s:.1f} s"
        return f"{words} (it said: “{said}”)" if said else words
    return event.message if isinstance(event, FormatDowngraded) else ""


def failure_words(reply: Message, wish: OutputOptions) -> str:
    """Return why there is no answer, with what a script can do about it."""
    told = reply.error_text or "No answer came."
    # There is no message to press a key on.
    words = told.removesuffix(READ_ALL_HINT).rstrip()
    is_unexplained = reply.error_kind == RequestRejected.kind and words != told
    if wish.is_object and wish.sent_as != STEPS[-1] and is_unexplained:
        words += f" If it is the form that it refuses, add --send-as {STEPS[-1]}."
    return words


def words_of(evaluation: Evaluation, *, is_strict: bool) -> Iterator[str]:
    """Yield what a person is told of a verdict, line by line; nothing when all is well."""
    if evaluation.verdict is Verdict.VALID:
        return
    refused = ", and --strict takes none" if is_strict else ""
    if evaluation.verdict is Verdict.REPAIRED:
        yield (
            f"The answer was not JSON to the letter: {counted(evaluation.repair_count, 'repair')}"
            + (f"{refused}.")
        )
        for repair in evaluation.repairs[:_TOLD]:
            yield f"  {repair.message}"
        return
    yield f"The answer is {evaluation.label}. {evaluation.reason}".strip()
    for error in evaluation.errors[:_TOLD]:
        yield f"  {error.path_text or 'the object'}: {error.message}"
    if evaluation.error_count > _TOLD:
        yield f"  … and {evaluation.error_count - _TOLD:,} more"
