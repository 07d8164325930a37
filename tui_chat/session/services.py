"""The long-lived services: opened after the first paint, closed in reverse order."""

from __future__ import annotations

import asyncio
import logging
from contextlib import AsyncExitStack
from dataclasses import replace
from functools import cached_property, partial
from typing import TYPE_CHECKING, Final

from tui_chat.config.api_key import read_key
from tui_chat.config.choices.preferred_profile import load_preferred_profile, save_preferred_profile
from tui_chat.config.endpoint_choice import EndpointChoice
from tui_chat.config.expiring_store import ExpiringStore
from tui_chat.config.offline import require_offline
from tui_chat.config.permissions import close_folders
from tui_chat.core.errors import EngineError, InsecureEndpoint, StorageError
from tui_chat.core.labels import _
from tui_chat.core.profile import Origin
from tui_chat.core.text.sanitize import sanitize_line
from tui_chat.providers import open_provider, warm_up
from tui_chat.providers.http.headers import secrets_of
from tui_chat.session.accounting.accounting import Accounting
from tui_chat.session.accounting.monthly_limit import MonthlyLimits
from tui_chat.session.accounting.price_table import PriceTable
from tui_chat.session.endpoints.available_endpoints import Endpoints
from tui_chat.session.endpoints.embedded_model import FoundEngine, find_engine
from tui_chat.session.endpoints.found_servers import Discovery
from tui_chat.session.endpoints.plain_http_consent import PlainHttpConsent
from tui_chat.session.log_file import redact_in_log
from tui_chat.session.open_sessions import OpenSessions
from tui_chat.session.saved_conversations import SavedConversations
from tui_chat.session.tools.tool_service import ToolService
from tui_chat.session.turns.format_fallback import FormatFallback
from tui_chat.session.turns.structured_output import StructuredOutput
from tui_chat.structured.evaluator_process import Evaluator

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tui_chat.core.profile import Profile
    from tui_chat.core.stream_events import ModelInfo
    from tui_chat.local_model.supervisor import Engine
    from tui_chat.session.launch import Launch
    from tui_chat.session.protocols import OpenedProvider, ProviderOpener
    from tui_chat.session.saving.shutdown_recovery import UnsavedWork
    from tui_chat.session.saving.write_buffer import WriteBuffer
    from tui_chat.storage.async_store import AsyncStore

log = logging.getLogger(__name__)

RULES_FILE: Final = "endpoint_rules.json"
FORMATS_FILE: Final = "response_formats.json"
PRICES_FILE: Final = "prices.json"


class Services:
    """Store, engine, providers and sessions of one run of the program.

    Attributes:
        notices: Messages to show once, such as a damaged database or a mistake in config.toml.
        on_notice: Receives later messages; by default they are appended to the notices.
        choice: The profile of new conversations, and the reason for it.
        profiles: Every profile that can be selected.
        discovery: Finds model servers on this machine.
        tools: The MCP servers, and who is asked about their calls.
        endpoints: Which endpoint each conversation is sent to.
        accounting: The costs of replies, and the monthly limits.
        sessions: The open conversations.
        saved: The saved conversations.
    """

    endpoints: Endpoints

    def __init__(
        self,
        launch: Launch,
        *,
        opener: ProviderOpener = open_provider,
        progress: Callable[[str], None] | None = None,
    ) -> None:
        """Create the services; nothing is opened yet.

        Args:
            launch: The start-up parameters.
            opener: Creates the provider of a profile and its key.
            progress: Receives progress messages while a damaged database is recovered.
        """
        self.launch = launch
        self._opener = opener
        if opener is open_provider:
            file = None if launch.is_temporary else launch.paths.state_dir / RULES_FILE
            self._opener = partial(open_provider, store=ExpiringStore(file))
        self.notices: list[str] = [problem.message for problem in launch.settings.problems]
        self.on_notice: Callable[[str], None] = self.notices.append
        self.choice = EndpointChoice(profile=None, reason="", problem=None)
        self.profiles: Sequence[Profile] = ()
        self._preferred = ""
        self._embedded = FoundEngine()
        self.plain_http = PlainHttpConsent(launch)
        prices = None if launch.is_temporary else launch.paths.state_dir / PRICES_FILE
        self.accounting = Accounting(
            PriceTable(ExpiringStore(prices)), MonthlyLimits(launch.paths.database)
        )
        self.discovery = Discovery(launch)
        self.tools = ToolService(launch.settings.tools, launch.env)
        self.sessions = OpenSessions(self)
        self._opened: dict[str, tuple[Profile, OpenedProvider]] = {}
        self._opening = asyncio.Lock()
        self._stack = AsyncExitStack()
        database = None if launch.is_temporary else launch.paths.database
        self.saved = SavedConversations(
            database,
            self.notices,
            trash_days=launch.settings.storage.trash_days,
            progress=progress,
            on_notice=lambda words: self.on_notice(words),
        )

    async def open(self) -> None:
        """Open the store and select the endpoint. The engine is not started."""
        launch = self.launch
        if not launch.is_temporary:
            self.notices += await asyncio.to_thread(close_folders, launch.paths)
            self._preferred = await asyncio.to_thread(
                load_preferred_profile, launch.paths.state_dir
            )
        self._embedded = await asyncio.to_thread(find_engine, launch)
        if self._embedded.notice:
            self.notices.append(self._embedded.notice)
        await self.saved.open()
        self._stack.push_async_callback(self.saved.close)
        self._stack.push_async_callback(self.saved.save_remaining)
        self._stack.push_async_callback(self.sessions.aclose)
        self._stack.push_async_callback(self.structured.aclose)
        self._stack.push_async_callback(self.tools.aclose)
        self._use(self._embedded)
        self._report_ignored_model()
        self._stack.push_async_callback(self._close_providers)
        self._stack.push_async_callback(self.accounting.aclose)

    def _report_ignored_model(self) -> None:
        chosen, model = self.choice.profile, self.launch.overrides.model
        if chosen is not None and chosen.origin is Origin.BUILT_IN and model:
            text = _(
                "--model {model} is ignored: the built-in model answers. Name an endpoint with "
                "--profile or --base-url."
            )
            self.notices.append(text.format(model=sanitize_line(model, 60)))

    @property
    def _engine(self) -> Engine | None:
        return self._embedded.engine

    async def aclose(self) -> None:
        """Close everything in reverse order, after all queued writes."""
        await self._stack.aclose()

    @property
    def store(self) -> AsyncStore:
        """The database, or a store in memory while the database cannot be used."""
        return self.saved.store

    @property
    def write_buffer(self) -> WriteBuffer:
        """Saves the turns of all sessions."""
        return self.saved.write_buffer

    @property
    def unsaved_work(self) -> UnsavedWork | None:
        """Everything that could not be saved at shutdown; it must not be lost."""
        return self.saved.unsaved_work

    @cached_property
    def structured(self) -> StructuredOutput:
        """Structured output; the validation process starts with the first object."""
        launch, settings = self.launch, self.launch.settings.structured
        file = None if launch.is_temporary else launch.paths.state_dir / FORMATS_FILE
        evaluator = Evaluator(settings.time_limit_s)
        return StructuredOutput(evaluator, FormatFallback(file), settings.fix_rounds)

    @property
    def missing_model_message(self) -> str:
        """Why there is no embedded model and what to do; empty if there is one."""
        return self._embedded.problem

    @property
    def unsaved_label(self) -> str:
        """The label beside the title while the conversation is not on the disk; else empty."""
        if self.launch.is_temporary:
            return _("temporary, not saved")
        if self.write_buffer.is_at_risk:
            return _("NOT SAVED: lost if tui-chat is killed")
        if self.saved.is_in_memory:
            return _("in memory only")
        return _("not saved yet") if self.write_buffer.is_behind else ""

    async def warm_up(self) -> None:
        """Load the HTTP client and start the engine before the first question."""
        if self.choice.profile is not None and self.choice.profile.is_embedded:
            self.start_engine()
        await warm_up()

    async def change_embedded_model(self) -> bool:
        """Use the model file that config.toml names now, also in the open conversations.

        Returns:
            False if nothing was changed, because the embedded model is answering.

        Raises:
            EngineError: The file cannot be used; the model stays as it was.
        """
        self.launch.reload_settings()
        found = await asyncio.to_thread(find_engine, self.launch)
        if found.engine is None or found.notice:
            raise EngineError(found.notice or found.problem)
        if any(session.is_busy for session in self.sessions.embedded):
            return False
        old = self._engine
        self._use(found)
        if old is not None:
            await old.aclose()
        for session in self.sessions.embedded:
            profile = next(it for it in self.profiles if it.is_embedded)
            await session.choose(profile, None)
        return True

    def _use(self, found: FoundEngine) -> None:
        """Use an embedded model, and select the endpoints again."""
        self._embedded = found
        self._select_endpoints()
        if found.engine is not None:
            self._stack.push_async_callback(found.engine.aclose)
            found.engine.on_notice = lambda words: self.on_notice(words)

    def start_engine(self) -> None:
        """Start the embedded model, if there is one and it is not running yet."""
        if self._engine is not None:
            self._engine.start()

    async def prefer(self, profile: Profile) -> None:
        """Use a profile for new conversations from now on, unless the user has configured one."""
        self._preferred = profile.name
        self._use_preferred()
        if not self.launch.is_temporary:
            folder = self.launch.paths.state_dir
            await asyncio.to_thread(save_preferred_profile, folder, profile.name)

    def _use_preferred(self) -> None:
        """Use the profile that the user chose on the start page, once it is known."""
        profile = next((it for it in self.profiles if it.name == self._preferred), None)
        if profile is not None and (profile.is_on_loopback or not self.launch.is_offline):
            self.endpoints.prefer(profile)
            self.choice = self.endpoints.choice

    async def find_local_servers(self) -> bool:
        """Search this machine for model servers; return whether there are new profiles."""
        is_new = bool(self.endpoints.add_found(await self.discovery.search()))
        self._use_preferred()
        return is_new

    async def provider(self, profile: Profile) -> OpenedProvider:
        """Return the provider of a profile, opened on first use.

        Raises:
            ConfigError: The key cannot be read, the user does not allow sending it unencrypted, or
                the endpoint is on another machine (--offline).
            EngineError: The embedded model does not run.
        """
        if self.launch.is_offline:
            profile = require_offline(profile)
        try:
            return await self._provider(profile)
        except InsecureEndpoint as refusal:
            await self.plain_http.ask(profile, refusal)
        return await self._provider(profile)

    async def _provider(self, profile: Profile) -> OpenedProvider:
        key, profile = None, self.plain_http.apply(profile)
        if profile.is_embedded:
            if self._engine is None:
                raise EngineError(self._embedded.problem)
            self._engine.start()
            address = await self._engine.address()
            # No retries at a dead port: endpoint_events retries with the port of the next process.
            profile = replace(profile, base_url=address.base_url, max_retries=0)
            key = address.token
        async with self._opening:
            opened_for, opened = self._opened.get(profile.name, (None, None))
            if opened is not None and opened_for == profile:
                return opened
            if opened is not None:
                await opened.aclose()
            if key is None:
                key = await asyncio.to_thread(read_key, profile, self.launch.env)
            for secret in secrets_of(profile, key, self.launch.env):
                redact_in_log(secret)
            if key is not None and profile.key.slow_id:
                self.launch.slow_keys[profile.key.slow_id] = key
            opened = await self._opener(profile, key)
            self._opened[profile.name] = (profile, opened)
            return opened

    def reload_profiles(self) -> None:
        """Read config.toml again, after the program itself has changed its profiles."""
        self.launch.reload_settings()
        self._select_endpoints()

    def _select_endpoints(self) -> None:
        found = [it for it in self.profiles if it.origin is Origin.SERVER_FOUND]
        self.endpoints = Endpoints(self.launch, self._embedded.profile)
        self.endpoints.add_found(found)
        self.choice, self.profiles = self.endpoints.choice, self.endpoints.profiles
        self._use_preferred()

    async def forget_provider(self, name: str) -> None:
        """Close the provider of a profile, so that its key is read again for the next request."""
        opened = self._opened.pop(name, (None, None))[1]
        if opened is not None:
            await opened.aclose()

    async def models(self, profile: Profile) -> list[ModelInfo]:
        """Return the models of a profile's endpoint.

        Raises:
            TuiChatError: The list cannot be read.
        """
        if profile.is_embedded:
            self.start_engine()
        # Without the consent dialog: lists load in the background.
        return await (await self._provider(profile)).models()

    async def prompt_history(self, limit: int = 200) -> list[str]:
        """Return the latest questions, newest first; empty if they cannot be read."""
        try:
            return await self.store.prompt_history(limit)
        except StorageError as error:
            log.error("earlier questions cannot be read: %s", error)
            return []

    async def _close_providers(self) -> None:
        for opened in self._opened.values():
            await opened[1].aclose()
        self._opened.clear()
