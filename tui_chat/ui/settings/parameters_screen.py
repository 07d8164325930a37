"""Dialog (F3): the parameters of the open conversation, and where each value comes from."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, ClassVar, Final, Protocol

from textual import on
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from tui_chat.core.errors import TuiChatError
from tui_chat.core.labels import N_, _, join_list
from tui_chat.core.parameters.effort import EFFORTS
from tui_chat.core.parameters.parameters import Source, effort_fields
from tui_chat.core.text.sanitize import sanitize, sanitize_line
from tui_chat.ui.common.key_names import key_hints
from tui_chat.ui.settings.choice_list import ChoiceList, ValueInput
from tui_chat.ui.settings.parameter_rows import (
    DIALOGS,
    FORMAT,
    PARAMETER_ROWS,
    SYSTEM_PROMPT,
    TOOLS,
    ParameterRow,
    source_label,
)
from tui_chat.ui.settings.rows_dialog import RowsDialog
from tui_chat.ui.settings.text_editor import SystemPromptEditor

if TYPE_CHECKING:
    from tui_chat.core.request import ResponseFormat
    from tui_chat.session.session_parameters import SessionParameters

_TITLE_CELLS: Final = 18
_LABEL_LIMIT: Final = 40
_KEYS: Final = ("parameters.step", "parameters.reset", "parameters.save", "modal.close")


class Changes(Protocol):
    """Carries out what is more than a value of the conversation."""

    async def choose_format(self) -> None:
        """Choose the answer format."""

    async def choose_tools(self) -> None:
        """Choose the tools."""

    @property
    def tool_servers(self) -> tuple[str, ...]:
        """The servers of which tools are switched on."""

    @property
    def tools_source(self) -> Source:
        """The source of the choice of tools."""

    @property
    def profile_name(self) -> str:
        """The profile of config.toml that the conversation uses; empty if it uses another one."""

    def checked_name(self, text: str) -> str:
        """Return the name of the profile to save.

        Raises:
            ConfigError: It is empty, a key, or the name of another profile.
        """

    def check_may_save(self) -> None:
        """Check that the endpoint of the conversation can be a profile.

        Raises:
            ConfigError: It cannot.
        """

    async def save_profile(self, name: str) -> None:
        """Save the parameters in a profile, and use that in the conversation.

        Raises:
            TuiChatError: config.toml cannot be changed, or the conversation is not saved.
        """


class _ProfileName:
    """The name of the profile to save, as it is entered."""

    title = N_("Save as a profile")

    def __init__(self, changes: Changes) -> None:
        self._changes = changes
        self.tooltip = (
            N_("The present name changes that profile; another name adds a profile")
            if changes.profile_name
            else N_("The name of a new profile in config.toml")
        )

    def parsed(self, text: str) -> str:
        return self._changes.checked_name(text)


class ParametersScreen(RowsDialog):
    """One row for each parameter. Enter changes it, Delete returns to the profile's value."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "right",
            "step(1)",
            N_("change"),
            id="parameters.step",
            # Before the list, which would scroll.
            priority=True,
            tooltip=N_("The next value"),
        ),
        Binding(
            "left",
            "step(-1)",
            id="parameters.step_back",
            priority=True,
            tooltip=N_("The value before"),
            show=False,
        ),
        Binding(
            "delete,backspace",
            "reset",
            N_("reset"),
            id="parameters.reset",
            tooltip=N_("Back to the value of the profile"),
        ),
        Binding(
            "ctrl+s",
            "save_profile",
            N_("save as profile"),
            id="parameters.save",
            tooltip=N_("Save these settings as a profile"),
        ),
    ]

    def __init__(self, parameters: SessionParameters, changes: Changes) -> None:
        super().__init__(_("Settings of this conversation"))
        self._parameters = parameters
        self._changes = changes

    def on_mount(self) -> None:
        """List the parameters."""
        self.query_one("#panel").border_subtitle = key_hints(self, _KEYS)
        self._list.focus()
        self._show(0)

    def on_resize(self) -> None:
        """Fill the new width."""
        if self._list.option_count:
            self._show(self._list.highlighted or 0)

    @property
    def _row(self) -> ParameterRow:
        return PARAMETER_ROWS[self._list.highlighted or 0]

    def _value(self, row: ParameterRow) -> Any:
        return None if row.name in DIALOGS else self._parameters.chosen.get(row.name)

    def _source(self, row: ParameterRow) -> Source:
        if row.name not in DIALOGS:
            return self._parameters.source(row.name)
        if row.name == TOOLS:
            return self._changes.tools_source
        is_structured = self._parameters.response_format.is_structured
        return Source.CONVERSATION if is_structured else Source.DEFAULT

    def action_step(self, step: int) -> None:
        """Switch to the next or the previous value."""
        row = self._row
        if row.has_steps:
            self._save(row, row.stepped(self._value(row), step))
        else:
            self.app.bell()

    def action_reset(self) -> None:
        """Return to the value of the profile."""
        if self._row.name in DIALOGS:
            self._change()
        else:
            self._save(self._row, None)

    def action_save_profile(self) -> None:
        """Save the parameters as a profile."""
        self.run_worker(self._save_profile(), group="ask", exclusive=True)

    @on(OptionList.OptionHighlighted)
    def _explain(self) -> None:
        row = self._row
        self.remove_class("refused")
        self._told.update(
            Content.assemble(_(row.tooltip), "\n", (self._detail(row), "$foreground 60%"))
        )

    def _detail(self, row: ParameterRow) -> str:
        """Return how a value is sent."""
        value = self._value(row)
        if row.name in DIALOGS:
            return ""
        if value is None:
            return _("not sent: the endpoint decides")
        if row.name == SYSTEM_PROMPT:
            return sanitize(str(value)) if value.strip() else _("no system prompt is sent")
        sent = {row.name: list(value) if isinstance(value, tuple) else value}
        if row.name == "effort":
            sent = effort_fields(self._parameters.profile, value)
        text = json.dumps(sent, ensure_ascii=False)
        return _("sent as {fields}").format(fields=sanitize_line(text, 200))

    @on(OptionList.OptionSelected)
    def _change(self) -> None:
        self.run_worker(self._ask(self._row), group="ask", exclusive=True)

    async def _ask(self, row: ParameterRow) -> None:
        value = self._value(row)
        if row.name in DIALOGS:
            changes = self._changes
            await (changes.choose_format() if row.name == FORMAT else changes.choose_tools())
            self._show(PARAMETER_ROWS.index(row))
            return
        if row.name == SYSTEM_PROMPT:
            text = await self.app.push_screen_wait(SystemPromptEditor(value or ""))
        elif row.name == "effort":
            levels = [(level, level) for level in EFFORTS]
            text = await self.app.push_screen_wait(
                ChoiceList(_(row.title), levels, value or "", lambda _level: None)
            )
        else:
            text = await self.app.push_screen_wait(ValueInput(row, row.shown(value)))
        if text is not None:
            self._save(row, row.parsed(text))

    def _save(self, row: ParameterRow, value: Any) -> None:
        self.run_worker(self._saved(row, value), group="save")

    async def _saved(self, row: ParameterRow, value: Any) -> None:
        try:
            await self._parameters.choose(row.name, value)
        except TuiChatError as error:
            self._refuse(error)
        else:
            # The user may be at another row by now.
            self._show(self._list.highlighted or 0)

    async def _save_profile(self) -> None:
        changes = self._changes
        try:
            changes.check_may_save()
            text = await self.app.push_screen_wait(
                ValueInput(_ProfileName(changes), changes.profile_name)
            )
            if text is None:
                return
            await changes.save_profile(changes.checked_name(text))
        except TuiChatError as error:
            self._refuse(error)
            return
        self._show(self._list.highlighted or 0)
        saved = _("Saved as the profile {name}.").format(name=sanitize_line(text, _LABEL_LIMIT))
        self.app.notify(saved, timeout=5, markup=False)

    def _refuse(self, error: TuiChatError) -> None:
        self.add_class("refused")
        self._told.update(Content(sanitize(error.message)))

    def _show(self, highlighted: int) -> None:
        self._list.clear_options()
        self._list.add_options(Option(self._line(row)) for row in PARAMETER_ROWS)
        self._list.highlighted = highlighted
        self._explain()

    def _line(self, row: ParameterRow) -> Content:
        """Return a row: title, value and source."""
        source = self._source(row)
        label = source_label(source, sanitize_line(self._parameters.profile.name, _LABEL_LIMIT))
        title = Content(_(row.title)).truncate(_TITLE_CELLS, ellipsis=True, pad=True)
        shown = sanitize_line(self._shown(row), 200)
        right = Content(label).truncate(_LABEL_LIMIT, ellipsis=True)
        room = max(8, self._list.size.width - _TITLE_CELLS - right.cell_length - 5)
        style = "$text-accent" if source in (Source.CONVERSATION, Source.FLAG) else ""
        value = Content.styled(shown, style).truncate(room, ellipsis=True, pad=True)
        return Content.assemble(title, "  ", value, "  ", right.stylize("$foreground 60%"))

    def _shown(self, row: ParameterRow) -> str:
        if row.name == FORMAT:
            return _format_label(self._parameters.response_format)
        if row.name == TOOLS:
            return join_list(self._changes.tool_servers) or "—"
        value = self._value(row)
        if row.name == SYSTEM_PROMPT and value is not None and not value.strip():
            return _("none")
        return row.shown(value) or "—"


def _format_label(wanted: ResponseFormat) -> str:
    if wanted.type == "text":
        return _("text")
    return _("any JSON object") if wanted.schema is None else wanted.name
