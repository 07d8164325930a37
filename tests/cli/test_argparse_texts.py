"""All texts of the command line are looked up in the catalog, those of argparse included."""

from __future__ import annotations

import argparse
import gettext
from typing import TYPE_CHECKING

import pytest

from tui_chat.cli.conversations.arguments import COMMANDS
from tui_chat.cli.main import _parser, main
from tui_chat.core import labels

if TYPE_CHECKING:
    from collections.abc import Iterator


class Marked(gettext.NullTranslations):
    """Puts every text in brackets."""

    def gettext(self, message: str) -> str:
        return f"<{message}>"

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return f"<{msgid1 if n == 1 else msgid2}>"


@pytest.fixture(autouse=True)
def _catalog() -> Iterator[None]:
    labels.use(Marked())
    yield
    labels.use(gettext.NullTranslations())


def parsers() -> Iterator[argparse.ArgumentParser]:
    parser = _parser()
    yield parser
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            yield from (action.choices[name] for name in ("ask", "doctor", *COMMANDS))


def test_every_help_text_is_looked_up() -> None:
    for parser in parsers():
        texts = [parser.description, *(action.help for action in parser._actions)]
        for text in texts:
            assert text is None or text == argparse.SUPPRESS or text.startswith("<"), text


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["--nonsense"], "<unrecognized arguments: --nonsense>"),
        (["list", "--limit", "0"], "<'0' is not a positive number>"),
        (["search"], "<the following arguments are required: WORDS>"),
        (["ask", "--format", "xml", "hi"], "<invalid choice: 'xml'"),
        (["--model"], "<expected one argument>"),
    ],
)
def test_errors_of_argparse_are_looked_up(
    arguments: list[str], text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        main(arguments)
    error = capsys.readouterr().err
    assert "<usage: >" in error
    assert text in error
    assert ": error: " in error


def test_headings_of_argparse_are_looked_up(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])
    shown = capsys.readouterr().out
    assert "<options>" in shown
    assert "<show this help message and exit>" in shown
