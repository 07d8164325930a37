"""Finds a conversation by its id, a prefix of the id, or words of its title."""

from __future__ import annotations

from itertools import pairwise, takewhile
from typing import TYPE_CHECKING, Final

from tui_chat.core.errors import StorageError
from tui_chat.core.labels import _, ngettext
from tui_chat.core.text.sanitize import sanitize_line

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tui_chat.cli.conversations.output import Output
    from tui_chat.core.conversation import Conversation
    from tui_chat.storage.read_only import ListedConversation, Reader

_MIN_SHOWN: Final = 8
_MIN_PREFIX: Final = 6
"""A shorter prefix of an id could be a word of a title."""
_MAX_LISTED: Final = 5


def find_conversation(reader: Reader, words: str, output: Output) -> Conversation:
    """Return the conversation that the user names.

    Args:
        reader: The saved conversations.
        words: An id, a prefix of it, or words of a title; empty for the last used conversation.
        output: Reports the conversation unless it was named by its id.

    Raises:
        StorageError: No conversation matches, or several do; the error lists them.
    """
    words = words.strip()
    ids = reader.ids()
    if words in ids:
        return _read(reader, words)
    if len(words) >= _MIN_PREFIX:
        matches = [name for name in ids if name.startswith(words)]
        if len(matches) == 1:
            return _read(reader, matches[0])
        if matches:
            listed = [
                *reader.list_conversations(with_one_shot=True),
                *reader.list_conversations(in_trash=True),
            ]
            candidates = [one for one in listed if one.id in matches]
            raise StorageError(
                _("{count} ids begin with {words}: {conversations}.").format(
                    count=len(matches),
                    words=words,
                    conversations=_names(candidates, ids, output),
                ),
                _("Type more characters of it."),
            )
    found = _by_title(reader, words, ids, output)
    text = _("Found by its title: “{title}” ({id})") if words else _("Last used: “{title}” ({id})")
    title = sanitize_line(output.mask.text(found.title), 60)
    output.report(text.format(title=title, id=short_ids(ids)[found.id]))
    return _read(reader, found.id)


def short_ids(ids: Sequence[str]) -> Mapping[str, str]:
    """Return the shortest unique prefix of each id, at least eight characters long.

    Args:
        ids: All ids, sorted.
    """
    lengths = dict.fromkeys(ids, _MIN_SHOWN)
    for one, other in pairwise(ids):
        common = takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False))
        needed = 1 + len(list(common))
        for name in (one, other):
            lengths[name] = max(lengths[name], needed)
    return {name: name[:length] for name, length in lengths.items()}


def _by_title(reader: Reader, words: str, ids: Sequence[str], output: Output) -> ListedConversation:
    """Return the conversation whose title contains the words; the last used one for no words.

    Single questions of `tui-chat ask` and the trash are searched only if nothing else matches.
    """
    if not words:
        candidates = reader.list_conversations(1) or reader.list_conversations(
            1, with_one_shot=True
        )
    else:
        candidates = (
            _named(reader.list_conversations(), words)
            or _named(reader.list_conversations(with_one_shot=True), words)
            or _named(reader.list_conversations(in_trash=True), words)
        )
    if len(candidates) == 1:
        return candidates[0]
    if candidates:
        raise StorageError(
            _("{count} titles contain “{words}”: {conversations}.").format(
                count=len(candidates),
                words=words,
                conversations=_names(candidates, ids, output),
            ),
            _("Type more words of it, or use an id."),
        )
    raise StorageError(
        _("No conversation has the id {words} or these words in its title.").format(words=words)
        if words
        else _("No conversation is saved."),
        _("`tui-chat list` lists all conversations; `tui-chat search` searches the messages."),
    )


def _named(listed: Sequence[ListedConversation], words: str) -> list[ListedConversation]:
    """Return the conversations with exactly this title, else those whose title has all words."""
    for normalize in (str, str.casefold):
        title = normalize(" ".join(words.split()))
        if same := [one for one in listed if normalize(" ".join(one.title.split())) == title]:
            return same
    wanted = words.casefold().split()
    return [one for one in listed if all(word in one.title.casefold() for word in wanted)]


def _names(candidates: Sequence[ListedConversation], ids: Sequence[str], output: Output) -> str:
    short = short_ids(ids)
    named = [
        f"{short[listed.id]} “{sanitize_line(output.mask.text(listed.title), 40)}”"
        for listed in candidates[:_MAX_LISTED]
    ]
    if (more := len(candidates) - _MAX_LISTED) > 0:
        named.append(ngettext("and {count} more", "and {count} more", more))
    return "; ".join(named)


def _read(reader: Reader, name: str) -> Conversation:
    conversation = reader.conversation(name)
    if conversation is None:  # unreachable within one read transaction
        raise StorageError(_("The conversation {id} does not exist.").format(id=name))
    return conversation
