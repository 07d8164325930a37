"""Evaluates replies in a child process with a time limit."""

from __future__ import annotations

import asyncio
import json
import logging
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from tui_chat.config.child_environment import start_module
from tui_chat.core.labels import _
from tui_chat.structured.verdict import Evaluation, Verdict

if TYPE_CHECKING:
    from tui_chat.core.request import ResponseFormat

log = logging.getLogger(__name__)

_MODULE: Final = "tui_chat.structured.evaluator_child"
_HEAD_BYTES: Final = 8
_CHUNK_BYTES: Final = 262_144
"""Bytes written to the pipe before the event loop may run other tasks."""
_LIMIT_S: Final = 2.0
_CHARACTERS_PER_SECOND: Final = 400_000
"""Extra time for long replies: 10 MB are parsed, validated and transferred in about 8 s."""
_START_S: Final = 5.0
"""Extra time for starting the process on a busy machine."""


class Evaluator:
    """Owns the child process: starts it on first use, and again after it was killed.

    Evaluations run one at a time.
    """

    def __init__(self, limit_s: float = _LIMIT_S) -> None:
        """Create an evaluator without starting the process.

        Args:
            limit_s: Time limit per reply in seconds; long replies get more.
        """
        self._limit_s = limit_s
        self._process: asyncio.subprocess.Process | None = None
        self._lock = asyncio.Lock()

    async def warm_up(self) -> None:
        """Start the process ahead of the first evaluation."""
        async with self._lock:
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
        """Evaluate a reply as `evaluate.evaluate` does. Never raises on its content.

        Raises:
            asyncio.CancelledError: The caller was cancelled; the process is killed.
        """
        request = {
            "response_format": response_format.as_mapping(),
            "finish_reason": finish_reason,
            "is_whole": is_whole,
            "sent_as": sent_as,
        }
        limit_s = self._limit_s + len(raw) / _CHARACTERS_PER_SECOND
        async with self._lock:
            try:
                mapping = await self._request(request, raw, limit_s)
            except TimeoutError:
                failure = _("the time limit of {seconds} s was exceeded")
                mapping = {"failed": failure.format(seconds=f"{limit_s:.3g}")}
            except (OSError, asyncio.IncompleteReadError) as error:
                log.warning("a reply could not be evaluated: %r", error)
                mapping = {"failed": _("the evaluating process ended")}
        evaluation = Evaluation.from_mapping(mapping, raw)
        if evaluation is not None:
            return evaluation
        reason = _("The answer could not be checked: {reason}. Its text is complete.").format(
            reason=mapping.get("failed")
        )
        is_cut = not is_whole or finish_reason != "stop"
        return Evaluation(
            Verdict.CUT_OFF if is_cut else Verdict.INVALID,
            raw,
            reason=reason,
            response_format=response_format.as_mapping(),
            sent_as=sent_as,
        )

    async def aclose(self) -> None:
        """End the process."""
        async with self._lock:
            await self._kill()

    async def _request(self, request: dict[str, Any], raw: str, limit_s: float) -> dict[str, Any]:
        is_complete = False
        try:
            async with asyncio.timeout(_START_S + limit_s) as clock:
                process = await self._running()
                assert process.stdin is not None  # noqa: S101 - both were requested as pipes
                assert process.stdout is not None  # noqa: S101
                clock.reschedule(asyncio.get_running_loop().time() + limit_s)
                for frame in (json.dumps(request).encode(), raw.encode("utf-8", "surrogatepass")):
                    process.stdin.write(len(frame).to_bytes(_HEAD_BYTES, "big"))
                    for at in range(0, len(frame), _CHUNK_BYTES):
                        process.stdin.write(frame[at : at + _CHUNK_BYTES])
                        await process.stdin.drain()
                mapping: dict[str, Any] = json.loads(await _read_frame(process.stdout))
                text = await _read_frame(process.stdout)
                if isinstance(mapping.get("json"), str):
                    mapping["json"] = text.decode("utf-8", "surrogatepass")
                is_complete = True
            return mapping
        finally:
            if not is_complete:
                await self._kill()

    async def _running(self) -> asyncio.subprocess.Process:
        if self._process is not None and self._process.returncode is None:
            return self._process
        self._process = process = await start_module(_MODULE)
        # The child writes one byte once it is ready, so that its start does not count as work.
        assert process.stdout is not None  # noqa: S101
        await process.stdout.readexactly(1)
        return process

    async def _kill(self) -> None:
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


async def _read_frame(stream: asyncio.StreamReader) -> bytes:
    head = await stream.readexactly(_HEAD_BYTES)
    return await stream.readexactly(int.from_bytes(head, "big"))
