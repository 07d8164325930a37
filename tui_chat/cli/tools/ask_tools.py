"""Tools of `tui-chat ask`: only those that the command line approves ever run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from tui_chat.config.problems import nearest
from tui_chat.core.errors import ConfigError
from tui_chat.core.labels import _, join_list
from tui_chat.core.text.sanitize import sanitize_line
from tui_chat.core.tools.call import Approver
from tui_chat.core.tools.questions import ElicitationAnswer, Refuse, Run

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from tui_chat.core.tools.questions import (
        CallQuestion,
        Decision,
        ElicitationQuestion,
        SamplingQuestion,
    )
    from tui_chat.session.services import Services
    from tui_chat.session.session import ChatSession

_MOST_ROUNDS: Final = 100


@dataclass(frozen=True, slots=True)
class ToolFlags:
    """The flags of `ask` about tools."""

    tools: tuple[str, ...] = ()
    approved: tuple[str, ...] = ()
    max_rounds: int | None = None

    @classmethod
    def of(cls, options: argparse.Namespace) -> ToolFlags:
        """Return the flags of a command line.

        Raises:
            ConfigError: They contradict each other.
        """
        flags = cls(tuple(options.tools), tuple(options.approve), options.max_rounds)
        if flags.max_rounds is not None and not 1 <= flags.max_rounds <= _MOST_ROUNDS:
            text = _("--max-rounds must be from 1 to {limit}.")
            raise ConfigError(text.format(limit=_MOST_ROUNDS))
        if not flags.tools and (flags.approved or flags.max_rounds is not None):
            raise ConfigError(
                _("--approve and --max-rounds need --tools."),
                _("Add --tools NAME with a server of config.toml."),
            )
        return flags


class CommandLineApproval:
    """Approves the calls of the named tools, and stops the turn at any other.

    Attributes:
        refused: The tool that was called without an approval; empty if there is none.
        stop: Stops the turn.
    """

    def __init__(self, approved: tuple[str, ...]) -> None:
        self._approved = approved
        self.refused = ""
        self.stop: Callable[[], object] = lambda: None

    async def decide(self, question: CallQuestion) -> Decision:
        """Approve a call if its tool is named; else stop the turn."""
        call = question.call
        if {call.name, f"{call.server}/{call.name}"} & set(self._approved):
            return Run(approver=Approver.COMMAND_LINE)
        self.refused = self.refused or f"{call.server}/{call.name}"
        self.stop()
        return Refuse()

    async def elicit(self, question: ElicitationQuestion) -> ElicitationAnswer:
        """Decline: nobody is there to answer."""
        return ElicitationAnswer()

    async def allow_sampling(self, question: SamplingQuestion) -> bool:
        """Refuse: nothing was approved on the command line."""
        return False

    @property
    def message(self) -> str:
        """The reason for the end of the turn, and what to do."""
        tool = sanitize_line(self.refused, 100)
        text = _("The model called {tool}, which is not approved. To let it run: --approve {tool}")
        return text.format(tool=tool)


def use_tools(services: Services, session: ChatSession, flags: ToolFlags) -> CommandLineApproval:
    """Offer the tools of the command line, and no others; return who approves their calls.

    Raises:
        ConfigError: A server is unknown, or tools cannot be used.
    """
    approval = CommandLineApproval(flags.approved)
    # Not even those that the conversation or the profile has on: a script says what it uses.
    session.tools.only = flags.tools
    if not flags.tools:
        return approval
    service = services.tools
    if service.missing_message:
        raise ConfigError(service.missing_message)
    known = [state.name for state in service.servers.states()]
    for entry in flags.tools:
        name = entry.partition("/")[0]
        if name not in known:
            guess = nearest(name, known)
            hint = _("Did you mean `{key}`?").format(key=guess) if guess else ""
            hint = hint or _("Servers of config.toml: {names}.").format(names=join_list(known))
            text = _("There is no server “{server}” in config.toml.")
            raise ConfigError(text.format(server=sanitize_line(name, 60)), hint)
    service.max_rounds = flags.max_rounds
    service.questions = approval
    return approval
