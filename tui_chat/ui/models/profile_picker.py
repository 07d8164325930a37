"""Dialog (Ctrl+L): profile and model of this conversation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final, Protocol

from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from tui_chat.core.errors import TuiChatError
from tui_chat.core.labels import N_, _
from tui_chat.core.profile import Origin
from tui_chat.core.text.sanitize import sanitize, sanitize_line
from tui_chat.ui.common.filtered_list import move_highlight
from tui_chat.ui.common.line_input import LineInput
from tui_chat.ui.common.modal import Modal
from tui_chat.ui.models.profile_rows import model_row, profile_details, profile_row, row_hint
from tui_chat.ui.terminal.painting.size_updates import WrappedText
from tui_chat.ui.theme import SCROLL_BAR

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult

    from tui_chat.core.profile import Profile
    from tui_chat.core.stream_events import ModelInfo
    from tui_chat.ui.models.change_profiles import ChangeProfiles

_ADD: Final = "add-endpoint"
_LOCAL: Final = "local-models"
"""The ids of the rows below the profiles; a profile has an index."""
_USUAL_WIDTH: Final = 40
"""Of the list of models, before its first layout."""


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


class LocalModelsWanted:
    """The result if the user wants a better model on this machine."""


class ProfilePicker(Modal[ModelChoice | LocalModelsWanted]):
    """Profiles at the left, the models of the highlighted one at the right.

    Left and Right switch sides, typing filters the active side, Enter chooses.
    """

    DEFAULT_CSS = f"""
    ProfilePicker {{
        #filter {{ border: none; height: 1; padding: 0; background: transparent; }}
        #sides {{ height: auto; margin-top: 1; }}
        OptionList {{
            height: auto; max-height: 40vh; border: none; padding: 0; background: transparent;
            text-wrap: nowrap; text-overflow: ellipsis; {SCROLL_BAR}
        }}
        .heading {{ color: $text-muted; margin-bottom: 1; }}
        .active .heading {{ color: $text-accent; text-style: bold; }}
        #left {{ width: 2fr; height: auto; }}
        #right {{ width: 3fr; height: auto; margin-left: 2; }}
        #told {{ color: $text-muted; height: auto; }}
        #details {{
            color: $text-muted; height: 1; margin-top: 1;
            text-wrap: nowrap; text-overflow: ellipsis;
        }}
        .resting > .option-list--option-highlighted {{
            background: transparent; text-style: bold;
        }}
    }}
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down", "move(1)", N_("down"), show=False, priority=True),
        Binding("up", "move(-1)", N_("up"), show=False, priority=True),
        Binding("pagedown", "move(10)", N_("page down"), show=False, priority=True),
        Binding("pageup", "move(-10)", N_("page up"), show=False, priority=True),
        Binding("left", "side(0)", N_("profiles"), show=False, priority=True),
        Binding("right", "side(1)", N_("models"), show=False, priority=True),
        Binding("tab,shift+tab", "other_side", N_("other side"), show=False, priority=True),
        Binding("ctrl+n", "add", N_("add"), id="profile.add", tooltip=N_("Add an endpoint")),
        Binding("f2", "edit", N_("change"), id="profile.edit", tooltip=N_("Change the profile")),
        Binding(
            "ctrl+d",
            "remove",
            N_("remove"),
            id="profile.remove",
            tooltip=N_("Remove the profile and its key"),
            priority=True,
        ),
        Binding("f5", "reload", N_("reload"), id="profile.reload", tooltip=N_("List models again")),
    ]

    def __init__(
        self,
        profiles: Sequence[Profile],
        current: Profile | None,
        current_model: str | None,
        source: ModelSource,
        changes: ChangeProfiles | None = None,
    ) -> None:
        """Create the dialog.

        Args:
            profiles: Every profile that can be selected.
            current: The profile of the conversation; None if there is none yet.
            current_model: Its model.
            source: Lists the models.
            changes: Adds, changes and removes profiles.
        """
        super().__init__()
        self._profiles = list(profiles)
        if current is not None and current not in self._profiles:
            self._profiles.insert(0, current)
        self._current = current
        self._current_model = current_model
        self._source = source
        self._changes = changes
        self._offers: list[ModelInfo] = []
        self._offered_by: Profile | None = None
        self._filter = LineInput(id="filter")
        self._filtered_by = {False: "", True: ""}
        """The texts whose matches are listed, by side."""
        self._left = OptionList(id="profiles", markup=False)
        self._right = OptionList(id="models", markup=False)
        self._left.can_focus = self._right.can_focus = False
        self._told = WrappedText("", id="told", markup=False)
        self._details = Static("", id="details", markup=False)
        self._on_models = bool(self._profiles)
        self._removal = ""

    def compose(self) -> ComposeResult:
        """Compose the panel."""
        with Vertical(id="panel") as panel:
            panel.border_title = _("Profile and model")
            panel.border_subtitle = self._key_hints()
            yield self._filter
            with Horizontal(id="sides"):
                with Vertical(id="left"):
                    yield Static(_("PROFILES"), classes="heading", markup=False)
                    yield self._left
                with Vertical(id="right"):
                    yield Static(_("MODELS"), classes="heading", markup=False)
                    yield self._right
                    yield self._told
            yield self._details

    def on_mount(self) -> None:
        """List the profiles; highlighting one loads its models."""
        self._filter.focus()
        self._show_profiles(self._current)
        self._show_side()

    def _key_hints(self) -> str:
        if self._changes is None:
            return _("Tab side   Enter choose   Esc close")
        return _("Tab side   Enter choose   ^N add   F2 change   ^D remove   Esc")

    @property
    def _profile(self) -> Profile | None:
        """The highlighted profile; None on the rows below them."""
        option = self._left.highlighted_option
        if option is None or option.id is None or not option.id.isdigit():
            return None
        return self._profiles[int(option.id)]

    @property
    def _is_on_local_models(self) -> bool:
        option = self._left.highlighted_option
        return option is not None and option.id == _LOCAL

    def show_profiles(self, profiles: Sequence[Profile], name: str) -> None:
        """Show other profiles, after one was changed or removed.

        Args:
            profiles: Every profile that can be selected.
            name: The profile to highlight, if it exists.
        """
        self._profiles = list(profiles)
        self._offers, self._offered_by = [], None
        found = next((it for it in self._profiles if it.name == name), None)
        self._show_profiles(found)

    # Keys

    def action_move(self, step: int) -> None:
        """Move the highlight on the active side."""
        # The message of a change may follow a key that arrived together with it.
        self._filter_rows()
        side = self._right if self._on_models else self._left
        if side.option_count:
            move_highlight(side, step)
        else:
            self.app.bell()

    def action_side(self, side: int) -> None:
        """Go to the profiles (0) or the models (1)."""
        if bool(side) == self._on_models:
            return
        self._filter_rows()
        self._on_models = bool(side)
        self._filter.value = self._filtered_by[self._on_models]
        self._filter.cursor_position = len(self._filter.value)
        self._show_side()
        if self._on_models and self._profile not in (None, self._offered_by):
            self._ask_models()

    def action_other_side(self) -> None:
        """Go to the other side."""
        self.action_side(not self._on_models)

    def action_reload(self) -> None:
        """List the models of the profile again."""
        if self._profile is not None:
            self._ask(self._profile)

    def action_add(self) -> None:
        """Add an endpoint, and choose it."""
        if self._changes is not None:
            self.run_worker(self._changes.add(self), group="change", exclusive=True)

    def action_edit(self) -> None:
        """Change the highlighted profile."""
        if self._changes is not None and self._profile is not None:
            work = self._changes.edit(self, self._profile)
            self.run_worker(work, group="change", exclusive=True)

    def action_remove(self) -> None:
        """Remove the highlighted profile; the same key again confirms it."""
        profile = self._profile
        if self._changes is None or profile is None:
            return
        if reason := self._changes.why_fixed(profile):
            self.tell(reason)
        elif self._removal != profile.name:
            self._removal = profile.name
            text = _("Press the key again to remove “{name}” and its stored key.")
            self.tell(text.format(name=sanitize_line(profile.name, 40)))
        else:
            self._removal = ""
            work = self._changes.remove(self, profile)
            self.run_worker(work, group="change", exclusive=True)

    @on(OptionList.OptionHighlighted, "#profiles")
    def _ask_models(self) -> None:
        profile, self._removal = self._profile, ""
        self._details.update(profile_details(profile) if profile else "")
        is_chosen = self._on_models or profile == self._current
        # A found key is not sent before the user goes to the models.
        if profile is not None and (is_chosen or profile.origin is not Origin.KEY_FOUND):
            self._ask(profile)
            return
        self._offers, self._offered_by = [], None
        self.workers.cancel_group(self, "models")
        self._right.clear_options()
        self.tell(row_hint(profile, is_local=self._is_on_local_models))

    def _ask(self, profile: Profile) -> None:
        self.run_worker(self._list_models(profile), group="models", exclusive=True)

    @on(OptionList.OptionSelected, "#profiles")
    def _profile_clicked(self) -> None:
        if self._profile is None:
            self._choose()
        else:
            self.action_side(1)

    @on(OptionList.OptionSelected, "#models")
    def _model_clicked(self) -> None:
        self._choose()

    @on(Input.Changed)
    def _filter_rows(self) -> None:
        if self._filtered_by[self._on_models] == self._filter.value:
            return
        if self._on_models:
            self._show_models()
        else:
            self._show_profiles(self._profile)

    @on(Input.Submitted)
    def _choose(self) -> None:
        profile = self._profile
        if self._is_on_local_models:
            self.dismiss(LocalModelsWanted())
            return
        if profile is None:
            self.action_add()
            return
        is_offered = self._offered_by == profile
        highlighted = self._right.highlighted_option if is_offered else None
        written = self._filter.value.strip() if self._on_models else ""
        chosen = highlighted.id if highlighted is not None else written
        self.dismiss(ModelChoice(profile, chosen or profile.model))

    # Showing

    def tell(self, text: str) -> None:
        """Show a message beside the profiles."""
        self._told.update(Content(sanitize(text)))

    def _show_profiles(self, highlighted: Profile | None) -> None:
        if not self._on_models:
            self._filtered_by[False] = self._filter.value
        wanted = self._filtered_by[False].strip().casefold()
        shown = [
            at
            for at, it in enumerate(self._profiles)
            if wanted in f"{it.name} {it.host_label}".casefold()
        ]
        rows = [
            Option(
                profile_row(self._profiles[at], is_current=self._profiles[at] == self._current),
                id=str(at),
            )
            for at in shown
        ]
        if self._changes is not None:
            rows.append(Option(Content.styled(_("+ Add an endpoint…"), "$text-accent"), id=_ADD))
            local = Content.styled(_("↓ A better local model…"), "$text-accent")
            rows.append(Option(local, id=_LOCAL))
        self._left.clear_options()
        self._left.add_options(rows)
        places = [self._profiles[at] for at in shown]
        at = places.index(highlighted) if highlighted in places else 0
        self._left.highlighted = at if rows else None
        if not rows:
            self._right.clear_options()
            self.tell(_("No profile matches."))

    def _show_models(self) -> None:
        if self._on_models:
            self._filtered_by[True] = self._filter.value
        wanted = self._filtered_by[True].strip().lower()
        profile = self._profile
        # A different profile may be highlighted whose models are not loaded yet.
        offers = self._offers if self._offered_by == profile else []
        shown = [offer for offer in offers if wanted in offer.id.lower()]
        current = self._current_model if profile == self._current else profile and profile.model
        width = self._right.size.width or _USUAL_WIDTH
        self._right.clear_options()
        self._right.add_options(
            Option(model_row(offer, is_current=offer.id == current, width=width), id=offer.id)
            for offer in shown
        )
        ids = [offer.id for offer in shown]
        self._right.highlighted = ids.index(current) if current in ids else 0 if ids else None
        if offers and not shown:
            model = sanitize_line(wanted, 60)
            self.tell(_("Enter asks for “{model}”.").format(model=model))
        elif offers:
            self.tell("")

    async def _list_models(self, profile: Profile) -> None:
        self._offers, self._offered_by = [], None
        self._right.clear_options()
        self.tell(_("asking {host} …").format(host=sanitize_line(profile.host_label, 60)))
        try:
            offers = await self._source.models(profile)
        except TuiChatError as error:
            text = _("{problem} Enter chooses the profile alone.")
            self.tell(text.format(problem=error.message))
            return
        self._offers, self._offered_by = offers, profile
        if self._offers:
            self._show_models()
        else:
            self.tell(_("The endpoint names no models. Type the id of one, or F5 asks again."))

    def _show_side(self) -> None:
        self._left.set_class(self._on_models, "resting")
        self._right.set_class(not self._on_models, "resting")
        self.query_one("#left").set_class(not self._on_models, "active")
        self.query_one("#right").set_class(self._on_models, "active")
        self._filter.placeholder = (
            _("Filter models, or write a model id") if self._on_models else _("Filter profiles")
        )
