"""Dialog (`/prompts`): the prompts of the library, to use, write and change them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING, ClassVar, Final

from textual import on
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Input, OptionList
from textual.widgets.option_list import Option

from tui_chat.config.file_paths import shown_path
from tui_chat.core.labels import N_, _
from tui_chat.core.text.sanitize import sanitize, sanitize_line
from tui_chat.ui.common.filtered_list import FilteredList
from tui_chat.ui.common.key_names import key_hints
from tui_chat.ui.terminal.painting.size_updates import WrappedText

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from textual.widget import Widget

    from tui_chat.config.prompts.prompt import Prompt

_KEYS: Final = ("prompts.use", "prompts.edit", "prompts.new", "modal.close")
_WIDEST_NAME: Final = 24
_SHOWN_CHARACTERS: Final = 400


class PromptAction(Enum):
    """The action of the user."""

    USE = auto()
    EDIT = auto()
    NEW = auto()


@dataclass(frozen=True, slots=True)
class PromptChoice:
    """The result of the dialog."""

    action: PromptAction
    name: str
    """The prompt; for a new one the text of the filter."""


class PromptPicker(FilteredList[PromptChoice]):
    """Lists names and descriptions; below is the text of the highlighted prompt."""

    DEFAULT_CSS = """
    PromptPicker {
        OptionList { max-height: 40vh; }
        #text { height: auto; max-height: 8; margin-top: 1; color: $text-muted; }
        &.refused #text { color: $text-warning; }
    }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "enter",
            "use",
            N_("use"),
            id="prompts.use",
            priority=True,
            tooltip=N_("Put it into the prompt"),
        ),
        Binding(
            "f4",
            "edit",
            N_("edit"),
            id="prompts.edit",
            priority=True,
            tooltip=N_("Change it in $VISUAL or $EDITOR"),
        ),
        Binding(
            "ctrl+n",
            "new",
            N_("new"),
            id="prompts.new",
            priority=True,
            tooltip=N_("Write a prompt with the name in the filter"),
        ),
    ]

    def __init__(self, prompts: Sequence[Prompt], folder: Path) -> None:
        placeholder = _("Filter, or the name of a new prompt")
        super().__init__(_("Prompt library"), "", placeholder=placeholder)
        self._prompts = {prompt.name: prompt for prompt in prompts}
        self._folder = folder
        self._text = WrappedText("", id="text", markup=False)

    def below(self) -> Iterable[Widget]:
        """Return the text of the prompt."""
        return (self._text,)

    def on_mount(self) -> None:
        """Show the keys."""
        self.query_one("#panel").border_subtitle = key_hints(self, _KEYS)

    def show_matching(self, wanted: str) -> None:
        """List the prompts whose name or description contains a text."""
        found = [
            it
            for it in self._prompts.values()
            if wanted in f"{it.name} {it.description}".casefold()
        ]
        room = min(_WIDEST_NAME, max((Content(it.name).cell_length for it in found), default=0))
        self.choices.clear_options()
        self.choices.add_options(Option(_line(it, room), id=it.name) for it in found)
        self.choices.highlighted = 0 if found else None
        self._explain()

    @on(OptionList.OptionHighlighted)
    def _explain(self) -> None:
        prompt = self._prompts.get(self.highlighted_id or "")
        self.set_class(prompt is not None and bool(prompt.problems), "refused")
        if prompt is not None:
            text = "\n".join(prompt.problems) or prompt.body[:_SHOWN_CHARACTERS]
        elif self._prompts:
            text = _("Nothing matches. Ctrl+N writes a prompt with this name.")
        else:
            text = _("No prompts in {folder}. Type a name; Ctrl+N writes a prompt.")
            text = text.format(folder=shown_path(self._folder))
        self._text.update(Content(sanitize(text)))

    @on(OptionList.OptionSelected)
    def action_use(self) -> None:
        """Use the highlighted prompt."""
        self._choose(PromptAction.USE)

    def action_edit(self) -> None:
        """Change the highlighted prompt."""
        self._choose(PromptAction.EDIT)

    def action_new(self) -> None:
        """Write a prompt with the name in the filter."""
        name = self.query_one("#filter", Input).value.strip()
        if name:
            self.dismiss(PromptChoice(PromptAction.NEW, name))
        else:
            self._text.update(Content(_("Type the name of the new prompt first.")))

    def _choose(self, action: PromptAction) -> None:
        if self.highlighted_id is None:
            self.app.bell()
        else:
            self.dismiss(PromptChoice(action, self.highlighted_id))


def _line(prompt: Prompt, room: int) -> Content:
    name = Content(prompt.name).truncate(room, ellipsis=True, pad=True)
    words = prompt.description or sanitize_line(prompt.body, 120)
    if prompt.problems:
        words = prompt.problems[0]
    return Content.assemble(name, "  ", (sanitize_line(words, 200), "$foreground 60%"))
