"""The reasons why a document cannot be read."""

from __future__ import annotations


class Unreadable(Exception):
    """A document cannot be read.

    Attributes:
        problem: damaged, password or too_large; the parent process has a message for each.
    """

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.problem = problem
