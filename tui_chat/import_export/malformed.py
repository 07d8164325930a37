"""What is wrong with a file that is to be brought in."""

from __future__ import annotations


class Malformed(Exception):
    """A part of a file is not what it should be; says in words what, and where it is known, where.

    Attributes:
        words: What is wrong, to be read after the name of the file or of the conversation.
    """

    def __init__(self, words: str) -> None:
        super().__init__(words)
        self.words = words
