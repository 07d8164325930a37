"""The lines below the arguments of a tool call."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from textual.content import Content

from tui_chat.core.labels import _
from tui_chat.core.text.sanitize import sanitize_line
from tui_chat.core.tools.call import CallState
from tui_chat.core.tools.questions import ElicitationQuestion
from tui_chat.ui.tools.call_labels import arguments_line, call_note, claims_line, result_line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tui_chat.core.tools.call import ToolCall
    from tui_chat.ui.tools.waiting_calls import WaitingCall, WaitingRequest

DESCRIPTION_LIMIT: Final = 240
"""Characters of a tool's description, or of a server's question, in the answer."""
_QUIET: Final = "$foreground 60%"


def call_lines(
    call: ToolCall,
    question: WaitingCall | None,
    request: WaitingRequest | None,
    *,
    progress: str,
    has_tree: bool,
    has_result: bool,
) -> list[Content]:
    """Return the lines of a call.

    Args:
        call: The call.
        question: The question about it, if it waits for a decision.
        request: The question of its server, if there is one.
        progress: The progress that the tool reports.
        has_tree: Whether the arguments are shown as a tree.
        has_result: Whether the result is shown in full.
    """
    text = question.arguments if question is not None else call.arguments
    lines: list[Content] = []
    if not has_tree and text.strip() not in ("", "{}"):
        lines.append(Content.styled(arguments_line(text), _QUIET))
    if question is not None:
        lines += _about(question)
    if request is not None:
        lines.append(_asked(request))
    if progress:
        lines.append(Content.styled(progress, _QUIET))
    if note := call_note(call):
        is_failed = call.state is CallState.FAILED
        lines.append(Content.styled(note, "$text-error" if is_failed else _QUIET))
    if not has_result and call.state.is_final and (line := result_line(call)):
        lines.append(Content.styled(f"→ {line}", "$text-error" if call.is_error else ""))
    return lines


def _about(waiting: WaitingCall) -> Iterator[Content]:
    """Yield what a decision needs to know; what the server says is marked as its own words."""
    tool = waiting.question.tool
    if waiting.question.has_changed:
        changed = _("Its description changed since you allowed it.")
        yield Content.styled(changed, "bold $text-warning")
    if waiting.is_edited:
        yield Content(_("These arguments were edited by you."))
    if words := sanitize_line(tool.description, DESCRIPTION_LIMIT):
        yield Content.styled(_("The server says: {words}").format(words=words), _QUIET)
    if claims := claims_line(tool.claims):
        yield Content.styled(claims, _QUIET)


def _asked(waiting: WaitingRequest) -> Content:
    question = waiting.question
    if isinstance(question, ElicitationQuestion):
        words = sanitize_line(question.message, DESCRIPTION_LIMIT)
        return Content(_("The server asks you: {words}").format(words=words))
    return Content(_("The server wants to ask the model something."))
