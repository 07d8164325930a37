"""`tui-chat join`: tries an access code, and writes a profile for the gateway.

Nothing is written before the gateway has taken the code. The code stands in a file of its own that
only its owner can read, because config.toml never holds a secret; the profile names that file.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from tui_chat.config.base_url import checked_base_url
from tui_chat.config.editing import (
    allow_insecure,
    loaded,
    parsed,
    read_config,
    with_table,
    write_config,
    write_private,
)
from tui_chat.config.file_paths import from_home, refusals_as
from tui_chat.config.offline import offline_error
from tui_chat.config.paths import make_private_folder
from tui_chat.core.errors import ConfigError, KeyRefused, TuiChatError
from tui_chat.core.profile import (
    KeySource,
    Profile,
    Secret,
    host_and_port,
    host_name,
    is_loopback_host,
    is_private_host,
)
from tui_chat.core.text.sanitize import sanitize_line
from tui_chat.providers.http.plain_http import is_exposed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tui_chat.core.stream_events import ModelInfo
    from tui_chat.session.launch import Launch

CODES_FOLDER: Final = "codes"
_FAILED: Final = 1
_UNENCRYPTED: Final = (
    "{} is reached by plain http, so everyone on the way could read the access code."
)
_NAME_LIMIT: Final = 60
_ODD: Final = re.compile(r"[^A-Za-z0-9_-]+")


def run_join(
    launch: Launch, url: str, code: str | None, name: str | None, ca_file: str | None = None
) -> int:
    """Join a gateway and return the exit status.

    Args:
        launch: Says where the configuration is.
        url: Where the gateway is.
        code: The access code; None to ask for it.
        name: Of the profile; None for the usual one.
        ca_file: A certificate to trust for it, beside those of the system.

    Raises:
        ConfigError: The URL, the code or the configuration cannot be used.
    """
    base_url = gateway_url(url)
    if launch.is_offline and not is_loopback_host(host_name(base_url)):
        raise offline_error(host_and_port(base_url), "The URL of the gateway")
    secret = Secret((_asked_code() if code is None else code).strip())
    if not secret:
        raise ConfigError("There is no access code.", "Ask whoever runs the gateway for one.")
    profile_name = sanitize_line(name, _NAME_LIMIT) if name else _name_for(base_url)
    if not profile_name:
        raise ConfigError("The name of the profile is empty.", "Give another --name.")
    if ca_file is not None:
        with refusals_as(ConfigError, Path(ca_file)):
            ca_file = str(from_home(ca_file).absolute())
    is_insecure = is_exposed(base_url)
    profile_file = ProfileFile(
        launch.paths.config_file, profile_name, ca_file, is_insecure=is_insecure
    )
    # Before the gateway is asked: what cannot be written is told first.
    profile_file.check(base_url)
    if is_insecure and not _may_send(launch, base_url, profile_file.is_allowed):
        host = host_and_port(base_url)
        _tell(f"{_UNENCRYPTED.format(host)} Nothing was sent and nothing was written.")
        _tell("Use https; or allow it with --insecure.")
        return _FAILED
    try:
        profile = Profile(
            name="gateway",
            base_url=base_url,
            key=KeySource(secret=secret),
            ca_file=ca_file,
            is_insecure=is_insecure,
            uses_proxies=not launch.is_offline,
        )
        offers = asyncio.run(_tried(profile, secret))
    except KeyRefused as error:
        _tell(f"The gateway does not take this access code. {error.server_message}".strip())
        _tell("Nothing was written.")
        return _FAILED
    except TuiChatError as error:
        _tell(error.message)
        if ca_file is None and "ca_file" in error.hint:
            _tell("There is no profile yet: give the gateway's certificate with --ca-file FILE.")
        _tell("Nothing was written.")
        return _FAILED
    profile_file.write(base_url, secret)
    _tell(f"The gateway takes the code. It offers: {_listed(offers)}.")
    _tell(f"Profile “{profile_name}” stands in {launch.paths.config_file}.")
    _tell(f"Chat with it: tui-chat --profile {_quoted(profile_name)} (or Ctrl+L in the chat)")
    return 0


def gateway_url(text: str) -> str:
    """Return the base URL of a gateway; people leave out the path.

    Raises:
        ConfigError: It is no URL.
    """
    base_url = checked_base_url(text, "The URL of the gateway")
    return base_url if urlsplit(base_url).path else f"{base_url}/v1"


class ProfileFile:
    """Writes a profile behind what stands in config.toml, and its code beside it."""

    def __init__(
        self,
        config_file: Path,
        name: str,
        ca_file: str | None = None,
        *,
        is_insecure: bool = False,
    ) -> None:
        """Prepare; nothing is read yet.

        Args:
            config_file: The configuration, which need not be there.
            name: Of the profile.
            ca_file: What the profile says of certificates; None for nothing.
            is_insecure: Whether the profile allows plain http.
        """
        self._is_insecure = is_insecure
        self._is_allowed = False
        self._ca_file = ca_file
        self._config_file = config_file
        self._name = name
        self._code_path = f"{CODES_FOLDER}/{_file_name(name)}"

    @property
    def is_allowed(self) -> bool:
        """Whether the profile is in the file already and allows plain http; known after `check`."""
        return self._is_allowed

    def check(self, base_url: str) -> None:
        """Find out whether the profile can be written.

        Raises:
            ConfigError: Its name is taken, or the file is broken.
        """
        self._new_text(base_url)

    def write(self, base_url: str, code: Secret) -> None:
        """Write the code and the profile; a profile for the same URL only gets the new code.

        Raises:
            ConfigError: They cannot be written.
        """
        text = self._new_text(base_url)
        folder = self._config_file.parent
        make_private_folder(folder)
        make_private_folder(folder / CODES_FOLDER)
        write_private(folder / self._code_path, f"{code.reveal()}\n".encode())
        if text is not None:
            write_config(self._config_file, text)
        elif self._is_insecure and not self._is_allowed:
            allow_insecure(self._config_file, self._name, host_and_port(base_url))

    def _new_text(self, base_url: str) -> bytes | None:
        """Return the whole file with the profile in it; None when it is there already."""
        old = read_config(self._config_file)
        before = parsed(self._config_file, old)
        table: dict[str, str | bool] = {"base_url": base_url, "api_key_file": self._code_path}
        if self._ca_file is not None:
            table["ca_file"] = self._ca_file
        if self._is_insecure:
            table["insecure"] = True
        profiles = before.get("profiles", {})
        if isinstance(profiles, dict) and self._name in profiles:
            there = profiles[self._name]
            self._check_same(there, base_url)
            self._is_allowed = there.get("insecure") is True
            return None
        new = with_table(old, self._name, table)
        # All that was there, and the profile: whatever way the file is written in.
        if not isinstance(profiles, dict) or loaded(new) != {
            **before,
            "profiles": {**profiles, self._name: table},
        }:
            raise ConfigError(
                f"{self._config_file} is written in a way that nothing can be added behind it.",
                f'Add a profile by hand: base_url = "{base_url}", '
                f'api_key_file = "{self._code_path}".',
            )
        return new

    def _check_same(self, there: Any, base_url: str) -> None:
        """See to it that a profile of this name is for the same gateway.

        Raises:
            ConfigError: It is not.
        """
        is_same = (
            isinstance(there, dict)
            and there.get("base_url") == base_url
            and there.get("api_key_file") == self._code_path
            and self._ca_file in (None, there.get("ca_file"))
        )
        if not is_same:
            raise ConfigError(
                f"There is another profile “{self._name}” in {self._config_file}.",
                "Choose a name for this one: --name NAME",
            )


def _file_name(name: str) -> str:
    """Return the name of a file for a profile, which no other profile gets."""
    plain = _ODD.sub("-", name).strip("-")
    if plain == name:
        return name
    return f"{plain}-{hashlib.sha256(name.encode()).hexdigest()[:8]}".lstrip("-")


def _may_send(launch: Launch, base_url: str, is_allowed: bool) -> bool:
    """Say whether the access code may travel unencrypted; at a terminal the user is asked."""
    if (
        launch.is_insecure
        or is_allowed
        or host_and_port(base_url) in launch.settings.insecure_hosts
    ):
        return True
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        return False
    _tell(_UNENCRYPTED.format(host_and_port(base_url)))
    sys.stdout.write("Send the access code all the same, now and later? [y/N] ")
    sys.stdout.flush()
    return sys.stdin.readline().strip().lower() in ("y", "yes")


async def _tried(profile: Profile, code: Secret) -> list[ModelInfo]:
    """Ask the gateway what it offers.

    Raises:
        TuiChatError: It cannot be asked, or refuses the code.
    """
    from tui_chat.providers import open_provider

    provider = await open_provider(profile, code)
    try:
        return await provider.models()
    finally:
        await provider.aclose()


def _asked_code() -> str:
    if sys.stdin.isatty():
        import getpass

        return getpass.getpass("Access code: ")
    return sys.stdin.readline()


def _name_for(base_url: str) -> str:
    host = host_and_port(base_url)
    return "gateway" if is_private_host(_host(base_url)) else sanitize_line(host, _NAME_LIMIT)


def _host(base_url: str) -> str:
    return urlsplit(base_url).hostname or ""


def _quoted(name: str) -> str:
    import shlex

    return shlex.quote(name)


def _listed(offers: Sequence[ModelInfo]) -> str:
    names = [sanitize_line(offer.id, 80) for offer in offers[:5]]
    more = f" and {len(offers) - 5} more" if len(offers) > 5 else ""
    return ", ".join(names) + more if names else "no model"


def _tell(words: str) -> None:
    sys.stdout.write(f"{words}\n")
