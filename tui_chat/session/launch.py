"""What flags, environment and files say, before anything is opened."""

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
    from tui_chat.core.profile import Secret
    from tui_chat.core.request import ResponseFormat


@dataclass(frozen=True)
class Launch:
    """How this run of the program was started.

    The first paint needs only `ui` and `keys`; where there is no configuration file, the modules
    that read one are loaded after it.
    """

    paths: Paths
    env: Mapping[str, str] = field(repr=False)
    """May hold keys, so it is not in the repr."""
    flags: Mapping[str, str]
    """Of the fields of Overrides that were given as texts."""
    is_streaming: bool | None = None
    """Whether answers are asked for as streams; None: as the profile says."""
    is_insecure: bool = False
    """Whether secrets may travel unencrypted in this run (`--insecure`)."""
    is_temporary: bool = False
    """Whether nothing is written to the disk."""
    is_new: bool = False
    """Whether the chat begins with a new conversation."""
    is_offline: bool = False
    """Whether nothing is sent anywhere but to this machine."""
    question: str = ""
    """Asked as soon as the chat is open, in a new conversation."""
    command_keys: dict[str, Secret] = field(default_factory=dict, repr=False, compare=False)
    """The keys that commands printed in this run, by command; so none runs twice for a mask."""
    response_format: ResponseFormat | None = None
    """The form of answers that flags ask for, in conversations that are begun; the first is."""

    @cached_property
    def settings(self) -> Settings:
        """What the configuration says, and what is wrong with it."""
        from tui_chat.config.settings import load_settings

        return load_settings(self.paths.config_file, self.env)

    @cached_property
    def config_watch(self) -> ConfigWatch:
        """Notices changes of the configuration from the first time it is asked for."""
        return ConfigWatch(self.paths.config_file)

    @cached_property
    def overrides(self) -> EndpointOverrides:
        """What the flags say."""
        from tui_chat.config.endpoint_choice import EndpointOverrides

        return EndpointOverrides(
            **self.flags, stream=self.is_streaming, is_insecure=self.is_insecure
        )

    @property
    def ui(self) -> UiSettings:
        """How the screen looks."""
        return self.settings.ui if self._is_configured else UiSettings()

    @property
    def keys(self) -> Mapping[str, str]:
        """The person's own keys, by the id of the binding."""
        return self.settings.keys if self._is_configured else {}

    @cached_property
    def _is_configured(self) -> bool:
        try:
            return path_kind(self.paths.config_file) is not PathKind.MISSING
        except OSError:
            # Reading it says why it cannot be used.
            return True
