"""Which conversation a person means: an id, the beginning of one, or words of a title."""

from __future__ import annotations

from itertools import pairwise, takewhile
from typing import TYPE_CHECKING, Final

from tui_chat.core.errors import StorageError
from tui_chat.core.text.sanitize import sanitize_line

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tui_chat.cli.conversations.output import Output
    from tui_chat.core.conversation import Conversation
    from tui_chat.storage.read_only import ListedConversation, Reader

_SHORTEST_SHOWN: Final = 8
_SHORTEST_TAKEN: Final = 6
"""A shorter beginning of an id could be a word of a title."""
_MOST_NAMED: Final = 5


def chosen(reader: Reader, words: str, output: Output) -> Conversation:
    """Return the conversation that a person means.

    Args:
        reader: Reads all of them.
        words: What was typed; nothing stands for the one used last.
        output: Told when it was not an id that decided.

    Raises:
        StorageError: It is none, or several; the words name them.
    """
    words = words.strip()
    ids = reader.ids()
    if words in ids:
        return _read(reader, words)
    if len(words) >= _SHORTEST_TAKEN:
        begins = [name for name in ids if name.startswith(words)]
        if len(begins) == 1:
            return _read(reader, begins[0])
        if begins:
            what = f"{len(begins)} ids begin with {words}"
            named = [
                *reader.list_conversations(with_one_shot=True),
                *reader.list_conversations(in_trash=True),
            ]
            raise _several(what, [listed for listed in named if listed.id in begins], ids, output)
    found = _by_title(reader, words, ids, output)
    how = "Chosen by its title" if words else "The conversation used last"
    title = sanitize_line(output.mask.text(found.title), 60)
    output.tell(f"{how}: “{title}” ({short_ids(ids)[found.id]})")
    return _read(reader, found.id)


def short_ids(ids: Sequence[str]) -> Mapping[str, str]:
    """Return for each id the shortest beginning that no other id has, of eight characters at least.

    Args:
        ids: All that there are, in the order of the alphabet.
    """
    lengths = dict.fromkeys(ids, _SHORTEST_SHOWN)
    for one, other in pairwise(ids):
        alike = takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False))
        needed = 1 + sum(1 for _ in alike)
        for name in (one, other):
            lengths[name] = max(lengths[name], needed)
    return {name: name[:length] for name, length in lengths.items()}


def _by_title(reader: Reader, words: str, ids: Sequence[str], output: Output) -> ListedConversation:
    """Return the one conversation with these words in its title; the newest for no words.

    Single questions of `tui-chat ask` and what is in the trash are looked at only when nothing
    else has such a title.
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
        raise _several(f"{len(candidates)} titles hold “{words}”", candidates, ids, output)
    raise StorageError(
        f"No conversation has the id {words}, or a title with these words."
        if words
        else "No conversation is saved.",
        "`tui-chat list` shows them all; `tui-chat search` looks into the messages.",
    )


def _named(listed: Sequence[ListedConversation], words: str) -> list[ListedConversation]:
    """Return the conversations a title names: by the whole title if one has it, else by words."""
    for form in (str, str.casefold):
        title = form(" ".join(words.split()))
        if same := [one for one in listed if form(" ".join(one.title.split())) == title]:
            return same
    wanted = words.casefold().split()
    return [one for one in listed if all(word in one.title.casefold() for word in wanted)]


def _several(
    what: str, candidates: Sequence[ListedConversation], ids: Sequence[str], output: Output
) -> StorageError:
    short = short_ids(ids)
    named = "; ".join(
        f"{short[listed.id]} “{sanitize_line(output.mask.text(listed.title), 40)}”"
        for listed in candidates[:_MOST_NAMED]
    )
    more = len(candidates) - _MOST_NAMED
    rest = f"; and {more} more" if more > 0 else ""
    return StorageError(f"{what}: {named}{rest}.", "Give more of it.")


def _read(reader: Reader, name: str) -> Conversation:
    conversation = reader.conversation(name)
    if conversation is None:  # it was there a moment ago, in the same view
        raise StorageError(f"There is no conversation {name}.")
    return conversation
