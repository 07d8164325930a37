"""Keyrings that misbehave; the child process loads them by name."""

from __future__ import annotations

import os
import threading

from keyring.backend import KeyringBackend
from keyring.errors import KeyringLocked


class Hanging(KeyringBackend):
    """A keyring whose service never answers."""

    priority = 1.0

    def get_password(self, service: str, username: str) -> str | None:
        threading.Event().wait()
        return None

    def set_password(self, service: str, username: str, password: str) -> None:
        threading.Event().wait()


class Locked(Hanging):
    """A locked keyring whose unlock dialog was closed."""

    def get_password(self, service: str, username: str) -> str | None:
        raise KeyringLocked("closed")

    def set_password(self, service: str, username: str, password: str) -> None:
        raise KeyringLocked("closed")


class Leaking(Hanging):
    """A keyring whose errors contain the key."""

    def set_password(self, service: str, username: str, password: str) -> None:
        print(password)  # noqa: T201
        raise ValueError(password)


class Crashing(Hanging):
    """A keyring that ends its process."""

    def set_password(self, service: str, username: str, password: str) -> None:
        os._exit(9)
