"""Ctrl+G: in which form answers are asked for."""

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
from tui_chat.core.request import ResponseFormat
from tui_chat.core.text.sanitize import sanitize, sanitize_line
from tui_chat.structured.schemas.lookup import Schema, SchemaFolder, find_schema
from tui_chat.structured.schemas.python_class import looks_like_class
from tui_chat.ui.common.key_names import live_keys
from tui_chat.ui.common.modal import Modal
from tui_chat.ui.objects.schema_input import SchemaInput
from tui_chat.ui.terminal.deferred import Deferred
from tui_chat.ui.terminal.wrapped_text import WrappedText
from tui_chat.ui.text_view.json_lines import body_lines
from tui_chat.ui.text_view.line_view import BODY, LineView

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from textual.app import ComposeResult

    from tui_chat.ui.text_view.view_lines import ViewLine

_TEXT: Final = "\0text"
_OBJECT: Final = "\0object"
_NOW: Final = "\0now"
_WRITTEN: Final = "\0written"
_AT_ONCE_S: Final = 0.2
"""After how long it is told that a schema is still being read."""
_PLACEHOLDER: Final = "a kept schema, a file, module:Class, or: name, age int, tags list"


@dataclass(frozen=True, slots=True)
class FormatChoice:
    """What was chosen."""

    format: ResponseFormat
    is_for_one: bool
    """Whether it is for the next question only."""


class FormatPicker(Modal[FormatChoice]):
    """Text, any object, or an object of a schema: for the conversation or for one question."""

    DEFAULT_CSS = """
    FormatPicker {
        #schema { border: none; height: 1; padding: 0; background: transparent; }
        #formats {
            height: auto; max-height: 8; margin-top: 1; border: none; padding: 0;
            background: transparent;
        }
        #told { height: auto; margin-top: 1; color: $text-muted; }
        #told.wrong { color: $text-error; }
        #preview { height: 1fr; margin-top: 1; display: none; }
        & > #panel.shows-schema { height: 85%; }
        & > .shows-schema #preview { display: block; }
        & > #panel { border-subtitle-color: $foreground 60%; }
    }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down", "move(1)", "down", show=False, priority=True),
        Binding("up", "move(-1)", "up", show=False, priority=True),
        Binding("pagedown", "page(1)", "page down", show=False, priority=True),
        Binding("pageup", "page(-1)", "page up", show=False, priority=True),
        Binding(
            "tab",
            "scope",
            "for one question",
            id="format.scope",
            priority=True,
            tooltip="For this conversation, or for the next question only",
        ),
        Binding(
            "ctrl+s",
            "keep",
            "keep the schema",
            id="format.keep",
            priority=True,
            tooltip="Keep the schema under a name",
        ),
    ]

    def __init__(self, current: ResponseFormat, folder: SchemaFolder, cwd: Path) -> None:
        """Prepare.

        Args:
            current: What holds now.
            folder: The kept schemas.
            cwd: Where relative paths begin.
        """
        super().__init__()
        self._current = current
        self._folder = folder
        self._cwd = cwd
        self._is_for_one = False
        self._schema: Schema | None = None
        self._shown_at: tuple[str | None, str] = (None, "")
        self._is_naming = False
        self._written = ""
        self._replaces = ""
        self._reading = Deferred(self)
        self._input = SchemaInput(placeholder=_PLACEHOLDER, id="schema")
        self._list = OptionList(id="formats", markup=False)
        self._list.can_focus = False
        self._told = WrappedText("", id="told", markup=False)
        self._preview = LineView(id="preview")
        self._preview.can_focus = False

    def compose(self) -> ComposeResult:
        """Build the panel."""
        with Vertical(id="panel") as panel:
            panel.border_title = "Answers are asked for as"
            yield self._input
            yield self._list
            yield self._told
            yield self._preview

    def on_mount(self) -> None:
        """List the forms; what holds now is highlighted."""
        self._input.focus()
        self._list_again("")
        self._show_scope()

    def action_move(self, step: int) -> None:
        """Move the highlight."""
        count = self._list.option_count
        if count:
            current = self._list.highlighted or 0
            self._list.highlighted = max(0, min(count - 1, current + step))

    def action_page(self, pages: int) -> None:
        """Move in the schema that is shown."""
        self._preview.action_page(pages)

    def action_scope(self) -> None:
        """Change between this conversation and the next question."""
        self._is_for_one = not self._is_for_one
        self._show_scope()

    def action_keep(self) -> None:
        """Ask for a name, under which the schema can be chosen later."""
        if self._is_naming:
            return
        if self._schema is None or not self._is_shown(self._place):
            self.app.bell()
            return
        self._is_naming = True
        self._written, self._replaces = self._input.value, ""
        self._input.value = ""
        self._input.placeholder = "the name to keep it under"
        self._tell("Enter keeps the schema under this name.")

    def action_close(self) -> None:
        """Go back to the list from naming a schema, else close without a result."""
        if not self._is_naming:
            self.dismiss(None)
            return
        self._leave_naming(self._written)

    @on(Input.Changed)
    def _note_text(self, event: Input.Changed) -> None:
        if not self._is_naming:
            self._list_again(event.value)

    @on(OptionList.OptionHighlighted)
    def _note_highlight(self) -> None:
        if not self._is_naming:
            self.run_worker(self._look(), group="schema", exclusive=True)

    @on(OptionList.OptionSelected)
    async def _choose_clicked(self) -> None:
        await self._choose()

    @on(Input.Submitted)
    async def _submit(self) -> None:
        if self._is_naming:
            await self._keep_as(self._input.value.strip())
        else:
            await self._choose()

    def _list_again(self, text: str) -> None:
        """List what fits what is written; what is no name may be a schema of its own."""
        wanted = text.strip().lower()
        options = [
            Option(words, id=name)
            for name, words in ((_TEXT, "text"), (_OBJECT, "any JSON object"))
            if wanted in words.lower()
        ]
        if self._current.schema is not None and wanted in self._current.name.lower():
            options.append(
                Option(Content(f"as now: {sanitize_line(self._current.name, 70)}"), _NOW)
            )
        names = [name for name in self._folder.names() if wanted in name.lower()]
        options += [
            Option(Content(sanitize_line(f"schema: {name}", 80)), id=name) for name in names
        ]
        if text.strip() and text.strip() not in names:
            options.append(Option(Content(sanitize_line(f"this: {text.strip()}", 80)), id=_WRITTEN))
        self._list.clear_options()
        self._list.add_options(options)
        known = {"text": _TEXT, "json_object": _OBJECT}.get(self._current.type, _NOW)
        places = [option.id for option in options]
        self._list.highlighted = places.index(known) if not wanted and known in places else 0

    async def _look(self, *, is_asked: bool = False) -> None:
        """Show the schema that is highlighted, or what is wrong with it.

        Args:
            is_asked: Whether the person asked for it, and does not just come by: only then is a
                module imported, which may do anything.
        """
        self._reading.cancel()
        place = self._place
        name, given = place
        if name is None or name in (_TEXT, _OBJECT):
            self._show_schema(None)
            self._tell("" if name is None else _MEANING[name])
            return
        if name == _WRITTEN:
            # While it is being written, most of what stands here is wrong for a moment.
            await asyncio.sleep(0.15)
            if looks_like_class(given.strip()) and not is_asked:
                self._show_schema(None)
                self._tell("Enter imports the module and shows the schema of the class.")
                return
        self._reading.start(_AT_ONCE_S, self._tell_reading)
        try:
            schema, lines = await asyncio.to_thread(self._find_with_lines, name, given)
        except ConfigError as error:
            if self._place == place:
                self._reading.cancel()
                self._show_schema(None)
                self._tell(error.message, is_wrong=True)
            return
        # Another schema may have been highlighted or written meanwhile: this one is late then.
        if self._place == place:
            self._reading.cancel()
            self._show_schema(schema, lines)
            self._tell(f"from {schema.source}; Enter takes it")

    def _is_shown(self, place: tuple[str | None, str]) -> bool:
        """Say whether the schema that is shown is the one of a place."""
        return self._schema is not None and self._shown_at == place

    @property
    def _place(self) -> tuple[str | None, str]:
        """What is highlighted, and what is written."""
        highlighted = self._list.highlighted_option
        return (highlighted.id if highlighted is not None else None), self._input.given

    def _show_schema(self, schema: Schema | None, lines: Sequence[ViewLine] = ()) -> None:
        self._schema, self._shown_at = schema, self._place
        self.query_one("#panel").set_class(schema is not None, "shows-schema")
        self._preview.show(BODY, lines)
        self._preview.action_start()

    def _tell_reading(self) -> None:
        self._show_schema(None)
        self._tell("It is being read.")

    def _find_with_lines(self, name: str, given: str) -> tuple[Schema, Sequence[ViewLine]]:
        schema = self._find(name, given)
        return schema, body_lines(schema.text)

    def _find(self, name: str, given: str) -> Schema:
        """Return the schema of an option.

        Args:
            name: The option.
            given: The text that was written when it was asked for.

        Raises:
            ConfigError: It is wrong, or not there.
        """
        if name == _NOW:
            return Schema(self._current.name, dict(self._current.schema or {}), "what holds now")
        if name == _WRITTEN:
            return find_schema(given, self._folder, self._cwd)
        return self._folder.read(name)

    async def _choose(self) -> None:
        name, given = self._place
        if name in (_TEXT, _OBJECT):
            wanted = ResponseFormat("text" if name == _TEXT else "json_object")
            self.dismiss(FormatChoice(wanted, self._is_for_one))
            return
        if name == _NOW:
            self.dismiss(FormatChoice(self._current, self._is_for_one))
            return
        if name == _WRITTEN and looks_like_class(given.strip()):
            if not self._is_shown((name, given)):
                await self._look(is_asked=True)
                return
        else:
            await self._look()
        if self._schema is not None and self._is_shown((name, given)):
            self.dismiss(FormatChoice(self._schema.response_format, self._is_for_one))

    async def _keep_as(self, name: str) -> None:
        schema = self._schema
        if schema is None:
            return
        name = name.removesuffix(".json")
        if name in self._folder.names() and name != self._replaces:
            self._replaces = name
            self._tell(
                f"“{name}” is kept already. Enter again replaces it; another name keeps both.",
                is_wrong=True,
            )
            return
        try:
            file = await asyncio.to_thread(self._folder.keep, schema, name)
        except ConfigError as error:
            self._tell(error.message, is_wrong=True)
            return
        self._leave_naming(name)
        self.app.notify(f"Kept in {sanitize_line(str(file))}", timeout=5, markup=False)

    def _leave_naming(self, text: str) -> None:
        self._is_naming = False
        self._input.placeholder = _PLACEHOLDER
        self._input.value = text
        self._input.cursor_position = len(text)
        self._list_again(text)

    def _show_scope(self) -> None:
        keys = live_keys(self)
        scope = "for the next question only" if self._is_for_one else "for this conversation"
        told = [scope, *(f"{keys[it]} {words}" for it, words in _KEYS if it in keys)]
        self.query_one("#panel").border_subtitle = "   ".join(told)

    def _tell(self, words: str, *, is_wrong: bool = False) -> None:
        self._told.set_class(is_wrong, "wrong")
        self._told.update(Content(sanitize(words)))
        self._told.display = bool(words)


_KEYS: Final = (("format.scope", "other scope"), ("format.keep", "keep"), ("modal.close", "close"))
_MEANING: Final = {
    _TEXT: "Answers as the model writes them.",
    _OBJECT: "Any JSON object; it is repaired where it is not quite one.",
}
