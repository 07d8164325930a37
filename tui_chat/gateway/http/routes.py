"""The web application: its routes and error handlers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tui_chat.gateway.http.errors import ErrorReply

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request
    from starlette.types import Receive, Scope, Send

    from tui_chat.gateway.proxy.completions import CompletionService

_TEXT_PATHS = "/api/"


class _Endpoint:
    """Passes the raw ASGI request on, because the service must see the client disconnect."""

    def __init__(self, serve: Callable[[Scope, Receive, Send], Awaitable[None]]) -> None:
        self._serve = serve

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._serve(scope, receive, send)


def make_app(service: CompletionService) -> Starlette:
    """Return the ASGI application."""

    async def health(_: Request) -> Response:
        if service.is_stopping:
            return JSONResponse({"status": "stopping"}, status_code=503)
        return JSONResponse({"status": "ok"})

    app = Starlette(
        routes=[
            Route("/v1/chat/completions", _Endpoint(service.completions), methods=["POST"]),
            Route("/v1/models", _Endpoint(service.models), methods=["GET"]),
            Route("/api/chat", _Endpoint(service.chat), methods=["POST"]),
            Route("/healthz", health, methods=["GET"]),
        ],
        exception_handlers={404: _not_found, 405: _wrong_method, Exception: _broken},
    )
    app.router.redirect_slashes = False
    return app


async def _not_found(request: Request, _: Exception) -> Response:
    message = "Not found. Available paths: /v1/chat/completions, /v1/models and /api/chat."
    return _response(request, ErrorReply(404, "not_found", message))


async def _wrong_method(request: Request, error: Any) -> Response:
    allowed = error.headers["Allow"]
    message = f"This path supports {allowed} only."
    response = _response(request, ErrorReply(405, "method_not_allowed", message))
    response.headers["allow"] = allowed
    return response


async def _broken(request: Request, _: Exception) -> Response:
    message = "Internal error of the gateway. Its operator finds the cause in its log."
    return _response(request, ErrorReply(500, "gateway_error", message))


def _response(request: Request, error: ErrorReply) -> Response:
    if request.url.path.startswith(_TEXT_PATHS):
        return Response(error.as_block(), error.status, media_type="text/plain; charset=utf-8")
    return Response(error.as_json(), error.status, media_type="application/json")
