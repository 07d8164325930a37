"""The start-up parameters: flags, environment and files, before anything is opened."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from tui_chat.config.config_watch import ConfigWatch
from tui_chat.config.file_paths import PathKind, path_kind
from tui_chat.config.ui_settings import UiSettings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tui_chat.config.endpoint_choice import EndpointOverrides
    from tui_chat.config.paths import Paths
    from tui_chat.config.settings import Settings
    from tui_chat.config.vendors import LocalServer
    from tui_chat.core.parameters.parameters import Parameters
    from tui_chat.core.profile import Secret
    from tui_chat.core.request import ResponseFormat


@dataclass(frozen=True)
class Launch:
    """The parameters of this run of the program.

    The first paint needs only `ui` and `keys`; without a configuration file, the modules
    that read one are loaded after it.
    """

    paths: Paths
    env: Mapping[str, str] = field(repr=False)
    """May hold keys, so it is not in the repr."""
    flags: Mapping[str, str]
    """The text fields of EndpointOverrides that were given."""
    is_streaming: bool | None = None
    """True if replies are streamed; None for the profile's setting."""
    is_insecure: bool = False
    """True if secrets may be sent unencrypted in this run (`--insecure`)."""
    is_temporary: bool = False
    """True if nothing is written to the disk."""
    is_new: bool = False
    """True if the chat starts with a new conversation."""
    is_offline: bool = False
    """True if requests go to this machine only."""
    conversation_id: str = ""
    """The saved conversation to open; empty for the last one or a new one."""
    question: str = ""
    """Asked as soon as the chat is open, in a new conversation."""
    given_parameters: Parameters | None = None
    """Effort and sampling from flags; None without such a flag."""
    local_servers: tuple[LocalServer, ...] | None = None
    """The model servers that this machine is searched for; None for all known ones."""
    slow_keys: dict[str, Secret] = field(default_factory=dict, repr=False, compare=False)
    """Cache of the keys from commands and the keyring in this run, by `KeySource.slow_id`."""
    response_format: ResponseFormat | None = None
    """The response format from flags, for new conversations; the chat starts with a new one."""

    @cached_property
    def settings(self) -> Settings:
        """The configuration and its problems."""
        from tui_chat.config.settings import load_settings

        return load_settings(self.paths.config_file, self.env)

    def reload_settings(self) -> None:
        """Read the configuration again at the next access."""
        for name in ("settings", "_is_configured"):
            self.__dict__.pop(name, None)

    @cached_property
    def config_watch(self) -> ConfigWatch:
        """Detects changes of the configuration after the first access."""
        return ConfigWatch(self.paths.config_file)

    @cached_property
    def overrides(self) -> EndpointOverrides:
        """The endpoint settings of the flags."""
        from tui_chat.config.endpoint_choice import EndpointOverrides

        return EndpointOverrides(
            **self.flags, stream=self.is_streaming, is_insecure=self.is_insecure
        )

    @property
    def parameters(self) -> Parameters:
        """The parameters of the flags."""
        from tui_chat.core.parameters.parameters import Parameters

        given = self.given_parameters or Parameters()
        return given.set("system_prompt", self.flags.get("system"))

    @property
    def ui(self) -> UiSettings:
        """The settings of the user interface."""
        return self.settings.ui if self._is_configured else UiSettings()

    @property
    def keys(self) -> Mapping[str, str]:
        """The user's key bindings, by the id of the binding."""
        return self.settings.keys if self._is_configured else {}

    @cached_property
    def _is_configured(self) -> bool:
        try:
            return path_kind(self.paths.config_file) is not PathKind.MISSING
        except OSError:
            # Loading the file reports the error.
            return True
