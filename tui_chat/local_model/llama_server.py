"""The child process: a llama.cpp server on a loopback port. The only file that knows xllamacpp.

Protocol: it reads one JSON line with its options from stdin, writes one JSON line to stdout that
reports that it is ready or why it is not, and later a second one with the checksum of the model.
Then it serves HTTP until stdin closes, which means that the parent is gone.
Nothing it or llama.cpp writes reaches a terminal: stderr is the log, and stdout becomes it too.
"""

from __future__ import annotations

import contextlib
import faulthandler
import http.client
import json
import os
import signal
import stat
import sys
import threading
from pathlib import Path
from typing import Any, Final

from tui_chat.local_model.checksum import checksum

_LOOPBACK: Final = "127.0.0.1"
_LOG_BYTES: Final = 8_000_000
_LOG_CHECK_S: Final = 60.0

_BATCH_ON_CPU: Final = 128
"""Batch size in tokens; between batches the server checks whether the client is still connected.

With llama.cpp's default of 2048, a request that is stopped during a long prompt keeps two cores
busy for 10 s and delays the next one; with 128 it is 0.6 s. The speed is the same."""
_PROMPT_CACHE_MIB: Final = 256
"""Memory for the prompt cache; llama.cpp's default of 8 GiB would fill within a day."""


def main() -> int:
    """Serve until stdin closes."""
    announcement = _take_stdout()
    faulthandler.enable()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _leave_no_core_dump()
    _spin_little()
    options = _read_options()
    if options is None or not _die_with(options["parent"]):
        return 0
    threading.Thread(target=_exit_at_end_of_stdin, daemon=True).start()
    server, report = _started(options)
    with contextlib.suppress(BrokenPipeError):
        os.write(announcement, json.dumps(report).encode() + b"\n")
    if server is None:
        return 1
    checking = (announcement, options["model_path"])
    threading.Thread(target=_announce_checksum, args=checking, daemon=True).start()
    while True:
        threading.Event().wait(_LOG_CHECK_S)
        _truncate_log()


def _started(options: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
    """Return a running server, or None, and the report for the parent."""
    try:
        import xllamacpp
    except ImportError as error:
        return None, {"failed": "import", "detail": str(error)}
    try:
        server = xllamacpp.Server(_params(xllamacpp, options))
        port = int(server.listening_address.rsplit(":", 1)[1])
        return server, {"port": port, "n_ctx": _context_tokens(port, options)}
    # The parent reports any exception to the user; the log has the lines of llama.cpp.
    except Exception as error:  # noqa: BLE001
        return None, {"failed": "load", "detail": f"{type(error).__name__}: {error}"}


def _announce_checksum(announcement: int, model_path: str) -> None:
    """Send the checksum of the model to the parent, computed at the lowest priority."""
    if sys.platform == "linux":
        # Applies to this thread only.
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 19)
    try:
        found = checksum(Path(model_path))
        if found is not None:
            os.write(announcement, json.dumps(found.as_json()).encode() + b"\n")
    except OSError as error:
        sys.stderr.write(f"The checksum of the model cannot be computed: {error}\n")
    finally:
        os.close(announcement)


def _params(xllamacpp: Any, options: dict[str, Any]) -> Any:
    params = xllamacpp.CommonParams()
    params.model.path = options["model_path"]
    if options.get("mmproj_path"):
        params.mmproj.path = options["mmproj_path"]
    params.model_alias = {options["model_id"]}
    params.hostnames = [_LOOPBACK]
    params.port = 0
    params.api_keys = [options["token"]]
    params.n_ctx = options["n_ctx"]
    # One slot with the whole context; a second request waits for the first.
    params.n_parallel = 1
    if options["threads"]:
        params.cpuparams.n_threads = options["threads"]
        params.cpuparams_batch.n_threads = options["threads"]
    # Fits the parameters to the memory of a graphics card; without one it only costs time.
    params.fit_params = _has_graphics_card(xllamacpp)
    if not params.fit_params:
        params.n_batch = params.n_ubatch = _BATCH_ON_CPU
    # Some versions lack some of these.
    for name, value in (
        ("cache_ram_mib", _PROMPT_CACHE_MIB),
        ("offline", True),
        ("ui", False),
        ("endpoint_slots", False),
    ):
        if hasattr(params, name):
            setattr(params, name, value)
    return params


def _has_graphics_card(xllamacpp: Any) -> bool:
    kinds = xllamacpp.ggml_backend_dev_type
    cards = {
        getattr(kinds, name, None)
        for name in ("GGML_BACKEND_DEVICE_TYPE_GPU", "GGML_BACKEND_DEVICE_TYPE_IGPU")
    }
    return any(device["type"] in cards for device in xllamacpp.get_device_info())


def _context_tokens(port: int, options: dict[str, Any]) -> int:
    """Return the context size that the server reports; a model may have less than requested."""
    connection = http.client.HTTPConnection(_LOOPBACK, port, timeout=30)
    try:
        headers = {"Authorization": f"Bearer {options['token']}"}
        connection.request("GET", "/v1/models", headers=headers)
        models = json.loads(connection.getresponse().read())
    finally:
        connection.close()
    return int(models["data"][0].get("meta", {}).get("n_ctx") or options["n_ctx"])


def _take_stdout() -> int:
    """Return a descriptor of the real stdout, and redirect later output to the log."""
    announcement = os.dup(1)
    os.dup2(2, 1)
    return announcement


def _read_options() -> dict[str, Any] | None:
    """Read one line from stdin; None if the parent is gone."""
    line = b""
    while not line.endswith(b"\n"):
        piece = os.read(0, 65536)
        if not piece:
            return None
        line += piece
    options: dict[str, Any] = json.loads(line)
    return options


def _exit_at_end_of_stdin() -> None:
    """Exit when stdin is closed, by the parent or because it was killed.

    xllamacpp holds the GIL while it loads a model; until then only a signal ends this process, from
    the kernel (see _die_with) or from the parent.
    """
    with contextlib.suppress(OSError):
        while os.read(0, 65536):
            pass
    os._exit(0)


def _die_with(parent: int) -> bool:
    """Let Linux kill this process with its parent; return whether the parent may still run."""
    if sys.platform != "linux":
        return True
    import ctypes

    pr_set_pdeathsig = 1
    ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGKILL)
    return os.getppid() == parent


def _leave_no_core_dump() -> None:
    """Disable core dumps, which would contain the conversation, and slow backtraces."""
    os.environ["GGML_NO_BACKTRACE"] = "1"
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _spin_little() -> None:
    """Shorten the busy waiting of llama.cpp's threads, unless the user has configured it.

    By default they spin 300 times as long. On two idle cores the default gives 83 to 93 tokens per
    second, this setting 72 to 80; beside one other busy process the default gives 5 to 8, this
    setting 21 to 26 with half the processor time. (OMP_WAIT_POLICY=passive, which never spins,
    gives 36 to 40 on idle cores.)
    """
    if "OMP_WAIT_POLICY" not in os.environ:
        os.environ.setdefault("GOMP_SPINCOUNT", "1000")


def _truncate_log() -> None:
    """Empty the log if it has grown too long."""
    with contextlib.suppress(OSError):
        status = os.fstat(2)
        if stat.S_ISREG(status.st_mode) and status.st_size > _LOG_BYTES:
            os.ftruncate(2, 0)


if __name__ == "__main__":
    code = main()
    # Skip the interpreter's shutdown: a destructor of llama.cpp may hang or crash.
    os._exit(code)
