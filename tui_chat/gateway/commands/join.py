"""`tui-chat join`: tests an access code and adds a profile for the gateway.

Nothing is written before the gateway has accepted the code. The code is stored in a private file,
because config.toml never contains a secret; the profile names that file.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from tui_chat.config.base_url import checked_base_url
from tui_chat.config.editing.changes import allow_insecure
from tui_chat.config.editing.config_file import (
    check_edit,
    edit_config,
    parsed,
    read_config,
    write_private,
)
from tui_chat.config.file_paths import expand_home, path_errors_as
from tui_chat.config.offline import offline_error
from tui_chat.config.paths import make_private_folder
from tui_chat.core.errors import ConfigError, KeyRefused, TuiChatError
from tui_chat.core.labels import _, join_list
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

    from tui_chat.config.editing.toml_text import Change
    from tui_chat.core.stream_events import ModelInfo
    from tui_chat.session.launch import Launch

CODES_FOLDER: Final = "codes"
_FAILED: Final = 1
_NAME_LIMIT: Final = 60
_UNSAFE: Final = re.compile(r"[^A-Za-z0-9_-]+")


def run_join(
    launch: Launch, url: str, code: str | None, name: str | None, ca_file: str | None = None
) -> int:
    """Join a gateway and return the exit status.

    Args:
        launch: Provides paths and settings.
        url: URL of the gateway.
        code: The access code; None to ask for it.
        name: Name of the profile; None for the default.
        ca_file: A certificate to trust in addition to those of the system.

    Raises:
        ConfigError: The URL, the code or the configuration is unusable.
    """
    base_url = gateway_url(url)
    if launch.is_offline and not is_loopback_host(host_name(base_url)):
        raise offline_error(host_and_port(base_url), _("The URL of the gateway"))
    secret = Secret((_asked_code() if code is None else code).strip())
    if not secret:
        raise ConfigError(
            _("The access code is empty."), _("Ask the gateway's operator for a code.")
        )
    profile_name = sanitize_line(name, _NAME_LIMIT) if name else _name_for(base_url)
    if not profile_name:
        raise ConfigError(_("The name of the profile is empty."), _("Choose another --name."))
    if ca_file is not None:
        with path_errors_as(ConfigError, Path(ca_file)):
            ca_file = str(expand_home(ca_file).absolute())
    is_insecure = is_exposed(base_url)
    profile_file = ProfileFile(
        launch.paths.config_file, profile_name, ca_file, is_insecure=is_insecure
    )
    # Checked first, so that errors of the file are reported before any request.
    profile_file.check(base_url)
    if is_insecure and not _may_send(launch, base_url, profile_file.is_allowed):
        _print(_unencrypted_warning(base_url))
        _print(_("Nothing was sent or written. Use https, or allow it with --insecure."))
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
        models = asyncio.run(_fetch_models(profile, secret))
    except KeyRefused as error:
        _print(_("The gateway does not accept this access code."))
        if error.server_message:
            _print(error.server_message)
        _print(_("Nothing was written."))
        return _FAILED
    except TuiChatError as error:
        _print(error.message)
        if ca_file is None and "ca_file" in error.hint:
            _print(_("Pass the gateway's certificate with --ca-file FILE."))
        _print(_("Nothing was written."))
        return _FAILED
    profile_file.write(base_url, secret)
    _print(_("The gateway accepts the code. Models: {models}.").format(models=_listed(models)))
    saved = _("Saved profile “{name}” in {path}.")
    _print(saved.format(name=profile_name, path=launch.paths.config_file))
    start = _("To use it: tui-chat --profile {name} (or Ctrl+L in the chat)")
    _print(start.format(name=shlex.quote(profile_name)))
    return 0


def gateway_url(text: str) -> str:
    """Return the base URL of a gateway, with the path /v1 if the URL has none.

    Raises:
        ConfigError: The text is not a URL.
    """
    base_url = checked_base_url(text, _("The URL of the gateway"))
    return base_url if urlsplit(base_url).path else f"{base_url}/v1"


class ProfileFile:
    """Appends a profile to config.toml, and writes its code into a file of its own."""

    def __init__(
        self,
        config_file: Path,
        name: str,
        ca_file: str | None = None,
        *,
        is_insecure: bool = False,
    ) -> None:
        """Create the writer; nothing is read yet.

        Args:
            config_file: The configuration, which may not exist.
            name: Name of the profile.
            ca_file: The certificate file that the profile names; None for none.
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
        """Return whether the file's profile allows plain http; known after `check`."""
        return self._is_allowed

    def check(self, base_url: str) -> None:
        """Check that the profile can be written.

        Raises:
            ConfigError: Its name is in use, or the file is broken.
        """
        table = self._new_table(base_url)
        if table is not None:
            check_edit(
                self._config_file, lambda _before: self._change(table), by_hand=self._hint(table)
            )

    def write(self, base_url: str, code: Secret) -> None:
        """Write the code and the profile; if the profile exists, only its code is replaced.

        Raises:
            ConfigError: A file cannot be written.
        """
        self.check(base_url)
        table = self._new_table(base_url)
        folder = self._config_file.parent
        make_private_folder(folder)
        make_private_folder(folder / CODES_FOLDER)
        write_private(folder / self._code_path, f"{code.reveal()}\n".encode())
        if table is not None:
            edit_config(
                self._config_file, lambda _before: self._change(table), by_hand=self._hint(table)
            )
        elif self._is_insecure and not self._is_allowed:
            allow_insecure(self._config_file, self._name, host_and_port(base_url))

    def _new_table(self, base_url: str) -> dict[str, str | bool] | None:
        """Return the table of the profile; None if the file contains the profile."""
        before = parsed(self._config_file, read_config(self._config_file))
        table: dict[str, str | bool] = {"base_url": base_url, "api_key_file": self._code_path}
        if self._ca_file is not None:
            table["ca_file"] = self._ca_file
        if self._is_insecure:
            table["insecure"] = True
        profiles = before.get("profiles", {})
        if isinstance(profiles, dict) and self._name in profiles:
            existing = profiles[self._name]
            self._check_same(existing, base_url)
            self._is_allowed = existing.get("insecure") is True
            return None
        return table

    def _change(self, table: dict[str, str | bool]) -> Change:
        return {("profiles", self._name): table}

    def _hint(self, table: dict[str, str | bool]) -> str:
        hint = _('Add a profile by hand: base_url = "{url}", api_key_file = "{code_file}".')
        return hint.format(url=table["base_url"], code_file=self._code_path)

    def _check_same(self, existing: Any, base_url: str) -> None:
        """Check that the existing profile of this name is for the same gateway.

        Raises:
            ConfigError: It is for another endpoint.
        """
        is_same = (
            isinstance(existing, dict)
            and existing.get("base_url") == base_url
            and existing.get("api_key_file") == self._code_path
            and self._ca_file in (None, existing.get("ca_file"))
        )
        if not is_same:
            summary = _("There is another profile “{name}” in {path}.")
            raise ConfigError(
                summary.format(name=self._name, path=self._config_file),
                _("Choose another name with --name NAME."),
            )


def _file_name(name: str) -> str:
    """Return a file name for a profile; two profiles never share one."""
    plain = _UNSAFE.sub("-", name).strip("-")
    if plain == name:
        return name
    return f"{plain}-{hashlib.sha256(name.encode()).hexdigest()[:8]}".lstrip("-")


def _may_send(launch: Launch, base_url: str, is_allowed: bool) -> bool:
    """Return whether the access code may be sent unencrypted; in a terminal, ask the user."""
    if (
        launch.is_insecure
        or is_allowed
        or host_and_port(base_url) in launch.settings.insecure_hosts
    ):
        return True
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        return False
    _print(_unencrypted_warning(base_url))
    sys.stdout.write(_("Send the access code anyway, now and in the future? [y/N] "))
    sys.stdout.flush()
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def _unencrypted_warning(base_url: str) -> str:
    warning = _(
        "{host} is reached by plain http, so the access code could be read by others on the "
        "network."
    )
    return warning.format(host=host_and_port(base_url))


async def _fetch_models(profile: Profile, code: Secret) -> list[ModelInfo]:
    """Return the models that the gateway offers.

    Raises:
        TuiChatError: The request failed, or the gateway refused the code.
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

        return getpass.getpass(_("Access code: "))
    return sys.stdin.readline()


def _name_for(base_url: str) -> str:
    host = host_and_port(base_url)
    return "gateway" if is_private_host(_host(base_url)) else sanitize_line(host, _NAME_LIMIT)


def _host(base_url: str) -> str:
    return urlsplit(base_url).hostname or ""


def _listed(models: Sequence[ModelInfo]) -> str:
    if not models:
        return _("none")
    names = join_list(sanitize_line(offer.id, 80) for offer in models[:5])
    if len(models) <= 5:
        return names
    return _("{names} and {count} more").format(names=names, count=len(models) - 5)


def _print(message: str) -> None:
    sys.stdout.write(f"{message}\n")
