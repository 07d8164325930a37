"""A question with two answers."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from tui_chat.core.labels import N_, _
from tui_chat.core.text.sanitize import sanitize
from tui_chat.ui.common.footer_line import KeyFooter
from tui_chat.ui.common.key_names import live_keys
from tui_chat.ui.common.modal import Modal

if TYPE_CHECKING:
    from textual.app import App, ComposeResult


async def agrees(app: App[None], dialog: Question) -> bool:
    """Ask a question from a running turn; stopping the turn also closes its dialog."""
    answer: asyncio.Future[bool] = asyncio.get_running_loop().create_future()

    def settle(is_agreed: bool | None) -> None:
        if not answer.done():
            answer.set_result(bool(is_agreed))

    await app.push_screen(dialog, settle)
    try:
        return await answer
    finally:
        if dialog.is_current:
            dialog.dismiss(None)


class Question(Modal[bool]):
    """Dismisses with True if the user agrees, else with None."""

    DEFAULT_CSS = """
    Question KeyFooter { padding: 0; margin-top: 1; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        # No letter key: the dialog may open while the user is typing.
        Binding("ctrl+y", "agree", N_("yes"), id="question.agree", tooltip=N_("Yes")),
    ]

    def __init__(self, title: str, words: str, *, agree: str, refuse: str = "") -> None:
        """Create the dialog.

        Args:
            title: The title of the panel.
            words: The question, not sanitized.
            agree: What the user agrees to, for the line of keys.
            refuse: The other answer; empty for "cancel".
        """
        super().__init__()
        self._title_text = title
        self._words = words
        self._agree = agree
        self._refuse = refuse or _("cancel")
        self._keys = KeyFooter()

    def compose(self) -> ComposeResult:
        """Compose the panel."""
        with Vertical(id="panel") as panel:
            panel.border_title = self._title_text
            yield Static(Content(sanitize(self._words)), markup=False)
            yield self._keys

    def on_mount(self) -> None:
        """Show the keys of the answers."""
        keys = live_keys(self)
        self._keys.show(
            [
                (keys.get("question.agree", ""), self._agree),
                (keys.get("modal.close", ""), self._refuse),
            ]
        )

    def action_agree(self) -> None:
        """Agree."""
        self.dismiss(True)
