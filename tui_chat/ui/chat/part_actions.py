"""Opens and saves the files of a message, and opens its sources."""

from __future__ import annotations

import asyncio
import atexit
import mimetypes
import shutil
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tui_chat.core.attachments import AttachmentKind
from tui_chat.core.conversation import Role
from tui_chat.core.labels import _
from tui_chat.ui.common.file_names import plain_name, write_new
from tui_chat.ui.common.links import LinkWanted
from tui_chat.ui.common.web_browser import Browser
from tui_chat.ui.messages.message_parts import parts_of

if TYPE_CHECKING:
    from tui_chat.core.attachments import Attachment
    from tui_chat.core.conversation import Message
    from tui_chat.session.launch import Launch
    from tui_chat.session.session import ChatSession
    from tui_chat.ui.common.chat_host import ChatHost
    from tui_chat.ui.messages.part_picker import PartChoice

_SEEN: Final = frozenset({AttachmentKind.PICTURE, AttachmentKind.SOUND, AttachmentKind.VIDEO})
"""Kinds of a reply that are opened. Another file made by a model is only saved."""
_TEXTS: Final = frozenset({".txt", ".md", ".csv", ".log", ".json"})


class PartActions:
    """Carries out what the user chooses in the list of a message's parts."""

    def __init__(self, host: ChatHost, launch: Launch) -> None:
        self._host = host
        self._launch = launch

    async def choose(self, session: ChatSession, message: Message) -> None:
        """Let the user choose a part of a message and what to do with it."""
        parts = parts_of(message)
        if not parts:
            self._host.show_notice(_("This message has no files and no sources."))
            return
        from tui_chat.ui.messages.part_picker import PartPicker

        chosen = await self._host.app.push_screen_wait(PartPicker(parts))
        if chosen is not None:
            await self.carry_out(session, chosen, is_reply=message.role is not Role.USER)

    async def carry_out(self, session: ChatSession, chosen: PartChoice, *, is_reply: bool) -> None:
        """Open or save a part.

        Args:
            session: The open conversation.
            chosen: The part and the user's wish.
            is_reply: Whether a model or a tool made it.
        """
        from tui_chat.ui.messages.part_picker import PartAction

        file = chosen.part.attachment
        if file is None:
            self._host.app.post_message(LinkWanted(chosen.part.url))
        elif chosen.action is PartAction.SAVE:
            await self._save(session, file)
        else:
            await self._open(session, file, is_reply=is_reply)

    async def _open(self, session: ChatSession, file: Attachment, *, is_reply: bool) -> None:
        name = viewed_name(file, is_reply=is_reply)
        if session.is_temporary:
            self._warn(_("A temporary conversation writes no files unless you save one."))
        elif not name:
            self._warn(_("A file made by a model is not opened. Save it and look at it first."))
        elif (data := await self._bytes(session, file)) is not None:
            try:
                path = await asyncio.to_thread(
                    write_new, data, _viewed_folder() / file.sha256, name
                )
            except OSError as error:
                self._warn(_("The file cannot be opened: {reason}").format(reason=error.strerror))
                return
            if await Browser(self._launch.env, sys.platform).open(path.as_uri()):
                self._host.show_notice(_("Opened {target}").format(target=name))
            else:
                self._warn(_("No viewer could be opened here. Save the file instead."))

    async def _save(self, session: ChatSession, file: Attachment) -> None:
        if (data := await self._bytes(session, file)) is None:
            return
        # Imported late: it needs the whole export.
        from tui_chat.ui.export.attachment_saver import AttachmentSaver
        from tui_chat.ui.export.export_screen import ExportScreen

        saver = AttachmentSaver(self._launch, file, data)
        path = await self._host.app.push_screen_wait(ExportScreen(saver))
        if path is not None:
            self._host.show_notice(_("Saved as {file}").format(file=path))

    async def _bytes(self, session: ChatSession, file: Attachment) -> bytes | None:
        content = file.content or await session.store.attachment_content(file)
        if content is None:
            self._warn(_("The content of this file is not in the database."))
            return None
        return content.data

    def _warn(self, text: str) -> None:
        self._host.show_notice(text, "warning")


def viewed_name(file: Attachment, *, is_reply: bool) -> str:
    """Return the name under which a file is opened; empty if it is not.

    The extension decides which program a desktop starts, so it is that of the detected kind.
    """
    name = plain_name(file.name)
    suffix = Path(name).suffix.lower()
    if file.kind is AttachmentKind.TEXT:
        return name if suffix in _TEXTS else f"{name}.txt"
    if is_reply or file.kind in _SEEN:
        known = mimetypes.guess_extension(file.mime) if file.kind in _SEEN else None
        return f"{name.removesuffix(Path(name).suffix)}{known}" if known else ""
    if file.kind is AttachmentKind.PDF:
        return name if suffix == ".pdf" else f"{name}.pdf"
    return name if file.kind is AttachmentKind.DOCUMENT else ""


def _viewed_folder() -> Path:
    """Return the private folder of opened files, which is removed when the program ends."""
    folder = tempfile.mkdtemp(prefix="tui-chat-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return Path(folder)
