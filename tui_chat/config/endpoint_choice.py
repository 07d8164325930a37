"""Which endpoint a person means: flags over environment over file over defaults, and why.

A profile named by flag, by TUI_CHAT_PROFILE or by the file; else OPENAI_API_KEY or OPENAI_BASE_URL
in the environment; else the embedded model; else none.

Three rules hold the keys where they belong:

- OPENAI_API_KEY goes to the origin of OPENAI_BASE_URL, or to OpenAI's own when that is unset.
- A profile of the file uses its own key source, at its own origin.
- `--base-url` to another origin leaves key, headers and cancel request behind.

OPENAI_MODEL names a model of the environment's endpoint, or of a `--base-url` that stands alone. It
does not reach the profiles of the file and the embedded model, which would not know it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from tui_chat.config.base_url import checked_base_url, is_same_origin
from tui_chat.config.problems import dotted, lower_first, nearest, quoted
from tui_chat.core.errors import ConfigError
from tui_chat.core.profile import OPENAI_BASE_URL, KeySource, Profile, host_and_port
from tui_chat.core.text.sanitize import sanitize_line

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from tui_chat.config.problems import ConfigProblem
    from tui_chat.config.settings import Settings

EMBEDDED_NAMES: Final = ("local", "embedded")
"""The names by which the embedded model can be chosen, beside its own."""
ENVIRONMENT_NAMES: Final = ("environment", "openai")
"""The names by which the endpoint of the environment can be chosen, beside its own."""

_KEY: Final = "OPENAI_API_KEY"
_BASE_URL: Final = "OPENAI_BASE_URL"
_MODEL: Final = "OPENAI_MODEL"
_PROFILE: Final = "TUI_CHAT_PROFILE"
_MOST_LISTED: Final = 12


@dataclass(frozen=True, slots=True)
class EndpointOverrides:
    """What the flags say; None where they say nothing."""

    profile: str | None = None
    model: str | None = None
    base_url: str | None = None
    system: str | None = None
    """An empty text: no system prompt."""
    stream: bool | None = None
    is_insecure: bool = False
    """Whether secrets may travel unencrypted (`--insecure`)."""


class AskedBy(StrEnum):
    """The source that asks for an endpoint."""

    FLAG = "flag"
    ENVIRONMENT = "environment"
    DEFAULT = "default"
    """The configuration file, or the embedded model where nothing is configured."""


@dataclass(frozen=True, slots=True)
class EndpointChoice:
    """The endpoint that is taken, or why there is none."""

    profile: Profile | None
    why: str
    """What decided, in words for a person; never a key."""
    problem: ConfigError | None = None
    asked_by: AskedBy = AskedBy.DEFAULT


def choose_profile(
    settings: Settings,
    env: Mapping[str, str],
    overrides: EndpointOverrides | None = None,
    *,
    embedded: Profile | None,
) -> EndpointChoice:
    """Return the endpoint that flags, environment and file mean.

    Args:
        settings: What the file says.
        env: The environment; an empty or blank variable counts as unset.
        overrides: What the flags say.
        embedded: The model that runs on this machine, if there is one.
    """
    flags = overrides or EndpointOverrides()
    embedded = _as_set(embedded, settings)
    try:
        profile, why = _endpoint(settings, env, flags, embedded)
        if profile is None:
            return EndpointChoice(None, why)
        profile = _with_flags(_as_allowed(profile, settings), flags)
        return EndpointChoice(profile, why, asked_by=_asked_by(settings, env, flags))
    except ConfigError as error:
        return EndpointChoice(None, error.summary, error)


def _asked_by(settings: Settings, env: Mapping[str, str], flags: EndpointOverrides) -> AskedBy:
    """Return the source that asks for the endpoint which `_endpoint` returns."""
    if (flags.profile and flags.profile.strip()) or flags.base_url:
        return AskedBy.FLAG
    is_named_by_file = bool(settings.profile) and not _value(env, _PROFILE)
    variables = (_PROFILE, _KEY, _BASE_URL)
    if not is_named_by_file and any(_value(env, variable) for variable in variables):
        return AskedBy.ENVIRONMENT
    return AskedBy.DEFAULT


def all_profiles(
    settings: Settings, env: Mapping[str, str], embedded: Profile | None
) -> list[Profile]:
    """Return every profile that can be chosen: the file's, the environment's, the embedded one.

    No two have the same name.
    """
    profiles = [_as_allowed(profile, settings) for profile in settings.profiles.values()]
    taken = set(settings.profiles)
    try:
        from_environment = _environment_profile(settings, env)
    except ConfigError:
        # Told when it is chosen; a list shows what works.
        from_environment = None
    for profile, names in (
        (from_environment, ENVIRONMENT_NAMES),
        (_as_set(embedded, settings), EMBEDDED_NAMES),
    ):
        if profile is None:
            continue
        named = _with_free_name(_as_allowed(profile, settings), names, settings, taken)
        if named.name not in taken:
            taken.add(named.name)
            profiles.append(named)
    return profiles


def find_profile(
    name: str, settings: Settings, env: Mapping[str, str], embedded: Profile | None
) -> Profile:
    """Return the profile of a name.

    Raises:
        ConfigError: There is none; it names the nearest and lists all.
    """
    broken = _broken(name, settings)
    if broken is not None:
        what = f"The profile “{quoted(name)}” cannot be used: {lower_first(broken.summary)}"
        raise ConfigError(what, broken.hint)
    profiles = {profile.name: profile for profile in all_profiles(settings, env, embedded)}
    if name in profiles:
        return profiles[name]
    if name in ENVIRONMENT_NAMES:
        profile = _environment_profile(settings, env)
        if profile is None:
            raise ConfigError(
                f"The profile “{name}” needs {_KEY} or {_BASE_URL} in the environment.",
                f"Set {_KEY}, or choose another profile.",
            )
        return profile
    if name in EMBEDDED_NAMES:
        if embedded is None:
            raise ConfigError(
                f"The profile “{name}” needs the embedded model, and it is not installed.",
                "Install it, or choose another profile.",
            )
        return _as_set(embedded, settings) or embedded
    raise _unknown_profile(name, [*profiles])


def _endpoint(
    settings: Settings, env: Mapping[str, str], flags: EndpointOverrides, embedded: Profile | None
) -> tuple[Profile | None, str]:
    name, namer = _named(settings, env, flags)
    if name:
        try:
            profile = find_profile(name, settings, env, embedded)
        except ConfigError as error:
            raise ConfigError(f"{error.summary} It is named by {namer}.", error.hint) from None
        why = f"named by {namer}"
        return _moved(profile, flags.base_url, why) if flags.base_url else (profile, why)
    if flags.base_url:
        return _from_flag(flags.base_url, settings, env)
    from_environment = _environment_profile(settings, env)
    if from_environment is not None:
        variable = _BASE_URL if _value(env, _BASE_URL) else _KEY
        named = _with_free_name(from_environment, ENVIRONMENT_NAMES, settings)
        return named, f"{variable} is set in the environment"
    if embedded is not None:
        named = _with_free_name(embedded, EMBEDDED_NAMES, settings)
        return named, "nothing else is configured, so the embedded model answers"
    return None, "no profile, no OPENAI_API_KEY or OPENAI_BASE_URL, and no embedded model"


def _as_set(embedded: Profile | None, settings: Settings) -> Profile | None:
    """Return the embedded model's profile with the settings of [engine] and [timeouts]."""
    if embedded is None:
        return None
    given = settings.engine.sampling
    set_fields = {name: getattr(given, name) for name in given.as_body()}
    sampling = replace(embedded.sampling, **set_fields)
    return replace(embedded, sampling=sampling, timeouts=settings.timeouts)


def _as_allowed(profile: Profile, settings: Settings) -> Profile:
    """Return a profile with what the user allowed for its host in `insecure_hosts`."""
    if profile.host and profile.host in settings.insecure_hosts:
        return replace(profile, is_insecure=True)
    return profile


def _with_free_name(
    profile: Profile, names: tuple[str, ...], settings: Settings, taken: Collection[str] = ()
) -> Profile:
    """Return a profile under a name that no profile of the file has."""
    for name in (profile.name, *names):
        # The name of a broken profile stays its own: it must not come to mean another endpoint.
        is_free = name not in taken and name not in settings.profiles
        if is_free and _broken(name, settings) is None:
            return replace(profile, name=name)
    return profile


def _named(settings: Settings, env: Mapping[str, str], flags: EndpointOverrides) -> tuple[str, str]:
    """Return the name that is asked for and who asks; both empty if nobody does."""
    if flags.profile and flags.profile.strip():
        return flags.profile.strip(), "--profile"
    from_environment = _value(env, _PROFILE)
    if from_environment:
        return from_environment, _PROFILE
    if settings.profile:
        return settings.profile, "the configuration"
    return "", ""


def _environment_profile(settings: Settings, env: Mapping[str, str]) -> Profile | None:
    """Return the endpoint of the OPENAI_ variables, if one is set.

    Raises:
        ConfigError: OPENAI_BASE_URL is wrong.
    """
    key, url = _value(env, _KEY), _value(env, _BASE_URL)
    if not key and not url:
        return None
    base_url = checked_base_url(url, _BASE_URL) if url else OPENAI_BASE_URL
    return Profile(
        name=_name_for(base_url),
        base_url=base_url,
        model=sanitize_line(_value(env, _MODEL)) or None,
        key=KeySource(env=_KEY) if key else KeySource(),
        timeouts=settings.timeouts,
    )


def _from_flag(url: str, settings: Settings, env: Mapping[str, str]) -> tuple[Profile, str]:
    """Return the endpoint that a --base-url makes by itself."""
    base_url = checked_base_url(url, "--base-url")
    has_key = bool(_value(env, _KEY))
    sends_key = has_key and is_same_origin(base_url, _value(env, _BASE_URL) or OPENAI_BASE_URL)
    why = "given by --base-url"
    if has_key and not sends_key:
        owner = f"the host of {_BASE_URL}" if _value(env, _BASE_URL) else "OpenAI"
        why += f"; {_KEY} is not sent, because it belongs to {owner}"
    profile = Profile(
        name=_name_for(base_url),
        base_url=base_url,
        model=sanitize_line(_value(env, _MODEL)) or None,
        key=KeySource(env=_KEY) if sends_key else KeySource(),
        timeouts=settings.timeouts,
    )
    return profile, why


def _moved(profile: Profile, url: str, why: str) -> tuple[Profile, str]:
    """Return a profile with the base URL of the flag; secrets stay at their origin."""
    base_url = checked_base_url(url, "--base-url")
    why = f"{why}, with the URL of --base-url"
    if not profile.is_embedded and is_same_origin(base_url, profile.base_url):
        return replace(profile, base_url=base_url), why
    left = [
        words
        for words, is_set in (
            ("key", profile.key != KeySource()),
            ("headers", bool(profile.headers)),
            ("cancel request", profile.cancel is not None),
            ("verify = false", not profile.verify),
            ("insecure = true", profile.is_insecure),
        )
        if is_set
    ]
    if left:
        why += f"; it leads to another host, so these are left out: {', '.join(left)}"
    moved = replace(
        profile,
        base_url=base_url,
        key=KeySource(),
        headers={},
        cancel=None,
        verify=True,
        is_insecure=False,
        is_embedded=False,
    )
    return moved, why


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


def _broken(name: str, settings: Settings) -> ConfigProblem | None:
    """Return what is wrong with a profile that stands in the file and cannot be used."""
    if name in settings.profiles:
        return None
    table = dotted(["profiles", name])
    for problem in settings.problems:
        if problem.key in {table, f"{table}.base_url"}:
            return problem
    return None


def _unknown_profile(name: str, names: list[str]) -> ConfigError:
    what = f"There is no profile “{quoted(name)}”."
    if not names:
        return ConfigError(what, "There are none yet; write one into the configuration.")
    meant = nearest(name, names)
    todo = f"Did you mean “{quoted(meant)}”? " if meant else ""
    listed = ", ".join(quoted(known) for known in names[:_MOST_LISTED])
    more = f" and {len(names) - _MOST_LISTED} more" if len(names) > _MOST_LISTED else ""
    return ConfigError(what, f"{todo}The profiles are: {listed}{more}.")


def _name_for(base_url: str) -> str:
    if is_same_origin(base_url, OPENAI_BASE_URL):
        return "openai"
    return host_and_port(base_url) or "environment"


def _value(env: Mapping[str, str], variable: str) -> str:
    return env.get(variable, "").strip()
