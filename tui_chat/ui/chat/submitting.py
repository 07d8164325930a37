"""Takes over what the user sends: a question, an edited message, or a `/word`."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from tui_chat.session.early_question import EarlyQuestion
from tui_chat.ui.chat.ask_when_open import ask_when_open
from tui_chat.ui.common.key_names import key_of, live_keys
from tui_chat.ui.labels import busy_words

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from tui_chat.session.launch import Launch
    from tui_chat.ui.chat.screen import ChatScreen
    from tui_chat.ui.chat.status_line import StatusLine
    from tui_chat.ui.chat.turn_runner import TurnRunner
    from tui_chat.ui.prompt.prompt_input import PromptInput


class Submitting:
    """Begins turns. The prompt keeps its draft until that is accepted."""

    def __init__(
        self,
        screen: ChatScreen,
        launch: Launch,
        prompt: PromptInput,
        status: StatusLine,
        runner: TurnRunner,
    ) -> None:
        """Prepare.

        Args:
            screen: Knows the open conversation.
            launch: How the program was started.
            prompt: Holds what is sent.
            status: Shows that a turn begins.
            runner: Runs turns.
        """
        self._screen = screen
        self._launch = launch
        self._prompt = prompt
        self._status = status
        self._runner = runner
        self.has_next = False
        """Whether a question waits until the stopped answer before it is saved."""

    def accept(self, text: str) -> None:
        """Take a question over, unless a turn runs: then the draft stays."""
        screen = self._screen
        if self._status.is_pausing and screen.session is not None:
            screen.session.retry_now()
        elif not text.strip() or self._is_command(text):
            return
        elif self.has_next or (self._runner.is_running and not self._runner.is_stopping):
            screen.app.bell()
            screen.say(busy_words(key_of(screen.app, "turn.stop")))
        elif screen.is_open and screen.session is None:
            screen.say("There is no endpoint to ask yet: see above.", "warning")
        elif self._lacks_consent:
            self._work(self._accept_elsewhere(text))
        elif (parts := screen.parts) is not None and parts.actions.editing is not None:
            parts.actions.send_edited(text)
        else:
            self._prompt.accept()
            if self._runner.is_running:
                self.has_next = True
                screen.run_worker(self._ask_next(text), group="next", description="next")
            else:
                self._begin(text)

    def begin_turn(self, turn: Coroutine[object, object, object]) -> None:
        """Run a turn that is made elsewhere, and tell of it."""
        if self._lacks_consent:
            self._work(self._begin_elsewhere(turn))
            return
        self._status.begin()
        self._runner.start(turn)

    async def _ask_next(self, text: str) -> None:
        await self._runner.ended()
        self.has_next = False
        self._begin(text)

    def _begin(self, text: str) -> None:
        self._status.begin()
        screen, give_back = self._screen, self._give_back
        if screen.is_open:
            self._runner.start(self._ask(text, None))
            return
        early = EarlyQuestion(self._launch, text)
        # On the loop: a thread would wait for those that load the rest of the program.
        early.keep()
        self._runner.start(ask_when_open(screen, early, self._ask, give_back))

    async def _ask(self, text: str, question_id: str | None) -> None:
        screen = self._screen
        if screen.parts is None or screen.session is None:
            self._give_back(text)
        else:
            await screen.session.run_turn(text, screen.parts.display, question_id=question_id)

    def _give_back(self, text: str) -> None:
        self._status.stop()
        if not self._prompt.draft:
            self._prompt.set_draft(text)

    # Another endpoint

    @property
    def _lacks_consent(self) -> bool:
        """Whether the user must agree first that the conversation goes to its endpoint."""
        session = self._screen.session
        return self._screen.is_open and session is not None and session.consent.is_missing

    async def _agrees(self) -> bool:
        """Ask whether the open conversation may go to its endpoint."""
        late, screen, session = (
            import_module("tui_chat.ui.preload"),
            self._screen,
            self._screen.session,
        )
        if session is None or not await late.agrees_to_send(screen.app, session, session.profile):
            screen.say("Nothing was sent.")
            return False
        return screen.session is session and not self._runner.is_running

    async def _accept_elsewhere(self, text: str) -> None:
        if await self._agrees():
            self.accept(text)

    async def _begin_elsewhere(self, turn: Coroutine[object, object, object]) -> None:
        is_agreed = False
        try:
            is_agreed = await self._agrees()
        finally:
            if not is_agreed:
                turn.close()
        if is_agreed:
            self._screen.begin_turn(turn)

    def _work(self, work: Coroutine[object, object, None]) -> None:
        self._screen.run_worker(work, group="consent", description="ask for consent")

    # Words of other chat programs

    def _is_command(self, text: str) -> bool:
        """Answer a line such as `/help` with the key that does it; say whether it was one."""
        screen, parts = self._screen, self._screen.parts
        if parts is None or parts.actions.editing is not None or not text.startswith("/"):
            return False
        late = import_module("tui_chat.ui.preload")
        name = late.slash_command(text)
        if name == late.HELP:
            self._prompt.set_draft("")
            screen.call_later(screen.app.run_action, "app.help")
        elif name:
            screen.say(late.slash_hint(name, live_keys(screen)), "warning")
        return bool(name)
