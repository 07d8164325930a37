"""Dialog: the fields of one profile, a test, and its model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Final

from textual import events, on
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from tui_chat.config.base_url import checked_base_url, is_same_origin
from tui_chat.config.keyring.system_keyring import keyring_notice
from tui_chat.config.setup.endpoint_kinds import AZURE_API_VERSION, azure_fields, name_for
from tui_chat.config.setup.profile_entry import ProfileEntry, checked_name
from tui_chat.core.errors import ConfigError, TuiChatError
from tui_chat.core.labels import N_, _, ngettext
from tui_chat.core.profile import KeySource, Secret
from tui_chat.core.text.sanitize import sanitize, sanitize_line
from tui_chat.ui.common.line_input import LONGEST_PATH, LineInput
from tui_chat.ui.common.modal import Modal
from tui_chat.ui.models.check_lines import CheckLines
from tui_chat.ui.models.key_input import KeyInput
from tui_chat.ui.terminal.painting.size_updates import WrappedText
from tui_chat.ui.theme import SCROLL_BAR

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from tui_chat.config.setup.endpoint_kinds import EndpointKind
    from tui_chat.core.profile import Profile
    from tui_chat.ui.models.profile_editor import ProfileEditor

_LABELS: Final = {
    "name": N_("Name"),
    "url": N_("Base URL"),
    "resource": N_("Resource"),
    "deployment": N_("Deployment"),
    "version": N_("API version"),
    "key": N_("Key"),
    "model": N_("Model"),
}


class EndpointForm(Modal[str]):
    """Fields from top to bottom; the last Enter tests and saves. The result is the name."""

    DEFAULT_CSS = f"""
    EndpointForm {{
        background: $background 90%;
        .row {{ height: 1; }}
        .label {{ width: 13; color: $text-muted; }}
        .row Input {{ border: none; height: 1; padding: 0; width: 1fr; background: transparent; }}
        .row Input:focus {{ background: $foreground 10%; }}
        .active .label {{ color: $text-accent; text-style: bold; }}
        #results {{ height: auto; max-height: 9; margin-top: 1; {SCROLL_BAR} }}
        #told {{ height: auto; color: $text-muted; }}
        &.refused #told {{ color: $text-warning; }}
        OptionList {{
            height: auto; max-height: 7; border: none; padding: 0; margin-top: 1;
            background: transparent; display: none; {SCROLL_BAR}
        }}
    }}
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down", "move(1)", N_("down"), show=False, priority=True),
        Binding("up", "move(-1)", N_("up"), show=False, priority=True),
        Binding("ctrl+t", "try", N_("try it"), id="endpoint.try", tooltip=N_("Test the endpoint")),
        Binding("ctrl+s", "save", N_("save"), id="endpoint.save", tooltip=N_("Save the profile")),
    ]

    def __init__(
        self, editor: ProfileEditor, kind: EndpointKind, old: Profile | None = None
    ) -> None:
        """Create the dialog.

        Args:
            editor: Tests and saves the profile.
            kind: The kind of endpoint.
            old: The profile to change; None for a new one.
        """
        super().__init__()
        self._editor = editor
        self._kind = kind
        self._old = old
        self._variable = self._usual_variable()
        self._fields = {field: self._input(field) for field in self._field_names()}
        self._told = WrappedText("", id="told", markup=False)
        self._models = OptionList(id="models", markup=False)
        self._models.can_focus = False
        self._names: list[str] = []
        self._tested: ProfileEntry | None = None
        self._is_working = False

    def compose(self) -> ComposeResult:
        """Compose the panel."""
        with Vertical(id="panel") as panel:
            title = (
                _("Change “{name}”").format(name=sanitize_line(self._old.name, 40))
                if (self._old)
                else self._kind.label
            )
            panel.border_title = title
            panel.border_subtitle = _("Enter next   ^T try it   ^S save   Esc back")
            for field, widget in self._fields.items():
                with Horizontal(classes="row"):
                    yield Static(_(_LABELS[field]), classes="label", markup=False)
                    yield widget
            with VerticalScroll(id="results", can_focus=False):
                yield self._told
            yield self._models

    def on_mount(self) -> None:
        """Focus the first field that the user must fill in."""
        empty = (it for it in ("url", "resource", "key") if it in self._fields)
        first = next((it for it in empty if not self._fields[it].value), "key")
        self._fields[first].focus()
        page = self._kind.keys_page
        if page and self._old is None:
            self._tell(_("Keys: {page}").format(page=page))
        else:
            self._tell(_("Nothing is sent before you try it."))

    # The fields

    def _field_names(self) -> tuple[str, ...]:
        if self._kind.is_azure and self._old is None:
            return ("name", "resource", "deployment", "version", "key")
        if self._old is not None:
            return ("url", "key", "model")
        return ("name", "url", "key", "model")

    def _input(self, field: str) -> LineInput:
        old, kind = self._old, self._kind
        placeholders = {
            "url": "https://…/v1",
            "resource": _("name, or https://….openai.azure.com"),
            "key": self._key_hint(),
            "model": _("the first that the endpoint lists"),
        }
        if field == "key":
            return KeyInput(placeholder=placeholders["key"], id="key")
        values = {
            "name": self._editor.free_name(kind),
            "url": old.base_url if old else kind.base_url,
            "version": AZURE_API_VERSION,
            "model": (old.model if old else kind.model) or "",
        }
        widget = LineInput(placeholder=placeholders.get(field, ""), longest=LONGEST_PATH, id=field)
        widget.value = values.get(field, "")
        return widget

    def _usual_variable(self) -> str:
        variable = self._kind.key_variable
        is_set = bool(self._editor.launch.env.get(variable, "").strip())
        return variable if is_set and self._old is None else ""

    def _key_hint(self) -> str:
        if self._old is not None and self._old.key != KeySource():
            return _("unchanged: {source}").format(source=sanitize_line(str(self._old.key), 60))
        if self._variable:
            return _("empty: from ${variable}").format(variable=self._variable)
        return _("paste the key") if self._kind.needs_key else _("empty: none")

    def _value(self, field: str) -> str:
        return self._fields[field].value.strip() if field in self._fields else ""

    def _entry(self) -> ProfileEntry:
        """Return the profile as entered.

        Raises:
            ConfigError: A field is invalid.
        """
        settings = self._editor.launch.settings
        fields: dict[str, Any]
        if "resource" in self._fields:
            fields = azure_fields(
                self._value("resource"), self._value("deployment"), self._value("version")
            )
        else:
            url = checked_base_url(self._value("url"), _("The base URL"))
            fields = {"base_url": url, "model": self._value("model") or None}
        url = str(fields["base_url"])
        key = Secret(self._value("key")) if self._value("key") else None
        if self._old is not None:
            has_key = self._old.key != KeySource()
            if key is None and has_key and not is_same_origin(url, self._old.base_url):
                raise ConfigError(
                    _("The key belongs to {host}.").format(host=self._old.host),
                    _("Enter the key of the new host."),
                )
            return ProfileEntry(self._old.name, fields, key, keeps_key=key is None)
        name = self._value("name") or name_for(self._kind, str(fields["base_url"]))
        name = checked_name(name, settings)
        return ProfileEntry(name, fields, key, "" if key else self._variable)

    # Keys

    def action_move(self, step: int) -> None:
        """Move between the fields; in the model field, through the models."""
        names = [*self._fields]
        at = next((it for it, name in enumerate(names) if self._fields[name].has_focus), 0)
        shown, highlighted = self._models.option_count, self._models.highlighted
        if names[at] == "model" and shown and not (step < 0 and highlighted in (0, None)):
            before = -1 if highlighted is None else highlighted
            self._models.highlighted = max(0, min(shown - 1, before + step))
            return
        self._fields[names[max(0, min(len(names) - 1, at + step))]].focus()

    @on(events.DescendantFocus)
    def _show_focus(self) -> None:
        for widget in self._fields.values():
            if widget.parent is not None:
                widget.parent.set_class(widget.has_focus, "active")

    @on(Input.Submitted)
    def _next(self, event: Input.Submitted) -> None:
        names = [*self._fields]
        at = names.index(event.input.id or "")
        if at + 1 < len(names) and not (names[at] == "key" and self._tested is None):
            self._fields[names[at + 1]].focus()
        elif self._tested is None:
            self.action_try()
        else:
            self._take_highlighted()
            self.action_save()

    @on(OptionList.OptionSelected)
    def _clicked(self) -> None:
        self._take_highlighted()

    def _take_highlighted(self) -> None:
        option = self._models.highlighted_option
        if option is not None and option.id and self._models.display:
            self._fields["model"].value = option.id

    @on(Input.Changed)
    def _filter(self, event: Input.Changed) -> None:
        if event.input.id == "model":
            self._show_models()
        elif self._tested is not None:
            # A changed endpoint is tested again.
            self._tested = None
            self._models.display = False

    def action_try(self) -> None:
        """Test the endpoint."""
        self._work(self._try())

    def action_save(self) -> None:
        """Save the profile, tested or not."""
        self._work(self._save())

    def _work(self, work: Any) -> None:
        if self._is_working:
            work.close()
            self.app.bell()
            return
        self._is_working = True
        self.run_worker(work, group="endpoint", exclusive=True)

    async def _try(self) -> None:
        try:
            entry = self._entry()
            report = CheckLines(self._show_report)
            self._tell(_("testing …"))
            old = self._old.key if self._old else None
            models = await self._editor.check(entry, old, report)
        except TuiChatError as error:
            self._tell(error.message, is_refused=True)
            return
        finally:
            self._is_working = False
        if not report.is_passed:
            return
        self._tested = entry
        self._names = [model.id for model in models]
        if "model" in self._fields and self._names:
            text = ngettext(
                "It works. {count} model; Enter saves.",
                "It works. Choose one of {count} models; Enter saves.",
                len(self._names),
            )
            self._tell(text)
            self._show_models()
            self._fields["model"].focus()
        else:
            self._tell(_("It works. ^S saves."))

    async def _save(self) -> None:
        try:
            entry = self._entry()
            self._tell(_("saving …") if entry.key is None else keyring_notice())
            old_name = self._old.name if self._old else None
            saved = await self._editor.save(entry, old_name=old_name)
        except ConfigError as error:
            self._tell(error.message, is_refused=True)
            return
        finally:
            self._is_working = False
        words = saved.words or _("Saved: {name}").format(name=sanitize_line(saved.name, 40))
        if saved.is_default:
            words = _("{words} New conversations use this profile.").format(words=words)
        self.notify(sanitize(words), markup=False, timeout=8)
        self.dismiss(saved.name)

    # Showing

    def _show_models(self) -> None:
        wanted = self._value("model").casefold()
        shown = [name for name in self._names if wanted in name.casefold()]
        if wanted in (name.casefold() for name in self._names):
            shown = self._names
        self._models.clear_options()
        self._models.add_options(Option(sanitize_line(name, 80), id=name) for name in shown)
        self._models.display = bool(shown)
        current = self._value("model")
        self._models.highlighted = shown.index(current) if current in shown else None
        if wanted and shown and current not in shown:
            self._models.highlighted = 0

    def _show_report(self, lines: Content) -> None:
        self.set_class(False, "refused")
        self._told.update(lines)
        self.query_one("#results", VerticalScroll).scroll_end(animate=False)

    def _tell(self, text: str, *, is_refused: bool = False) -> None:
        self.set_class(is_refused, "refused")
        self._told.update(Content(sanitize(text)))
