"""Downloads and chooses the model that runs on this machine, while the chat goes on."""

from __future__ import annotations

import asyncio
from importlib import import_module
from typing import TYPE_CHECKING, Final

from tui_chat.core.errors import TuiChatError
from tui_chat.core.labels import _
from tui_chat.core.text.sanitize import sanitize_line

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from textual.widget import Widget
    from textual.worker import Worker

    from tui_chat.session.services import Services
    from tui_chat.ui.common.chat_host import ChatHost
    from tui_chat.ui.local_models.model_rows import ModelRow

_NOTICE_S: Final = 12.0
_MODULES: Final = (
    "tui_chat.config.editing.engine_model",
    "tui_chat.local_model.hub.background_download",
    "tui_chat.local_model.hub.hub_client",
    "tui_chat.ui.local_models.download_line",
    "tui_chat.ui.local_models.local_models_dialog",
)
"""Loaded in a thread when the dialog opens: importing them would block the loop."""


class LocalModels:
    """Opens the dialog and owns the download; there is one at a time."""

    def __init__(
        self, host: ChatHost, services: Services, show_line: Callable[[Widget], object]
    ) -> None:
        """Create the controller.

        Args:
            host: The chat.
            services: Owns the embedded model.
            show_line: Adds a line above the status line.
        """
        self._host = host
        self._services = services
        self._show_line = show_line
        self._in_use = services.launch.settings.engine.model_path
        self._running = ""
        self._worker: Worker[object] | None = None

    async def open(self) -> None:
        """Let the user choose a model, download one, or stop the download."""
        for module in _MODULES:
            await asyncio.to_thread(import_module, module)
        from tui_chat.ui.local_models.local_models_dialog import LocalModelsDialog
        from tui_chat.ui.local_models.model_rows import RowAction, read_rows

        env = self._services.launch.env
        rows = await asyncio.to_thread(read_rows, env, self._in_use, self._running)
        row = await self._host.app.push_screen_wait(LocalModelsDialog(rows))
        if row is None:
            return
        if row.action is RowAction.STOP:
            self._stop()
        elif row.action is RowAction.USE:
            await self._use(row.path, row.projector)
        else:
            self._start(row)

    def _start(self, row: ModelRow) -> None:
        from tui_chat.config.offline import offline_error
        from tui_chat.local_model.hub.hub_client import HubClient

        if self._running:
            text = _("{name} is being downloaded; stop it first.")
            self._host.show_notice(text.format(name=self._running), "warning")
            return
        try:
            client = HubClient(self._services.launch.env)
            if self._services.launch.is_offline and not client.is_on_this_machine:
                raise offline_error(client.host, _("the model hub"))
        except TuiChatError as error:
            self._host.show_notice(error.message, "warning", _NOTICE_S)
            return
        self._running = row.name
        self._worker = self._host.run_worker(
            self._download(row.name), group="local-model", description="download"
        )

    def _stop(self) -> None:
        if self._worker is not None:
            self._worker.cancel()
            text = _("The download of {name} was stopped; it continues there next time.")
            self._host.show_notice(text.format(name=self._running))

    async def _download(self, name: str) -> None:
        from tui_chat.local_model.hub.background_download import download_in_background
        from tui_chat.ui.local_models.download_line import DownloadLine

        line = DownloadLine(name)
        self._show_line(line)
        try:
            found = await download_in_background(
                name,
                self._services.launch.env,
                on_progress=line.show,
                on_notice=lambda text: self._host.show_notice(text, "warning"),
            )
        except TuiChatError as error:
            self._host.show_notice(error.message, "warning", _NOTICE_S)
            return
        finally:
            self._running, self._worker = "", None
            if line.is_attached:
                await line.remove()
        await self._use(found.path, found.projector)

    async def _use(self, path: Path | None, projector: Path | None) -> None:
        from tui_chat.config.editing.engine_model import set_engine_model
        from tui_chat.config.paths import home_folder
        from tui_chat.local_model.model_file import model_id_of

        launch = self._services.launch
        try:
            with launch.config_watch.own_change():
                await asyncio.to_thread(
                    set_engine_model,
                    launch.paths.config_file,
                    path,
                    projector,
                    home_folder(launch.env),
                )
            self._in_use = path
            is_changed = await self._services.change_embedded_model()
        except TuiChatError as error:
            self._host.show_notice(error.message, "warning", _NOTICE_S)
            return
        name = sanitize_line(model_id_of(path), 60) if path else _("The built-in model")
        if is_changed:
            text = _("{name} is the model of this machine now (profile “local”).")
        else:
            text = _("{name} is ready; it answers from the next start of tui-chat.")
        self._host.show_notice(text.format(name=name), timeout_s=_NOTICE_S)
        self._host.show_around()
