from __future__ import annotations

import pytest

from tui_chat.ui.commands.command import Group
from tui_chat.ui.commands.entry import entries_of
from tui_chat.ui.commands.message_table import MESSAGE_COMMANDS
from tui_chat.ui.commands.slash import (
    Call,
    Unknown,
    begun_word,
    escaped,
    matching,
    names_command,
    parse,
    unescaped,
)
from tui_chat.ui.commands.table import APP_COMMANDS, COMMANDS

TABLE = (*COMMANDS, *MESSAGE_COMMANDS, *APP_COMMANDS)
ENTRIES = list(entries_of(TABLE, lambda _: "", lambda _: None, lambda *_: None))


def test_names_after_the_slash_are_unique() -> None:
    names = [name for entry in ENTRIES for name in (entry.name, *entry.aliases)]
    assert sorted(names) == sorted(set(names))
    assert len({command.binding_id for command in TABLE}) == len(TABLE)
    assert all(name == name.casefold() and "_" not in name for name in names)
    assert all(command.label or not command.key or not command.is_listed for command in TABLE)
    assert {command.group for command in TABLE} == set(Group) - {Group.EDIT}


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("/new", "new"),
        ("/NEW ", "new"),
        ("/clear", "new"),
        ("/copy_all", "copy-all"),
        ("/copy-all", "copy-all"),
        ("/?", "help"),
        ("/retry", "regenerate"),
        ("/quit", "quit"),
    ],
)
def test_a_known_word_names_an_entry(text: str, name: str) -> None:
    found = parse(text, ENTRIES)
    assert isinstance(found, Call)
    assert (found.entry.name, found.argument) == (name, "")


@pytest.mark.parametrize(
    ("text", "name", "argument"),
    [
        ("/rename A new title", "rename", "A new title"),
        ("/title  天空的颜色 #物理 ", "rename", "天空的颜色 #物理"),
        ("/find\t~/a file.txt", "find", "~/a file.txt"),
        ("/OPEN /etc/hosts", "open", "/etc/hosts"),
    ],
)
def test_the_text_after_a_name_is_the_argument(text: str, name: str, argument: str) -> None:
    found = parse(text, ENTRIES)
    assert isinstance(found, Call)
    assert (found.entry.name, found.argument) == (name, argument)
    assert names_command(text)


def test_an_argument_goes_to_the_command_that_takes_one() -> None:
    ran: list[tuple[str, str]] = []
    entries = list(
        entries_of(
            TABLE,
            lambda _: "",
            lambda command: ran.append((command.name, "")),
            lambda command, argument: ran.append((command.name, argument)),
        )
    )
    for line in ("/rename Sky", "/rename", "/new"):
        call = parse(line, entries)
        assert isinstance(call, Call)
        call.run()
    assert ran == [("rename", "Sky"), ("rename", ""), ("new", "")]


@pytest.mark.parametrize(
    "text",
    [
        *("/etc/hosts", "/usr", " /new", "/new one", "/new\nline", "what is /new", "/", "//new"),
        *("/2", "/new.", "/s/a/b/", "", "/* comment */", "/新 话题"),
        *("/rename a\nb", " /rename a", "/modle a", "/rename.a b"),
    ],
)
def test_anything_else_is_text(text: str) -> None:
    assert parse(text, ENTRIES) is None


@pytest.mark.parametrize(
    ("text", "nearest"),
    [("/modle", "model"), ("/nwe", "new"), ("/exprot", "export"), ("/xyzzy", ""), ("/新话题", "")],
)
def test_an_unknown_word_has_a_nearest_one(text: str, nearest: str) -> None:
    assert parse(text, ENTRIES) == Unknown(text[1:], nearest)


@pytest.mark.parametrize(
    ("typed", "sent"),
    [
        ("//new", "/new"),
        ("//", "/"),
        ("///", "//"),
        ("// a comment\nreturn 0;", "// a comment\nreturn 0;"),
        ("// a comment", "// a comment"),
        ("//host/share", "//host/share"),
        ("/new", "/new"),
        ("//rename Sky", "/rename Sky"),
        ("///rename Sky", "//rename Sky"),
        ("//new one", "//new one"),
    ],
)
def test_a_second_slash_sends_one(typed: str, sent: str) -> None:
    assert unescaped(typed) == sent


@pytest.mark.parametrize(
    "sent",
    [
        *("/new", "//new", "/", "//", "a", "/etc/hosts", "// a", "/xyzzy"),
        *("/rename a", "//rename a", "/new a"),
    ],
)
def test_a_question_that_was_sent_can_be_sent_again(sent: str) -> None:
    typed = escaped(sent)
    assert parse(typed, ENTRIES) is None
    assert unescaped(typed) == sent


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("", "new"),
        ("n", "new"),
        ("copy", "copy"),
        ("copy-", "copy-all"),
        ("MOD", "model"),
        ("conversation", "open"),
        ("message", "delete-message"),
        ("clear", "new"),
    ],
)
def test_the_list_begins_with_the_best_match(typed: str, first: str) -> None:
    found = matching(typed, ENTRIES)
    assert found[0].name == first
    assert len({entry.name for entry in found}) == len(found)


def test_letters_of_a_path_match_nothing() -> None:
    for word in ("etc", "usr", "tmp", "var", "bin", "dev", "xyzzy"):
        assert matching(word, ENTRIES) == []


def test_only_the_beginning_of_a_name_opens_the_list() -> None:
    assert begun_word("/") == ""
    assert begun_word("/ne") == "ne"
    for text in ("", "a/", "/ne w", "/new\n", "/etc/", " /"):
        assert begun_word(text) is None
