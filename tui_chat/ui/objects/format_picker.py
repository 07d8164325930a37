"""Format picker (Ctrl+G): chooses the response format."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final

from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, OptionList
from textual.widgets.option_list import Option

from tui_chat.core.errors import ConfigError
from tui_chat.core.labels import N_, _
from tui_chat.core.request import ResponseFormat
from tui_chat.core.text.sanitize import sanitize, sanitize_line
from tui_chat.structured.schemas.find_schema import Schema, SchemaFolder, find_schema
from tui_chat.structured.schemas.python_class import looks_like_class
from tui_chat.ui.common.filtered_list import move_highlight
from tui_chat.ui.common.key_names import key_hints
from tui_chat.ui.common.modal import Modal
from tui_chat.ui.objects.schema_input import SchemaInput
from tui_chat.ui.terminal.deferred import Deferred
from tui_chat.ui.terminal.painting.size_updates import WrappedText
from tui_chat.ui.text_view.json_lines import body_lines
from tui_chat.ui.text_view.line_view import BODY, LineView

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from textual.app import ComposeResult

    from tui_chat.ui.text_view.wrapped_lines import ViewLine

_TEXT: Final = "\0text"
_OBJECT: Final = "\0object"
_NOW: Final = "\0now"
_TYPED: Final = "\0typed"
_NOTICE_S: Final = 0.2
"""Delay before a loading notice is shown."""
_PLACEHOLDER: Final = N_("a saved schema, a file, module:Class, or: name, age int, tags list")


@dataclass(frozen=True, slots=True)
class FormatChoice:
    """The result of the picker."""

    format: ResponseFormat
    is_for_one: bool
    """True if it applies to the next question only."""


class FormatPicker(Modal[FormatChoice]):
    """Chooses text, a JSON object or a schema, for the conversation or for one question."""

    DEFAULT_CSS = """
    FormatPicker {
        #schema { border: none; height: 1; padding: 0; background: transparent; }
        #formats {
            height: auto; max-height: 8; margin-top: 1; border: none; padding: 0;
            background: transparent;
        }
        #message { height: auto; margin-top: 1; color: $text-muted; }
        #message.wrong { color: $text-error; }
        #preview { height: 1fr; margin-top: 1; display: none; }
        & > #panel.shows-schema { height: 85%; }
        & > .shows-schema #preview { display: block; }
        & > #panel { border-subtitle-color: $foreground 60%; }
    }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down", "move(1)", N_("down"), show=False, priority=True),
        Binding("up", "move(-1)", N_("up"), show=False, priority=True),
        Binding("pagedown", "page(1)", N_("page down"), show=False, priority=True),
        Binding("pageup", "page(-1)", N_("page up"), show=False, priority=True),
        Binding(
            "tab",
            "scope",
            N_("other scope"),
            id="format.scope",
            priority=True,
            tooltip=N_("Switch between this conversation and the next question only"),
        ),
        Binding(
            "ctrl+s",
            "keep",
            N_("save schema"),
            id="format.keep",
            priority=True,
            tooltip=N_("Save the schema under a name"),
        ),
    ]

    def __init__(self, current: ResponseFormat, folder: SchemaFolder, cwd: Path) -> None:
        """Create a picker.

        Args:
            current: The current format.
            folder: The saved schemas.
            cwd: The base of relative paths.
        """
        super().__init__()
        self._current = current
        self._folder = folder
        self._cwd = cwd
        self._is_for_one = False
        self._schema: Schema | None = None
        self._previewed: tuple[str | None, str] = (None, "")
        self._is_naming = False
        self._typed = ""
        self._replaces = ""
        self._notice = Deferred(self)
        self._input = SchemaInput(placeholder=_(_PLACEHOLDER), id="schema")
        self._list = OptionList(id="formats", markup=False)
        self._list.can_focus = False
        self._message = WrappedText("", id="message", markup=False)
        self._preview = LineView(id="preview")
        self._preview.can_focus = False

    def compose(self) -> ComposeResult:
        """Create the panel."""
        with Vertical(id="panel") as panel:
            panel.border_title = _("Answer format")
            yield self._input
            yield self._list
            yield self._message
            yield self._preview

    def on_mount(self) -> None:
        """List the formats and highlight the current one."""
        self._input.focus()
        self._update_list("")
        self._show_scope()

    def action_move(self, step: int) -> None:
        """Move the highlight."""
        move_highlight(self._list, step)

    def action_page(self, pages: int) -> None:
        """Scroll the schema preview."""
        self._preview.action_page(pages)

    def action_scope(self) -> None:
        """Switch between this conversation and the next question only."""
        self._is_for_one = not self._is_for_one
        self._show_scope()

    def action_keep(self) -> None:
        """Ask for a name and save the schema."""
        if self._is_naming:
            return
        if self._schema is None or not self._is_previewed(self._selection):
            self.app.bell()
            return
        self._is_naming = True
        self._typed, self._replaces = self._input.value, ""
        self._input.value = ""
        self._input.placeholder = _("name of the schema")
        self._show_message(_("Enter saves the schema under this name."))

    def action_close(self) -> None:
        """Cancel naming a schema, or else close without a result."""
        if not self._is_naming:
            self.dismiss(None)
            return
        self._leave_naming(self._typed)

    @on(Input.Changed)
    def _on_text_changed(self, event: Input.Changed) -> None:
        if not self._is_naming:
            self._update_list(event.value)

    @on(OptionList.OptionHighlighted)
    def _on_highlighted(self) -> None:
        if not self._is_naming:
            self.run_worker(self._preview_schema(), group="schema", exclusive=True)

    @on(OptionList.OptionSelected)
    async def _choose_clicked(self) -> None:
        await self._choose()

    @on(Input.Submitted)
    async def _submit(self) -> None:
        if self._is_naming:
            await self._keep_as(self._input.value.strip())
        else:
            await self._choose()

    def _update_list(self, text: str) -> None:
        """List the formats that match the typed text, which may also be a schema itself."""
        wanted = text.strip().lower()
        options = [
            Option(label, id=name)
            for name, label in ((_TEXT, _("text")), (_OBJECT, _("any JSON object")))
            if wanted in label.lower()
        ]
        if self._current.schema is not None and wanted in self._current.name.lower():
            options.append(Option(_label(_("current: {name}"), self._current.name), _NOW))
        names = [name for name in self._folder.names() if wanted in name.lower()]
        options += [Option(_label(_("schema: {name}"), name), id=name) for name in names]
        if text.strip() and text.strip() not in names:
            options.append(Option(_label(_("typed: {name}"), text.strip()), id=_TYPED))
        self._list.clear_options()
        self._list.add_options(options)
        known = {"text": _TEXT, "json_object": _OBJECT}.get(self._current.type, _NOW)
        ids = [option.id for option in options]
        self._list.highlighted = ids.index(known) if not wanted and known in ids else 0

    async def _preview_schema(self, *, is_confirmed: bool = False) -> None:
        """Show the highlighted schema, or the error in it.

        Args:
            is_confirmed: Whether the user pressed Enter. Only then is a module imported, since an
                import may have side effects.
        """
        self._notice.cancel()
        selection = self._selection
        name, given = selection
        if name is None or name in (_TEXT, _OBJECT):
            self._show_schema(None)
            self._show_message("" if name is None else _(_DESCRIPTIONS[name]))
            return
        if name == _TYPED:
            # Debounce: incomplete text is usually invalid.
            await asyncio.sleep(0.15)
            if looks_like_class(given.strip()) and not is_confirmed:
                self._show_schema(None)
                self._show_message(_("Enter imports the module and shows the schema of the class."))
                return
        self._notice.start(_NOTICE_S, self._show_notice)
        try:
            schema, lines = await asyncio.to_thread(self._find_with_lines, name, given)
        except ConfigError as error:
            if self._selection == selection:
                self._notice.cancel()
                self._show_schema(None)
                self._show_message(error.message, is_wrong=True)
            return
        # The selection may have changed meanwhile; a late result is discarded.
        if self._selection == selection:
            self._notice.cancel()
            self._show_schema(schema, lines)
            source = _("from {source}; Enter selects it").format(source=schema.source)
            self._show_message(source)

    def _is_previewed(self, selection: tuple[str | None, str]) -> bool:
        """Return whether the previewed schema is the one of a selection."""
        return self._schema is not None and self._previewed == selection

    @property
    def _selection(self) -> tuple[str | None, str]:
        """The highlighted option and the typed text."""
        highlighted = self._list.highlighted_option
        return (highlighted.id if highlighted is not None else None), self._input.given

    def _show_schema(self, schema: Schema | None, lines: Sequence[ViewLine] = ()) -> None:
        self._schema, self._previewed = schema, self._selection
        self.query_one("#panel").set_class(schema is not None, "shows-schema")
        self._preview.show(BODY, lines)
        self._preview.action_start()

    def _show_notice(self) -> None:
        self._show_schema(None)
        self._show_message(_("Loading …"))

    def _find_with_lines(self, name: str, given: str) -> tuple[Schema, Sequence[ViewLine]]:
        schema = self._find(name, given)
        return schema, body_lines(schema.text)

    def _find(self, name: str, given: str) -> Schema:
        """Return the schema of an option.

        Args:
            name: The id of the option.
            given: The typed text at the time of the selection.

        Raises:
            ConfigError: The schema is invalid or missing.
        """
        if name == _NOW:
            return Schema(
                self._current.name, dict(self._current.schema or {}), _("the current format")
            )
        if name == _TYPED:
            return find_schema(given, self._folder, self._cwd)
        return self._folder.read(name)

    async def _choose(self) -> None:
        name, given = self._selection
        if name in (_TEXT, _OBJECT):
            wanted = ResponseFormat("text" if name == _TEXT else "json_object")
            self.dismiss(FormatChoice(wanted, self._is_for_one))
            return
        if name == _NOW:
            self.dismiss(FormatChoice(self._current, self._is_for_one))
            return
        if name == _TYPED and looks_like_class(given.strip()):
            if not self._is_previewed((name, given)):
                await self._preview_schema(is_confirmed=True)
                return
        else:
            await self._preview_schema()
        if self._schema is not None and self._is_previewed((name, given)):
            self.dismiss(FormatChoice(self._schema.response_format, self._is_for_one))

    async def _keep_as(self, name: str) -> None:
        schema = self._schema
        if schema is None:
            return
        name = name.removesuffix(".json")
        if name in self._folder.names() and name != self._replaces:
            self._replaces = name
            self._show_message(
                _("“{name}” exists. Enter again replaces it; another name keeps both.").format(
                    name=name
                ),
                is_wrong=True,
            )
            return
        try:
            file = await asyncio.to_thread(self._folder.keep, schema, name)
        except ConfigError as error:
            self._show_message(error.message, is_wrong=True)
            return
        self._leave_naming(name)
        saved = _("Saved as {path}").format(path=sanitize_line(str(file)))
        self.app.notify(saved, timeout=5, markup=False)

    def _leave_naming(self, text: str) -> None:
        self._is_naming = False
        self._input.placeholder = _(_PLACEHOLDER)
        self._input.value = text
        self._input.cursor_position = len(text)
        self._update_list(text)

    def _show_scope(self) -> None:
        scope = _("for the next question only") if self._is_for_one else _("for this conversation")
        self.query_one("#panel").border_subtitle = f"{scope}   {key_hints(self, _KEYS)}"

    def _show_message(self, text: str, *, is_wrong: bool = False) -> None:
        self._message.set_class(is_wrong, "wrong")
        self._message.update(Content(sanitize(text)))
        self._message.display = bool(text)


def _label(template: str, name: str) -> Content:
    return Content(sanitize_line(template.format(name=name), 80))


_KEYS: Final = ("format.scope", "format.keep", "modal.close")
_DESCRIPTIONS: Final = {
    _TEXT: N_("Plain text."),
    _OBJECT: N_("Any JSON object; almost-JSON is repaired."),
}
