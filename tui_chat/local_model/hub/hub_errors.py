"""Translates the errors of huggingface_hub and of its HTTP client into messages for the user."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from tui_chat.core.errors import ConnectionBroke, DownloadError
from tui_chat.core.labels import N_, _
from tui_chat.core.text.redact import redaction_patterns
from tui_chat.core.text.sanitize import sanitize_line

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGE_HINT: Final = N_('Run `pip install ".[models]"` (or `huggingface_hub`), then try again.')
_AGAIN: Final = N_("Try again; what has arrived is kept.")


@contextmanager
def hub_errors(host: str, repository: str) -> Iterator[None]:
    """Convert the exceptions of requests to the hub within the block.

    Args:
        host: The hub, as it is shown.
        repository: The repository that is asked for.

    Raises:
        ConnectionBroke: Another attempt may help.
        DownloadError: Another attempt would fail too.
    """
    import httpx2
    from huggingface_hub import errors

    try:
        yield
    except errors.GatedRepoError as error:
        raise _gated(host, repository) from error
    except (errors.RepositoryNotFoundError, errors.RevisionNotFoundError) as error:
        raise _absent(host, repository) from error
    except errors.LocalTokenNotFoundError as error:
        raise DownloadError(
            _("--with-token was given, but there is no token on this machine."),
            _("Set HF_TOKEN, or log in with `hf auth login`."),
        ) from error
    except errors.OfflineModeIsEnabled as error:
        raise DownloadError(
            _("HF_HUB_OFFLINE forbids connections to {host}.").format(host=host),
            _("Remove this variable to download a model."),
        ) from error
    except errors.HfHubHTTPError as error:
        raise _refused(host, repository, error.response.status_code, error) from error
    except httpx2.InvalidURL as error:
        raise DownloadError(
            _("HF_ENDPOINT is not a valid address."), _("Example: https://huggingface.co")
        ) from error
    except httpx2.TransportError as error:
        raise _broke(host, error) from error
    except httpx2.HTTPError as error:
        raise DownloadError(_unusable(host, error), _(_AGAIN)) from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        # A login page of a network, or a server that is no hub.
        raise DownloadError(
            _("The answer of {host} is not that of a model hub.").format(host=host),
            _("Check HF_ENDPOINT, and whether this network asks for a login in the browser."),
        ) from error


def missing_package() -> DownloadError:
    """Return the error for a missing huggingface_hub."""
    return DownloadError(
        _("Models cannot be downloaded: the package huggingface_hub is missing."), _(PACKAGE_HINT)
    )


def _gated(host: str, repository: str) -> DownloadError:
    summary = _("The repository {repository} is open only to accounts that accept its conditions.")
    hint = _("Accept them at {page}, then add --with-token; or choose a model of `tui-chat local`.")
    return DownloadError(
        summary.format(repository=repository), hint.format(page=f"https://{host}/{repository}")
    )


def _absent(host: str, repository: str) -> DownloadError:
    return DownloadError(
        _("{host} has no public repository {repository}.").format(host=host, repository=repository),
        _("Check its name; for a private one, add --with-token."),
    )


def _refused(host: str, repository: str, status: int, error: Exception) -> DownloadError:
    if status == 401:
        # The hub answers like this for names that do not exist, too.
        return _absent(host, repository)
    if status == 403:
        summary = _("{host} refuses access to {repository} (HTTP {status}).")
        hint = _("For a private or gated repository, add --with-token with a valid token.")
    elif status == 404:
        summary = _("{host} does not have this file of {repository} any more (HTTP {status}).")
        hint = _("Start the download again.")
    elif status in (408, 429) or status >= 500:
        summary = _("{host} cannot serve {repository} at the moment (HTTP {status}).")
        text = summary.format(host=host, repository=repository, status=status)
        return ConnectionBroke(text, _(_AGAIN))
    else:
        summary = _("{host} rejected the request for {repository} (HTTP {status}): {reason}.")
        hint = _(_AGAIN)
    reason = sanitize_line(redaction_patterns(str(getattr(error, "server_message", "") or "")), 200)
    return DownloadError(
        summary.format(
            host=host, repository=repository, status=status, reason=reason or _("no reason given")
        ),
        hint,
    )


def _broke(host: str, error: Exception) -> ConnectionBroke:
    import httpx2

    if isinstance(error, httpx2.ConnectTimeout | httpx2.ConnectError):
        summary = _("{host} cannot be reached: {reason}.")
        hint = _("Check the network and the proxy; HF_ENDPOINT selects a mirror.")
    elif isinstance(error, httpx2.TimeoutException):
        summary, hint = _("{host} has stopped sending."), _(_AGAIN)
    else:
        summary, hint = _("The connection to {host} broke: {reason}."), _(_AGAIN)
    return ConnectionBroke(summary.format(host=host, reason=_reason(error)), hint)


def _unusable(host: str, error: Exception) -> str:
    summary = _("The request to {host} failed: {reason}.")
    return summary.format(host=host, reason=_reason(error))


def _reason(error: Exception) -> str:
    text = sanitize_line(redaction_patterns(str(error)), 200).rstrip(".")
    return text or type(error).__name__
