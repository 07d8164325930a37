"""Labels and notices about one message: author, status, verdict, and the keys that help."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tui_chat.core.conversation import MessageStatus, Role
from tui_chat.core.labels import N_, _, labelled, ngettext
from tui_chat.core.text.sanitize import sanitize_line
from tui_chat.ui.common.key_names import usual_key

if TYPE_CHECKING:
    from datetime import datetime

    from tui_chat.core.conversation import Message
    from tui_chat.structured.verdict import Evaluation
    from tui_chat.ui.common.key_names import KeyOf


_STATUS_LABELS: Final = {
    MessageStatus.STREAMING: "",
    MessageStatus.COMPLETE: "",
    MessageStatus.CANCELLED: N_("stopped by you"),
    MessageStatus.FAILED: N_("failed"),
    MessageStatus.INTERRUPTED: N_("interrupted"),
}
_STOPPED: Final = {"repeating": N_("stopped: it repeated itself")}

READY_STATUS: Final = N_("ready")

ANSWERED_ELSEWHERE: Final = N_("answering in another window")
"""Shown above a reply that another program is writing, and in the status line."""


def author(message: Message) -> str:
    """Return the author of a message, for its header."""
    if message.role is Role.USER:
        return _("You")
    return sanitize_line(message.model or message.profile or _("assistant"), 60)


def status_label(message: Message) -> str:
    """Return the name of a final status; empty for a complete message or a running one."""
    return _(_STOPPED.get(message.error_kind or "", _STATUS_LABELS[message.status]))


def final_status(message: Message) -> str:
    """Return the final status of a message with its duration; empty for a complete one."""
    facts = [status_label(message)]
    if message.role is Role.ASSISTANT and message.status is not MessageStatus.STREAMING:
        seconds = duration_s(message)
        if message.status is not MessageStatus.COMPLETE and seconds is not None:
            facts.append(_("{seconds:.1f} s").format(seconds=seconds))
    return " · ".join(fact for fact in facts if fact)


def clock_time(moment: datetime, now: datetime) -> str:
    """Return the time of a message in the time zone of `now`, with the date if it is another."""
    local = moment.astimezone(now.tzinfo)
    return local.strftime("%H:%M" if local.date() == now.date() else "%Y-%m-%d %H:%M")


def header_details(
    message: Message, *, is_answered_elsewhere: bool = False, is_unsaved: bool = False
) -> str:
    """Return the state of a message for its header: the status and the verdict.

    Args:
        message: The message.
        is_answered_elsewhere: Whether another program is writing it.
        is_unsaved: Whether it is not in the database yet.
    """
    status = _(ANSWERED_ELSEWHERE) if is_answered_elsewhere else final_status(message)
    facts = [status, verdict_label(message)]
    if message.edited_from is not None and message.role is Role.ASSISTANT:
        facts.insert(0, _("edited"))
    if is_unsaved:
        facts.insert(0, _("not saved yet"))
    return " · ".join(fact for fact in facts if fact)


def weaker_format(message: Message) -> str:
    """Return the format that was sent, if it is weaker than the requested one; else empty."""
    stored = message.structured or {}
    sent, asked = stored.get("sent_as"), stored.get("asked") or {}
    if not sent or sent == asked.get("type"):
        return ""
    # Not before the first paint: the stream events take as long as a tenth of it.
    from tui_chat.core.stream_events import format_label

    return format_label(sent)


def verdict_label(message: Message) -> str:
    """Return the verdict on structured output; empty for any other message."""
    evaluation = _evaluation(message)
    return evaluation.label if evaluation is not None else ""


def _evaluation(message: Message) -> Evaluation | None:
    if message.structured is None or message.status is MessageStatus.STREAMING:
        return None
    # Imported here: only structured output needs it.
    from tui_chat.structured.verdict import Evaluation

    return Evaluation.from_mapping(message.structured, message.content)


def _object_notice(evaluation: Evaluation, key: KeyOf) -> str:
    """Return the notice below structured output that was repaired or has no valid object."""
    from tui_chat.structured.verdict import Verdict

    if evaluation.verdict is Verdict.REPAIRED:
        first = evaluation.repairs[0].message if evaluation.repairs else ""
        if evaluation.repair_count <= 1:
            return first
        return _("{repair} {fold} shows every repair.").format(
            repair=first, fold=key("message.fold")
        )
    if evaluation.verdict is not Verdict.INVALID:
        return evaluation.reason
    problem = evaluation.reason
    if evaluation.errors:
        error = evaluation.errors[0]
        problem = labelled(error.path_text, error.message) if error.path_text else error.message
    return _("{problem} {fix} asks the model to fix it, {fold} shows more.").format(
        problem=problem, fix=key("message.fix"), fold=key("message.fold")
    )


def message_notice(message: Message, key: KeyOf = usual_key) -> str:
    """Return the notice below a message that failed, was interrupted or was cut off; else empty."""
    evaluation = _evaluation(message)
    if evaluation is not None and not message.error_text:
        return _object_notice(evaluation, key)
    if message.status is MessageStatus.INTERRUPTED and not message.error_text:
        text = (
            _(
                "This reply was interrupted: the program ended, or the endpoint stopped sending. "
                "Keep it and go on, or press {up}, then {extend} to continue it or {again} to "
                "regenerate it."
            )
            if message.content.strip()
            else _(
                "This reply was interrupted: the program ended, or the endpoint stopped sending. "
                "Keep it and go on, or press {up}, then {again} to regenerate it."
            )
        )
        return text.format(
            up=key("prompt.up"), extend=key("message.continue"), again=key("message.again")
        )
    return message.error_text or ""


def repair_round_label(reply: Message) -> str:
    """Return the round of a reply that fixes an invalid object; empty for any other reply."""
    number, most = _round_of(reply)
    return _("fixing {number}/{most}").format(number=number, most=most) if number else ""


def still_invalid_status(reply: Message, key: KeyOf = usual_key) -> str:
    """Return the status of an object that is still not valid after the last round; else empty."""
    number, most = _round_of(reply)
    if not number or number != most or reply.status is not MessageStatus.COMPLETE:
        return ""
    evaluation = _evaluation(reply)
    if evaluation is None:
        return ""
    from tui_chat.structured.verdict import Verdict

    if evaluation.verdict not in (Verdict.INVALID, Verdict.CUT_OFF):
        return ""
    return ngettext(
        "still {verdict} after {count} round · {up} then {fix} tries again",
        "still {verdict} after {count} rounds · {up} then {fix} tries again",
        most,
        verdict=evaluation.verdict.label,
        up=key("prompt.up"),
        fix=key("message.fix"),
    )


def _round_of(reply: Message) -> tuple[int, int]:
    match (reply.structured or {}).get("round"):
        case [int(number), int(most)]:
            return number, most
    return 0, 0


def idle_status(last: Message | None, key: KeyOf = usual_key) -> str:
    """Return the status line of an opened conversation, which ends with `last`."""
    if last is None or last.status is not MessageStatus.INTERRUPTED:
        return _(READY_STATUS)
    return f"{_('interrupted, kept')} · {continue_hint(last, key)}"


def continue_hint(broken: Message, key: KeyOf = usual_key) -> str:
    """Return the keys that continue or regenerate an incomplete reply."""
    text = (
        _("{up} then {extend} continues, {again} regenerates")
        if broken.content.strip()
        else _("{up} then {again} regenerates")
    )
    return text.format(
        up=key("prompt.up"), extend=key("message.continue"), again=key("message.again")
    )


def duration_s(message: Message) -> float | None:
    """Return the duration of a reply in seconds; None while it is unknown."""
    if message.finished_at is None:
        return None
    seconds = (message.finished_at - message.created_at).total_seconds()
    # Negative if the clock was set back, or a program with another clock saved the reply.
    return seconds if seconds >= 0 else None
