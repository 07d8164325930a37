"""Dialog: the project of this conversation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final

from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from tui_chat.core.labels import N_, _
from tui_chat.core.text.sanitize import sanitize_line
from tui_chat.ui.common.modal import Modal
from tui_chat.ui.common.search_input import SearchInput
from tui_chat.ui.settings.text_editor import TextEditor
from tui_chat.ui.theme import SCROLL_BAR

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult

_NONE: Final = "none"
_NEW: Final = "new"
"""The ids of the rows around the projects, which have an index."""
LONGEST_FILE: Final = 100_000


@dataclass(frozen=True, slots=True)
class ProjectChoice:
    """The project that the user chose."""

    name: str
    """Empty for no project; with `is_edit` for a new one."""
    is_edit: bool = False
    """True if the file of the project is to be edited."""


class ProjectPicker(Modal[ProjectChoice]):
    """Lists the projects."""

    DEFAULT_CSS = f"""
    ProjectPicker {{
        OptionList {{
            height: auto; max-height: 50vh; border: none; padding: 0; background: transparent;
            text-wrap: nowrap; text-overflow: ellipsis; {SCROLL_BAR}
        }}
        OptionList:focus {{ border: none; }}
        #hint {{ color: $text-muted; margin-top: 1; }}
    }}
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f2", "edit", N_("change"), id="project.edit", tooltip=N_("Change the project")),
    ]

    def __init__(self, names: Sequence[str], current: str) -> None:
        """Create the dialog.

        Args:
            names: The projects.
            current: The project of the conversation; empty for none.
        """
        super().__init__()
        self._projects = list(names)
        self._current = current
        self._list = OptionList(id="projects", markup=False)

    def compose(self) -> ComposeResult:
        """Build the panel."""
        with Vertical(id="panel") as panel:
            panel.border_title = _("Project")
            panel.border_subtitle = _("Enter choose   F2 change   Esc close")
            yield self._list
            hint = _(
                "A conversation that begins in a project has its system prompt, profile and files."
            )
            yield Static(Content(hint), id="hint", markup=False)

    def on_mount(self) -> None:
        """List the projects."""
        rows = [Option(self._row(_("No project"), ""), id=_NONE)]
        rows += [
            Option(self._row(name, name), id=str(at)) for at, name in enumerate(self._projects)
        ]
        rows.append(Option(Content.styled(_("+ New project…"), "$text-accent"), id=_NEW))
        self._list.add_options(rows)
        is_known = self._current in self._projects
        self._list.highlighted = self._projects.index(self._current) + 1 if is_known else 0
        self._list.focus()

    def _row(self, words: str, name: str) -> Content:
        mark = "● " if name == self._current else "  "
        return Content.assemble((mark, "$text-accent"), sanitize_line(words, 60))

    @on(OptionList.OptionSelected)
    def _choose(self, event: OptionList.OptionSelected) -> None:
        if event.option.id == _NEW:
            self.dismiss(ProjectChoice("", is_edit=True))
        elif event.option.id == _NONE:
            self.dismiss(ProjectChoice(""))
        else:
            self.dismiss(ProjectChoice(self._projects[int(event.option.id or 0)]))

    def action_edit(self) -> None:
        """Change the file of the highlighted project."""
        option = self._list.highlighted_option
        if option is None or option.id == _NONE:
            self.app.bell()
        else:
            is_new = option.id == _NEW
            name = "" if is_new else self._projects[int(option.id or 0)]
            self.dismiss(ProjectChoice(name, is_edit=True))


class NewProject(Modal[str]):
    """Asks for the name of a new project; the result is None if the user cancels."""

    DEFAULT_CSS = """
    NewProject { SearchInput { padding: 0; } }
    """

    def __init__(self) -> None:
        super().__init__()
        self._input = SearchInput(id="project-name")
        self._input.placeholder = _("Name")

    def compose(self) -> ComposeResult:
        """Build the panel."""
        with Vertical(id="panel") as panel:
            panel.border_title = _("New project")
            panel.border_subtitle = _("Enter go on   Esc cancel")
            yield self._input

    def on_mount(self) -> None:
        """Focus the input."""
        self._input.focus()

    @on(Input.Submitted)
    def _go_on(self, event: Input.Submitted) -> None:
        event.stop()
        self.dismiss(event.value.strip() or None)


class ProjectEditor(TextEditor[str]):
    """Edits the file of a project; dismisses with the text."""

    def __init__(self, name: str, text: str) -> None:
        super().__init__(
            text,
            title=_("Project {name}").format(name=sanitize_line(name, 40)),
            hint=_("system_prompt, profile and files of conversations that begin in it."),
            most=LONGEST_FILE,
        )

    def kept(self, text: str) -> str:
        """Return the text."""
        return text
