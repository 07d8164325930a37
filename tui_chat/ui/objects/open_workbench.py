"""Opens the workbench for a message."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tui_chat.core.labels import _
from tui_chat.core.text.sanitize import sanitize
from tui_chat.import_export.export.formats import TranscriptFormat
from tui_chat.import_export.export.write_file import file_name
from tui_chat.session.turns.structured_output import evaluation_of
from tui_chat.ui.common.copying import CopyKind, CopyWanted
from tui_chat.ui.export.export_screen import ExportScreen
from tui_chat.ui.objects.export_object import ObjectExporter
from tui_chat.ui.objects.streaming_reply import StreamingReply
from tui_chat.ui.objects.workbench import Workbench

if TYPE_CHECKING:
    from textual.app import App

    from tui_chat.core.conversation import Message
    from tui_chat.session.launch import Launch
    from tui_chat.session.session import ChatSession
    from tui_chat.structured.verdict import Evaluation


async def open_workbench(
    app: App[None], session: ChatSession, message: Message, launch: Launch
) -> str:
    """Show a reply in the workbench until the user closes it.

    Returns:
        The action to run next: `fix`, or an empty text.
    """
    evaluation = evaluation_of(message)
    streaming = StreamingReply(session, message.id) if evaluation is None else None
    if streaming is not None and streaming.is_over:
        app.bell()
        return ""

    def copy(text: str, kind: CopyKind) -> None:
        app.post_message(CopyWanted(text, kind))

    name = Path(file_name(session.conversation, TranscriptFormat.JSON)).stem

    async def save(evaluation: Evaluation) -> None:
        path = await app.push_screen_wait(ExportScreen(ObjectExporter(evaluation, name, launch)))
        if path is not None:
            saved = _("Saved to {path}").format(path=sanitize(str(path)))
            app.notify(saved, timeout=8, markup=False)

    title = session.conversation.title
    bench = Workbench(evaluation, title, copy=copy, save=save, streaming=streaming)
    return await app.push_screen_wait(bench) or ""
