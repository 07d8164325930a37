"""The endpoint behind the gateway: a profile with its key, or the embedded model."""

from __future__ import annotations

import asyncio
import os
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from tui_chat.config.api_key import read_key
from tui_chat.config.endpoint_choice import choose_profile
from tui_chat.config.offline import require_offline
from tui_chat.core.errors import ConfigError, TuiChatError
from tui_chat.core.labels import _
from tui_chat.core.parameters.effort import EFFORT_FIELDS
from tui_chat.core.parameters.parameters import effort_fields
from tui_chat.providers.endpoint import Endpoint
from tui_chat.providers.http.headers import secrets_of
from tui_chat.providers.http.plain_http import check_encrypted
from tui_chat.session.endpoints.embedded_model import find_engine
from tui_chat.session.log_file import redact_in_log

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tui_chat.core.profile import Profile, Secret
    from tui_chat.core.stream_events import ModelInfo
    from tui_chat.local_model.supervisor import Engine
    from tui_chat.session.launch import Launch

_LIST_KEPT_S: Final = 60.0
"""Cache time of the list of models, which many clients request at each start."""

_FAILURE_KEPT_S: Final = 5.0


class Upstream:
    """The endpoint of the gateway, opened on demand.

    Attributes:
        profile: The profile of the endpoint; that of the embedded model has no address.
    """

    def __init__(self, profile: Profile, key: Secret | None, engine: Engine | None = None) -> None:
        """Create the upstream; nothing is sent yet.

        Args:
            profile: The profile of the endpoint.
            key: The key, which clients never receive.
            engine: Runs the embedded model if the profile is for it.
        """
        self.profile = profile
        self._key = key
        self._engine = engine
        self._opening = asyncio.Lock()
        self._endpoint: Endpoint | None = None
        self._listing = asyncio.Lock()
        self._models: list[ModelInfo] = []
        self._listed_at = -_LIST_KEPT_S
        self._list_failure: TuiChatError | None = None

    def start(self) -> None:
        """Start the embedded model, if the profile is for it."""
        if self._engine is not None:
            self._engine.start()

    async def endpoint(self) -> Endpoint:
        """Return the open endpoint.

        Raises:
            ConfigError: A certificate file or a proxy setting is unusable.
            EngineError: The embedded model cannot run.
            KeyRefused: The key contains a character that cannot be sent.
        """
        profile, key = self.profile, self._key
        if self._engine is not None:
            # After a crash, the model runs at another address.
            self._engine.start()
            address = await self._engine.address()
            profile, key = replace(profile, base_url=address.base_url), address.token
        async with self._opening:
            if self._endpoint is not None and self._endpoint.profile == profile:
                return self._endpoint
            if self._endpoint is not None:
                await self._endpoint.aclose()
            for secret in secrets_of(profile, key, os.environ):
                redact_in_log(secret)
            self._endpoint = await asyncio.to_thread(Endpoint, profile, key, is_relayed=True)
            return self._endpoint

    async def models(self) -> list[ModelInfo]:
        """Return the models of the endpoint, cached for a minute; a failure for some seconds.

        Raises:
            TuiChatError: The request failed.
        """
        async with self._listing:
            age_s = time.monotonic() - self._listed_at
            if self._list_failure is not None and age_s < _FAILURE_KEPT_S:
                raise self._list_failure
            if self._list_failure is not None or age_s >= _LIST_KEPT_S:
                try:
                    self._models = await (await self.endpoint()).models()
                    self._list_failure = None
                except TuiChatError as error:
                    self._list_failure = error
                    raise
                finally:
                    self._listed_at = time.monotonic()
            return self._models

    def body(self, fields: dict[str, Any], model: str) -> dict[str, Any]:
        """Return the body to send: the client's fields override those of the profile."""
        defaults = self.profile.sampling.as_body()
        if not any(name in fields for name in (*EFFORT_FIELDS, "chat_template_kwargs")):
            defaults |= effort_fields(self.profile, self.profile.effort)
        if "max_completion_tokens" in fields:
            defaults.pop("max_tokens", None)
        return {**defaults, **self.profile.extra_body, **fields, "model": model}

    async def aclose(self) -> None:
        """Close the connections and stop the embedded model."""
        if self._endpoint is not None:
            await self._endpoint.aclose()
        if self._engine is not None:
            await self._engine.aclose()


async def open_upstreams(launch: Launch, names: Sequence[str]) -> dict[str, Upstream]:
    """Return the upstreams of several profiles, by the names that clients see.

    Args:
        launch: Selects the profile if none is named.
        names: Names of profiles, each as NAME or NAME=SHOWN.

    Raises:
        ConfigError: A profile is unknown or unusable, or a name is used twice.
    """
    if len(names) > 1 and {"model", "base_url"} & set(launch.flags):
        raise ConfigError(
            _("--model and --base-url belong to one profile, but several are given."),
            _("Set them in the profiles of config.toml."),
        )
    upstreams: dict[str, Upstream] = {}
    for name in names or [""]:
        profile, _equals, shown = name.partition("=")
        flags = {**launch.flags, "profile": profile} if profile else launch.flags
        upstream = await open_upstream(replace(launch, flags=flags))
        shown = shown or upstream.profile.name
        if shown in upstreams:
            raise ConfigError(
                _("Two profiles are named “{name}”.").format(name=shown),
                _("Give one of them another name: --profile NAME=OTHER"),
            )
        upstreams[shown] = upstream
    return upstreams


async def open_upstream(launch: Launch) -> Upstream:
    """Return the upstream that flags, environment and configuration select.

    Raises:
        ConfigError: No endpoint is configured, or its key cannot be read.
    """
    found = await asyncio.to_thread(find_engine, launch)
    choice = choose_profile(launch.settings, launch.env, launch.overrides, embedded=found.profile)
    if choice.problem is not None:
        raise choice.problem
    if choice.profile is None:
        summary = _("There is no endpoint to forward to: {reason}.").format(reason=choice.reason)
        raise ConfigError(summary, found.notice or found.problem)
    profile = require_offline(choice.profile) if launch.is_offline else choice.profile
    if profile.is_embedded:
        return Upstream(profile, None, found.engine)
    key = await asyncio.to_thread(read_key, profile, launch.env)
    check_encrypted(profile, key)
    return Upstream(profile, key)
