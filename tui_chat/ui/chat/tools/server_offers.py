"""The prompts of MCP servers in the list after `/`, and their resources in the list after `@`."""

from __future__ import annotations

import re
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Final

from tui_chat.core.errors import TuiChatError
from tui_chat.core.labels import _, labelled
from tui_chat.core.text.sanitize import sanitize_line
from tui_chat.core.tools.questions import ElicitationQuestion
from tui_chat.ui.attachments.chip import Chip
from tui_chat.ui.commands.entry import Entry

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterator

    from tui_chat.core.tools.call import ResultPart
    from tui_chat.core.tools.server import ServerPrompt, ServerResource, ServerState
    from tui_chat.session.services import Services
    from tui_chat.ui.attachments.draft_attachments import DraftAttachments
    from tui_chat.ui.common.chat_host import ChatHost
    from tui_chat.ui.prompt.prompt_input import PromptInput

_MOST: Final = 100
"""Prompts or resources of one server in a list."""
_NAME: Final = 40
_LINE: Final = 160
_LONGEST_PROMPT: Final = 1_000_000
_NOT_IN_NAME: Final = re.compile(r"[^\w-]+")


class ServerOffers:
    """Puts the text of a server's prompt into the prompt, and attaches resources.

    Only servers that run already are listed: a list starts nothing.
    """

    def __init__(
        self,
        host: ChatHost,
        services: Services,
        *,
        prompt: PromptInput,
        attachments: DraftAttachments,
    ) -> None:
        self._host = host
        self._services = services
        self._prompt = prompt
        self._attachments = attachments

    def entries(self) -> Iterator[Entry]:
        """Yield the prompts of the running servers."""
        for state in self._states():
            for prompt in islice(state.prompts, _MOST):
                server, name = (sanitize_line(it, _NAME) for it in (prompt.server, prompt.name))
                words = prompt.description or prompt.title
                yield Entry(
                    _NOT_IN_NAME.sub("-", f"{server}-{name}").strip("-").lower(),
                    labelled(server, sanitize_line(prompt.title or prompt.name, _NAME)),
                    labelled(server, sanitize_line(words, _LINE)),
                    partial(self.use, prompt),
                )

    def use(self, prompt: ServerPrompt) -> None:
        """Put the text of a server's prompt into the prompt."""
        self._work(self._fill(prompt))

    def resources(self, wanted: str) -> list[str]:
        """Return the rows of the resources that contain a text."""
        wanted = wanted.casefold()
        return [row for row, _resource in self._rows() if wanted in row.casefold()]

    def attach(self, row: str) -> bool:
        """Attach the resource of a row; return False for another row."""
        for known, resource in self._rows():
            if known == row:
                self._work(self._read(resource))
                return True
        return False

    def _states(self) -> list[ServerState]:
        tools = self._services.tools
        return tools.servers.states() if tools.is_configured else []

    def _rows(self) -> Iterator[tuple[str, ServerResource]]:
        for state in self._states():
            for resource in islice(state.resources, _MOST):
                server = sanitize_line(resource.server, _NAME)
                yield f"{server}: {sanitize_line(resource.uri, _LINE)}", resource

    async def _fill(self, prompt: ServerPrompt) -> None:
        values: dict[str, str] = {}
        if prompt.arguments:
            asked = await self._asked(prompt)
            if asked is None:
                return
            values = asked
        text = await self._services.tools.servers.get_prompt(prompt.server, prompt.name, values)
        self._prompt.set_draft(text[:_LONGEST_PROMPT])
        self._host.focus_prompt()

    async def _asked(self, prompt: ServerPrompt) -> dict[str, str] | None:
        """Return the values of a prompt's arguments; None if the user leaves the form."""
        from tui_chat.ui.tools.elicitation_form import ElicitationForm

        properties = {
            it.name: {"type": "string", "description": it.description} for it in prompt.arguments
        }
        required = [it.name for it in prompt.arguments if it.is_required]
        schema = {"properties": properties, "required": required}
        words = prompt.description or prompt.title or prompt.name
        form = ElicitationForm(ElicitationQuestion(prompt.server, words, schema))
        values = await self._host.app.push_screen_wait(form)
        return {name: str(it) for name, it in values.items()} if values is not None else None

    async def _read(self, resource: ServerResource) -> None:
        servers = self._services.tools.servers
        parts = await servers.read_resource(resource.server, resource.uri)
        if not parts:
            self._host.show_notice(_("The resource is empty."), "warning")
        for part in parts:
            self._attachments.read_in(Chip(_file_name(resource, part)), _bytes(part))

    def _work(self, work: Coroutine[object, object, None]) -> None:
        self._host.run_worker(
            self._reporting(work), group="server", description="ask a server of tools"
        )

    async def _reporting(self, work: Coroutine[object, object, None]) -> None:
        try:
            await work
        except TuiChatError as error:
            self._host.show_notice(error.message, "warning", timeout_s=12)


def _bytes(part: ResultPart) -> bytes:
    return part.data or part.text.encode("utf-8", "replace")


def _file_name(resource: ServerResource, part: ResultPart) -> str:
    """Return the name of the attachment: the end of the address, with an extension for text."""
    end = resource.uri.rstrip("/").rpartition("/")[2] or resource.name
    name = sanitize_line(end, _NAME) or "resource"
    return name if "." in name or part.data else f"{name}.txt"
