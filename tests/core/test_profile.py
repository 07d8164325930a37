from __future__ import annotations

import copy
import json
import logging
import pickle
import traceback
from dataclasses import asdict, astuple, replace

import pytest

from tui_chat.core.profile import (
    LOCAL_FIRST_TOKEN_S,
    SAMPLING_NAMES,
    Continuing,
    KeySource,
    Profile,
    Sampling,
    Secret,
    Timeouts,
    host_and_port,
    is_private_host,
)

_KEY = "sk-very-secret-0123456789"
_SECRET = Secret(_KEY)
_SOURCE = KeySource(secret=_SECRET)
_PROFILE = Profile("work", "https://api.example.com/v1", key=_SOURCE)


@pytest.mark.parametrize(
    "shown",
    [
        repr(_SECRET),
        str(_SECRET),
        format(_SECRET),
        format(_SECRET, ">40"),
        f"{_SECRET} {_SECRET!r} {_SECRET!s} {_SECRET!a} {_SECRET:*^30}",
        "%s %r" % (_SECRET, _SECRET),  # noqa: UP031
        "{} {!r}".format(_SECRET, _SECRET),  # noqa: UP032
        repr([_SECRET]) + repr({_SECRET: _SECRET}),
        repr(_SOURCE),
        str(_SOURCE),
        repr(_PROFILE),
        str(_PROFILE),
        str(asdict(_PROFILE)),
        str(astuple(_PROFILE)),
        json.dumps(asdict(_PROFILE), default=str),
        str(copy.copy(_SOURCE)),
        str(vars(Secret)),
        str(dir(_SECRET)),
    ],
)
def test_a_secret_is_not_shown(shown: str) -> None:
    assert _KEY not in shown
    assert "very-secret" not in shown


def test_a_secret_is_not_in_a_traceback_with_locals() -> None:
    def ask(secret: Secret, profile: Profile) -> None:
        raise ValueError(f"refused {secret} of {profile}")

    with pytest.raises(ValueError, match="refused") as caught:
        ask(_SECRET, _PROFILE)

    told = traceback.TracebackException.from_exception(caught.value, capture_locals=True)
    text = "".join(told.format())
    assert "profile = Profile(" in text
    assert "very-secret" not in text


def test_a_secret_is_not_in_a_log(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        logging.getLogger("test").info("key %s of %r", _SECRET, _PROFILE)

    assert "very-secret" not in caplog.text


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize("thing", [_SECRET, _SOURCE, _PROFILE])
def test_a_secret_cannot_be_pickled(thing: object, protocol: int) -> None:
    with pytest.raises(TypeError, match="cannot be pickled") as caught:
        pickle.dumps(thing, protocol)
    assert "very-secret" not in str(caught.value)


def test_a_secret_can_be_revealed_and_compared() -> None:
    assert _SECRET.reveal() == _KEY
    assert Secret(_KEY) == _SECRET != Secret("other")
    assert _SECRET != _KEY
    assert len({_SECRET, Secret(_KEY)}) == 1
    assert copy.deepcopy(_PROFILE) == _PROFILE
    assert _SECRET
    assert not Secret("")


@pytest.mark.parametrize(
    ("source", "words"),
    [
        (KeySource(env="MY_KEY"), "environment variable MY_KEY"),
        (KeySource(file="/k"), "file /k"),
        (KeySource(command="pass show key"), "api_key_command"),
        (_SOURCE, "given directly"),
        (KeySource(), "none"),
    ],
)
def test_a_key_source_describes_the_source_not_the_key(source: KeySource, words: str) -> None:
    assert str(source) == words


def test_only_sampling_that_is_set_is_sent() -> None:
    assert Sampling().as_body() == {}
    assert Sampling(temperature=0.0, seed=0, stop=("a", "b")).as_body() == {
        "temperature": 0.0,
        "seed": 0,
        "stop": ["a", "b"],
    }
    assert set(SAMPLING_NAMES) == set(asdict(Sampling()))


@pytest.mark.parametrize(
    ("host", "is_private"),
    [
        ("localhost", True),
        ("127.0.0.1", True),
        ("127.8.8.8", True),
        ("::1", True),
        ("192.168.1.4", True),
        ("10.0.0.1", True),
        ("172.16.0.1", True),
        ("fd00::1", True),
        ("fe80::1", True),
        ("169.254.1.1", True),
        ("nas", True),
        ("nas.local", True),
        ("gpu.lan", True),
        ("api.localhost", True),
        ("172.32.0.1", False),
        ("8.8.8.8", False),
        ("2606:4700::1", False),
        ("api.openai.com", False),
        ("localhost.example.com", False),
        ("local", True),
        ("", False),
    ],
)
def test_private_hosts(host: str, is_private: bool) -> None:
    assert is_private_host(host) is is_private


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://api.openai.com/v1", "api.openai.com"),
        ("http://localhost:8080/v1", "localhost:8080"),
        ("http://[::1]:8080/v1", "[::1]:8080"),
        ("https://user:password@example.com/v1?key=secret", "example.com"),
        ("http://example.com:port", ""),
        ("http://[broken", ""),
        ("no url", ""),
        ("", ""),
    ],
)
def test_shown_hosts_contain_no_secrets(url: str, host: str) -> None:
    assert host_and_port(url) == host


def test_local_endpoints_may_load_their_model() -> None:
    local = replace(_PROFILE, base_url="http://localhost:1/v1")

    assert _PROFILE.first_token_s == 30.0
    assert local.first_token_s == LOCAL_FIRST_TOKEN_S
    assert replace(_PROFILE, is_embedded=True).first_token_s == LOCAL_FIRST_TOKEN_S
    assert replace(local, timeouts=Timeouts(first_token_s=5.0)).first_token_s == 5.0
    assert _PROFILE.host == "api.example.com"


def test_an_invalid_base_url_is_not_local() -> None:
    assert not replace(_PROFILE, base_url="http://[broken").is_local


@pytest.mark.parametrize(
    ("base_url", "continuing"),
    [
        ("https://api.mistral.ai/v1", Continuing.PREFIX),
        ("https://api.deepseek.com/beta", Continuing.PREFIX),
        ("https://api.deepseek.com/v1", Continuing.QUESTION),
        ("https://api.moonshot.cn/v1", Continuing.PARTIAL),
        ("https://api.openai.com/v1", Continuing.QUESTION),
        ("http://[", Continuing.QUESTION),
    ],
)
def test_some_hosts_support_continuation(base_url: str, continuing: Continuing) -> None:
    assert Profile("p", base_url).continuing is continuing
    assert Profile("p", base_url, continue_with=Continuing.VLLM).continuing is Continuing.VLLM
    assert Profile("p", "", is_embedded=True).continuing is Continuing.PREFILL
