"""Metrics and log lines of finished requests, for the operator: never content or codes."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from tui_chat.core.errors import ConfigError
from tui_chat.core.labels import _

if TYPE_CHECKING:
    from collections.abc import Callable

LOOPBACK: Final = "127.0.0.1"
_OTHER: Final = "other"
_MAX_LABELS: Final = 200
"""Most models that get a time series of their own."""


@dataclass(frozen=True, slots=True)
class FinishedRequest:
    """One request after its end."""

    request_id: str
    """The identifier in the response's header."""
    ledger_id: str
    code: str
    """The name of the access code's owner."""
    profile: str
    model: str
    status: int
    ended: str
    input_tokens: int
    output_tokens: int
    is_estimated: bool
    duration_ms: int


def log_as_json(request: FinishedRequest) -> None:
    """Write a line of JSON to standard error."""
    line = {"at": datetime.now(UTC).isoformat(timespec="milliseconds"), **asdict(request)}
    sys.stderr.write(f"{json.dumps(line)}\n")
    sys.stderr.flush()


class Metrics:
    """Counts requests and tokens for Prometheus."""

    def __init__(self, running: Callable[[], float]) -> None:
        """Create the metrics.

        Args:
            running: Returns the number of running requests.

        Raises:
            ConfigError: A package is missing.
        """
        try:
            import prometheus_client as prometheus
        except ImportError as error:
            raise ConfigError(
                _("Metrics need a package that is not installed (prometheus-client)."),
                _('Run: pip install ".[metrics]"'),
            ) from error
        self._registry = prometheus.CollectorRegistry()
        self._requests = prometheus.Counter(
            "tui_chat_gateway_requests",
            "Requests by profile, model, status and end.",
            ["profile", "model", "status", "ended"],
            registry=self._registry,
        )
        self._tokens = prometheus.Counter(
            "tui_chat_gateway_tokens",
            "Tokens by profile, model and direction.",
            ["profile", "model", "direction"],
            registry=self._registry,
        )
        self._seconds = prometheus.Histogram(
            "tui_chat_gateway_request_seconds",
            "Duration of requests.",
            ["profile"],
            buckets=(0.1, 0.3, 1, 3, 10, 30, 100, 300),
            registry=self._registry,
        )
        gauge = prometheus.Gauge(
            "tui_chat_gateway_running_requests", "Running requests.", registry=self._registry
        )
        gauge.set_function(running)
        self._models: set[str] = set()

    def __call__(self, request: FinishedRequest) -> None:
        """Count a finished request."""
        model = self._label(request)
        self._requests.labels(request.profile, model, str(request.status), request.ended).inc()
        self._tokens.labels(request.profile, model, "input").inc(request.input_tokens)
        self._tokens.labels(request.profile, model, "output").inc(request.output_tokens)
        self._seconds.labels(request.profile).observe(request.duration_ms / 1000)

    def serve(self, port: int) -> Callable[[], None]:
        """Serve the metrics on loopback; return a function that ends it.

        Raises:
            ConfigError: The port is in use.
        """
        import prometheus_client as prometheus

        try:
            server, thread = prometheus.start_http_server(port, LOOPBACK, self._registry)
        except OSError as error:
            raise ConfigError(
                _("The metrics cannot be served on port {port}: {reason}.").format(
                    port=port, reason=(error.strerror or "").lower()
                ),
                _("Choose another --metrics-port."),
            ) from error

        def stop() -> None:
            server.shutdown()
            server.server_close()
            thread.join()

        return stop

    def as_text(self) -> str:
        """Return the metrics in the text format of Prometheus."""
        import prometheus_client as prometheus

        data: bytes = prometheus.generate_latest(self._registry)
        return data.decode()

    def _label(self, request: FinishedRequest) -> str:
        """Return a model's label; clients must not create time series without end."""
        if request.status >= 400 and request.model not in self._models:
            return _OTHER
        if len(self._models) < _MAX_LABELS:
            self._models.add(request.model)
        return request.model if request.model in self._models else _OTHER
