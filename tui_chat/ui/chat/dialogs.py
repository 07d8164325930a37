"""The dialogs and views that open over the chat."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tui_chat.core.advice import Advice
from tui_chat.core.errors import ProviderError
from tui_chat.core.labels import _

if TYPE_CHECKING:
    from tui_chat.core.conversation import Message
    from tui_chat.session.services import Services
    from tui_chat.session.session import ChatSession
    from tui_chat.ui.chat.conversation_switcher import ConversationSwitcher
    from tui_chat.ui.chat.setting_store import SettingStore
    from tui_chat.ui.common.chat_host import ChatHost
    from tui_chat.ui.local_models.controller import LocalModels


class Dialogs:
    """Opens dialogs and applies the user's choice. Each module is imported at its first use."""

    def __init__(
        self,
        host: ChatHost,
        services: Services,
        conversations: ConversationSwitcher,
        local_models: LocalModels,
        setting_store: SettingStore,
    ) -> None:
        self._host = host
        self._local_models = local_models
        self._services = services
        self._conversations = conversations
        self._setting_store = setting_store

    async def pick_conversation(self, query: str = "") -> bool:
        """Open a conversation that the user picks.

        Args:
            query: The search text to begin with.

        Returns:
            Whether a message has the focus.
        """
        from tui_chat.ui.conversations.picker import ConversationPicker

        if not self._conversations.may_leave():
            return False
        picker = ConversationPicker(
            self._services.store,
            self._conversations.library,
            query=query,
            kept_days=self._services.launch.settings.storage.trash_days,
        )
        chosen = await self._host.app.push_screen_wait(picker)
        if chosen is not None:
            return await self._conversations.open_at(chosen.conversation_id, chosen.message_id)
        await self._conversations.leave_deleted()
        return False

    async def rename(self, session: ChatSession, title: str | None = None) -> None:
        """Rename the open conversation.

        Args:
            session: The open conversation.
            title: The new title; None asks for it.
        """
        from tui_chat.ui.conversations.rename import Rename

        conversation = session.conversation
        if title is None:
            title = await self._host.app.push_screen_wait(Rename(conversation.title))
        if title is not None:
            await self._conversations.library.rename(conversation.id, title)
            self._host.show_around()

    async def choose_model(self) -> bool:
        """Choose profile and model of the open conversation, or the first endpoint of all.

        Returns:
            Whether the user chose one, and agreed to send the conversation there.
        """
        from tui_chat.ui.models.change_profiles import ChangeProfiles
        from tui_chat.ui.models.profile_editor import ProfileEditor
        from tui_chat.ui.models.profile_picker import LocalModelsWanted, ProfilePicker
        from tui_chat.ui.models.send_elsewhere import agrees_to_send

        app, services, session = self._host.app, self._services, self._host.session
        profile, model = (session.profile, session.model) if session else (None, None)
        changes = ChangeProfiles(ProfileEditor(services))
        picker = ProfilePicker(services.profiles, profile, model, services, changes)
        choice = await app.push_screen_wait(picker)
        if choice is None:
            await self._keep_profile(session)
            return False
        if isinstance(choice, LocalModelsWanted):
            await self._local_models.open()
            return False
        if session is None:
            # The first endpoint: a conversation can begin now.
            await self._conversations.begin_first()
            session = self._host.session
            if session is None:
                self._host.show_notice(
                    _("This profile cannot be used for new conversations."), "warning"
                )
                return False
        if not await agrees_to_send(app, session, choice.profile):
            self._host.show_notice(
                _("Nothing was sent. Profile and model are unchanged."), "warning"
            )
            return False
        await session.choose(choice.profile, choice.model)
        self._host.show_around()
        return True

    async def _keep_profile(self, session: ChatSession | None) -> None:
        """Use a changed profile at once, if it is that of the conversation and has its endpoint."""
        if session is None:
            return
        old = session.profile
        for new in self._services.profiles:
            if new.name == old.name and new != old and new.endpoint_id == old.endpoint_id:
                await session.choose(new, session.model)
                self._host.show_around()

    async def settings(self) -> None:
        """Show and change the settings."""
        from tui_chat.ui.settings.settings_screen import SettingsScreen

        await self._host.app.push_screen_wait(SettingsScreen(self._setting_store))

    async def change_parameters(self, session: ChatSession) -> None:
        """Show and change the parameters of the open conversation."""
        from tui_chat.ui.chat.parameters.parameter_changes import ParameterChanges
        from tui_chat.ui.settings.parameters_screen import ParametersScreen

        changes = ParameterChanges(
            self._host, self._services, session, self.choose_format, self.choose_tools
        )
        await self._host.app.push_screen_wait(ParametersScreen(session.parameters, changes))
        self._host.show_around()

    async def choose_format(self, session: ChatSession) -> None:
        """Choose the response format of the open conversation."""
        from tui_chat.structured.schemas.find_schema import SchemaFolder
        from tui_chat.ui.objects.format_picker import FormatPicker

        folder = SchemaFolder(self._services.launch.paths.config_file)
        picker = FormatPicker(session.response_format, folder, Path.cwd())
        choice = await self._host.app.push_screen_wait(picker)
        if choice is None:
            return
        try:
            if choice.is_for_one:
                session.next_format = choice.format
            else:
                await session.parameters.choose_format(choice.format)
        finally:
            self._host.show_around()

    async def choose_tools(self, session: ChatSession) -> None:
        """Choose the tools of the open conversation."""
        from tui_chat.ui.tools.tool_picker import ToolPicker

        tools = self._services.tools
        if tools.missing_message:
            self._host.show_notice(tools.missing_message, "warning", timeout_s=12)
            return
        await self._host.app.push_screen_wait(ToolPicker(tools.servers, session.tools))
        self._host.show_around()

    async def export(self, session: ChatSession) -> None:
        """Write the open conversation into a file."""
        from tui_chat.ui.export.export_screen import ExportScreen
        from tui_chat.ui.export.exporter import SessionExporter

        if not session.path:
            self._host.show_notice(_("There is nothing to export yet."))
            return
        exporter = SessionExporter(session, self._services.launch)
        path = await self._host.app.push_screen_wait(ExportScreen(exporter))
        if path is not None:
            self._host.show_notice(_("Exported to {file}").format(file=path))

    async def open_workbench(self, session: ChatSession, message: Message) -> bool:
        """Open the workbench of an object; return whether the user asks for a fix."""
        from tui_chat.ui.objects.open_workbench import open_workbench

        launch = self._services.launch
        return await open_workbench(self._host.app, session, message, launch) == "fix"

    def show_wire(self, session: ChatSession) -> None:
        """Show the bytes of the last request and its response."""
        from tui_chat.ui.inspector.inspector_screen import WireView

        provider = session.provider
        if provider is None:
            self._host.show_notice(_("No request was sent in this conversation yet."))
            return
        folder = self._services.launch.paths.state_dir
        self._host.app.push_screen(WireView(lambda: provider.exchange, provider.mask, folder))

    def show_error(self, session: ChatSession, reply_id: str) -> None:
        """Show the whole error of a failed reply."""
        from tui_chat.ui.inspector.error_details import ErrorDetails

        error = session.failures.get(reply_id)
        if not isinstance(error, ProviderError):
            self._host.show_notice(_("There are no error details for this message."))
            return
        text = Advice.READ_ALL.removed_from(error.message)
        details = ErrorDetails(text, error.status, error.host, error.body)
        self._host.app.push_screen(details)

    def show_config_problems(self) -> None:
        """List the mistakes in config.toml."""
        from tui_chat.ui.help.config_problems import ConfigProblems

        problems = self._services.launch.settings.problems
        if problems:
            self._host.app.push_screen(ConfigProblems(problems))
        else:
            self._host.show_notice(_("config.toml has no problems."))
