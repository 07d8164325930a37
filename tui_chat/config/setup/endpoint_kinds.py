"""The endpoints to choose from when a profile is added: vendors, local servers, Azure, others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, urlsplit

from tui_chat.config.base_url import checked_base_url
from tui_chat.config.problems import nearest
from tui_chat.config.vendors import LOCAL_SERVERS, VENDORS
from tui_chat.core.errors import ConfigError
from tui_chat.core.labels import N_, _, join_list
from tui_chat.core.profile import host_and_port, is_private_host

if TYPE_CHECKING:
    from collections.abc import Mapping

AZURE: Final = "azure"
OTHER: Final = "other"
AZURE_API_VERSION: Final = "2024-10-21"
"""The version to begin with: the latest that is not a preview, of Azure's own documentation."""
_AZURE_PAGE: Final = "https://ai.azure.com"


@dataclass(frozen=True, slots=True)
class EndpointKind:
    """One kind of endpoint to choose."""

    id: str
    """The name of its profile, and the value of `tui-chat setup --vendor`."""
    name: str
    """Marked by `N_` if it is not a proper name."""
    base_url: str = ""
    """Empty if the user enters it."""
    key_variable: str = ""
    keys_page: str = ""
    model: str | None = None
    note: str = ""
    """A region or the like, marked by `N_`."""
    needs_key: bool = True
    """False if the endpoint usually needs none."""

    @property
    def is_azure(self) -> bool:
        """True if the endpoint needs a deployment and an API version."""
        return self.id == AZURE

    @property
    def label(self) -> str:
        """The name for the user."""
        return f"{_(self.name)} · {_(self.note)}" if self.note else _(self.name)


def endpoint_kinds() -> list[EndpointKind]:
    """Return all kinds: vendors with their regions, Azure, local servers, any other."""
    kinds: list[EndpointKind] = []
    for vendor in VENDORS:
        variable, page = vendor.key_variables[0], vendor.keys_page
        common = EndpointKind(vendor.id, vendor.name, vendor.base_url, variable, page, vendor.model)
        kinds.append(common)
        kinds += [
            EndpointKind(
                region.id, vendor.name, region.base_url, variable, page, vendor.model, region.label
            )
            for region in vendor.regions
        ]
    kinds.append(EndpointKind(AZURE, "Azure OpenAI", "", "AZURE_OPENAI_API_KEY", _AZURE_PAGE))
    kinds += [
        EndpointKind(it.id, it.name, it.base_url, note=N_("on this machine"), needs_key=False)
        for it in LOCAL_SERVERS
    ]
    kinds.append(EndpointKind(OTHER, N_("Other"), note=N_("any OpenAI-compatible URL")))
    return kinds


def find_kind(name: str) -> EndpointKind:
    """Return the kind with an id.

    Raises:
        ConfigError: It is unknown; the error suggests the closest id.
    """
    kinds = {kind.id: kind for kind in endpoint_kinds()}
    if name in kinds:
        return kinds[name]
    guess = nearest(name, kinds)
    hint = _("Did you mean {guess}? Known: {names}.") if guess else _("Known: {names}.")
    raise ConfigError(
        _("Unknown vendor “{name}”.").format(name=name),
        hint.format(guess=guess, names=join_list(kinds)),
    )


def azure_fields(resource: str, deployment: str, api_version: str) -> dict[str, object]:
    """Return the fields of a profile for a deployment on Azure.

    Args:
        resource: The URL of the resource, or its name.
        deployment: The name of the deployment.
        api_version: The version of the API.

    Raises:
        ConfigError: One of them is missing or invalid.
    """
    resource, deployment, version = resource.strip(), deployment.strip(), api_version.strip()
    if not deployment:
        raise ConfigError(
            _("The deployment is empty."), _("Its name is in the Azure portal, under Deployments.")
        )
    if not version.replace("-", "").isalnum():
        raise ConfigError(
            _("The API version is invalid."),
            _("Example: {example}").format(example=AZURE_API_VERSION),
        )
    if resource and not any(it in resource for it in "./:"):
        resource = f"https://{resource}.openai.azure.com"
    # The target URI of the portal includes deployment and version.
    url = checked_base_url(resource.partition("?")[0], _("The resource"))
    origin = f"{urlsplit(url).scheme}://{urlsplit(url).netloc}"
    return {
        "base_url": f"{origin}/openai/deployments/{quote(deployment, safe='')}",
        "model": deployment,
        "key_header": "api-key",
        "query": {"api-version": version},
    }


def free_name(wanted: str, taken: Mapping[str, object]) -> str:
    """Return a profile name that is not taken: `openai`, else `openai-2`."""
    name, number = wanted, 2
    while name in taken:
        name, number = f"{wanted}-{number}", number + 1
    return name


def name_for(kind: EndpointKind, base_url: str) -> str:
    """Return the usual name of a profile."""
    if kind.id != OTHER:
        return kind.id
    host = urlsplit(base_url).hostname or ""
    if is_private_host(host):
        return host_and_port(base_url) or OTHER
    parts = [part for part in host.split(".") if part not in ("api", "www")]
    return parts[0] if parts else OTHER
