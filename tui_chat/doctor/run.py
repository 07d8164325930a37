"""The whole examination, in its order."""

from __future__ import annotations

import logging
import sys
from typing import TYPE_CHECKING, Any, TextIO

from tui_chat.config.endpoint import choose_profile
from tui_chat.core.errors import TuiChatError
from tui_chat.doctor.asking import check_asking
from tui_chat.doctor.choice import check_choice, check_key, known_secrets
from tui_chat.doctor.database import check_database
from tui_chat.doctor.engine import check_unused, find_embedded, reached, start_engine
from tui_chat.doctor.files import check_config, check_data_folder, check_log, check_version
from tui_chat.doctor.network import WayThere
from tui_chat.doctor.report import Report
from tui_chat.doctor.terminal import check_terminal
from tui_chat.doctor.trust import check_certificates, check_proxies

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tui_chat.chat.launch import Launch
    from tui_chat.core.profile import Profile
    from tui_chat.doctor.engine import Embedded

ALL_RIGHT = 0
SOMETHING_WRONG = 1


async def examine(launch: Launch, stdin: TextIO = sys.stdin, stdout: TextIO | None = None) -> int:
    """Examine everything and return the exit status: 0 when nothing is wrong, else 1."""
