"""Labels and notices about conversations and the program, shared by several widgets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tui_chat.core.labels import N_, _, join_sentences, ngettext
from tui_chat.core.text.quantities import compact_count
from tui_chat.core.text.sanitize import sanitize_line
from tui_chat.session.library import is_pinned
from tui_chat.session.project import project_of
from tui_chat.ui.common.key_names import usual_key

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tui_chat.config.problems import ConfigProblem
    from tui_chat.core.conversation import Conversation
    from tui_chat.core.cost.cost import Cost
    from tui_chat.core.profile import Profile
    from tui_chat.core.request import ResponseFormat
    from tui_chat.core.text.token_estimate import ContextUse
    from tui_chat.ui.common.key_names import KeyOf


EDIT_STATUS: Final = N_("editing · Enter saves a new version · Esc cancels")
"""Shown in the status line while the prompt holds an earlier message."""

FIRST_MODEL: Final = N_("first model offered")
"""Shown in place of the model when a profile names none."""

DELETED_ELSEWHERE: Final = N_(
    "This conversation was deleted in another window. Ask a question here to restore it."
)
PURGED_ELSEWHERE: Final = N_(
    "This conversation was permanently deleted in another window. Ask a question here to save it "
    "again, with everything that is shown."
)
LETTERS_IGNORED: Final = N_("After a click, letters change nothing: press an arrow key first.")

NO_TEXT: Final = N_("This message has no text.")

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


def new_branches_notice(count: int, key: KeyOf = usual_key) -> str:
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


def problem_notice(problems: Sequence[ConfigProblem]) -> list[str]:
    """Return the start-up notice about mistakes in config.toml, in at most one line."""
    if not problems:
        return []
    first = problems[0]
    file = sanitize_line(first.file.name, 60)
    if len(problems) == 1:
        text = _("{file}, line {line}: {problem}") if first.line else _("{file}: {problem}")
        problem = join_sentences(first.summary, first.hint)
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
    return [*problem_notice(problems), *(notice for notice in notices if notice not in known)]


def busy_notice(stop: str) -> str:
    """Return the notice that nothing can be sent until an answer ends or a key stops it."""
    return _("Not sent yet: an answer is running. {stop} stops it; your text stays here.").format(
        stop=stop
    )


def context_label(use: ContextUse | None) -> str:
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
    return text.format(fraction=use.fraction, tokens=tokens, limit=_context_size(use.limit))


def cost_label(cost: Cost) -> str:
    """Return a cost with its origin, unless it is the endpoint's own figure."""
    from tui_chat.core.cost.cost import CostSource, money_label

    amount = money_label(cost.amount, cost.currency)
    if cost.source is CostSource.PROFILE:
        return _("{cost} by the price in config.toml").format(cost=amount)
    if cost.source is CostSource.TABLE:
        return _("{cost} by the price table").format(cost=amount)
    return amount


def _context_size(limit: int) -> str:
    """Return the customary name of a context size: 8192 is 8k, 128000 is 128k."""
    for unit in (1024, 1000):
        if limit >= unit and limit % unit == 0 and limit < 1_000_000:
            return f"{limit // unit}k"
    return compact_count(limit)


def title_label(conversation: Conversation) -> str:
    """Return the title for the title line, marked if it is pinned."""
    title = sanitize_line(conversation.title, 80) or _("New conversation")
    if project := project_of(conversation):
        title = f"{sanitize_line(project, 30)} › {title}"
    return _("{title} · pinned").format(title=title) if is_pinned(conversation) else title


def unsaved_mark(label: str) -> str:
    """Return the mark behind a title that is not saved; empty without a label."""
    return _("({state})").format(state=label) if label else ""


def endpoint_label(
    model: str | None,
    profile: Profile,
    response_format: ResponseFormat | None = None,
    *,
    is_for_one: bool = False,
    is_offline: bool = False,
    has_memory: bool = False,
    searches_web: bool = False,
    tools: int = 0,
) -> str:
    """Return the right part of the title line: the model, the profile and what is sent along.

    Args:
        model: The model; None until the endpoint has reported which one it offers first.
        profile: The profile of the conversation.
        response_format: The format of the next answers.
        is_for_one: Whether the format applies to the next answer only.
        is_offline: Whether requests go to this machine only.
        has_memory: Whether the user's memory is sent.
        searches_web: Whether the endpoint is asked to search the web.
        tools: The number of chosen tools.
    """
    facts = [sanitize_line(model or "", 40) or _(FIRST_MODEL), sanitize_line(profile.name, 24)]
    if response_format is not None and response_format.is_structured:
        name = response_format.name if response_format.schema is not None else "JSON"
        label = "{" + sanitize_line(name, 24) + "}"
        facts.append(_("{format}, once").format(format=label) if is_for_one else label)
    elif response_format is not None and is_for_one:
        facts.append(_("text, once"))
    if has_memory:
        facts.append(_("memory"))
    if searches_web:
        facts.append(_("web search"))
    if tools:
        facts.append(ngettext("{count} tool", "{count} tools", tools))
    if is_offline:
        facts.append(_("offline"))
    return " · ".join(fact for fact in facts if fact)


def other_endpoint_notice(name: str, key: str) -> str:
    """Return the notice that the last conversation, which `key` opens, has another endpoint."""
    return _("new · the last one stays with {name} · {key} opens it").format(
        name=sanitize_line(name, 40), key=key
    )


def more_below_label(new_messages: int, key: str) -> str:
    """Return the hint that there is more below the visible messages, with its key."""
    text = (
        ngettext("↓ {count} new below", "↓ {count} new below", new_messages)
        if new_messages
        else _("↓ more below")
    )
    return f"{text} {key}".strip()


def no_code_block_notice(number: int, count: int) -> str:
    """Return the notice that there is no code block with this number."""
    if not count:
        return _("This message has no code blocks.")
    return ngettext(
        "There is no code block {number}: this message has one.",
        "There is no code block {number}: this message has {count}.",
        count,
        number=number,
    )


def no_landmark_notice(kind: str, step: int, *, is_any: bool, is_in_view: bool) -> str:
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
