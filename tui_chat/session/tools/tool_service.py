"""The tools of one run of the program: the servers, and the questions that they raise."""

from __future__ import annotations

from contextlib import aclosing, contextmanager
from functools import cached_property
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Final

from tui_chat.core.conversation import Role
from tui_chat.core.errors import TuiChatError
from tui_chat.core.labels import _
from tui_chat.core.request import CompletionRequest, RequestMessage
from tui_chat.core.stream_events import TextDelta, TextWasReasoning
from tui_chat.core.tools.questions import (
    ElicitationAction,
    ElicitationQuestion,
    SamplingQuestion,
    ToolQuestions,
)
from tui_chat.session.log_file import redact_in_log

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tui_chat.config.tool_servers import ToolSettings
    from tui_chat.session.session import ChatSession
    from tui_chat.tools.servers import ToolServers

_ROUNDS: Final = 8
_RESULT_LIMIT: Final = 50_000


class ToolService:
    """The servers, loaded with the first use, and who is asked about them.

    Attributes:
        questions: Asks the user; None without a user interface: then everything is refused.
        max_rounds: Replaces the limit of config.toml.
    """

    def __init__(self, settings: ToolSettings | None, env: Mapping[str, str]) -> None:
        self.questions: ToolQuestions | None = None
        self.max_rounds: int | None = None
        self._settings = settings
        self._env = env
        self._running: list[tuple[str, ChatSession, str]] = []

    @property
    def is_configured(self) -> bool:
        """True if config.toml names a server."""
        return self._settings is not None and bool(self._settings.servers)

    @property
    def is_available(self) -> bool:
        """True if the package of the protocol is installed."""
        return find_spec("mcp") is not None

    @property
    def missing_message(self) -> str:
        """The reason why no tools can be used, and what to do; empty if they can be."""
        if not self.is_available:
            return _('Tools need the package mcp. Install it: pip install ".[tools]"')
        if not self.is_configured:
            return _("No server is configured. Add a table [tools.NAME] to config.toml.")
        return ""

    @property
    def rounds(self) -> int:
        """The most rounds of calls in one turn."""
        if self.max_rounds is not None:
            return self.max_rounds
        return self._settings.rounds if self._settings is not None else _ROUNDS

    @property
    def result_limit(self) -> int:
        """The longest result that is sent to the model, in characters."""
        return self._settings.result_limit if self._settings is not None else _RESULT_LIMIT

    @cached_property
    def servers(self) -> ToolServers:
        """The servers; none is started."""
        # Imported here: most runs use no tools.
        from tui_chat.tools.servers import ToolServers

        servers = ToolServers(self._settings, self._env)
        servers.on_question = self._answer
        servers.on_secret = redact_in_log
        return servers

    @contextmanager
    def running(self, server: str, session: ChatSession, call_id: str) -> Iterator[None]:
        """Mark a call as running, so that questions of its server are shown beside it."""
        entry = (server, session, call_id)
        self._running.append(entry)
        try:
            yield
        finally:
            self._running.remove(entry)

    async def aclose(self) -> None:
        """End all servers."""
        if "servers" in vars(self):
            await self.servers.aclose()

    async def _answer(self, server: str, question: Mapping[str, Any]) -> dict[str, Any]:
        """Answer a question of a server; refused without a call of it that runs."""
        call = next((it for it in reversed(self._running) if it[0] == server), None)
        questions = self.questions
        if call is None or questions is None:
            return {"action": ElicitationAction.DECLINE.value}
        _server, session, call_id = call
        place = {
            "conversation_id": session.conversation.id,
            "message_id": session.turn.reply_id if session.turn is not None else "",
            "call_id": call_id,
        }
        if question["kind"] == "elicitation":
            asked = ElicitationQuestion(
                server, question["message"], question["schema"], question["url"], **place
            )
            answer = await questions.elicit(asked)
            return {"action": answer.action.value, "values": dict(answer.values)}
        messages = tuple((str(role), str(text)) for role, text in question["messages"])
        sampling = SamplingQuestion(
            server, question["system_prompt"], messages, question["max_tokens"], **place
        )
        if not await questions.allow_sampling(sampling):
            return {}
        try:
            return {"text": await _sampled(session, sampling), "model": session.model}
        except TuiChatError:
            return {}


async def _sampled(session: ChatSession, question: SamplingQuestion) -> str:
    """Return the model's answer to the messages of a server."""
    messages = [RequestMessage(Role.SYSTEM, question.system_prompt)]
    for role, text in question.messages:
        author = Role.ASSISTANT if role == "assistant" else Role.USER
        messages.append(RequestMessage(author, text))
    sent = tuple(message for message in messages if message.content)
    request = CompletionRequest(session.model or "", sent, session.profile.sampling)
    provider = await session.open_provider()
    parts: list[str] = []
    async with aclosing(provider.stream(request)) as events:
        async for event in events:
            if isinstance(event, TextDelta):
                parts.append(event.text)
            elif isinstance(event, TextWasReasoning):
                parts.clear()
    return "".join(parts)
