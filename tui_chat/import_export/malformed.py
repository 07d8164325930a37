"""The error that every parser of an imported file raises."""

from __future__ import annotations


class Malformed(Exception):
    """A file, or one conversation in it, does not follow its format.

    Its text is a clause to be put after "<file or conversation>: ".
    """
