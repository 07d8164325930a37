"""Questions on a plain terminal."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from tui_chat.core.errors import ConfigError
from tui_chat.core.labels import _, join_list
from tui_chat.core.profile import Secret
from tui_chat.core.text.sanitize import sanitize_line

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


class Prompts:
    """Asks the user, if there is one.

    Attributes:
        can_ask: True if standard input and output are a terminal, and `--yes` is not given.
    """

    def __init__(self, *, is_silent: bool) -> None:
        self.can_ask = not is_silent and sys.stdin.isatty() and sys.stdout.isatty()

    def say(self, text: str) -> None:
        """Print a line."""
        sys.stdout.write(f"{text}\n")
        sys.stdout.flush()

    def ask(
        self, question: str, flag: str, *, default: str = "", check: Callable[[str], object] = str
    ) -> str:
        """Return an answer that passes a check.

        Args:
            question: The question, without a colon.
            flag: The flag that answers it, for a call without a terminal.
            default: The answer to an empty line.
            check: Raises ConfigError for an answer that cannot be used.

        Raises:
            ConfigError: Nobody can be asked, and the default cannot be used.
        """
        while True:
            answer = self._line(question, default) if self.can_ask else default
            if not answer and not self.can_ask:
                raise ConfigError(
                    _("{question} is not given.").format(question=question),
                    _("Add {flag}.").format(flag=flag),
                )
            try:
                check(answer)
            except ConfigError as error:
                if not self.can_ask:
                    raise
                self.say(error.message)
            else:
                return answer

    def choose(self, question: str, flag: str, options: Sequence[tuple[str, str]]) -> str:
        """Return the id of an option, chosen by its number, its id or a part of its label.

        Args:
            question: The question, without a colon.
            flag: The flag that answers it.
            options: The ids and labels.
        """
        if not self.can_ask:
            raise ConfigError(
                _("{question} is not given.").format(question=question),
                _("Add {flag}.").format(flag=flag),
            )
        for number, (_id, label) in enumerate(options, 1):
            self.say(f"{number:>4}  {sanitize_line(label, 100)}")
        while True:
            answer = self._line(question, "").casefold()
            if answer.isdecimal() and 0 < int(answer) <= len(options):
                return options[int(answer) - 1][0]
            if any(answer == it for it, _label in options):
                return answer
            matches = [it for it in options if answer and answer in f"{it[0]} {it[1]}".casefold()]
            if len(matches) == 1:
                return matches[0][0]
            found = join_list(sanitize_line(label, 60) for _id, label in matches[:8])
            self.say(
                _("Several match: {names}. Enter more of the name, or the number.").format(
                    names=found
                )
                if matches
                else _("Enter the number or a part of the name.")
            )

    def confirm(self, question: str, *, default: bool) -> bool:
        """Return the answer to a question with yes or no."""
        if not self.can_ask:
            return default
        choices = _("[Y/n]") if default else _("[y/N]")
        answer = self._line(f"{question} {choices}", "", colon="").casefold()
        return default if not answer else answer in (_("y"), _("yes"), "y", "yes")

    def secret(self, question: str) -> Secret:
        """Return a key; it is not echoed."""
        import getpass

        try:
            return Secret(getpass.getpass(f"{question}: ").strip())
        except EOFError:
            raise KeyboardInterrupt from None

    def _line(self, question: str, default: str, colon: str = ":") -> str:
        shown = f" [{default}]" if default else ""
        sys.stdout.write(f"{question}{shown}{colon} ")
        sys.stdout.flush()
        line = sys.stdin.readline()
        if not line:
            # End of input: Ctrl+D.
            raise KeyboardInterrupt
        return line.strip() or default
