"""Dialog: the models that answer one question at once, and the hosts that receive it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final

from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from tui_chat.core.labels import N_, _, ngettext
from tui_chat.core.text.sanitize import sanitize_line
from tui_chat.session.comparison.comparison import FEWEST, MOST
from tui_chat.session.comparison.lane import Candidate
from tui_chat.ui.common.footer_line import KeyFooter
from tui_chat.ui.common.key_names import live_keys
from tui_chat.ui.common.modal import Modal
from tui_chat.ui.models.profile_picker import ModelChoice, ProfilePicker
from tui_chat.ui.terminal.painting.size_updates import WrappedText
from tui_chat.ui.theme import SCROLL_BAR

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from textual.app import ComposeResult
    from textual.dom import DOMNode

    from tui_chat.core.profile import Profile
    from tui_chat.session.comparison.comparison import Recipient
    from tui_chat.ui.models.profile_picker import ModelSource

_OTHER: Final = "other"
"""The id of the last row; a candidate has its index."""
_KEYS: Final = (
    ("candidates.check", N_("choose")),
    ("candidates.ask", N_("ask them")),
    ("candidates.names", N_("hide names")),
    ("modal.close", N_("cancel")),
)


@dataclass(frozen=True, slots=True)
class ComparisonChoice:
    """The chosen models."""

    candidates: tuple[Candidate, ...]
    is_blind: bool
    """True if the names are hidden until one answer is chosen."""


class CandidatePicker(Modal[ComparisonChoice]):
    """Lists models to check. Nothing is sent before Enter."""

    DEFAULT_CSS = f"""
    CandidatePicker {{
        OptionList {{
            height: auto; max-height: 40vh; border: none; padding: 0; background: transparent;
            text-wrap: nowrap; text-overflow: ellipsis; {SCROLL_BAR}
        }}
        OptionList:focus {{ border: none; }}
        #question {{ color: $text-muted; height: 1; margin-bottom: 1;
            text-wrap: nowrap; text-overflow: ellipsis; }}
        #recipients {{ height: auto; margin-top: 1; }}
        KeyFooter {{ padding: 0; margin-top: 1; }}
    }}
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "check", N_("choose"), id="candidates.check", tooltip=N_("Check a model")),
        Binding(
            "enter",
            "ask",
            N_("ask them"),
            id="candidates.ask",
            tooltip=N_("Ask the checked models"),
            priority=True,
        ),
        Binding(
            "b",
            "names",
            N_("hide names"),
            id="candidates.names",
            tooltip=N_("Hide the names of the models until one is chosen"),
        ),
    ]

    def __init__(
        self,
        question: str,
        offered: Sequence[Candidate],
        checked: Sequence[Candidate],
        *,
        profiles: Sequence[Profile],
        source: ModelSource,
        recipients: Callable[[Sequence[Candidate]], Sequence[Recipient]],
    ) -> None:
        """Create the dialog.

        Args:
            question: The question.
            offered: The models to list.
            checked: Those that are checked at first.
            profiles: Every profile, for another model.
            source: Lists the models of a profile.
            recipients: Returns what each endpoint would receive.
        """
        super().__init__()
        self._question = question
        self._offered = list(offered)
        self._checked = [it for it in checked if it in self._offered][:MOST]
        self._profiles = profiles
        self._source = source
        self._recipients = recipients
        self._is_blind = False
        self._list = OptionList(id="candidates", markup=False)
        self._told = WrappedText("", id="recipients", markup=False)
        self._keys = KeyFooter()

    def key_group(self) -> tuple[str, list[DOMNode]]:
        """Return the heading and the widget of the keys, for the key help."""
        return _("Ask several models"), [self]

    def compose(self) -> ComposeResult:
        """Build the panel."""
        with Vertical(id="panel") as panel:
            panel.border_title = _("Ask several models")
            yield Static(Content(sanitize_line(self._question, 300)), id="question", markup=False)
            yield self._list
            yield self._told
            yield self._keys

    def on_mount(self) -> None:
        """List the models."""
        self._show_rows(0)
        self._list.focus()
        keys = live_keys(self)
        self._keys.show([(keys[name], _(label)) for name, label in _KEYS if name in keys])

    def _show_rows(self, highlighted: int) -> None:
        rows = [
            Option(candidate_row(it, is_checked=it in self._checked), id=str(index))
            for index, it in enumerate(self._offered)
        ]
        rows.append(Option(Content.styled(_("+ Another model…"), "$text-accent"), id=_OTHER))
        self._list.clear_options()
        self._list.add_options(rows)
        self._list.highlighted = highlighted
        self._show_recipients()

    def _show_recipients(self) -> None:
        count = len(self._checked)
        lines = [recipient_line(it) for it in self._recipients(self._checked)]
        if count < FEWEST:
            lines.append(_("Check two to four models."))
        if self._is_blind:
            lines.append(_("The names are hidden until you choose an answer."))
        self._told.update(Content("\n".join(lines)))

    # Keys

    @on(OptionList.OptionSelected)
    def _row_clicked(self) -> None:
        self.action_check()

    def action_check(self) -> None:
        """Check or uncheck the highlighted model; on the last row choose another one."""
        option, index = self._list.highlighted_option, self._list.highlighted
        if option is None or index is None:
            return
        if option.id == _OTHER:
            self.run_worker(self._add(), group="other", description="choose another model")
            return
        candidate = self._offered[index]
        if candidate in self._checked:
            self._checked.remove(candidate)
        elif len(self._checked) == MOST:
            self.app.bell()
        else:
            self._checked.append(candidate)
        self._show_rows(index)

    async def _add(self) -> None:
        choice = await self.app.push_screen_wait(
            ProfilePicker(self._profiles, None, None, self._source)
        )
        if not isinstance(choice, ModelChoice):
            return
        candidate = Candidate(choice.profile, choice.model)
        if candidate not in self._offered:
            self._offered.append(candidate)
        if candidate not in self._checked and len(self._checked) < MOST:
            self._checked.append(candidate)
        self._show_rows(self._offered.index(candidate))

    def action_names(self) -> None:
        """Hide the names of the models until one is chosen, or show them."""
        self._is_blind = not self._is_blind
        self._show_recipients()

    def action_ask(self) -> None:
        """Ask the checked models; on the last row choose another one."""
        option = self._list.highlighted_option
        if option is not None and option.id == _OTHER:
            self.action_check()
        elif len(self._checked) >= FEWEST:
            self.dismiss(ComparisonChoice(tuple(self._checked), self._is_blind))
        else:
            self.app.bell()


def candidate_row(candidate: Candidate, *, is_checked: bool) -> Content:
    """Return the mark, the model, and the profile with its host."""
    mark = ("✓ ", "$text-success") if is_checked else ("  ", "")
    profile = candidate.profile
    place = " · ".join(dict.fromkeys((profile.name, profile.host_label)))
    return Content.assemble(
        mark,
        sanitize_line(candidate.name, 60),
        "  ",
        (sanitize_line(place, 100), "$foreground 60%"),
    )


def recipient_line(recipient: Recipient) -> str:
    """Return the number of messages that a host receives."""
    return ngettext(
        "{host} (profile “{profile}”) receives {count} message.",
        "{host} (profile “{profile}”) receives {count} messages.",
        recipient.message_count,
        host=sanitize_line(recipient.profile.host_label, 100),
        profile=sanitize_line(recipient.profile.name, 40),
    )
