"""The web application: its routes and error handlers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

from starlette.applications import Starlette
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tui_chat.gateway.http.client_response import REQUEST_ID
from tui_chat.gateway.http.errors import ErrorReply

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from tui_chat.gateway.http.origins import AllowedOrigins
    from tui_chat.gateway.proxy.completions import CompletionService

_REQUEST_ID: Final = re.compile(rb"[A-Za-z0-9._-]{1,64}")
"""A client's or proxy's own identifier, which is kept."""
_TEXT_PATHS = "/api/"


class _Endpoint:
    """Passes the raw ASGI request on, because the service must see the client disconnect."""

    def __init__(self, serve: Callable[[Scope, Receive, Send], Awaitable[None]]) -> None:
        self._serve = serve

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._serve(scope, receive, send)


class _Guarded:
    """Checks where a request comes from, and gives it an identifier."""

    def __init__(self, app: ASGIApp, origins: AllowedOrigins) -> None:
        self._app = app
        self._origins = origins

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = dict(scope["headers"])
        name = headers.get(b"x-request-id", b"")
        request_id = name if _REQUEST_ID.fullmatch(name) else uuid4().hex.encode()

        scope[REQUEST_ID] = request_id.decode()

        async def send_with_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], (b"x-request-id", request_id)]
            await send(message)

        try:
            self._origins.check(headers)
        except ErrorReply as error:
            response = _response(scope["path"], error)
            await response(scope, receive, send_with_id)
            return
        await self._app(scope, receive, send_with_id)


def make_app(service: CompletionService, origins: AllowedOrigins) -> ASGIApp:
    """Return the ASGI application.

    Args:
        service: Serves completions.
        origins: Protects it from pages of other sites.
    """

    async def health(_: Request) -> Response:
        if service.is_stopping:
            return JSONResponse({"status": "stopping"}, status_code=503)
        return JSONResponse({"status": "ok"})

    async def ready(_: Request) -> Response:
        if service.is_stopping or not await service.is_ready():
            return JSONResponse({"status": "not ready"}, status_code=503)
        return JSONResponse({"status": "ready"})

    app = Starlette(
        routes=[
            Route("/v1/chat/completions", _Endpoint(service.completions), methods=["POST"]),
            Route("/v1/models", _Endpoint(service.models), methods=["GET"]),
            Route("/v1/models/{id:path}", _Endpoint(service.model), methods=["GET"]),
            Route("/api/chat", _Endpoint(service.chat), methods=["POST"]),
            Route("/healthz", health, methods=["GET"]),
            Route("/readyz", ready, methods=["GET"]),
        ],
        exception_handlers={404: _not_found, 405: _wrong_method, Exception: _broken},
    )
    app.router.redirect_slashes = False
    return _Guarded(app, origins)


async def _not_found(request: Request, _: Exception) -> Response:
    message = "Not found. Available paths: /v1/chat/completions, /v1/models and /api/chat."
    return _response(request.url.path, ErrorReply(404, "not_found", message))


async def _wrong_method(request: Request, error: Any) -> Response:
    allowed = error.headers["Allow"]
    message = f"This path supports {allowed} only."
    response = _response(request.url.path, ErrorReply(405, "method_not_allowed", message))
    response.headers["allow"] = allowed
    return response


async def _broken(request: Request, _: Exception) -> Response:
    message = "Internal error of the gateway. Its operator finds the cause in its log."
    return _response(request.url.path, ErrorReply(500, "gateway_error", message))


def _response(path: str, error: ErrorReply) -> Response:
    if path.startswith(_TEXT_PATHS):
        return Response(error.as_block(), error.status, media_type="text/plain; charset=utf-8")
    return Response(error.as_json(), error.status, media_type="application/json")
