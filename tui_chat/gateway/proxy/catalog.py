"""The models of all profiles behind the gateway, side by side."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from tui_chat.core.errors import BadReply, ProviderError, RequestRejected, TuiChatError
from tui_chat.core.stream_events import ModelInfo
from tui_chat.gateway.http.errors import ErrorReply, from_engine_error, from_provider_error

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tui_chat.gateway.codes.access_codes import AccessCode
    from tui_chat.gateway.proxy.upstream import Upstream

_SHOWN: Final = 200


@dataclass(frozen=True, slots=True)
class ChosenModel:
    """A model and the endpoint that offers it."""

    upstream: Upstream
    id: str
    """Its name at the endpoint."""


@dataclass(frozen=True, slots=True)
class _Offer:
    shown: str
    """Its name for clients."""
    model: ChosenModel
    fields: dict[str, Any]

    def is_allowed(self, code: AccessCode) -> bool:
        """Return whether a code may use it; a code may name it either way."""
        return code.may_use(self.shown) or code.may_use(self.model.id)


class Catalog:
    """Finds models by the names that clients use.

    With one profile these are the endpoint's own. With several, a model that more than one of them
    offers is shown as NAME/MODEL, with the name that the owner gave the profile.
    """

    def __init__(self, upstreams: Mapping[str, Upstream]) -> None:
        """Create the catalog.

        Args:
            upstreams: The endpoints by name, at least one.
        """
        self._upstreams = dict(upstreams)

    async def listed(self, code: AccessCode, wanted: str | None = None) -> dict[str, Any]:
        """Return the models that a code allows in OpenAI's format, or the one that is wanted.

        Raises:
            ErrorReply: No endpoint has a list, or there is no such model.
        """
        offers = [offer for offer in await self._offers(code) if offer.is_allowed(code)]
        if wanted is None:
            return {"object": "list", "data": [offer.fields for offer in offers]}
        for offer in offers:
            if offer.shown == wanted:
                return offer.fields
        raise _unknown(wanted)

    async def find(self, code: AccessCode, model: str) -> ChosenModel:
        """Return the model that a request names, or the default one.

        Raises:
            ErrorReply: The code does not allow the model, or there is none of that name.
        """
        if not model and code.limits.models:
            model = code.limits.models[0]
        upstreams = self._allowed(code)
        if len(upstreams) == 1:
            (upstream,) = upstreams.values()
            found = ChosenModel(upstream, model or await self._default(upstream))
        else:
            found = await self._among(upstreams, code, model)
        if not _is_offered(found.upstream, found.id):
            raise _unknown(model or found.id)
        if not (code.may_use(model or found.id) or code.may_use(found.id)):
            allowed = ", ".join(code.limits.models or ())
            message = (
                f"This access code does not allow the model “{model or found.id}”."
                f" Allowed: {allowed}."
            )
            raise ErrorReply(403, "model_not_allowed", message, param="model")
        return found

    async def _among(
        self, upstreams: dict[str, Upstream], code: AccessCode, model: str
    ) -> ChosenModel:
        if not model:
            first = next(iter(upstreams.values()))
            return ChosenModel(first, await self._default(first))
        name, _slash, rest = model.partition("/")
        if rest and name in upstreams:
            return ChosenModel(upstreams[name], rest)
        offers = await self._offers(code)
        for offer in offers:
            if offer.shown == model:
                return offer.model
        choices = [offer.shown for offer in offers if offer.model.id == model]
        if choices:
            message = f"Several endpoints offer “{model[:_SHOWN]}”. Use {' or '.join(choices)}."
            raise ErrorReply(400, "invalid_field", message, param="model")
        raise _unknown(model)

    def _allowed(self, code: AccessCode) -> dict[str, Upstream]:
        names = code.limits.profiles
        found = {
            name: upstream
            for name, upstream in self._upstreams.items()
            if names is None or name in names
        }
        if not found:
            message = "This access code allows none of the gateway's profiles."
            raise ErrorReply(403, "model_not_allowed", message, param="model")
        return found

    async def _default(self, upstream: Upstream) -> str:
        if upstream.profile.model:
            return upstream.profile.model
        for model in await _models_of(upstream):
            if _is_offered(upstream, model.id):
                return model.id
        raise ErrorReply(400, "invalid_field", "“model” is missing.", param="model")

    async def _offers(self, code: AccessCode) -> list[_Offer]:
        """Return the models of all profiles that a code allows.

        An endpoint without a list hides its own models only.
        """
        found: list[tuple[str, ChosenModel, ModelInfo]] = []
        failure: ErrorReply | None = None
        for name, upstream in self._allowed(code).items():
            try:
                models = await _models_of(upstream)
            except ErrorReply as error:
                failure = error
                continue
            found += [
                (name, ChosenModel(upstream, model.id), model)
                for model in models
                if _is_offered(upstream, model.id)
            ]
        if not found and failure is not None:
            raise failure
        counts = Counter(model.id for _name, _chosen, model in found)
        return [
            _offer(f"{name}/{model.id}" if counts[model.id] > 1 else model.id, chosen, model)
            for name, chosen, model in found
        ]


def _is_offered(upstream: Upstream, model: str) -> bool:
    """Return whether the owner of the profile lets clients use a model."""
    models = upstream.profile.caps.models
    return models is None or model in models


async def _models_of(upstream: Upstream) -> list[ModelInfo]:
    """Return the models of an endpoint; the profile's model if it has no list."""
    try:
        return await upstream.models()
    except ProviderError as error:
        model = upstream.profile.model
        if model is None or not isinstance(error, BadReply | RequestRejected):
            raise from_provider_error(error) from error
        return [ModelInfo(model)]
    except TuiChatError as error:
        raise from_engine_error(error) from error


def _offer(shown: str, chosen: ChosenModel, model: ModelInfo) -> _Offer:
    fields: dict[str, Any] = {
        "id": shown,
        "object": "model",
        "created": 0,
        "owned_by": "gateway",
    }
    if model.context_tokens:
        fields["context_length"] = model.context_tokens
    return _Offer(shown, chosen, fields)


def _unknown(model: str) -> ErrorReply:
    message = f"There is no model “{model[:_SHOWN]}”. See GET /v1/models."
    return ErrorReply(404, "model_not_found", message, param="model")
