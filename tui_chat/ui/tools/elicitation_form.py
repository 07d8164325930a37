"""The form that a server asks the user to fill in. Only one key sends it; Esc refuses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Final

from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input

from tui_chat.core.labels import N_, _, labelled
from tui_chat.core.text.sanitize import sanitize, sanitize_line
from tui_chat.ui.common.footer_line import KeyFooter
from tui_chat.ui.common.key_names import live_keys
from tui_chat.ui.common.line_input import LineInput
from tui_chat.ui.common.links import LinkWanted
from tui_chat.ui.common.modal import Modal
from tui_chat.ui.terminal.painting.size_updates import WrappedText
from tui_chat.ui.tools.elicitation_fields import (
    FieldKind,
    FormField,
    InvalidValue,
    entered_value,
    form_fields,
)

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from tui_chat.core.tools.questions import ElicitationQuestion

_MESSAGE: Final = 2_000
_ROWS_AROUND: Final = 9
"""Border, padding, warning, a problem and the keys."""
_LONGEST_VALUE: Final = 2_000


class ChoiceField(Widget, can_focus=True):
    """One of a few values; the arrow keys and Space change it."""

    DEFAULT_CSS = """
    ChoiceField { height: 1; width: 1fr; &:focus { text-style: reverse; } }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("right,space", "step(1)", N_("next"), show=False),
        Binding("left", "step(-1)", N_("previous"), show=False),
    ]

    def __init__(self, field: FormField) -> None:
        super().__init__()
        self._choices = field.choices if field.is_required else ((None, "–"), *field.choices)
        values = [value for value, _label in self._choices]
        self._index = values.index(field.default) if field.default in values else 0

    @property
    def value(self) -> Any:
        """The chosen value; None for none."""
        return self._choices[self._index][0]

    def render(self) -> Content:
        """Draw the choice."""
        return Content(f"◂ {self._choices[self._index][1]} ▸")

    def action_step(self, step: int) -> None:
        """Choose another value."""
        self._index = (self._index + step) % len(self._choices)
        self.refresh()


class ElicitationForm(Modal[dict[str, Any]]):
    """Returns the entered values; None if the user refuses."""

    DEFAULT_CSS = """
    ElicitationForm {
        VerticalScroll { height: auto; }
        .label { margin-top: 1; height: auto; }
        LineInput, LineInput:focus { border: none; height: 1; padding: 0; background: $boost; }
        #warning { height: auto; margin-top: 1; color: $text-warning; }
        #problem { height: auto; color: $text-error; }
        KeyFooter { padding: 0; margin-top: 1; }
    }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "ctrl+s",
            "send",
            N_("send to the server"),
            id="form.send",
            tooltip=N_("Send the values to the server"),
            priority=True,
        ),
        Binding(
            "ctrl+o",
            "visit",
            N_("open the address"),
            id="form.visit",
            tooltip=N_("Open the address in the browser"),
            priority=True,
        ),
        Binding("down", "next", N_("next field"), show=False),
        Binding("up", "previous", N_("previous field"), show=False),
    ]

    def __init__(self, question: ElicitationQuestion) -> None:
        super().__init__()
        self._question = question
        self._fields = [(it, _widget_of(it)) for it in form_fields(question.schema)]
        self._problem = WrappedText("", id="problem", markup=False)
        self._footer = KeyFooter()

    def compose(self) -> ComposeResult:
        """Build the panel."""
        question = self._question
        server = sanitize_line(question.server, 60)
        with Vertical(id="panel") as panel:
            panel.border_title = Content(_("{server} asks you").format(server=server))
            with VerticalScroll(can_focus=False, id="fields"):
                yield WrappedText(Content(sanitize(question.message[:_MESSAGE])), markup=False)
                if question.url:
                    address = sanitize_line(question.url, _MESSAGE)
                    yield WrappedText(Content(address), classes="label", markup=False)
                for field, widget in self._fields:
                    label = labelled(field.label, field.description)
                    words = label if field.description else field.label
                    yield WrappedText(Content(words), classes="label", markup=False)
                    yield widget
            yield WrappedText(
                Content(_("The server gets what you enter: no passwords, no keys.")),
                id="warning",
                markup=False,
            )
            yield self._problem
            yield self._footer

    def on_mount(self) -> None:
        """Focus the first field."""
        if self._fields:
            self._fields[0][1].focus()
        keys = live_keys(self)
        names = (("form.send", _("send to the server")), ("form.visit", _("open the address")))
        shown = [(keys[name], words) for name, words in names if name in keys]
        self._footer.show([*shown, (keys.get("modal.close", ""), _("refuse"))])

    def on_resize(self) -> None:
        """Leave room for the keys below many fields."""
        room = self.size.height * 85 // 100 - _ROWS_AROUND
        self.query_one("#fields").styles.max_height = max(3, room)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Disable the address where there is none."""
        return bool(self._question.url) if action == "visit" else True

    @on(Input.Submitted)
    def action_next(self) -> None:
        """Go to the next field. Enter never sends the form."""
        self.focus_next()

    def action_previous(self) -> None:
        """Go to the previous field."""
        self.focus_previous()

    def action_visit(self) -> None:
        """Open the address of the server's question."""
        self.post_message(LinkWanted(self._question.url))

    def action_send(self) -> None:
        """Return the values, or show which one is wrong."""
        values = {}
        for field, widget in self._fields:
            try:
                value = _entered(field, widget)
            except InvalidValue as error:
                self._problem.update(Content(str(error)))
                widget.focus()
                return
            if value is not None:
                values[field.name] = value
        self.dismiss(values)


def _widget_of(field: FormField) -> LineInput | ChoiceField:
    if field.kind is FieldKind.CHOICE:
        return ChoiceField(field)
    widget = LineInput(longest=_LONGEST_VALUE)
    if isinstance(field.default, str | int | float):
        widget.value = sanitize_line(str(field.default), _LONGEST_VALUE)
    return widget


def _entered(field: FormField, widget: LineInput | ChoiceField) -> Any:
    if isinstance(widget, ChoiceField):
        return widget.value
    return entered_value(field, widget.value)
