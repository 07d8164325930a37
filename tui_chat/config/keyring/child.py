"""Asks the keyring in a process of its own, which can be ended if the keyring hangs.

Reads one JSON object from stdin and writes one to stdout.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any, Final

SERVICE: Final = "tui-chat"
NO_KEYRING: Final = "no keyring"
LOCKED: Final = "locked"


def answer(request: dict[str, str]) -> dict[str, Any]:
    """Return the answer of the keyring: its name, and the key or the kind of the failure."""
    import keyring
    from keyring import errors

    name = request["name"]
    try:
        if request["action"] == "set":
            keyring.set_password(SERVICE, name, request["key"])
        elif request["action"] == "remove":
            if keyring.get_password(SERVICE, name) is not None:
                keyring.delete_password(SERVICE, name)
            return {"keyring": keyring.get_keyring().name}
        # Read back: some keyrings accept a key and keep nothing.
        key = keyring.get_password(SERVICE, name)
    except errors.NoKeyringError:
        return {"error": NO_KEYRING}
    except errors.KeyringLocked:
        return {"error": LOCKED}
    except Exception as error:  # noqa: BLE001 - any backend; its message may contain the key
        return {"error": type(error).__name__}
    return {"keyring": keyring.get_keyring().name, "key": key}


def main() -> None:
    """Answer one request."""
    # Backends may print; only the answer goes to the pipe.
    pipe = os.dup(sys.stdout.fileno())
    nowhere = os.open(os.devnull, os.O_RDWR)
    request = json.loads(sys.stdin.buffer.read())
    for descriptor in (0, 1, 2):
        os.dup2(nowhere, descriptor)
    with os.fdopen(pipe, "w", encoding="utf-8") as out:
        json.dump(answer(request), out)


if __name__ == "__main__":
    main()
