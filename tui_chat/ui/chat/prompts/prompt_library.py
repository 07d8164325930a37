"""The prompts of the library as entries of the list after `/`, and their use."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING, Final

from tui_chat.config.problems import nearest
from tui_chat.config.prompts.clipboard_text import clipboard_text
from tui_chat.config.prompts.fields import (
    CLIPBOARD,
    DATE,
    SELECTION,
    TEXT,
    field_names,
    filled,
    today,
    with_text,
)
from tui_chat.config.prompts.prompt import Prompt, parse_prompt
from tui_chat.config.prompts.prompt_folder import (
    NEW_PROMPT,
    PromptFolder,
    checked_name,
    usable_name,
)
from tui_chat.core.errors import ConfigError, StorageError
from tui_chat.core.labels import _, join_list
from tui_chat.core.text.sanitize import sanitize_line
from tui_chat.core.tools.tool import ToolKey
from tui_chat.ui.chat.prompts.field_walk import FieldWalk
from tui_chat.ui.commands.entry import Entry
from tui_chat.ui.terminal.external_editor import edit_text
from tui_chat.ui.terminal.input.key_queue import KeyWork

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from tui_chat.core.profile import Profile
    from tui_chat.session.services import Services
    from tui_chat.session.session import ChatSession
    from tui_chat.ui.chat.conversation_switcher import ConversationSwitcher
    from tui_chat.ui.common.chat_host import ChatHost
    from tui_chat.ui.prompt.prompt_input import PromptInput

_LONGEST_WORDS: Final = 120


class PromptLibrary:
    """Lists the prompts, and puts one into the prompt with its settings.

    Attributes:
        walk: Tab walks the fields.
        on_loaded: Called when other prompts are listed than before.
    """

    def __init__(
        self,
        host: ChatHost,
        services: Services,
        *,
        conversations: ConversationSwitcher,
        prompt: PromptInput,
        taken: Callable[[], Iterable[Entry]],
        project_file: Callable[[], Path | None] | None = None,
    ) -> None:
        """Create it; the folder is read with the first entries.

        Args:
            host: Runs workers and shows notices.
            services: The profiles and the environment.
            conversations: Begins a conversation for a prompt that needs one.
            prompt: Receives the text.
            taken: Returns the commands, whose names win.
            project_file: Returns the file of the open project, whose prompts are listed in place
                of the user's; None while no project is open.
        """
        self._host = host
        self._services = services
        self._conversations = conversations
        self._prompt = prompt
        self._taken = taken
        own = services.launch.paths.config_file
        self._beside: Callable[[], Path | None] = project_file or (lambda: own)
        self._state: object = None
        self._prompts: Sequence[Prompt] = ()
        self.walk = FieldWalk(prompt)
        self.on_loaded: Callable[[], None] = lambda: None

    @property
    def _folder(self) -> PromptFolder:
        file = self._beside()
        return PromptFolder(file or self._services.launch.paths.config_file)

    def entries(self) -> list[Entry]:
        """Return the prompts; what changed in their files is read in the background."""
        if self._beside() is None:
            return []
        state = (self._folder.path, self._folder.state())
        if state != self._state:
            self._state = state
            # By their names at once, so that a name that is typed quickly is no question.
            known = {prompt.name: prompt for prompt in self._prompts}
            names = self._folder.names()
            self._prompts = [
                known.get(name) or Prompt(name, "", self._folder.path) for name in names
            ]
            self._host.run_worker(self._load(), group="prompts", description="read the prompts")
        if not self._prompts:
            return []
        taken = {name for entry in self._taken() for name in (entry.name, *entry.aliases)}
        return [self._entry(prompt, taken) for prompt in self._prompts]

    async def _load(self) -> None:
        self._prompts = await asyncio.to_thread(self._folder.all)
        self.on_loaded()

    def _entry(self, prompt: Prompt, taken: set[str]) -> Entry:
        words = prompt.description or sanitize_line(prompt.body, _LONGEST_WORDS)
        return Entry(
            name=f"{prompt.name}-prompt" if prompt.name in taken else prompt.name,
            title=_("Prompt: {name}").format(name=prompt.name),
            description=words or (prompt.problems[0] if prompt.problems else ""),
            run=partial(self.use, prompt.name),
            argument=_("TEXT"),
            run_with=partial(self.use, prompt.name),
            takes_lines=True,
        )

    async def pick(self) -> None:
        """Open the list of all prompts, to use, write or change one."""
        from tui_chat.ui.chat.prompts.prompt_picker import PromptAction, PromptPicker

        prompts = await asyncio.to_thread(self._folder.all)
        choice = await self._host.app.push_screen_wait(PromptPicker(prompts, self._folder.path))
        if choice is None:
            return
        if choice.action is PromptAction.USE:
            await self._use(choice.name, "")
            return
        try:
            await self._edit(choice.name, is_new=choice.action is PromptAction.NEW)
        except ConfigError as error:
            self._host.show_notice(error.message, "warning", timeout_s=12)

    async def _edit(self, name: str, *, is_new: bool) -> None:
        """Change a prompt in the user's editor, or write a new one.

        Raises:
            ConfigError: The name is invalid or in use, or the editor or the file fails.
        """
        folder = self._folder
        if is_new:
            name = checked_name(usable_name(name) or name)
            if name in folder.names():
                is_new = False
        before = NEW_PROMPT
        if not is_new:
            before = await asyncio.to_thread(folder.text, name)
        text = await edit_text(self._host.app, before, self._services.launch.env)
        if text == before:
            self._host.show_notice(_("Nothing was changed."))
            return
        await asyncio.to_thread(folder.save, name, text, replaces=not is_new)
        problems = parse_prompt(name, text, folder.file(name)).problems
        self._host.show_notice(
            problems[0] if problems else _("Saved: /{name}").format(name=name),
            "warning" if problems else "information",
        )

    def use(self, name: str, text: str = "") -> None:
        """Put a prompt into the prompt, with the user's text in it; nothing is sent."""
        self._host.run_worker(self._use(name, text), group=KeyWork.OPEN, description="use a prompt")

    async def _use(self, name: str, text: str) -> None:
        prompt = await self._prepared(name)
        if prompt is None:
            # The text of the user is not lost.
            self._prompt.set_draft(f"/{name} {text}".rstrip())
            return
        for problem in prompt.problems:
            self._host.show_notice(problem, "warning", timeout_s=12)
        body, left = await self._filled(prompt, text)
        self._prompt.set_draft(body)
        self.walk.begin(left)
        if left:
            self._host.show_status(
                _("Fill in: {fields} · Tab goes to the next field").format(fields=join_list(left))
            )
        self._host.focus_prompt()

    async def _prepared(self, name: str) -> Prompt | None:
        """Return a prompt whose settings are applied; None if it cannot be used, which is shown."""
        try:
            prompt = await asyncio.to_thread(self._folder.read, name)
            return prompt if await self._prepare(prompt) else None
        except ConfigError as error:
            self._host.show_notice(error.message, "warning", timeout_s=12)
        except StorageError as error:
            self._host.report_unsaved(error)
        return None

    async def _filled(self, prompt: Prompt, text: str) -> tuple[str, list[str]]:
        """Return the text of a prompt, and the fields in it that the user fills in."""
        names, app, env = field_names(prompt.body), self._prompt.app, self._services.launch.env
        values = {TEXT: text, DATE: today()}
        if CLIPBOARD in names:
            found = await asyncio.to_thread(clipboard_text, env)
            values[CLIPBOARD] = found or app.clipboard
        if SELECTION in names:
            selected = self._prompt.screen.get_selected_text() or ""
            values[SELECTION] = selected or await asyncio.to_thread(
                clipboard_text, env, is_selection=True
            )
        known = {name: value for name, value in values.items() if value}
        body = filled(prompt.body, known)
        left = [name for name in names if name not in known]
        return body if TEXT in names else with_text(body, text), left

    async def _prepare(self, prompt: Prompt) -> bool:
        """Apply the settings of a prompt; a used conversation is left for a new one."""
        session = self._host.session
        if prompt.begins_conversation and session is not None:
            if session.path:
                if not self._conversations.may_leave():
                    return False
                await self._conversations.show_new_as(is_temporary=session.is_temporary)
                session = self._host.session
            if session is not None and not await self._choose(session, prompt):
                return False
        if prompt.schema and session is not None:
            from tui_chat.structured.schemas.prompt_schema import prompt_schema

            file = self._services.launch.paths.config_file
            schema = await asyncio.to_thread(prompt_schema, prompt.schema, file)
            session.next_format = schema.response_format
        self._host.show_around()
        return True

    async def _choose(self, session: ChatSession, prompt: Prompt) -> bool:
        """Use the profile, the model and the system prompt; return False if the user refuses."""
        if prompt.profile is not None or prompt.model is not None:
            from tui_chat.ui.models.send_elsewhere import agrees_to_send

            profile = self._profile(prompt.profile) if prompt.profile else session.profile
            if not await agrees_to_send(self._host.app, session, profile):
                return False
            await session.choose(profile, prompt.model or profile.model)
        if prompt.system is not None:
            await session.parameters.choose("system_prompt", prompt.system)
        if prompt.tools:
            await self._switch_tools(session, prompt.tools)
        return True

    async def _switch_tools(self, session: ChatSession, wanted: Sequence[str]) -> None:
        """Switch exactly these tools on; each call still asks the user.

        Raises:
            ConfigError: No tools can be used, or a server is not configured.
        """
        service = self._services.tools
        if service.missing_message:
            raise ConfigError(service.missing_message)
        servers = [state.name for state in service.servers.states()]
        for entry in wanted:
            if (name := entry.partition("/")[0]) not in servers:
                near = nearest(name, servers)
                known = _("Servers: {names}.").format(names=join_list(servers))
                raise ConfigError(
                    _("The prompt names the tools of “{server}”, which is not configured.").format(
                        server=sanitize_line(name, 60)
                    ),
                    _("Did you mean “{name}”?").format(name=near) if near else known,
                )
        for name in servers:
            await session.tools.switch(name, False)
        for entry in wanted:
            server, _slash, tool = entry.partition("/")
            await session.tools.switch(ToolKey(server, tool) if tool else server, True)

    def _profile(self, name: str) -> Profile:
        """Return a profile by its name.

        Raises:
            ConfigError: There is none.
        """
        profiles = {profile.name: profile for profile in self._services.profiles}
        if name in profiles:
            return profiles[name]
        text = _("The prompt names the profile “{profile}”, which does not exist.")
        near = nearest(name, profiles)
        hint = _("Did you mean “{name}”?").format(name=near) if near else _("Correct the prompt.")
        raise ConfigError(text.format(profile=sanitize_line(name, 60)), hint)
