"""Opens the result of a tool call: in the workbench, as text, or as a picture or file."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Final

from tui_chat.core.attachments import AttachmentKind, SentAs, new_attachment
from tui_chat.core.labels import _, join_sentences
from tui_chat.core.media.picture_header import picture_header
from tui_chat.core.text.sanitize import sanitize, sanitize_line
from tui_chat.core.tools.call import ResultKind
from tui_chat.structured.lossless_json import InvalidJson, loads
from tui_chat.structured.verdict import Evaluation, Verdict
from tui_chat.ui.common.copying import CopyKind, CopyWanted
from tui_chat.ui.export.export_screen import ExportScreen
from tui_chat.ui.messages.message_parts import MessagePart
from tui_chat.ui.messages.part_picker import PartAction, PartPicker
from tui_chat.ui.objects.export_object import ObjectExporter
from tui_chat.ui.objects.workbench import Workbench
from tui_chat.ui.tools.call_labels import call_title, claims_line, part_label
from tui_chat.ui.tools.full_text import FullText
from tui_chat.ui.tools.result_lines import MOST_PARTS, shown_parts

if TYPE_CHECKING:
    from textual.app import App

    from tui_chat.core.tools.call import ResultPart, ToolCall
    from tui_chat.session.launch import Launch
    from tui_chat.session.session import ChatSession
    from tui_chat.ui.chat.part_actions import PartActions
    from tui_chat.ui.tools.waiting_calls import WaitingCall

_LARGEST_OBJECT: Final = 1_000_000
"""Characters; a longer text is shown as it is."""
_KINDS: Final = {
    ResultKind.PICTURE: AttachmentKind.PICTURE,
    ResultKind.SOUND: AttachmentKind.SOUND,
}
_TEXT_KINDS: Final = frozenset({ResultKind.TEXT, ResultKind.STRUCTURED, ResultKind.RESOURCE})


class ResultOpener:
    """Shows what a call would run, or what it returned."""

    def __init__(self, app: App[None], launch: Launch, parts: PartActions) -> None:
        self._app = app
        self._launch = launch
        self._parts = parts

    async def open(self, session: ChatSession, call: ToolCall, waiting: WaitingCall | None) -> None:
        """Show a call in full until the user closes it."""
        parts = shown_parts(call.result)[:MOST_PARTS]
        if not parts:
            await self._app.push_screen_wait(FullText(call_title(call), _all_of(call, waiting)))
        elif len(parts) == 1:
            await self._open_part(session, call, parts[0])
        else:
            await self._choose(session, call, parts)

    async def _choose(self, session: ChatSession, call: ToolCall, parts: list[ResultPart]) -> None:
        listed = await asyncio.to_thread(lambda: [_message_part(it) for it in parts])
        chosen = await self._app.push_screen_wait(PartPicker(listed))
        if chosen is None:
            return
        part = parts[listed.index(chosen.part)]
        if part.text and chosen.action is PartAction.OPEN:
            await self._open_part(session, call, part)
        else:
            await self._parts.carry_out(session, chosen, is_reply=True)

    async def _open_part(self, session: ChatSession, call: ToolCall, part: ResultPart) -> None:
        if not part.text or part.kind not in _TEXT_KINDS:
            listed = await asyncio.to_thread(_message_part, part)
            chosen = await self._app.push_screen_wait(PartPicker([listed]))
            if chosen is not None:
                await self._parts.carry_out(session, chosen, is_reply=True)
        elif (evaluation := await asyncio.to_thread(_evaluation, part.text)) is not None:
            await self._open_object(call, evaluation)
        else:
            await self._app.push_screen_wait(FullText(call_title(call), part.text))

    async def _open_object(self, call: ToolCall, evaluation: Evaluation) -> None:
        app = self._app

        def copy(text: str, kind: CopyKind) -> None:
            app.post_message(CopyWanted(text, kind))

        async def save(evaluation: Evaluation) -> None:
            name = sanitize_line(call.label, 60) or "result"
            exporter = ObjectExporter(evaluation, name, self._launch)
            path = await app.push_screen_wait(ExportScreen(exporter))
            if path is not None:
                saved = _("Saved to {path}").format(path=sanitize(str(path)))
                app.notify(saved, timeout=8, markup=False)

        await app.push_screen_wait(Workbench(evaluation, call_title(call), copy=copy, save=save))


def _all_of(call: ToolCall, waiting: WaitingCall | None) -> str:
    """Return everything that is known about a call without a result."""
    arguments = waiting.arguments if waiting is not None else call.arguments
    try:
        shown = json.dumps(json.loads(arguments or "{}"), ensure_ascii=False, indent=2)
    except (ValueError, RecursionError):
        shown = arguments
    texts = [shown]
    if waiting is not None:
        tool = waiting.question.tool
        title = sanitize_line(tool.title, 200)
        said = join_sentences(title, claims_line(tool.claims))
        texts += [said, tool.description]
    texts.append(call.note)
    return "\n\n".join(text for text in texts if text)


def _evaluation(text: str) -> Evaluation | None:
    """Return a JSON object or list as the workbench shows it; None for any other text."""
    if len(text) > _LARGEST_OBJECT or text.lstrip()[:1] not in ("{", "["):
        return None
    try:
        loads(text)
    except (InvalidJson, RecursionError):
        return None
    return Evaluation(Verdict.VALID, raw=text, json=text)


def _message_part(part: ResultPart) -> MessagePart:
    """Return a part of a result as the list of parts shows it."""
    name = part_label(part)
    if part.kind is ResultKind.LINK:
        return MessagePart(name, "", url=part.uri)
    data = part.data or part.text.encode("utf-8", "replace")
    is_text = not part.data
    header = picture_header(data) if part.kind is ResultKind.PICTURE else None
    kind = AttachmentKind.TEXT if is_text else _KINDS.get(part.kind, AttachmentKind.FILE)
    if kind is AttachmentKind.PICTURE and header is None:
        # Not what the server says it is.
        kind = AttachmentKind.FILE
    file = new_attachment(
        data,
        sanitize_line(part.name, 100) or f"result.{'txt' if is_text else 'bin'}",
        header.mime if header is not None else part.mime,
        kind,
        SentAs.TEXT if is_text else SentAs.FILE,
        width=header.width if header is not None else None,
        height=header.height if header is not None else None,
    )
    return MessagePart(name, file.details, file)
