"""Judges answers in a process of their own, within a time."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from tui_chat.config.child_environment import child_environment
from tui_chat.structured.verdict import Evaluation, Verdict

if TYPE_CHECKING:
    from tui_chat.core.request import ResponseFormat

log = logging.getLogger(__name__)

_MODULE: Final = "tui_chat.structured.evaluator_child"
_HEAD_BYTES: Final = 8
_PIECE_BYTES: Final = 262_144
"""What is written before the loop may do something else."""
_LIMIT_S: Final = 2.0
_CHARACTERS_A_SECOND: Final = 400_000
"""For long answers there is more time: 10 MB are read, checked and handed over in about 8 s."""
_START_S: Final = 5.0
"""A machine that is busy may take long to start a process; that is not the answer's fault."""


class Evaluator:
    """The process that judges, started when it is first needed and again after each that was ended.

    One answer is judged at a time.
    """

    def __init__(self, limit_s: float = _LIMIT_S) -> None:
        """Prepare; nothing runs yet.

        Args:
            limit_s: How long one answer may take, in seconds; long answers are given more.
        """
        self._limit_s = limit_s
        self._process: asyncio.subprocess.Process | None = None
        self._one_at_a_time = asyncio.Lock()

    async def warm_up(self) -> None:
        """Start the process, so that the first verdict does not wait for it."""
        async with self._one_at_a_time:
            with suppress(OSError, asyncio.IncompleteReadError):
                await self._running()

    async def evaluate(
        self,
        raw: str,
        response_format: ResponseFormat,
        *,
        finish_reason: str | None = "stop",
        is_whole: bool = True,
        sent_as: str = "",
    ) -> Evaluation:
        """Judge an answer, as `evaluate.judge` does. Never raises on what it holds.

        Raises:
            asyncio.CancelledError: It was stopped; the process is ended.
        """
        request = {
            "asked": response_format.as_mapping(),
            "finish_reason": finish_reason,
            "is_whole": is_whole,
            "sent_as": sent_as,
        }
        limit_s = self._limit_s + len(raw) / _CHARACTERS_A_SECOND
        async with self._one_at_a_time:
            try:
                mapping = await self._ask(request, raw, limit_s)
            except TimeoutError:
                mapping = {"failed": f"it was not read within {limit_s:.3g} s, and given up"}
            except (OSError, asyncio.IncompleteReadError) as error:
                log.warning("an answer could not be judged: %r", error)
                mapping = {"failed": "the process that reads it ended"}
        evaluation = Evaluation.from_mapping(mapping, raw)
        if evaluation is not None:
            return evaluation
        words = f"The answer could not be judged: {mapping.get('failed')}. Its text is all there."
        is_cut = not is_whole or finish_reason != "stop"
        verdict = Verdict.CUT_OFF if is_cut else Verdict.INVALID
        return Evaluation(
            verdict,
            raw,
            reason=words,
            response_format=response_format.as_mapping(),
            sent_as=sent_as,
        )

    async def aclose(self) -> None:
        """End the process."""
        async with self._one_at_a_time:
            await self._end()

    async def _ask(self, request: dict[str, Any], raw: str, limit_s: float) -> dict[str, Any]:
        is_over = False
        try:
            async with asyncio.timeout(_START_S + limit_s) as clock:
                process = await self._running()
                assert process.stdin is not None  # noqa: S101 - both were asked to be pipes
                assert process.stdout is not None  # noqa: S101
                clock.reschedule(asyncio.get_running_loop().time() + limit_s)
                for piece in (json.dumps(request).encode(), raw.encode("utf-8", "surrogatepass")):
                    process.stdin.write(len(piece).to_bytes(_HEAD_BYTES, "big"))
                    for at in range(0, len(piece), _PIECE_BYTES):
                        process.stdin.write(piece[at : at + _PIECE_BYTES])
                        await process.stdin.drain()
                mapping: dict[str, Any] = json.loads(await _piece(process.stdout))
                text = await _piece(process.stdout)
                if isinstance(mapping.get("json"), str):
                    mapping["json"] = text.decode("utf-8", "surrogatepass")
                is_over = True
            return mapping
        finally:
            if not is_over:
                await self._end()

    async def _running(self) -> asyncio.subprocess.Process:
        if self._process is not None and self._process.returncode is None:
            return self._process
        self._process = process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-P",
            "-m",
            _MODULE,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env=child_environment(os.environ, sys.path),
            # Ctrl+C in the terminal is not for it.
            process_group=0,
        )
        # It says that it is there, so that its start does not count as reading.
        assert process.stdout is not None  # noqa: S101
        await process.stdout.readexactly(1)
        return process

    async def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()
        if process.stdin is not None:
            process.stdin.close()
            with suppress(OSError):
                await process.stdin.wait_closed()


async def _piece(stream: asyncio.StreamReader) -> bytes:
    head = await stream.readexactly(_HEAD_BYTES)
    return await stream.readexactly(int.from_bytes(head, "big"))
