from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tui_chat.config.settings import (
    EngineSettings,
    Settings,
    StorageSettings,
    StructuredSettings,
    load_settings,
)
from tui_chat.config.ui_settings import UiSettings
from tui_chat.core.profile import CancelRequest, Continuing, KeySource, Profile, Sampling, Timeouts

if TYPE_CHECKING:
    from tests.config.conftest import Load


def test_without_a_file_defaults_apply(tmp_path: Path) -> None:
    settings = load_settings(tmp_path / "config.toml", {})

    assert settings == Settings()
    assert settings.ui == UiSettings(None, 88, False, False, True)
    assert settings.engine == EngineSettings(None, 8192, None)


@pytest.mark.parametrize("text", ["", "\n", "# nothing\n", "\ufeff", "\r\n"])
def test_an_empty_file_has_no_problems(load: Load, text: str) -> None:
    assert load(text) == Settings()


def test_all_settings_are_read(load: Load) -> None:
    settings = load("""
        profile = "work"
        nickname = "Al"

        [timeouts]
        connect = 5
        first_token = 60.5
        idle = 20

        [profiles.work]
        base_url = "https://api.example.com/v1/"
        model = "big-model"
        api_key_env = "WORK_KEY"
        system_prompt = "You are talking to {nickname}.\\nBe brief."
        stream = false
        temperature = 0.3
        max_tokens = 512
        stop = "END"
        verify = false
        ca_file = "~/ca.pem"
        max_retries = 0
        send_reasoning = true
        context_tokens = 128000
        response_format = "json_object"
        continue_with = "partial"
        key_header = "api-key"
        query = { api-version = "2024-10-21" }
        [profiles.work.sampling]
        top_p = 1
        frequency_penalty = -0.5
        presence_penalty = 2
        seed = 7
        [profiles.work.extra_body]
        top_k = 40
        chat_template_kwargs = { enable_thinking = false, names = ["a", 1, 2.5] }
        [profiles.work.headers]
        X-Title = "tui-chat"
        [profiles.work.timeouts]
        idle = 90
        [profiles.work.cancel]
        method = "delete"
        url = "{base_url}/responses/{id}?now=1"

        [profiles.home]
        base_url = "http://localhost:11434/v1"
        api_key_file = "~/.keys/home"
        [profiles.other]
        base_url = "http://localhost:8000/v1"
        api_key_command = "pass show other"

        [structured]
        time_limit = 5
        fix_rounds = 1
        [engine]
        model_path = "~/models/m.gguf"
        n_ctx = 4096
        threads = 2
        mmproj_path = "~/models/mmproj.gguf"
        max_tokens = 20
        sampling = { seed = 7 }

        [ui]
        theme = "nord"
        width = 100
        cursor_blink = true
        reduced_motion = true
        mouse = false

        [storage]
        trash_days = 7

        [keys]
        quit = "ctrl+q"
        send = ["enter", "ctrl+s"]
    """)

    assert settings.problems == ()
    assert settings.profile == "work"
    assert settings.nickname == "Al"
    assert settings.timeouts == Timeouts(5, 60.5, 20)
    assert list(settings.profiles) == ["work", "home", "other"]
    assert settings.profiles["work"] == Profile(
        name="work",
        base_url="https://api.example.com/v1",
        model="big-model",
        key=KeySource(env="WORK_KEY"),
        system_prompt="You are talking to {nickname}.\nBe brief.",
        sampling=Sampling(0.3, 1, 512, -0.5, 2, 7, ("END",)),
        extra_body={
            "top_k": 40,
            "chat_template_kwargs": {"enable_thinking": False, "names": ["a", 1, 2.5]},
        },
        headers={"X-Title": "tui-chat"},
        query={"api-version": "2024-10-21"},
        key_header="api-key",
        stream=False,
        timeouts=Timeouts(5, 60.5, 90),
        cancel=CancelRequest("DELETE", "{base_url}/responses/{id}?now=1"),
        verify=False,
        ca_file="/home/al/ca.pem",
        max_retries=0,
        send_reasoning=True,
        context_tokens=128_000,
        response_format="json_object",
        continue_with=Continuing.PARTIAL,
    )
    assert settings.profiles["home"].key == KeySource(file="/home/al/.keys/home")
    assert settings.profiles["other"].key == KeySource(command="pass show other")
    assert settings.profiles["other"].timeouts == settings.timeouts
    assert settings.structured == StructuredSettings(5.0, 1)
    assert settings.engine == EngineSettings(
        Path("/home/al/models/m.gguf"),
        4096,
        2,
        Sampling(max_tokens=20, seed=7),
        Path("/home/al/models/mmproj.gguf"),
    )
    assert settings.ui == UiSettings("nord", 100, True, True, False)
    assert settings.storage == StorageSettings(trash_days=7)
    assert settings.keys == {"quit": "ctrl+q", "send": "enter,ctrl+s"}


def test_a_minimal_profile_has_the_defaults(load: Load) -> None:
    settings = load('profiles.x.base_url = "http://localhost:1/v1"')

    assert settings.profiles == {"x": Profile("x", "http://localhost:1/v1")}


def test_a_relative_path_refers_to_the_configuration(load: Load, tmp_path: Path) -> None:
    settings = load('[profiles.x]\nbase_url = "http://h/v1"\napi_key_file = "key"')

    assert settings.profiles["x"].key.file == str(tmp_path / "key")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[profiles.local]\nmax_tokens = 20", "in the table [engine]"),
        ("[engine]\nmax_tokens = 0", "max_tokens"),
        (
            '[profiles.work]\nbase_url = "https://h/v1"\ntemprature = 1',
            "line 3: [profiles.work] `temprature` is unknown. Did you mean `temperature`?",
        ),
        ("nicknme = 'Al'", "line 1: `nicknme` is unknown. Did you mean `nickname`?"),
        ("[profils.x]", "line 1: `profils` is unknown. Did you mean `profiles`?"),
        (
            "xyzzy = 1",
            "`xyzzy` is unknown. Valid keys: answer_language, discover, engine",
        ),
        ("theme = 'nord'", "line 1: `theme` is unknown. Move it to the table [ui]."),
        ("[ui]\nprofile = 'x'", "[ui] `profile` is unknown. Move it above the first [table] of"),
        ("profile = 3", "line 1: `profile` must be a string. It is an integer."),
        ("profile = 1979-05-27", "`profile` must be a string. It is a date or a time."),
        ("nickname = ' '", "`nickname` is empty or too long."),
        ("timeouts = 3", "`timeouts` must be a table. It is an integer."),
        ("[timeouts]\nidle = -1", "line 2: [timeouts] `idle` is out of range."),
        ("[timeouts]\nconnect = 0", "[timeouts] `connect` is out of range."),
        ("[timeouts]\nconnect = nan", "[timeouts] `connect` is out of range."),
        ("[timeouts]\nconnect = true", "`connect` must be a number. It is true or false."),
        ("[[profiles]]\na = 1", "`profiles` must be a table. It is a list."),
        ("[profiles]\nx = 1", "[profiles] `x` must be a table."),
        ("[profiles.x]\nmodel = 'm'", "line 1: [profiles.x] `base_url` is missing"),
        ("[profiles.'']", "needs a unique, non-empty name"),
        ("[engine]\nthreads = 1.5", "[engine] `threads` must be an integer."),
        ("[engine]\nthreads = true", "[engine] `threads` must be an integer."),
        ("[engine]\nn_ctx = 1", "[engine] `n_ctx` is out of range. Use an integer from 256 to"),
        ("[ui]\nwidth = 'wide'", "[ui] `width` must be an integer. It is a string."),
        ("[ui]\nmouse = 1", "[ui] `mouse` must be true or false."),
        ("[keys]\nquit = 3", "[keys] `quit` must be a string or a list of strings."),
        ('[keys]\nquit = "\\u001b"', "[keys] `quit`"),
        ('[ui]\n"\\u001b]52;x" = 1', '[ui] `"␛]52;x"` is unknown.'),
    ],
)
def test_mistakes_are_reported_with_their_line(load: Load, text: str, words: str) -> None:
    problems = load(text).problems

    assert words in problems[0].message
    assert "config.toml" in problems[0].message
    assert problems[0].hint


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("temperature = 9", "`temperature` is out of range. Use a number from 0 to 2."),
        ("temperature = 'hot'", "`temperature` must be a number. It is a string."),
        ("top_p = 1.1", "`top_p` is out of range."),
        ("max_tokens = 0", "`max_tokens` is out of range."),
        ("max_tokens = 10.0", "`max_tokens` must be an integer."),
        ("seed = 99999999999999999999999", "`seed` is out of range."),
        ("presence_penalty = -3", "`presence_penalty` is out of range."),
        ("stop = []", "`stop` is empty or too long."),
        ("stop = ['a', 1]", "`stop` must be a string or a list of strings."),
        ("temperature = 1\nsampling.temperature = 1", "`temperature` is set twice."),
        ("sampling.temprature = 1", "[profiles.x.sampling] `temprature` is unknown."),
        ("timeouts.first_token = -5", "[profiles.x.timeouts] `first_token` is out of range."),
        ("timeout = 3", "`timeout` is unknown. Did you mean `timeouts`?"),
        ("idle = 3", "`idle` is unknown. Move it to the table `timeouts`."),
        ("url = 'http://h'", "`url` is unknown. Did you mean `base_url`?"),
        ("max_retries = -1", "`max_retries` is out of range."),
        ('response_format = "xml"', "`response_format` is not a response format. Use one of json_"),
        ('continue_with = "suffix"', "`continue_with` is invalid."),
        ("extra_body.messages = []", "[profiles.x.extra_body] `messages` is set by the"),
        ("extra_body.when = 1979-05-27", "[profiles.x.extra_body] `when` contains a value JSON"),
        ("extra_body.a.b = [inf]", "[profiles.x.extra_body] `a` contains a value JSON cannot"),
        ('headers.X-A = "a\\nb"', "`X-A` is empty or has characters that a header"),
        ("headers.X-A = 'ü'", "`X-A` is empty or has characters that a header"),
        ("headers.X-A = 1", "[profiles.x.headers] `X-A` must be a string."),
        ("headers.'a b' = 'c'", "is not allowed as a header"),
        ("headers.Content-Length = '0'", "is not allowed as a header"),
        ("query.v = 1", "[profiles.x.query] `v` must be a string."),
        ('query.v = "a\\u0000"', "`v` contains control characters"),
        ("key_header = 'a b'", "`key_header` is not the name of a header"),
        ("key_header = 'Host'", "`key_header` is not the name of a header"),
        ("cancel.method = 'POST'", "[profiles.x.cancel] `url` is missing."),
        ("cancel.url = 'h/{id}'", "[profiles.x.cancel] `url` does not begin with http"),
        ("cancel.url = '{base_url}/{key}'", "has braces other than {base_url}, {id}"),
        ("cancel = {method = 'EAT', url = '{base_url}/{id}'}", "is not an HTTP method"),
        ("ca_file = ''", "`ca_file` is not a file path."),
        ("api_key_env = 'A'\napi_key_file = '/b'", "`api_key_file` is a second key source besides"),
        ("api_key_env = 'not a name'", "must be the name of an environment variable"),
        ('api_key_file = "a\\u0000b"', "`api_key_file` is not a file path."),
        ("api_key_command = ' '", "`api_key_command` must be a command"),
    ],
)
def test_an_invalid_field_does_not_drop_the_profile(load: Load, line: str, words: str) -> None:
    settings = load(f"[profiles.x]\nbase_url = 'https://h/v1'\nmodel = 'm'\n{line}\n")

    assert words in settings.problems[0].message
    assert settings.profiles["x"].model == "m"
    assert settings.profiles["x"].sampling.temperature in (None, 1)


def test_an_invalid_base_url_drops_only_its_profile(load: Load) -> None:
    settings = load("""
        [profiles.a]
        base_url = "localhost:11434/v1"
        [profiles.b]
        base_url = "http://localhost:11434/v1"
    """)

    assert list(settings.profiles) == ["b"]
    assert settings.problems[0].key == "profiles.a.base_url"
    assert settings.problems[0].line == 3
    assert settings.problems[0].message.endswith(
        "[profiles.a] `base_url` does not begin with http:// or https://. "
        "Did you mean http://localhost:11434/v1?"
    )


def test_of_two_key_sources_the_first_is_used(load: Load) -> None:
    settings = load(
        "[profiles.x]\nbase_url = 'https://h'\napi_key_env = 'A'\napi_key_command = 'pass x'"
    )

    assert settings.profiles["x"].key == KeySource(env="A")
    assert "Keep one. Only api_key_env is used." in settings.problems[0].message


def test_names_are_cleaned(load: Load) -> None:
    settings = load(
        'nickname = " A\\u001bl\\n "\n[profiles."wo\\u0007rk"]\nbase_url = "https://h"\n'
        'model = "m\\u009bx"'
    )

    assert settings.nickname == "Al"
    assert settings.profiles["work"].name == "work"
    assert settings.profiles["work"].model == "mx"


def test_shell_syntax_of_a_variable_is_accepted(load: Load) -> None:
    settings = load("[profiles.x]\nbase_url = 'https://h'\napi_key_env = '${A_KEY}'")

    assert settings.profiles["x"].key == KeySource(env="A_KEY")


def test_problems_are_in_file_order(load: Load) -> None:
    problems = load("a = 1\nprofile = 2\n[ui]\nwidth = ''\n[timeouts]\nidle = ''").problems

    assert [problem.line for problem in problems] == [1, 2, 4, 6]
