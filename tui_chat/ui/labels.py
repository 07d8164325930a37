"""Labels and notices about messages, shared by several widgets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tui_chat.core.conversation import MessageStatus, Role
from tui_chat.core.labels import N_, _, ngettext
from tui_chat.core.stream_events import format_label
from tui_chat.core.text.quantities import compact_count
from tui_chat.core.text.sanitize import sanitize_line
from tui_chat.session.library import is_pinned
from tui_chat.ui.common.key_names import usual_key

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tui_chat.config.problems import ConfigProblem
    from tui_chat.core.conversation import Conversation, Message
    from tui_chat.core.profile import Profile
    from tui_chat.core.request import ResponseFormat
    from tui_chat.core.text.token_estimate import ContextUse
    from tui_chat.structured.verdict import Evaluation

    KeyOf = Callable[[str], str]
    """Returns the key of a binding, by its id."""

_STATUS_LABELS: Final = {
    MessageStatus.STREAMING: "",
    MessageStatus.COMPLETE: "",
    MessageStatus.CANCELLED: N_("stopped by you"),
    MessageStatus.FAILED: N_("failed"),
    MessageStatus.INTERRUPTED: N_("interrupted"),
}
_STOPPED: Final = {"repeating": N_("stopped: it repeated itself")}

READY_WORDS: Final = N_("ready")

EDIT_WORDS: Final = N_("editing · Enter saves a new version · Esc cancels")
"""Shown in the status line while the prompt holds an earlier message."""

FIRST_MODEL: Final = N_("first model offered")
"""Shown in place of the model when a profile names none."""

ELSEWHERE_WORDS: Final = N_("answering in another window")
"""Shown above a reply that another program is writing, and in the status line."""

DELETED_WORDS: Final = N_(
    "This conversation was deleted in another window. Ask a question here to restore it."
)
GONE_WORDS: Final = N_(
    "This conversation was permanently deleted in another window. Ask a question here to save it "
    "again, with everything that is shown."
)
STRAY_WORDS: Final = N_("After a click, letters change nothing: press an arrow key first.")

_NO_LANDMARK: Final = {
    "heading": (
        N_("This message has no headings."),
        N_("The next heading is in view already."),
        N_("No heading comes after this in the message."),
        N_("No heading comes before this in the message."),
    ),
    "code": (
        N_("This message has no code blocks."),
        N_("The next code block is in view already."),
        N_("No code block comes after this in the message."),
        N_("No code block comes before this in the message."),
    ),
}
"""For each kind: there is none at all, the next one is visible, none follows, none precedes."""


def branches_words(count: int, key: KeyOf = usual_key) -> str:
    """Return the notice that another window added branches, with the keys that show them."""
    return ngettext(
        "Another window added a branch. Press {up}, then {previous} or {next} on a message marked "
        "1/2 to show it.",
        "Another window added {count} branches. Press {up}, then {previous} or {next} on a "
        "message marked 1/2 to show them.",
        count,
        up=key("prompt.up"),
        previous=key("message.previous_version"),
        next=key("message.next_version"),
    )


def author(message: Message) -> str:
    """Return the author of a message, for its header."""
    if message.role is Role.USER:
        return _("You")
    return sanitize_line(message.model or message.profile or _("assistant"), 60)


def status_words(message: Message) -> str:
    """Return the final status of a message, for its header; empty for a complete one."""
    facts = [_(_STOPPED.get(message.error_kind or "", _STATUS_LABELS[message.status]))]
    if message.role is Role.ASSISTANT and message.status is not MessageStatus.STREAMING:
        seconds = duration_s(message)
        if message.status is not MessageStatus.COMPLETE and seconds is not None:
            facts.append(_("{seconds:.1f} s").format(seconds=seconds))
    return " · ".join(fact for fact in facts if fact)


def header_words(
    message: Message,
    version: tuple[int, int],
    *,
    is_answered_elsewhere: bool = False,
    is_unsaved: bool = False,
) -> str:
    """Return the right part of a header: the status, the verdict and the version.

    Args:
        message: The message.
        version: The number of its version, from 1, and the number of versions.
        is_answered_elsewhere: Whether another program is writing it.
        is_unsaved: Whether it is not in the database yet.
    """
    number, count = version
    status = _(ELSEWHERE_WORDS) if is_answered_elsewhere else status_words(message)
    facts = [status, verdict_words(message), f"{number}/{count}" if count > 1 else ""]
    if message.edited_from is not None and message.role is Role.ASSISTANT:
        facts.insert(0, _("edited"))
    if is_unsaved:
        facts.insert(0, _("not saved yet"))
    return " · ".join(fact for fact in facts if fact)


def weaker_words(message: Message) -> str:
    """Return the format that was sent, if it is weaker than the requested one; else empty."""
    stored = message.structured or {}
    sent, asked = stored.get("sent_as"), stored.get("asked") or {}
    return format_label(sent) if sent and sent != asked.get("type") else ""


def verdict_words(message: Message) -> str:
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
        problem = f"{error.path_text}: {error.message}" if error.path_text else error.message
    return _("{problem} {fix} asks the model to fix it, {fold} shows more.").format(
        problem=problem, fix=key("message.fix"), fold=key("message.fold")
    )


def notice_words(message: Message, key: KeyOf = usual_key) -> str:
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


def round_words(reply: Message) -> str:
    """Return the round of a reply that fixes an invalid object; empty for any other reply."""
    number, most = _round_of(reply)
    return _("fixing {number}/{most}").format(number=number, most=most) if number else ""


def given_up_words(reply: Message, key: KeyOf = usual_key) -> str:
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


def problem_words(problems: Sequence[ConfigProblem]) -> list[str]:
    """Return the start-up notice about mistakes in config.toml, in at most one line."""
    if not problems:
        return []
    first = problems[0]
    file = sanitize_line(first.file.name, 60)
    if len(problems) == 1:
        text = _("{file}, line {line}: {problem}") if first.line else _("{file}: {problem}")
        problem = f"{first.summary} {first.hint}".strip()
        return [sanitize_line(text.format(file=file, line=first.line, problem=problem), 1_000)]
    return [
        ngettext(
            "{file}: {count} problem · `tui-chat doctor` or Ctrl+P, “Problems” lists it",
            "{file}: {count} problems · `tui-chat doctor` or Ctrl+P, “Problems” lists them",
            len(problems),
            file=file,
        )
    ]


def start_notices(problems: Sequence[ConfigProblem], notices: Sequence[str]) -> list[str]:
    """Return the notices that are shown once at start-up.

    Args:
        problems: Mistakes in config.toml; they are summarized in one line.
        notices: All notices, including each of these mistakes in full.
    """
    known = {problem.message for problem in problems}
    return [*problem_words(problems), *(notice for notice in notices if notice not in known)]


def busy_words(stop: str) -> str:
    """Return the notice that nothing can be sent until an answer ends or a key stops it."""
    return _("Not sent yet: an answer is running. {stop} stops it; your text stays here.").format(
        stop=stop
    )


def ready_words(last: Message | None, key: KeyOf = usual_key) -> str:
    """Return the status line of an opened conversation, which ends with `last`."""
    if last is None or last.status is not MessageStatus.INTERRUPTED:
        return _(READY_WORDS)
    return f"{_('interrupted, kept')} · {next_words(last, key)}"


def next_words(broken: Message, key: KeyOf = usual_key) -> str:
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


def context_words(use: ContextUse | None) -> str:
    """Return the fill level of the context: `1.2k of 8k`; `~` marks an estimate."""
    if use is None:
        return ""
    tokens = f"{'~' if use.is_estimate else ''}{compact_count(use.tokens)}"
    if not use.limit:
        return _("{tokens} tokens in context").format(tokens=tokens)
    text = (
        _("context {fraction:.0%} full: {tokens} of {limit}")
        if use.is_nearly_full
        else _("{tokens} of {limit}")
    )
    return text.format(fraction=use.fraction, tokens=tokens, limit=_limit_words(use.limit))


def _limit_words(limit: int) -> str:
    """Return the customary name of a context size: 8192 is 8k, 128000 is 128k."""
    for unit in (1024, 1000):
        if limit >= unit and limit % unit == 0 and limit < 1_000_000:
            return f"{limit // unit}k"
    return compact_count(limit)


def title_words(conversation: Conversation, unsaved: str = "") -> str:
    """Return the title for the title line, marked with `unsaved`, if it is not saved, or pinned."""
    title = sanitize_line(conversation.title, 80) or _("New conversation")
    if unsaved:
        return f"{title} ({unsaved})"
    return _("{title} · pinned").format(title=title) if is_pinned(conversation) else title


def endpoint_words(
    model: str | None,
    profile: Profile,
    response_format: ResponseFormat | None = None,
    *,
    is_for_one: bool = False,
    is_offline: bool = False,
) -> str:
    """Return the right part of the title line: the model, the profile and the response format.

    Args:
        model: The model; None until the endpoint has reported which one it offers first.
        profile: The profile of the conversation.
        response_format: The format of the next answers.
        is_for_one: Whether the format applies to the next answer only.
        is_offline: Whether requests go to this machine only.
    """
    facts = [sanitize_line(model or "", 40) or _(FIRST_MODEL), sanitize_line(profile.name, 24)]
    if response_format is not None and response_format.is_structured:
        name = response_format.name if response_format.schema is not None else "JSON"
        label = "{" + sanitize_line(name, 24) + "}"
        facts.append(_("{format}, once").format(format=label) if is_for_one else label)
    elif response_format is not None and is_for_one:
        facts.append(_("text, once"))
    if is_offline:
        facts.append(_("offline"))
    return " · ".join(fact for fact in facts if fact)


def left_words(name: str, key: str) -> str:
    """Return the notice that the last conversation, which `key` opens, has another endpoint."""
    return _("new · the last one stays with {name} · {key} opens it").format(
        name=sanitize_line(name, 40), key=key
    )


def below_words(new_messages: int, key: str) -> str:
    """Return the hint that there is more below the visible messages, with its key."""
    text = (
        ngettext("↓ {count} new below", "↓ {count} new below", new_messages)
        if new_messages
        else _("↓ more below")
    )
    return f"{text} {key}".strip()


def no_block_words(number: int, count: int) -> str:
    """Return the notice that there is no code block with this number."""
    if not count:
        return _("This message has no code blocks.")
    return ngettext(
        "There is no code block {number}: this message has one.",
        "There is no code block {number}: this message has {count}.",
        count,
        number=number,
    )


def no_landmark_words(kind: str, step: int, *, is_any: bool, is_in_view: bool) -> str:
    """Return the notice that there is no further heading or code block to scroll to.

    Args:
        kind: `heading` or `code`.
        step: 1 for the next one, -1 for the previous one.
        is_any: Whether the message has any.
        is_in_view: Whether the next one is visible already.
    """
    none, visible, after, before = _NO_LANDMARK[kind]
    if not is_any:
        return _(none)
    if is_in_view:
        return _(visible)
    return _(after if step > 0 else before)
