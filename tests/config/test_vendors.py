from __future__ import annotations

import re

from tui_chat.config.base_url import checked_base_url
from tui_chat.config.vendors import LOCAL_SERVERS, VENDORS
from tui_chat.core.profile import Profile

_ADDRESSES = [(vendor.id, vendor.base_url) for vendor in VENDORS] + [
    (region.id, region.base_url) for vendor in VENDORS for region in vendor.regions
]


def test_every_address_is_a_base_url_as_it_is_sent() -> None:
    for name, url in _ADDRESSES:
        assert checked_base_url(url, name) == url
        assert url.startswith("https://")
    for server in LOCAL_SERVERS:
        assert checked_base_url(server.base_url, server.id) == server.base_url
        assert Profile(name=server.id, base_url=server.base_url).is_on_loopback


def test_names_addresses_and_ports_are_unique() -> None:
    names = [name for name, _url in _ADDRESSES] + [server.id for server in LOCAL_SERVERS]
    assert len(names) == len(set(names))
    urls = [url for _name, url in _ADDRESSES]
    assert len(urls) == len(set(urls))
    assert len({server.port for server in LOCAL_SERVERS}) == len(LOCAL_SERVERS)
    for name in names:
        assert re.fullmatch(r"[a-z0-9-]+", name), "a name that can be typed after --profile"


def test_a_key_variable_belongs_to_one_vendor() -> None:
    variables = [variable for vendor in VENDORS for variable in vendor.key_variables]
    assert len(variables) == len(set(variables))
    assert all(vendor.keys_page.startswith("https://") for vendor in VENDORS)


def test_a_github_token_is_not_taken_unasked() -> None:
    automatic = {vendor.id for vendor in VENDORS if vendor.is_automatic}
    assert "github" not in automatic
    assert {"openrouter", "deepseek", "moonshot", "dashscope", "zhipu", "siliconflow"} < automatic
