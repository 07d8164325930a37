"""Runs `tui-chat setup`."""

from __future__ import annotations

import asyncio
import shlex
import sys
from typing import TYPE_CHECKING, Any, Final

from tui_chat.cli.doctor.report import Report
from tui_chat.cli.setup.prompts import Prompts
from tui_chat.config.api_key import LARGEST_KEY
from tui_chat.config.base_url import checked_base_url
from tui_chat.config.keyring.system_keyring import keyring_notice
from tui_chat.config.offline import require_offline
from tui_chat.config.setup.endpoint_kinds import (
    AZURE_API_VERSION,
    OTHER,
    azure_fields,
    endpoint_kinds,
    find_kind,
    free_name,
    name_for,
)
from tui_chat.config.setup.profile_entry import (
    ProfileEntry,
    checked_name,
    remove_profile,
    save_profile,
    shares_key,
)
from tui_chat.core.errors import ConfigError
from tui_chat.core.labels import _
from tui_chat.core.profile import Secret
from tui_chat.core.text.cell_width import padded
from tui_chat.core.text.sanitize import sanitize_line
from tui_chat.providers.http.plain_http import is_exposed
from tui_chat.session.endpoint_check.check_endpoint import check_endpoint

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Sequence

    from tui_chat.config.setup.endpoint_kinds import EndpointKind
    from tui_chat.core.profile import Profile
    from tui_chat.core.stream_events import ModelInfo
    from tui_chat.session.launch import Launch

SAVED: Final = 0
FAILED: Final = 1
_MAX_MODELS: Final = 40


def run_setup(options: Namespace, launch: Launch) -> int:
    """Run the command and return the exit status.

    Raises:
        ConfigError: An answer is missing or invalid, or a file cannot be written.
    """
    given = vars(options)
    prompts = Prompts(is_silent=given.get("yes", False))
    if given.get("vendors"):
        for kind in endpoint_kinds():
            prompts.say(f"{kind.id:<18} {padded(kind.label, 36)} {kind.base_url}".rstrip())
        return SAVED
    if given.get("lists"):
        _list_profiles(launch, prompts)
        return SAVED
    if "remove" in given:
        return _remove(given["remove"], launch, prompts)
    try:
        return Setup(given, launch, prompts).run()
    except KeyboardInterrupt:
        prompts.say(_("\nNothing was saved."))
        raise


class Setup:
    """Asks for one endpoint step by step; flags answer in place of the user."""

    def __init__(self, given: dict[str, Any], launch: Launch, prompts: Prompts) -> None:
        self._given = given
        self._launch = launch
        self._prompts = prompts

    def run(self) -> int:
        """Add the endpoint and return the exit status."""
        kind = self._kind()
        fields = self._fields(kind)
        base_url = str(fields["base_url"])
        name = self._name(kind, base_url)
        key, variable = self._key(kind)
        if (key or variable) and not self._may_send(base_url):
            return FAILED
        if (key or variable) and is_exposed(base_url):
            fields["insecure"] = True
        entry = ProfileEntry(name, fields, key, variable)
        profile = entry.profile(self._launch.paths, self._launch.env, None)
        models: Sequence[ModelInfo] = ()
        if not self._given.get("no_check"):
            is_passed, models = self._check(profile)
            if not is_passed and not self._prompts.confirm(_("Save it anyway?"), default=False):
                self._prompts.say(_("Nothing was saved. --no-check saves without testing."))
                return FAILED
        if not kind.is_azure:
            model = self._model(kind, models)
            entry = ProfileEntry(name, {**fields, "model": model or None}, key, variable)
        self._save(entry)
        return SAVED

    def _kind(self) -> EndpointKind:
        if "vendor" in self._given:
            return find_kind(self._given["vendor"])
        if "setup_url" in self._given:
            return find_kind(OTHER)
        kinds = endpoint_kinds()
        chosen = self._prompts.choose(
            _("Endpoint"), "--vendor NAME", [(kind.id, kind.label) for kind in kinds]
        )
        return find_kind(chosen)

    def _fields(self, kind: EndpointKind) -> dict[str, Any]:
        given, ask = self._given, self._prompts.ask
        if kind.is_azure:
            resource = given.get("setup_url") or ask(_("Azure resource (name or URL)"), "--url URL")
            deployment = given.get("deployment") or ask(_("Deployment"), "--deployment NAME")
            version = given.get("api_version") or ask(
                _("API version"), "--api-version VERSION", default=AZURE_API_VERSION
            )
            return dict(azure_fields(resource, deployment, version))
        url = given.get("setup_url") or kind.base_url
        if not url:
            url = ask(_("Base URL"), "--url URL", check=lambda text: checked_base_url(text, "URL"))
        fields: dict[str, Any] = {"base_url": checked_base_url(url, "--url")}
        if model := given.get("setup_model") or kind.model:
            fields["model"] = model
        return fields

    def _name(self, kind: EndpointKind, base_url: str) -> str:
        settings, given = self._launch.settings, self._given.get("setup_name")
        taken = {} if self._given.get("replace") else settings.profiles
        usual = free_name(name_for(kind, base_url), taken)
        old = (given or usual) if self._given.get("replace") else None
        if given is not None:
            return checked_name(given, settings, old=old)
        answer = self._prompts.ask(
            _("Name of the profile"),
            "--name NAME",
            default=usual,
            check=lambda text: checked_name(text, settings, old=old),
        )
        return checked_name(answer, settings, old=old)

    def _key(self, kind: EndpointKind) -> tuple[Secret | None, str]:
        """Return a key to store, or the variable that holds it."""
        given = self._given
        if given.get("no_key"):
            return None, ""
        if "key_env" in given:
            return None, given["key_env"].strip().removeprefix("$")
        if given.get("key_stdin"):
            key = Secret(sys.stdin.buffer.readline(LARGEST_KEY).decode("utf-8", "replace").strip())
            if not key:
                raise ConfigError(_("Standard input has no key."), _("Write the key to it."))
            return key, ""
        is_set = bool(self._launch.env.get(kind.key_variable, "").strip())
        text = _("{variable} is set. Read the key from there?").format(variable=kind.key_variable)
        if is_set and self._prompts.confirm(text, default=True):
            return None, kind.key_variable
        if self._prompts.can_ask:
            if kind.keys_page:
                self._prompts.say(_("Keys: {page}").format(page=kind.keys_page))
            key = self._prompts.secret(_("API key (not shown; empty for none)"))
            return key or None, ""
        if kind.needs_key and kind.id != OTHER:
            raise ConfigError(
                _("The key is not given."), _("Add --key-stdin, --key-env VARIABLE or --no-key.")
            )
        return None, ""

    def _may_send(self, base_url: str) -> bool:
        """Return whether the key may be sent; unencrypted only if the user allows it."""
        if not is_exposed(base_url) or self._given.get("setup_insecure"):
            return True
        self._prompts.say(
            _("This URL is plain http: anyone on the network could read your key and messages.")
        )
        if self._prompts.confirm(_("Allow it?"), default=False):
            return True
        self._prompts.say(_("Nothing was sent or saved. Use https, or allow it with --insecure."))
        return False

    def _check(self, profile: Profile) -> tuple[bool, Sequence[ModelInfo]]:
        if self._launch.is_offline:
            profile = require_offline(profile)
        report = Report(sys.stdout, self._launch.env)
        models = asyncio.run(check_endpoint(profile, self._launch.env, report))
        return report.is_passed, models

    def _model(self, kind: EndpointKind, models: Sequence[ModelInfo]) -> str:
        wanted = self._given.get("setup_model") or kind.model or ""
        if "setup_model" in self._given or not self._prompts.can_ask or not models:
            return wanted
        names = [sanitize_line(model.id, 100) for model in models]
        for number, name in enumerate(names[:_MAX_MODELS], 1):
            self._prompts.say(f"{number:>4}  {name}")
        if len(names) > _MAX_MODELS:
            self._prompts.say(_("      … Enter a part of a name to see the others."))
        while True:
            default = wanted if wanted in names else names[0]
            answer = self._prompts.ask(_("Model"), "--model ID", default=default)
            if answer.isdecimal() and 0 < int(answer) <= len(names):
                return names[int(answer) - 1]
            matches = [name for name in names if answer.casefold() in name.casefold()]
            if answer in names or not matches:
                return answer
            if len(matches) == 1:
                return matches[0]
            self._prompts.say("\n".join(matches[:_MAX_MODELS]))

    def _save(self, entry: ProfileEntry) -> None:
        is_default = True if self._given.get("default") else None
        is_default = False if self._given.get("no_default") else is_default
        paths = self._launch.paths
        if entry.key is not None:
            self._prompts.say(keyring_notice())
        saved = save_profile(
            paths,
            entry,
            self._launch.env,
            is_default=is_default,
            replaces=self._given.get("replace", False),
        )
        say = self._prompts.say
        if saved.words:
            say(saved.words)
        say(_("Saved profile “{name}” in {path}.").format(name=entry.name, path=paths.config_file))
        if saved.is_default:
            say(_("New conversations use it. To start: tui-chat"))
        else:
            say(
                _("To use it: tui-chat --profile {name} (or Ctrl+L in the chat)").format(
                    name=shlex.quote(entry.name)
                )
            )


def _list_profiles(launch: Launch, prompts: Prompts) -> None:
    settings = launch.settings
    for name, profile in settings.profiles.items():
        mark = "*" if name == settings.profile else " "
        text = _("{name} {host}, model {model}, key: {source}")
        prompts.say(
            f"{mark} "
            + text.format(
                name=padded(sanitize_line(name, 40), 20),
                host=profile.host,
                model=profile.model or _("the first it lists"),
                source=sanitize_line(str(profile.key)),
            )
        )
    if not settings.profiles:
        prompts.say(_("No profiles. To add one: tui-chat setup"))


def _remove(name: str, launch: Launch, prompts: Prompts) -> int:
    settings = launch.settings
    if name not in settings.profiles:
        raise ConfigError(
            _("There is no profile “{name}”.").format(name=sanitize_line(name, 60)),
            _("To list them: tui-chat setup --list"),
        )
    question = _("Remove the profile “{name}” and its stored key?").format(name=name)
    if not prompts.confirm(question, default=True):
        prompts.say(_("Nothing was changed."))
        return FAILED
    source = settings.profiles[name].key
    saved = remove_profile(
        launch.paths, name, source, launch.env, keeps_key=shares_key(settings, name)
    )
    text = _("Removed profile “{name}”. The previous file is {path}.bak.")
    prompts.say(text.format(name=name, path=launch.paths.config_file))
    if saved.words:
        prompts.say(saved.words)
    return SAVED
