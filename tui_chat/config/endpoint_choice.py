"""Chooses the endpoint: flags override environment, file and defaults, in this order.

The choice is a profile named by flag, by TUI_CHAT_PROFILE or by the file; else OPENAI_API_KEY or
OPENAI_BASE_URL in the environment; else the embedded model; else none.

Three rules keep a key at its origin:

- OPENAI_API_KEY is sent to the origin of OPENAI_BASE_URL, or to OpenAI if that is unset.
- A profile of the file uses its own key source, at its own origin.
- `--base-url` with another origin drops key, headers and cancel request.

OPENAI_MODEL applies to the endpoint of the environment and to a `--base-url` without a profile. It
does not apply to profiles of the file and to the embedded model, which have other models.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from functools import partial
from typing import TYPE_CHECKING, Final

from tui_chat.config.base_url import checked_address, is_same_origin
from tui_chat.config.found_profiles import key_profiles, server_profiles, without_duplicates
from tui_chat.config.problems import dotted, nearest, quoted
from tui_chat.core.errors import ConfigError
from tui_chat.core.labels import _, join_list, ngettext
from tui_chat.core.profile import OPENAI_BASE_URL, KeySource, Origin, Profile, host_and_port
from tui_chat.core.text.sanitize import sanitize_line

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from tui_chat.config.problems import ConfigProblem
    from tui_chat.config.settings import Settings

EMBEDDED_NAMES: Final = ("local", "embedded")
"""Aliases of the embedded model."""
ENVIRONMENT_NAMES: Final = ("environment", "openai")
"""Aliases of the endpoint of the environment."""

_KEY: Final = "OPENAI_API_KEY"
_BASE_URL: Final = "OPENAI_BASE_URL"
_MODEL: Final = "OPENAI_MODEL"
_PROFILE: Final = "TUI_CHAT_PROFILE"
_MAX_LISTED: Final = 12


@dataclass(frozen=True, slots=True)
class EndpointOverrides:
    """The flags; None if a flag is not given."""

    profile: str | None = None
    model: str | None = None
    base_url: str | None = None
    system: str | None = None
    """Empty: no system prompt."""
    stream: bool | None = None
    is_insecure: bool = False
    """True if keys may be sent unencrypted (`--insecure`)."""


class ChosenBy(StrEnum):
    """The source that chose the endpoint."""

    FLAG = "flag"
    ENVIRONMENT = "environment"
    DEFAULT = "default"
    """The configuration file, or the embedded model without a configuration."""


@dataclass(frozen=True, slots=True)
class EndpointChoice:
    """The chosen endpoint, or the reason why there is none."""

    profile: Profile | None
    reason: str
    """The source of the choice, for the user; never a key."""
    problem: ConfigError | None = None
    chosen_by: ChosenBy = ChosenBy.DEFAULT


def choose_profile(
    settings: Settings,
    env: Mapping[str, str],
    overrides: EndpointOverrides | None = None,
    *,
    embedded: Profile | None,
) -> EndpointChoice:
    """Return the endpoint that flags, environment and file select.

    Args:
        settings: The settings of the file.
        env: The environment; an empty or blank variable counts as unset.
        overrides: The flags.
        embedded: The profile of the embedded model, if it is installed.
    """
    flags = overrides or EndpointOverrides()
    embedded = _with_engine_settings(embedded, settings)
    try:
        profile, reason = _endpoint(settings, env, flags, embedded)
        if profile is None:
            return EndpointChoice(None, reason)
        profile = _with_flags(_with_consent(profile, settings), flags)
        return EndpointChoice(profile, reason, chosen_by=_chosen_by(settings, env, flags))
    except ConfigError as error:
        return EndpointChoice(None, error.summary, error)


def _chosen_by(settings: Settings, env: Mapping[str, str], flags: EndpointOverrides) -> ChosenBy:
    """Return the source of the endpoint that `_endpoint` returns."""
    if (flags.profile and flags.profile.strip()) or flags.base_url:
        return ChosenBy.FLAG
    is_named_by_file = bool(settings.profile) and not _value(env, _PROFILE)
    variables = (_PROFILE, _KEY, _BASE_URL)
    if not is_named_by_file and any(_value(env, variable) for variable in variables):
        return ChosenBy.ENVIRONMENT
    return ChosenBy.DEFAULT


def all_profiles(
    settings: Settings, env: Mapping[str, str], embedded: Profile | None
) -> list[Profile]:
    """Return all profiles: of the file, of the environment, and of the embedded model.

    Their names are unique. A key under a vendor's usual name gives a profile, unless another one
    has its name or its address.
    """
    profiles = [_with_consent(profile, settings) for profile in settings.profiles.values()]
    taken = set(settings.profiles)
    try:
        from_environment = _environment_profile(settings, env)
    except ConfigError:
        # Reported when it is chosen; the list has only usable profiles.
        from_environment = None
    for profile, names in (
        (from_environment, ENVIRONMENT_NAMES),
        (_with_engine_settings(embedded, settings), EMBEDDED_NAMES),
    ):
        if profile is None:
            continue
        named = _with_free_name(_with_consent(profile, settings), names, settings, taken)
        if named.name not in taken:
            taken.add(named.name)
            profiles.append(named)
    found = without_duplicates(key_profiles(settings, env), profiles, partial(_is_taken, settings))
    return [*profiles, *found]


def find_profile(
    name: str, settings: Settings, env: Mapping[str, str], embedded: Profile | None
) -> Profile:
    """Return the profile with a name.

    Raises:
        ConfigError: The profile is unknown or broken; the error suggests the closest name.
    """
    broken = _broken(name, settings)
    if broken is not None:
        text = _("The profile “{profile}” cannot be used. {reason}")
        raise ConfigError(text.format(profile=quoted(name), reason=broken.summary), broken.hint)
    profiles = {profile.name: profile for profile in all_profiles(settings, env, embedded)}
    if name in profiles:
        return profiles[name]
    if name in ENVIRONMENT_NAMES:
        profile = _environment_profile(settings, env)
        if profile is None:
            raise ConfigError(
                _("The profile “{profile}” needs OPENAI_API_KEY or OPENAI_BASE_URL.").format(
                    profile=name
                ),
                _("Set OPENAI_API_KEY, or choose another profile."),
            )
        return profile
    if name in EMBEDDED_NAMES:
        if embedded is None:
            raise ConfigError(
                _(
                    "The profile “{profile}” needs the embedded model, which is not installed."
                ).format(profile=name),
                _("Install it, or choose another profile."),
            )
        return _with_engine_settings(embedded, settings) or embedded
    for profile in without_duplicates(server_profiles(settings), profiles.values()):
        if profile.name == name:
            return profile
    raise _unknown_profile(name, [*profiles])


def _endpoint(
    settings: Settings, env: Mapping[str, str], flags: EndpointOverrides, embedded: Profile | None
) -> tuple[Profile | None, str]:
    name, source = _requested_name(settings, env, flags)
    if name:
        try:
            profile = find_profile(name, settings, env, embedded)
        except ConfigError as error:
            text = _("{error} It is set by {source}.").format(error=error.summary, source=source)
            raise ConfigError(text, error.hint) from None
        reason = _("set by {source}").format(source=source)
        return _moved(profile, flags.base_url, source) if flags.base_url else (profile, reason)
    if flags.base_url:
        return _from_flag(flags.base_url, settings, env)
    from_environment = _environment_profile(settings, env)
    if from_environment is not None:
        variable = _BASE_URL if _value(env, _BASE_URL) else _KEY
        named = _with_free_name(from_environment, ENVIRONMENT_NAMES, settings)
        return named, _("{variable} is set in the environment").format(variable=variable)
    if embedded is not None:
        named = _with_free_name(embedded, EMBEDDED_NAMES, settings)
        return named, _("no other endpoint is configured, so the embedded model answers")
    return None, _("no profile, no OPENAI_API_KEY or OPENAI_BASE_URL, and no embedded model")


def _with_engine_settings(embedded: Profile | None, settings: Settings) -> Profile | None:
    """Return the profile of the embedded model with the settings of [engine] and [timeouts]."""
    if embedded is None:
        return None
    given = settings.engine.sampling
    set_fields = {name: getattr(given, name) for name in given.as_body()}
    sampling = replace(embedded.sampling, **set_fields)
    body = {**embedded.extra_body, **settings.engine.extra_body}
    return replace(embedded, sampling=sampling, extra_body=body, timeouts=settings.timeouts)


def _with_consent(profile: Profile, settings: Settings) -> Profile:
    """Return a profile with the consent of `insecure_hosts` applied."""
    if profile.host and profile.host in settings.insecure_hosts:
        return replace(profile, is_insecure=True)
    return profile


def _with_free_name(
    profile: Profile, names: tuple[str, ...], settings: Settings, taken: Collection[str] = ()
) -> Profile:
    """Return a profile with a name that no profile of the file has."""
    for name in (profile.name, *names):
        # The name of a broken profile must not select another endpoint.
        is_free = name not in taken and name not in settings.profiles
        if is_free and _broken(name, settings) is None:
            return replace(profile, name=name)
    return profile


def _requested_name(
    settings: Settings, env: Mapping[str, str], flags: EndpointOverrides
) -> tuple[str, str]:
    """Return the requested profile name and its source; both empty without a request."""
    if flags.profile and flags.profile.strip():
        return flags.profile.strip(), "--profile"
    from_environment = _value(env, _PROFILE)
    if from_environment:
        return from_environment, _PROFILE
    if settings.profile:
        return settings.profile, _("the configuration")
    return "", ""


def _environment_profile(settings: Settings, env: Mapping[str, str]) -> Profile | None:
    """Return the endpoint of the OPENAI_ variables, if one is set.

    Raises:
        ConfigError: OPENAI_BASE_URL is invalid.
    """
    key, url = _value(env, _KEY), _value(env, _BASE_URL)
    if not key and not url:
        return None
    base_url, query = checked_address(url or OPENAI_BASE_URL, _BASE_URL)
    return Profile(
        name=_name_for(base_url),
        base_url=base_url,
        query=query,
        model=sanitize_line(_value(env, _MODEL)) or None,
        key=KeySource(env=_KEY) if key else KeySource(),
        timeouts=settings.timeouts,
    )


def _from_flag(url: str, settings: Settings, env: Mapping[str, str]) -> tuple[Profile, str]:
    """Return the endpoint of a --base-url without a profile."""
    base_url, query = checked_address(url, "--base-url")
    has_key = bool(_value(env, _KEY))
    sends_key = has_key and is_same_origin(base_url, _value(env, _BASE_URL) or OPENAI_BASE_URL)
    reason = _("set by --base-url")
    if has_key and not sends_key:
        reason = (
            _("set by --base-url; OPENAI_API_KEY is not sent, it belongs to OPENAI_BASE_URL")
            if _value(env, _BASE_URL)
            else _("set by --base-url; OPENAI_API_KEY is not sent, it belongs to OpenAI")
        )
    profile = Profile(
        name=_name_for(base_url),
        base_url=base_url,
        query=query,
        model=sanitize_line(_value(env, _MODEL)) or None,
        key=KeySource(env=_KEY) if sends_key else KeySource(),
        timeouts=settings.timeouts,
    )
    return profile, reason


def _moved(profile: Profile, url: str, source: str) -> tuple[Profile, str]:
    """Return a profile with the base URL of the flag; secrets stay at their origin."""
    base_url, query = checked_address(url, "--base-url")
    reason = _("set by {source}, with the URL of --base-url").format(source=source)
    if not profile.is_embedded and is_same_origin(base_url, profile.base_url):
        query = {**profile.query, **query}
        return replace(profile, base_url=base_url, query=query), reason
    dropped = [
        setting
        for setting, is_set in (
            (_("key"), profile.key != KeySource()),
            (_("headers"), bool(profile.headers)),
            (_("query"), bool(profile.query)),
            (_("cancel request"), profile.cancel is not None),
            ("verify = false", not profile.verify),
            ("insecure = true", profile.is_insecure),
        )
        if is_set
    ]
    if dropped:
        text = _(
            "set by {source}, with the URL of --base-url, which is another host; not used there: "
            "{settings}"
        )
        reason = text.format(source=source, settings=join_list(dropped))
    moved = replace(
        profile,
        base_url=base_url,
        key=KeySource(),
        headers={},
        query=query,
        key_header=None,
        cancel=None,
        verify=True,
        is_insecure=False,
        is_embedded=False,
        origin=Origin.CONFIGURED,
    )
    return moved, reason


def _with_flags(profile: Profile, flags: EndpointOverrides) -> Profile:
    if flags.model and flags.model.strip():
        profile = replace(profile, model=sanitize_line(flags.model))
    if flags.system is not None:
        profile = replace(profile, system_prompt=flags.system)
    if flags.stream is not None:
        profile = replace(profile, stream=flags.stream)
    if flags.is_insecure:
        profile = replace(profile, is_insecure=True)
    return profile


def _is_taken(settings: Settings, name: str) -> bool:
    """Return whether the file has a profile with a name, usable or not."""
    return name in settings.profiles or _broken(name, settings) is not None


def _broken(name: str, settings: Settings) -> ConfigProblem | None:
    """Return the problem of a profile that is in the file but unusable."""
    if name in settings.profiles:
        return None
    table = dotted(["profiles", name])
    for problem in settings.problems:
        if problem.key in {table, f"{table}.base_url"}:
            return problem
    return None


def _unknown_profile(name: str, names: list[str]) -> ConfigError:
    text = _("Unknown profile “{profile}”.").format(profile=quoted(name))
    if not names:
        return ConfigError(text, _("Add a profile to the configuration."))
    listed = [quoted(known) for known in names[:_MAX_LISTED]]
    if (more := len(names) - _MAX_LISTED) > 0:
        listed.append(ngettext("{count} more", "{count} more", more))
    guess = nearest(name, names)
    hint = (
        _("Did you mean “{profile}”? Profiles: {profiles}.")
        if guess
        else _("Profiles: {profiles}.")
    )
    return ConfigError(text, hint.format(profile=quoted(guess or ""), profiles=join_list(listed)))


def _name_for(base_url: str) -> str:
    if is_same_origin(base_url, OPENAI_BASE_URL):
        return "openai"
    return host_and_port(base_url) or "environment"


def _value(env: Mapping[str, str], variable: str) -> str:
    return env.get(variable, "").strip()
