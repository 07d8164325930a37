"""Models of several profiles are offered side by side."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from tests.providers.wire import KEY
from tests.sse_server import Answer, SseServer
from tui_chat.core.caps import UNCAPPED, Caps
from tui_chat.core.profile import KeySource, Profile, Secret
from tui_chat.gateway.codes.access_codes import AccessCode, CodeLimits
from tui_chat.gateway.http.errors import ErrorReply
from tui_chat.gateway.proxy.catalog import Catalog
from tui_chat.gateway.proxy.upstream import Upstream

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


def models(*names: str) -> Answer:
    listed = ",".join(f'{{"id": "{name}"}}' for name in names)
    return Answer((f'{{"data": [{listed}]}}'.encode(),), content_type="application/json")


def code(**limits: Any) -> AccessCode:
    return AccessCode(1, "ada", b"", b"", datetime.now(UTC), CodeLimits(**limits))


def upstream(
    server: SseServer, name: str, model: str | None = None, caps: Caps = UNCAPPED
) -> Upstream:
    key = KeySource(env="K")
    profile = Profile(name=name, base_url=server.base_url, model=model, key=key, caps=caps)
    return Upstream(profile, Secret(KEY))


@pytest.fixture
async def catalog() -> AsyncIterator[Catalog]:
    no_list = Answer((b"no",), status=404, framing="length")
    async with (
        SseServer(models=models("small", "both")) as first,
        SseServer(models=models("big", "both", "org/deep")) as second,
        SseServer(models=no_list) as third,
    ):
        upstreams = {
            "home": upstream(first, "home"),
            "work": upstream(second, "work"),
            "bare": upstream(third, "bare", "only"),
        }
        yield Catalog(upstreams)
        for one in upstreams.values():
            await one.aclose()


def ids(listed: dict[str, Any]) -> list[str]:
    return [model["id"] for model in listed["data"]]


async def test_colliding_names_get_the_name_of_their_profile(catalog: Catalog) -> None:
    assert ids(await catalog.listed(code())) == [
        "small", "home/both", "big", "work/both", "org/deep", "only",
    ]  # fmt: skip
    assert (await catalog.listed(code(), "org/deep"))["id"] == "org/deep"


@pytest.mark.parametrize(
    ("asked", "profile", "model"),
    [
        ("", "home", "small"),
        ("big", "work", "big"),
        ("work/both", "work", "both"),
        ("home/both", "home", "both"),
        ("work/big", "work", "big"),
        ("org/deep", "work", "org/deep"),
        ("only", "bare", "only"),
    ],
)
async def test_models_are_found(catalog: Catalog, asked: str, profile: str, model: str) -> None:
    found = await catalog.find(code(), asked)
    assert (found.upstream.profile.name, found.id) == (profile, model)


@pytest.mark.parametrize(
    ("limits", "asked", "status"),
    [
        ({}, "both", 400),
        ({}, "unknown", 404),
        ({"profiles": ("work",)}, "small", 200),
        ({"profiles": ("nobody",)}, "small", 403),
        ({"models": ("big",)}, "small", 403),
        ({"models": ("big",)}, "", 200),
        ({"models": ("both",)}, "work/both", 200),
        ({"models": ("work/both",)}, "work/both", 200),
        ({"models": ("work/both",)}, "home/both", 403),
    ],
)
async def test_codes_may_be_bound(
    catalog: Catalog, limits: dict[str, Any], asked: str, status: int
) -> None:
    if status == 200:
        assert (await catalog.find(code(**limits), asked)).id
        return
    with pytest.raises(ErrorReply) as refused:
        await catalog.find(code(**limits), asked)
    assert refused.value.status == status


async def test_a_bound_code_sees_its_models_only(catalog: Catalog) -> None:
    assert ids(await catalog.listed(code(profiles=("work",)))) == ["big", "both", "org/deep"]
    assert ids(await catalog.listed(code(models=("big", "home/both")))) == ["home/both", "big"]


async def test_a_profile_offers_only_the_models_of_its_owner() -> None:
    async with SseServer(models=models("small", "big")) as server:
        one = upstream(server, "home", caps=Caps(models=("big",)))
        catalog = Catalog({"home": one})
        assert ids(await catalog.listed(code())) == ["big"]
        assert (await catalog.find(code(), "")).id == "big"
        with pytest.raises(ErrorReply) as refused:
            await catalog.find(code(), "small")
        assert refused.value.status == 404
        await one.aclose()
