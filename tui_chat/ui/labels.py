"""Short words about messages, shared by what shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tui_chat.core.conversation import MessageStatus, Role
from tui_chat.core.labels import _
from tui_chat.core.stream_events import format_label
from tui_chat.core.text.quantities import compact_count, counted
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

_STATUS_WORDS = {
    MessageStatus.STREAMING: "",
    MessageStatus.COMPLETE: "",
    MessageStatus.CANCELLED: "stopped by you",
    MessageStatus.FAILED: "failed",
    MessageStatus.INTERRUPTED: "interrupted",
}


EDIT_WORDS = "editing: Enter makes a new version of it, Esc leaves it as it is"
"""Stands in the status line while the prompt holds an earlier message."""

FIRST_MODEL = "first model offered"
"""Stands for the model of a profile that names none."""

ELSEWHERE_WORDS = "answering in another window"
"""Stands above a reply that another program is writing, and in the status line."""


DELETED_WORDS = (
    "This conversation was deleted in another window. A question asked here brings it back."
)
GONE_WORDS = (
    "This conversation was removed for good in another window. A question asked here saves it "
    "again, with all that is shown."
)


def branches_words(count: int, key: KeyOf = usual_key) -> str:
    """Return that other windows asked beside this one, and how their branches are shown.

    Args:
        count: How many branches are new.
        key: Names the key of a binding.
    """
    what = "a branch" if count == 1 else f"{count} branches"
    flip = f"{key('message.previous_version')} and {key('message.next_version')}"
    return (
        f"Another window added {what} beside yours: {key('prompt.up')}, then {flip} on a message "
        "marked 1/2 shows the other one."
    )


def author(message: Message) -> str:
    """Return who speaks, for the line above a message."""
    if message.role is Role.USER:
        return "You"
    return sanitize_line(message.model or message.profile or "assistant", 60)


def status_words(message: Message) -> str:
    """Return how a message ended, for the line above it; empty when it is whole."""
    words = [_STATUS_WORDS[message.status]]
    if message.role is Role.ASSISTANT and message.status is not MessageStatus.STREAMING:
        seconds = duration_s(message)
        if message.status is not MessageStatus.COMPLETE and seconds is not None:
            words.append(f"{seconds:.1f} s")
    return " · ".join(word for word in words if word)


def header_words(
    message: Message,
    place: tuple[int, int],
    *,
    is_answered_elsewhere: bool = False,
    is_unsaved: bool = False,
) -> str:
    """Return what stands at the right above a message: how it ended, which version it is.

    Args:
        message: The message.
        place: Which version it is, counted from 1, and how many there are.
        is_answered_elsewhere: Whether another program is writing it.
        is_unsaved: Whether the database does not have it yet.
    """
    number, count = place
    status = ELSEWHERE_WORDS if is_answered_elsewhere else status_words(message)
    facts = [status, verdict_words(message), f"{number}/{count}" if count > 1 else ""]
    if message.edited_from is not None and message.role is Role.ASSISTANT:
        facts.insert(0, "edited")
    if is_unsaved:
        facts.insert(0, _("not saved yet"))
    return " · ".join(fact for fact in facts if fact)


def weaker_words(message: Message) -> str:
    """Return in which form an object was asked for; empty when in the one that was wanted."""
    told = message.structured or {}
    sent, asked = told.get("sent_as"), told.get("asked") or {}
    return format_label(sent) if sent and sent != asked.get("type") else ""


def verdict_words(message: Message) -> str:
    """Return how an answer stands to the object that was asked for; empty when none was."""
    evaluation = _evaluation(message)
    return evaluation.label if evaluation is not None else ""


def _evaluation(message: Message) -> Evaluation | None:
    if message.structured is None or message.status is MessageStatus.STREAMING:
        return None
    # Loaded only where an object was asked for.
    from tui_chat.structured.verdict import Evaluation

    return Evaluation.from_mapping(message.structured, message.content)


def _object_notice(evaluation: Evaluation, key: KeyOf) -> str:
    """Return what stands below an object that is not what was asked for, or was repaired."""
    kind = evaluation.verdict.value
    fix, more = key("message.fix"), f"{key('message.fold')} shows"
    if kind == "repaired":
        first = evaluation.repairs[0].message if evaluation.repairs else ""
        return f"{first} {more} every repair." if evaluation.repair_count > 1 else first
    if kind == "invalid" and evaluation.errors:
        error = evaluation.errors[0]
        place = f"{error.path_text}: " if error.path_text else ""
        return f"{place}{error.message} {fix} asks the model to put it right, {more} more."
    if kind == "invalid":
        return f"{evaluation.reason} {fix} asks again, {more} more."
    return evaluation.reason


def notice_words(message: Message, key: KeyOf = usual_key) -> str:
    """Return what stands below a message: why it failed, broke off or was cut; or nothing.

    Args:
        message: The message.
        key: Names the key of a binding.
    """
    evaluation = _evaluation(message)
    if evaluation is not None and not message.error_text:
        return _object_notice(evaluation, key)
    if message.status is MessageStatus.INTERRUPTED and not message.error_text:
        again = key("message.again")
        can = (
            f"{key('message.continue')} to continue it, {again} for another answer"
            if message.content.strip()
            else f"{again} to ask again"
        )
        return (
            "It broke off here, because the program ended or the endpoint did not say its end. "
            f"Keep it and go on, or press {key('prompt.up')} and then {can}."
        )
    return message.error_text or ""


def round_words(reply: Message) -> str:
    """Return in which round a reply puts another one right; empty for any other reply."""
    number, most = _round_of(reply)
    return f"putting right {number}/{most}" if number else ""


def given_up_words(reply: Message, key: KeyOf = usual_key) -> str:
    """Return that an object could not be put right as often as it was tried; mostly empty.

    Args:
        reply: The last answer.
        key: Names the key of a binding.
    """
    number, most = _round_of(reply)
    evaluation = _evaluation(reply) if number and number == most else None
    if evaluation is None or evaluation.verdict.value not in ("invalid", "cut off"):
        return ""
    if reply.status is not MessageStatus.COMPLETE:
        return ""
    again = f"{key('prompt.up')} then {key('message.fix')} tries again"
    return f"still {evaluation.verdict} after {counted(most, 'round')} · {again}"


def _round_of(reply: Message) -> tuple[int, int]:
    match (reply.structured or {}).get("round"):
        case [int(number), int(most)]:
            return number, most
    return 0, 0


READY_WORDS: Final = "ready"
STRAY_WORDS: Final = "After a click, letters change nothing: press an arrow key first."


def problem_words(problems: Sequence[ConfigProblem]) -> list[str]:
    """Return what is said at the start about mistakes of config.toml: one line at the most."""
    if not problems:
        return []
    file = sanitize_line(problems[0].file.name, 60)
    if len(problems) == 1:
        at = f", line {problems[0].line}" if problems[0].line else ""
        return [
            sanitize_line(f"{file}{at}: {problems[0].summary} {problems[0].hint}".strip(), 1_000)
        ]
    return [
        f"{file}: {len(problems)} problems · `tui-chat doctor` or Ctrl+P, “Problems” lists them"
    ]


def start_notices(problems: Sequence[ConfigProblem], notices: Sequence[str]) -> list[str]:
    """Return what is said once at the start.

    Args:
        problems: Mistakes of config.toml: they become one line.
        notices: Everything that is to be said, each of the mistakes in full among it.
    """
    known = {problem.message for problem in problems}
    return [*problem_words(problems), *(words for words in notices if words not in known)]


def busy_words(stop: str) -> str:
    """Return what is said when a question cannot be sent because an answer runs.

    Args:
        stop: The key that stops it.
    """
    return f"Not sent yet: an answer is running. {stop} stops it; your text stays here."


def ready_words(last: Message | None, key: KeyOf = usual_key) -> str:
    """Return what the status line says when a conversation is opened.

    Args:
        last: The last message that is shown; None when there is none.
        key: Names the key of a binding.
    """
    if last is None or last.status is not MessageStatus.INTERRUPTED:
        return READY_WORDS
    return f"broke off, kept: {next_words(last, key)}"


def next_words(broken: Message, key: KeyOf = usual_key) -> str:
    """Return which keys go on after an answer that is not whole.

    Args:
        broken: The answer.
        key: Names the key of a binding.
    """
    again = f"{key('message.again')} asks again"
    can = f"{key('message.continue')} continues it, {again}" if broken.content.strip() else again
    return f"{key('prompt.up')} then {can}"


def duration_s(message: Message) -> float | None:
    """Return how long a reply took in seconds, None while it is not known."""
    if message.finished_at is None:
        return None
    seconds = (message.finished_at - message.created_at).total_seconds()
    # Negative where an earlier version or another program saved it while the clock was set.
    return seconds if seconds >= 0 else None


def oldest_words(count: int) -> str:
    """Return which turns, from the beginning: the oldest turn, the oldest 3 turns."""
    return "the oldest turn" if count == 1 else f"the oldest {count:,} turns"


def context_words(use: ContextUse | None) -> str:
    """Return how full the context is: `1.2k of 8k`; `~` marks an estimate."""
    if use is None:
        return ""
    tokens = f"{'~' if use.is_estimate else ''}{compact_count(use.tokens)}"
    if not use.limit:
        return f"{tokens} tokens in context"
    words = f"{tokens} of {_limit_words(use.limit)}"
    return f"context {use.fraction:.0%} full: {words}" if use.is_nearly_full else words


def _limit_words(limit: int) -> str:
    """Return the size of a context as it is spoken of: 8192 is 8k, 128000 is 128k."""
    for unit in (1024, 1000):
        if limit >= unit and limit % unit == 0 and limit < 1_000_000:
            return f"{limit // unit}k"
    return compact_count(limit)


def title_words(conversation: Conversation, unsaved: str = "") -> str:
    """Return what stands at the left of the first line: the title.

    Args:
        conversation: Whose title.
        unsaved: Why it is not on the disk, in a word or two; empty when it is.
    """
    title = sanitize_line(conversation.title, 80) or "New conversation"
    if unsaved:
        return f"{title} ({unsaved})"
    return f"{title} · pinned" if is_pinned(conversation) else title


def endpoint_words(
    model: str | None,
    profile: Profile,
    form: ResponseFormat | None = None,
    *,
    is_for_one: bool = False,
) -> str:
    """Return what stands at the right of the first line.

    Args:
        model: Who is asked; None until the endpoint has said which model it offers first.
        profile: Where.
        form: Of the answers.
        is_for_one: Whether the form is that of the next answer alone.
    """
    facts = [sanitize_line(model or "", 40) or FIRST_MODEL, sanitize_line(profile.name, 24)]
    if form is not None and is_for_one and not form.is_structured:
        facts.append("text, once")
    elif form is not None and form.is_structured:
        name = form.name if form.schema is not None else "JSON"
        facts.append("{" + sanitize_line(name, 24) + "}" + (", once" if is_for_one else ""))
    return " · ".join(fact for fact in facts if fact)


def left_words(name: str, key: str) -> str:
    """Return why the program begins with a new conversation.

    Args:
        name: The profile and the host that the last conversation stays with.
        key: Opens that conversation.
    """
    return f"new · the last one stays with {sanitize_line(name, 40)} · {key} opens it"


def below_words(new_messages: int, key: str) -> str:
    """Return what lies below the messages that are seen, and the key that leads there."""
    words = f"↓ {new_messages} new below" if new_messages else "↓ more below"
    return f"{words} {key}".strip()


def no_block_words(number: int, count: int) -> str:
    """Return what is shown when there is no code block with a number."""
    if not count:
        return "This message has no code blocks."
    if count == 1:
        return f"There is no code block {number}: this message has one."
    return f"There is no code block {number}: this message has {count}."


def no_landmark_words(kind: str, step: int, *, is_any: bool, is_in_view: bool) -> str:
    """Return what is shown when there is no further heading or code block to scroll to.

    Args:
        kind: `heading` or `code`.
        step: 1 for the next one, -1 for the one before.
        is_any: Whether the message has any.
        is_in_view: Whether the next one is on the screen already.
    """
    name = "heading" if kind == "heading" else "code block"
    if not is_any:
        return f"This message has no {name}s."
    if is_in_view:
        return f"The next {name} is in view already."
    return f"No {name} comes {'after' if step > 0 else 'before'} this in the message."
