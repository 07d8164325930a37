"""Chooses and changes the project of the open conversation."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from tui_chat.config.projects.project import ProjectFolder
from tui_chat.config.projects.text_file import file_stem
from tui_chat.core.errors import ConfigError
from tui_chat.core.labels import _
from tui_chat.session.project import begin_in, move_to, project_of
from tui_chat.ui.common.key_names import key_of

if TYPE_CHECKING:
    from pathlib import Path

    from tui_chat.config.projects.project import Project
    from tui_chat.session.services import Services
    from tui_chat.session.session import ChatSession
    from tui_chat.ui.attachments.draft_attachments import DraftAttachments
    from tui_chat.ui.common.chat_host import ChatHost


class ProjectActions:
    """Opens the dialogs of projects and applies what the user chose."""

    def __init__(
        self, host: ChatHost, services: Services, *, attachments: DraftAttachments
    ) -> None:
        self._host = host
        self._services = services
        self._attachments = attachments
        self.folder = ProjectFolder(services.launch.paths.config_file, services.launch.env)

    def open_file(self) -> Path | None:
        """Return the file of the open conversation's project; None without one."""
        session = self._host.session
        name = project_of(session.conversation) if session is not None else ""
        # A name that was imported must not lead out of the folder.
        return self.folder.file(name) if name and name == file_stem(name) else None

    async def open(self) -> None:
        """Choose the project of the open conversation, or make or change one."""
        from tui_chat.ui.projects.project_picker import ProjectPicker

        session = self._host.session
        if session is None:
            return
        names = await asyncio.to_thread(self.folder.names)
        picker = ProjectPicker(names, project_of(session.conversation))
        choice = await self._host.app.push_screen_wait(picker)
        if choice is None:
            return
        if not choice.is_edit:
            await self.enter(choice.name)
            return
        name = await self._edited(choice.name)
        if name and not choice.name:
            await self.enter(name)

    async def enter(self, name: str) -> None:
        """Make the open conversation part of a project; an empty name leaves its project."""
        session = self._host.session
        if session is None:
            return
        project = await self._read(name) if name else None
        if name and project is None:
            return
        if project is None:
            await move_to(session, "")
        elif not session.path:
            await self.begin(session, project)
        else:
            await move_to(session, project.name)
            key = key_of(self._host.app, "chat.new")
            text = _("Moved to {project}. {key} begins a conversation with its settings.")
            self._host.show_notice(text.format(project=project.name, key=key))
        self._host.show_around()

    async def begin_as(self, session: ChatSession, left: ChatSession | None) -> None:
        """Begin an empty conversation in the project of the one that was left, if it has one."""
        name = project_of(left.conversation) if left is not None else ""
        project = await self._read(name) if name else None
        if project is not None:
            await self.begin(session, project)

    async def begin(self, session: ChatSession, project: Project) -> None:
        """Begin an empty conversation in a project."""
        await begin_in(session, project, self._services.profiles)
        if self._host.session is session:
            self._attachments.attach(*project.files)
            self._host.show_around()

    async def _edited(self, name: str) -> str | None:
        """Change the file of a project; return its name, or None if nothing was written."""
        from tui_chat.ui.projects.project_picker import NewProject, ProjectEditor

        app = self._host.app
        wanted: str | None = name
        if not wanted:
            wanted = await app.push_screen_wait(NewProject())
        if not wanted:
            return None
        try:
            text = await asyncio.to_thread(self.folder.text, wanted)
            changed = await app.push_screen_wait(ProjectEditor(wanted, text))
            if changed is None:
                return None
            project = await asyncio.to_thread(self.folder.write, wanted, changed)
        except ConfigError as error:
            self._warn(error.message)
            return None
        self._warn_about(project)
        return wanted

    async def _read(self, name: str) -> Project | None:
        try:
            project = await asyncio.to_thread(self.folder.read, name)
        except ConfigError as error:
            self._warn(error.message)
            return None
        self._warn_about(project)
        return project

    def _warn_about(self, project: Project) -> None:
        known = {it.name for it in self._services.profiles}
        if project.problems:
            self._warn(project.problems[0])
        elif project.profile is not None and project.profile not in known:
            text = _("Project {project}: there is no profile “{profile}”.")
            self._warn(text.format(project=project.name, profile=project.profile))

    def _warn(self, text: str) -> None:
        # Long enough to read a path in it.
        self._host.show_notice(text, "warning", timeout_s=12)
