"""The files of the draft: attached, shown as chips, removed, restored, given to the question."""

from __future__ import annotations

import asyncio
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tui_chat.config.projects.project import PROJECTS
from tui_chat.core.attached_paths import is_page_address
from tui_chat.core.attachments import SentAs
from tui_chat.core.errors import TuiChatError
from tui_chat.core.labels import _
from tui_chat.core.profile import host_and_port
from tui_chat.core.text.sanitize import sanitize_line
from tui_chat.ui.attachments.chip import Chip
from tui_chat.ui.attachments.pasted_paths import looks_like_paths, named_files, pasted_files
from tui_chat.ui.common.key_names import live_keys

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tui_chat.core.attachments import Attachment
    from tui_chat.session.launch import Launch
    from tui_chat.ui.attachments.attachment_chips import AttachmentChips
    from tui_chat.ui.common.chat_host import ChatHost
    from tui_chat.ui.prompt.prompt_input import PromptInput

_DISK_LIMIT_S: Final = 2.0
"""Time limit for looking up pasted paths; a network folder may hang."""


class DraftAttachments:
    """Owns the files of the draft; each conversation has its own."""

    def __init__(
        self,
        host: ChatHost,
        *,
        prompt: PromptInput,
        chips: AttachmentChips,
        launch: Launch,
        note_draft: Callable[[], object],
    ) -> None:
        """Create them.

        Args:
            host: Runs the reading, and shows questions.
            prompt: Holds the text of the draft.
            chips: Shows the files.
            launch: The environment, which names the clipboard, and whether the chat is offline.
            note_draft: Saves the draft soon.
        """
        self._host = host
        self._prompt = prompt
        self._widget = chips
        self._launch = launch
        self._note_draft = note_draft
        self._chips: tuple[Chip, ...] = ()
        self._removed: list[tuple[Chip, ...]] = []
        """Earlier states, for undo."""
        self._of_others: dict[str, tuple[Chip, ...]] = {}
        """The files of conversations that are not shown, by id."""
        self._kept: tuple[Chip, ...] | None = None
        """The files of the draft while a message is edited."""
        self._idle = asyncio.Event()
        self._idle.set()

    @property
    def files(self) -> tuple[Attachment, ...]:
        """The files that were read, in order."""
        return tuple(it.attachment for it in self._chips if it.attachment is not None)

    @property
    def paths(self) -> tuple[str, ...]:
        """The paths and addresses of the files, which are saved with the draft."""
        chips = self._chips if self._kept is None else self._kept
        return tuple(it.source for it in chips if it.source)

    @property
    def is_empty(self) -> bool:
        """True if the draft has no files."""
        return not self._chips

    @property
    def is_reading(self) -> bool:
        """True while a file is read."""
        return any(chip.attachment is None for chip in self._chips)

    async def read(self) -> None:
        """Wait until every file is read."""
        await self._idle.wait()

    # Attaching

    def attach(self, *sources: Path | str) -> None:
        """Attach files in the background; what looks like a secret is asked about first.

        Args:
            sources: Paths of files, or the addresses of web pages.
        """
        known = {chip.source for chip in self._chips}
        for source in sources:
            chip = Chip.of_source(str(source))
            if chip.source not in known:
                self.read_in(chip)

    def begin(self) -> None:
        """Open the list of files by typing `@`."""
        self._prompt.focus()
        line, column = self._prompt.cursor_location
        is_behind_word = column and not self._prompt.document.get_line(line)[column - 1].isspace()
        self._prompt.insert_here(" @" if is_behind_word else "@")

    async def attach_named(self, text: str) -> None:
        """Attach the files or web pages that a user named, quoted or not."""
        words = text.split()
        if words and all(map(is_page_address, words)):
            self.attach(*words)
        else:
            self.attach(*named_files(text, Path.home()))

    def put(self, files: Sequence[Attachment]) -> None:
        """Replace the files of the draft, as with those of an earlier question."""
        self._set(tuple(Chip(file.name, attachment=file) for file in files))

    async def take_paste(self, text: str) -> bool:
        """Attach the files that a paste names; return False if it is text."""
        if not looks_like_paths(text):
            return False
        try:
            async with asyncio.timeout(_DISK_LIMIT_S):
                paths = await asyncio.to_thread(pasted_files, text, Path.home())
        except TimeoutError:
            return False
        self.attach(*paths)
        return bool(paths)

    async def take_picture(self) -> bool:
        """Attach the picture in the clipboard; return False if there is none."""
        from tui_chat.ui.attachments.clipboard_picture import clipboard_picture

        data = await clipboard_picture(self._launch.env, sys.platform)
        if data:
            self.read_in(Chip(_("clipboard.png")), data)
        return bool(data)

    async def paste_picture(self) -> None:
        """Attach the picture in the clipboard; report it if there is none."""
        from tui_chat.ui.attachments.clipboard_picture import no_picture_notice

        if not await self.take_picture():
            self._host.show_notice(no_picture_notice(self._launch.env, sys.platform), "warning")

    def read_in(self, chip: Chip, data: bytes | None = None) -> None:
        """Attach a file in the background.

        Args:
            chip: Its name, and its path or address.
            data: Its bytes, if they are known.
        """
        self._set((*self._chips, chip))
        self._host.run_worker(
            self._read(chip, data), group="attach", description="read an attachment"
        )

    async def _read(self, chip: Chip, data: bytes | None) -> None:
        from tui_chat.ui.attachments.read_file import (
            agrees_to_attach,
            read_bytes,
            read_file,
            read_page,
        )

        file: Attachment | None = None
        try:
            if data is not None:
                file = await read_bytes(data, chip.name)
            elif chip.page:
                file = await read_page(chip.page, self._launch)
            elif chip.path is not None and await agrees_to_attach(
                self._host.app,
                chip.path,
                self.host_name,
                self._launch.paths.config_file.parent / PROJECTS,
            ):
                file = await read_file(chip.path)
        except TuiChatError as error:
            self._host.show_notice(error.message, "warning", timeout_s=12)
        finally:
            done = (replace(chip, name=file.name, attachment=file),) if file is not None else ()
            self._replace(chip, done)

    def _replace(self, chip: Chip, by: tuple[Chip, ...]) -> None:
        """Show what became of a chip, also if its conversation is not shown any more."""

        def changed(chips: tuple[Chip, ...]) -> tuple[Chip, ...]:
            return tuple(new for it in chips for new in (by if it is chip else (it,)))

        self._of_others = {name: changed(chips) for name, chips in self._of_others.items()}
        self._removed = [changed(chips) for chips in self._removed]
        self._set(changed(self._chips))

    # Removing

    def remove_last(self) -> bool:
        """Remove the last file; return False if there is none."""
        return self.remove(len(self._chips) - 1)

    def remove(self, index: int) -> bool:
        """Remove a file; return False if there is none at this index."""
        if not 0 <= index < len(self._chips):
            return False
        self._removed.append(self._chips)
        self._prompt.note_undo_elsewhere()
        self._set((*self._chips[:index], *self._chips[index + 1 :]))
        return True

    def undo(self) -> bool:
        """Restore the file that was removed last; return False if there is none."""
        if not self._removed:
            return False
        self._prompt.forget_undo_elsewhere()
        self._set(self._removed.pop())
        return True

    def last_as_text(self) -> str:
        """Remove the last file and return its path or address; empty if it has none."""
        source = self._chips[-1].source if self._chips else ""
        if source:
            self.remove_last()
        return source

    # The form in which it is sent

    def change_form(self) -> None:
        """Send the last file in its next form."""
        last = self._chips[-1].attachment if self._chips else None
        if last is None:
            return
        ways = last.ways
        if len(ways) == 1:
            text = _("{name} can only be sent {form}.")
            name = sanitize_line(last.name, 80)
            self._host.show_notice(text.format(name=name, form=last.sent_as_label))
            return
        following = ways[(ways.index(last.sent_as) + 1) % len(ways)]
        self._set((*self._chips[:-1], replace(self._chips[-1], attachment=last.sent(following))))

    # The question

    def accept(self) -> tuple[Attachment, ...]:
        """Return the files for a question, and begin a draft without files."""
        files = self.files
        self._removed.clear()
        self._set(())
        return files

    def give_back(self, files: Sequence[Attachment], sources: Sequence[str] = ()) -> None:
        """Restore the files of a question that was not sent, unless there are others.

        Args:
            files: The files; empty after a restart.
            sources: The paths and addresses of those that have one.
        """
        if self._chips:
            return
        if len(files) == len(sources):
            pairs = zip(sources, files, strict=True)
            self._set(tuple(replace(Chip.of_source(it), attachment=file) for it, file in pairs))
        elif files:
            self.put(files)
        else:
            self.attach(*sources)

    def begin_edit(self, files: Sequence[Attachment]) -> None:
        """Show the files of a message that is edited; keep those of the draft."""
        self._kept = self._chips
        self.put(files)

    def end_edit(self) -> None:
        """Show the files of the draft again."""
        chips, self._kept = self._kept, None
        self._set(chips or ())

    def switch(self, left_id: str | None, opened_id: str | None) -> None:
        """Show the files of another conversation's draft.

        Args:
            left_id: The conversation that was open.
            opened_id: The one that is open now.
        """
        chips, self._kept = self._chips if self._kept is None else self._kept, None
        if left_id is not None and chips:
            self._of_others[left_id] = chips
        self._removed.clear()
        opened = self._of_others.pop(opened_id, ()) if opened_id is not None else ()
        # The draft is unchanged: it is saved already.
        self._set(opened, is_saved=True)

    # The chips

    @property
    def host_name(self) -> str:
        """The host that the files are sent to, for the user."""
        session = self._host.session
        if session is None or session.profile.is_embedded:
            return ""
        return host_and_port(session.profile.base_url) or session.profile.name

    def _set(self, chips: tuple[Chip, ...], *, is_saved: bool = False) -> None:
        self._chips = chips
        if self.is_reading:
            self._idle.clear()
        else:
            self._idle.set()
        if not is_saved:
            self._note_draft()
        self._host.show_around()

    def show(self) -> None:
        """Update the chips: the host and what it accepts may have changed."""
        if self._chips or self._widget.display:
            self._widget.show(self._chips, self._hint(), self._refusals())

    def _refusals(self) -> list[str]:
        """Return what the model is known not to accept of these files."""
        session = self._host.session
        if session is None or session.provider is None:
            return []
        refused = session.provider.refused_parts(session.model or "")
        forms = {file.sent_as for file in self.files}
        notes = []
        if SentAs.IMAGE in forms and "image_url" in refused:
            notes.append(_("This model does not accept pictures: they are left out."))
        if SentAs.FILE in forms and "file" in refused:
            notes.append(_("This endpoint accepts no files: their text is sent, if there is any."))
        return notes

    def _hint(self) -> str:
        if not self._chips:
            return ""
        keys = live_keys(self._prompt.screen)
        host = self.host_name
        to_host = _("to {host}").format(host=host) if host else _("stays on this machine")
        hints = [to_host, _("Backspace removes")]
        last = self._chips[-1]
        if last.source and (key := keys.get("prompt.expand", "")):
            text = _("{key} address as text") if last.page else _("{key} path as text")
            hints.append(text.format(key=key))
        if last.attachment is not None and len(last.attachment.ways) > 1:
            other = SentAs.FILE if last.attachment.sent_as is SentAs.TEXT else SentAs.TEXT
            if key := keys.get("chat.send_as", ""):
                label = last.attachment.sent(other).sent_as_label
                hints.append(_("{key} {form}").format(key=key, form=label))
        return " · ".join(hints)
