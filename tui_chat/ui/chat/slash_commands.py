"""Commands typed in the prompt: the list that `/` opens, and `/name`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui_chat.core.labels import _, join_sentences
from tui_chat.ui.commands.slash import Call, Unknown, begun_word, matching, parse

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tui_chat.ui.commands.entry import Entry, EntrySource
    from tui_chat.ui.commands.slash_menu import SlashMenu
    from tui_chat.ui.common.chat_host import ChatHost
    from tui_chat.ui.prompt.prompt_input import PromptInput


class SlashCommands:
    """Filters the list while a name is typed, and runs what Enter chooses.

    Attributes:
        sources: The sources of the entries, in their order in the list.
    """

    def __init__(
        self,
        host: ChatHost,
        *,
        prompt: PromptInput,
        menu: SlashMenu,
        is_editing: Callable[[], bool],
        sources: Sequence[EntrySource],
    ) -> None:
        """Create them.

        Args:
            host: Shows questions and runs workers.
            prompt: Holds the typed name.
            menu: The list over the prompt.
            is_editing: Returns True while the prompt holds a message, which is never a command.
            sources: Return the entries.
        """
        self.sources = list(sources)
        self._host = host
        self._prompt = prompt
        self._menu = menu
        self._is_editing = is_editing
        self._typed = ""
        """The text that the list was made for."""

    def note_change(self) -> None:
        """Filter the list for the text in the prompt; close it for any other text."""
        text = self._prompt.text
        if text == self._typed:
            return
        self._typed = text
        word = begun_word(text)
        is_name = word is not None and not self._prompt.pastes and not self._is_editing()
        self._menu.show(matching(word, self._entries()) if is_name and word is not None else ())

    def update(self) -> None:
        """Filter the list again: a source has other entries."""
        typed, self._typed = self._typed, ""
        if typed and typed == self._prompt.text:
            self.note_change()

    def accept(self, text: str) -> bool:
        """Run the command that a text names, or ask about an unknown one.

        Returns:
            False for a text that is to be sent.
        """
        typed, pastes = self._prompt.text, self._prompt.pastes
        if self._is_editing() or not (text if not pastes else typed).startswith("/"):
            return False
        if pastes:
            # Long pastes come before the text; a prompt takes them as its text.
            found = parse("\n\n".join((typed, *pastes)), self._entries())
            if not (isinstance(found, Call) and found.entry.takes_lines):
                return False
        else:
            found = parse(text, self._entries())
        if isinstance(found, Unknown):
            self._host.run_worker(
                self._ask_about(found, text), group="slash", description="ask about a command"
            )
        elif found is not None:
            self._run(found)
        return found is not None

    def choose(self, entry: Entry) -> None:
        """Run an entry of the list."""
        self._run(Call(entry))

    def _entries(self) -> list[Entry]:
        return [entry for source in self.sources for entry in source()]

    def _run(self, call: Call) -> None:
        self._prompt.set_draft("")
        self.note_change()
        call.run()

    def take_key(self, key: str) -> bool:
        """Handle a key of the open list; return whether it was one."""
        self.note_change()
        entry = self._menu.highlighted
        if entry is None:
            return False
        if key in ("up", "down"):
            self._menu.move(-1 if key == "up" else 1)
        elif key == "tab":
            self._prompt.set_draft(f"/{entry.name}{' ' if entry.argument else ''}")
        elif key == "enter":
            self._run(Call(entry))
        elif key == "escape":
            self._menu.show(())
        else:
            return False
        return True

    async def _ask_about(self, unknown: Unknown, text: str) -> None:
        from tui_chat.ui.common.question import Question

        words = _("There is no command “/{word}”.").format(word=unknown.word)
        if unknown.nearest:
            near = _("The nearest one is /{name}.").format(name=unknown.nearest)
            words = join_sentences(words, near)
        question = Question(_("Unknown command"), words, agree=_("send it as a question"))
        if await self._host.app.push_screen_wait(question):
            self._host.send(text)
