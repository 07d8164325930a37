"""Dialog (Ctrl+L): profile and model of this conversation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Protocol

from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Input, OptionList
from textual.widgets.option_list import Option

from tui_chat.core.errors import TuiChatError
from tui_chat.core.labels import N_, _
from tui_chat.core.text.sanitize import sanitize, sanitize_line
from tui_chat.ui.common.line_input import LineInput
from tui_chat.ui.common.modal import Modal
from tui_chat.ui.terminal.painting.size_updates import WrappedText

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult

    from tui_chat.core.profile import Profile
    from tui_chat.core.stream_events import ModelInfo


class ModelSource(Protocol):
    """Lists the models of a profile's endpoint."""

    async def models(self, profile: Profile) -> list[ModelInfo]:
        """Return the models of an endpoint.

        Raises:
            TuiChatError: The request failed.
        """


@dataclass(frozen=True, slots=True)
class ModelChoice:
    """The chosen profile and model."""

    profile: Profile
    model: str | None
    """None: the profile's default."""


class ProfilePicker(Modal[ModelChoice]):
    """Profiles at the left, the models of the highlighted one at the right.

    Left and Right switch sides, typing filters the models, Enter chooses.
    """

    DEFAULT_CSS = """
    ProfilePicker {
        #filter { border: none; height: 1; padding: 0; background: transparent; }
        #sides { height: auto; max-height: 18; margin-top: 1; }
        OptionList {
            height: auto; max-height: 18; border: none; padding: 0; background: transparent;
        }
        #profiles { width: 1fr; }
        #right { width: 2fr; height: auto; padding-left: 2; }
        #told { color: $text-muted; height: auto; }
        .resting > .option-list--option-highlighted { background: transparent; text-style: bold; }
    }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down", "move(1)", N_("down"), show=False, priority=True),
        Binding("up", "move(-1)", N_("up"), show=False, priority=True),
        Binding("pagedown", "move(10)", N_("page down"), show=False, priority=True),
        Binding("pageup", "move(-10)", N_("page up"), show=False, priority=True),
        Binding("left", "side(0)", N_("profiles"), show=False, priority=True),
        Binding("right,tab", "side(1)", N_("models"), show=False, priority=True),
        Binding("shift+tab", "side(0)", N_("profiles"), show=False, priority=True),
    ]

    def __init__(
        self,
        profiles: Sequence[Profile],
        current: Profile,
        current_model: str | None,
        source: ModelSource,
    ) -> None:
        super().__init__()
        self._profiles = list(profiles)
        if current not in self._profiles:
            self._profiles.insert(0, current)
        self._current = current
        self._current_model = current_model
        self._source = source
        self._offers: list[str] = []
        self._filter = LineInput(placeholder=_("Filter models, or write a model id"), id="filter")
        self._offered_by: Profile | None = None
        self._filtered_by = ""
        """The text whose matches are listed."""
        self._left = OptionList(id="profiles", markup=False)
        self._right = OptionList(id="models", markup=False)
        self._left.can_focus = self._right.can_focus = False
        self._told = WrappedText("", id="told", markup=False)
        self._on_models = True

    def compose(self) -> ComposeResult:
        """Compose the panel."""
        with Vertical(id="panel") as panel:
            panel.border_title = _("Profile and model")
            yield self._filter
            with Horizontal(id="sides"):
                yield self._left
                with Vertical(id="right"):
                    yield self._right
                    yield self._told

    def on_mount(self) -> None:
        """List the profiles; highlighting one loads its models."""
        self._filter.focus()
        self._left.add_options(Option(sanitize_line(item.name, 40)) for item in self._profiles)
        self._left.highlighted = self._profiles.index(self._current)
        self._show_side()

    @property
    def _profile(self) -> Profile:
        return self._profiles[self._left.highlighted or 0]

    def action_move(self, step: int) -> None:
        """Move the highlight on the active side."""
        # The message of a change may follow a key that arrived together with it.
        self._filter_models()
        side = self._right if self._on_models else self._left
        if side.option_count:
            current = side.highlighted or 0
            side.highlighted = max(0, min(side.option_count - 1, current + step))

    def action_side(self, side: int) -> None:
        """Go to the profiles (0) or the models (1)."""
        self._on_models = bool(side)
        self._show_side()

    @on(OptionList.OptionHighlighted, "#profiles")
    def _ask_models(self) -> None:
        self.run_worker(self._list_models(self._profile), group="models", exclusive=True)

    @on(OptionList.OptionSelected, "#profiles")
    def _profile_clicked(self) -> None:
        self.action_side(1)

    @on(OptionList.OptionSelected, "#models")
    def _model_clicked(self) -> None:
        self._choose()

    @on(Input.Changed)
    def _filter_models(self) -> None:
        if self._filtered_by != self._filter.value:
            self._show_models()

    def _show_models(self) -> None:
        self._filtered_by = self._filter.value
        wanted = self._filtered_by.strip().lower()
        # A different profile may be highlighted whose models are not loaded yet.
        offers = self._offers if self._offered_by == self._profile else []
        shown = [offer for offer in offers if wanted in offer.lower()]
        self._right.clear_options()
        self._right.add_options(Option(sanitize_line(offer, 80), id=offer) for offer in shown)
        current = self._current_model if self._profile == self._current else self._profile.model
        self._right.highlighted = shown.index(current) if current in shown else 0 if shown else None
        if offers and not shown:
            model = sanitize_line(wanted, 60)
            self._told.update(Content(_("Enter asks for “{model}”.").format(model=model)))
        elif offers:
            self._told.update("")

    @on(Input.Submitted)
    def _choose(self) -> None:
        is_offered = self._offered_by == self._profile
        highlighted = self._right.highlighted_option if is_offered else None
        written = self._filter.value.strip()
        chosen = highlighted.id if highlighted is not None else written
        self.dismiss(ModelChoice(self._profile, chosen or self._profile.model))

    async def _list_models(self, profile: Profile) -> None:
        self._offers, self._offered_by = [], None
        self._right.clear_options()
        host = sanitize_line(profile.host or profile.name, 60)
        self._told.update(Content(_("asking {host} …").format(host=host)))
        try:
            offers = await self._source.models(profile)
        except TuiChatError as error:
            text = _("{problem} Enter chooses the profile alone.").format(problem=error.message)
            self._told.update(Content(sanitize(text)))
            return
        self._offers, self._offered_by = [offer.id for offer in offers], profile
        self._told.update("" if self._offers else _("The endpoint names no models."))
        self._show_models()

    def _show_side(self) -> None:
        self._left.set_class(self._on_models, "resting")
        self._right.set_class(not self._on_models, "resting")
