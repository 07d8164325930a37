"""Flags that may be repeated: the last value counts, except where several are allowed."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse


def repeated_action() -> type[argparse.Action]:
    """Return the action of a flag that stores its last value, and all of them for `values_of`."""
    # Imported here: the chat opens without argparse.
    import argparse

    class Repeated(argparse.Action):
        """Stores the last value under the name of the flag."""

        def __call__(
            self,
            parser: argparse.ArgumentParser,
            namespace: argparse.Namespace,
            values: object,
            option_string: str | None = None,
        ) -> None:
            """Store a value."""
            setattr(namespace, self.dest, values)
            setattr(namespace, _all(self.dest), [*values_of(namespace, self.dest), str(values)])

    return Repeated


def values_of(options: argparse.Namespace, name: str) -> list[str]:
    """Return all values of a repeated flag, in order; empty if it was not given."""
    return list(getattr(options, _all(name), ()))


def _all(name: str) -> str:
    return f"all_{name}"
