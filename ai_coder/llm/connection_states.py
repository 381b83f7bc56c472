"""The states of a server in words, one function each.

Every function takes the provider's name and its address; `raw` is what the server said.
"""

from __future__ import annotations

from ai_coder.errors import (
    AuthenticationFailedError,
    AuthenticationNeededError,
    HostBlockedError,
    HostNameRefusedError,
    MalformedResponseError,
    NotAnApiError,
    ProviderError,
    ProviderUnreachableError,
    ProxyDownError,
    RedirectedError,
    Remedy,
    ServerFailedError,
    ServerSilentError,
    StreamInterruptedError,
    WrongPathError,
)
from ai_coder.llm.address import host_of, locality
from ai_coder.llm.connection import ConnectionKind, ConnectionState
from ai_coder.llm.models import Locality
from ai_coder.translation import QT_TRANSLATE_NOOP

LOCAL_CAUSE = QT_TRANSLATE_NOOP("connection", "The server is switched off, or uses another port.")
LAN_CAUSE = QT_TRANSLATE_NOOP(
    "connection",
    "The other computer is off, or its server is not served on the local network.",
)
CLOUD_CAUSE = QT_TRANSLATE_NOOP("connection", "There is no connection to the internet.")


def unknown(provider: str, url: str) -> ConnectionState:
    """Say that nobody asked the server yet."""
    sentence = QT_TRANSLATE_NOOP("connection", "{provider} has not been asked yet.")
    short = QT_TRANSLATE_NOOP("connection", "…")
    return _state(ConnectionKind.UNKNOWN, provider, url, (sentence, short, ""))


def not_set_up(provider: str, url: str, *, reason: str) -> ConnectionState:
    """Say that the settings of the server keep it from being used."""
    sentence = QT_TRANSLATE_NOOP("connection", "{provider} cannot be used as it is set up.")
    short = QT_TRANSLATE_NOOP("connection", "check settings")
    cause = QT_TRANSLATE_NOOP("connection", "{reason}")
    texts = (sentence, short, cause)
    kind = ConnectionKind.NOT_SET_UP
    return _state(kind, provider, url, texts, Remedy.OPEN_SETTINGS, reason=reason)


def unreachable(
    provider: str,
    url: str,
    *,
    raw: str = "",
    cause: str = "",
    remedy: Remedy | None = None,
) -> ConnectionState:
    """Say that nothing answers; without *cause* the likely one depends on where the server is."""
    where = locality(url)
    sentence = QT_TRANSLATE_NOOP("connection", "{provider} does not answer at {url}.")
    short = QT_TRANSLATE_NOOP("connection", "off")
    causes = {
        Locality.LOCAL: LOCAL_CAUSE,
        Locality.LAN: LAN_CAUSE,
        Locality.CLOUD: CLOUD_CAUSE,
    }
    is_here = where is Locality.LOCAL
    remedy = remedy or (Remedy.START_SERVER if is_here else Remedy.RETRY)
    texts = (sentence, short, cause or causes[where])
    error = ProviderUnreachableError(provider=provider, url=url, raw=raw)
    return _state(ConnectionKind.UNREACHABLE, provider, url, texts, remedy, error)


def behind_proxy(provider: str, url: str, error: ProxyDownError) -> ConnectionState:
    """Say that the proxy on the way to the server fails."""
    sentence = QT_TRANSLATE_NOOP("connection", "{provider} cannot be reached at {url}.")
    short = QT_TRANSLATE_NOOP("connection", "proxy fails")
    cause = QT_TRANSLATE_NOOP("connection", "{reason}")
    texts, kind = (sentence, short, cause), ConnectionKind.UNREACHABLE
    reason = f"{error} {error.hint_text}"
    return _state(kind, provider, url, texts, Remedy.RETRY, error, reason=reason)


def not_found(provider: str, url: str, *, raw: str = "") -> ConnectionState:
    """Say that nothing answers and that nothing is installed here that could be started."""
    cause = QT_TRANSLATE_NOOP(
        "connection",
        "{provider} was not found on this computer. If it is installed, start its server.",
    )
    return unreachable(provider, url, raw=raw, cause=cause, remedy=Remedy.GET_SERVER)


def silent(provider: str, url: str, *, raw: str = "") -> ConnectionState:
    """Say that the port takes the connection but nothing is said in time."""
    sentence = QT_TRANSLATE_NOOP("connection", "{provider} takes the call but says nothing.")
    short = QT_TRANSLATE_NOOP("connection", "silent")
    cause = QT_TRANSLATE_NOOP(
        "connection", "The server hangs or is very busy. Restarting it usually helps."
    )
    error = ProviderUnreachableError(provider=provider, url=url, raw=raw)
    texts = (sentence, short, cause)
    return _state(ConnectionKind.UNREACHABLE, provider, url, texts, Remedy.RETRY, error)


def something_else(
    provider: str, url: str, *, raw: str = "", is_proxy: bool = False
) -> ConnectionState:
    """Say that a web page, another program, or a proxy (`is_proxy`) answers at the address."""
    sentence = QT_TRANSLATE_NOOP("connection", "What answers at {url} is not {provider}.")
    short = QT_TRANSLATE_NOOP("connection", "not {provider}")
    page = QT_TRANSLATE_NOOP("connection", "Another program uses this port. Check the address.")
    proxy = QT_TRANSLATE_NOOP(
        "connection",
        "A proxy answered in place of the server: the server is off, or the proxy is in the way.",
    )
    texts = (sentence, short, proxy if is_proxy else page)
    error = NotAnApiError(provider=provider, url=url, raw=raw)
    kind = ConnectionKind.SOMETHING_ELSE
    return _state(kind, provider, url, texts, Remedy.OPEN_SETTINGS, error)


def wrong_path(provider: str, url: str, *, suggestion: str = "", raw: str = "") -> ConnectionState:
    """Say that the server is the right one; *suggestion* is the address that would work."""
    sentence = QT_TRANSLATE_NOOP("connection", "{provider} answered, but not at this path.")
    short = QT_TRANSLATE_NOOP("connection", "wrong path")
    cause = QT_TRANSLATE_NOOP("connection", "The address has a part too much or too little.")
    error = WrongPathError(provider=provider, url=url, suggestion=suggestion, raw=raw)
    remedy = Remedy.USE_ADDRESS if suggestion else Remedy.OPEN_SETTINGS
    texts = (sentence, short, cause)
    return _state(
        ConnectionKind.WRONG_PATH, provider, url, texts, remedy, error, suggestion=suggestion
    )


def host_name_refused(provider: str, url: str, *, raw: str = "") -> ConnectionState:
    """Say that the server does not answer to the host name of its address."""
    sentence = QT_TRANSLATE_NOOP("connection", "{provider} does not accept this host name.")
    short = QT_TRANSLATE_NOOP("connection", "wrong host name")
    cause = QT_TRANSLATE_NOOP(
        "connection", "It accepts IP addresses and its own name only. Enter its IP address instead."
    )
    error = HostNameRefusedError(provider=provider, host=host_of(url), raw=raw)
    texts = (sentence, short, cause)
    return _state(ConnectionKind.WRONG_PATH, provider, url, texts, Remedy.OPEN_SETTINGS, error)


def redirected(provider: str, url: str, *, raw: str) -> ConnectionState:
    """Say that the server wants requests to go to another address."""
    sentence = QT_TRANSLATE_NOOP("connection", "{provider} redirects to another address.")
    short = QT_TRANSLATE_NOOP("connection", "redirects")
    cause = QT_TRANSLATE_NOOP(
        "connection", "Nothing was sent there. If it is the right server, enter its address."
    )
    error = NotAnApiError(provider=provider, url=url, raw=raw)
    texts = (sentence, short, cause)
    kind = ConnectionKind.WRONG_PATH
    return _state(kind, provider, url, texts, Remedy.OPEN_SETTINGS, error)


def auth_needed(provider: str, url: str, *, raw: str = "") -> ConnectionState:
    """Say that the server wants a token and none is set."""
    sentence = QT_TRANSLATE_NOOP("connection", "{provider} asks for a token.")
    short = QT_TRANSLATE_NOOP("connection", "token needed")
    cause = QT_TRANSLATE_NOOP("connection", "The server requires authentication.")
    error = AuthenticationNeededError(provider=provider, raw=raw)
    texts = (sentence, short, cause)
    return _state(ConnectionKind.AUTH_NEEDED, provider, url, texts, Remedy.ENTER_TOKEN, error)


def token_refused(provider: str, url: str, *, raw: str = "") -> ConnectionState:
    """Say that the server rejected the token that is set."""
    sentence = QT_TRANSLATE_NOOP("connection", "{provider} refused the token.")
    short = QT_TRANSLATE_NOOP("connection", "token refused")
    cause = QT_TRANSLATE_NOOP("connection", "The token is wrong, was deleted, or may not do this.")
    error = AuthenticationFailedError(provider=provider, raw=raw)
    texts = (sentence, short, cause)
    return _state(ConnectionKind.TOKEN_REFUSED, provider, url, texts, Remedy.ENTER_TOKEN, error)


def nothing_downloaded(provider: str, url: str, *, raw: str = "") -> ConnectionState:
    """Say that the server is up and has no model that can chat."""
    sentence = QT_TRANSLATE_NOOP("connection", "{provider} is running and has no chat model yet.")
    short = QT_TRANSLATE_NOOP("connection", "no models")
    cause = QT_TRANSLATE_NOOP("connection", "Download a model in {provider}.")
    texts = (sentence, short, cause)
    kind = ConnectionKind.NOTHING_DOWNLOADED
    return _state(kind, provider, url, texts, Remedy.DOWNLOAD_MODEL, raw=raw)


def no_files(provider: str, folder: str) -> ConnectionState:
    """Say that an engine of ours finds no model file that can chat, not even the guide."""
    sentence = QT_TRANSLATE_NOOP("connection", "{provider} has no model file to run.")
    short = QT_TRANSLATE_NOOP("connection", "no models")
    cause = QT_TRANSLATE_NOOP("connection", "Put a GGUF file into {url}, or connect a server.")
    texts = (sentence, short, cause)
    return _state(ConnectionKind.NOTHING_DOWNLOADED, provider, folder, texts, Remedy.DOWNLOAD_MODEL)


def nothing_loaded(provider: str, url: str, *, models: int, cause: str = "") -> ConnectionState:
    """Say that the server is up, has *models* and holds none of them in memory."""
    sentence = QT_TRANSLATE_NOOP("connection", "{provider} is running; no model is loaded.")
    one = QT_TRANSLATE_NOOP("connection", "1 model, none loaded")
    several = QT_TRANSLATE_NOOP("connection", "{models} models, none loaded")
    lists_none = QT_TRANSLATE_NOOP("connection", "none loaded")
    usual = QT_TRANSLATE_NOOP("connection", "A model is loaded when it is first used.")
    short = {0: lists_none, 1: one}.get(models, several)
    texts = (sentence, short, cause or usual)
    kind = ConnectionKind.NOTHING_LOADED
    return _state(kind, provider, url, texts, Remedy.LOAD_MODEL, models=models)


def ready(provider: str, url: str, *, models: int, loaded: int | None = None) -> ConnectionState:
    """Say that the server is up; *loaded* is None where it does not tell what is in memory."""
    sentence = QT_TRANSLATE_NOOP("connection", "{provider} is ready.")
    one = QT_TRANSLATE_NOOP("connection", "1 model")
    several = QT_TRANSLATE_NOOP("connection", "{models} models")
    one_loaded = QT_TRANSLATE_NOOP("connection", "1 model, loaded")
    several_loaded = QT_TRANSLATE_NOOP("connection", "{models} models, {loaded} loaded")
    if loaded is None:
        short = one if models == 1 else several
    else:
        short = one_loaded if models == 1 else several_loaded
    texts = (sentence, short, "")
    return _state(ConnectionKind.READY, provider, url, texts, models=models, loaded=loaded or 0)


def starting(provider: str, url: str) -> ConnectionState:
    """Say that the server was started and does not answer yet."""
    sentence = QT_TRANSLATE_NOOP("connection", "{provider} is starting.")
    short = QT_TRANSLATE_NOOP("connection", "starting")
    return _state(ConnectionKind.STARTING, provider, url, (sentence, short, ""))


def degraded(
    provider: str, url: str, *, models: int = 0, loaded: int = 0, raw: str = ""
) -> ConnectionState:
    """Say that the server answers, but not all of what was asked; *models* are those known."""
    sentence = QT_TRANSLATE_NOOP("connection", "{provider} answers, but with errors.")
    short = QT_TRANSLATE_NOOP("connection", "errors")
    cause = QT_TRANSLATE_NOOP("connection", "It may be starting, busy, or out of memory.")
    texts = (sentence, short, cause)
    kind = ConnectionKind.DEGRADED
    error = None if models else ServerFailedError(provider=provider, reason=raw, raw=raw)
    return _state(
        kind, provider, url, texts, Remedy.RETRY, error, models=models, loaded=loaded, raw=raw
    )


def not_asked(provider: str, url: str, *, raw: str) -> ConnectionState:
    """Say that a mistake on this side kept the server from being asked."""
    sentence = QT_TRANSLATE_NOOP("connection", "{provider} could not be asked.")
    short = QT_TRANSLATE_NOOP("connection", "failed")
    cause = QT_TRANSLATE_NOOP(
        "connection", "The application, or a package for this provider, made a mistake."
    )
    error = ServerFailedError(provider=provider, reason=raw, raw=raw)
    kind = ConnectionKind.SOMETHING_ELSE
    return _state(kind, provider, url, (sentence, short, cause), Remedy.RETRY, error, raw=raw)


def blocked(provider: str, url: str) -> ConnectionState:
    """Say that the local-only lock forbids the server's host."""
    sentence = QT_TRANSLATE_NOOP("connection", "Local only is on: {provider} is not contacted.")
    short = QT_TRANSLATE_NOOP("connection", "locked")
    cause = QT_TRANSLATE_NOOP("connection", "Unlock it in the status bar to use this server.")
    error = HostBlockedError(host=host_of(url))
    texts = (sentence, short, cause)
    return _state(ConnectionKind.BLOCKED, provider, url, texts, Remedy.UNLOCK, error)


def from_error(
    provider: str, url: str, error: ProviderError, *, cause: str = ""
) -> ConnectionState:
    """Return the state of a server whose answer to a question was *error*.

    *cause* is the usual reason why this kind of server cannot be reached.
    """
    raw = error.raw
    match error:
        case HostBlockedError():
            return blocked(provider, url)
        case RedirectedError():
            return redirected(provider, url, raw=str(error))
        case ServerSilentError():
            return silent(provider, url, raw=raw)
        case ProxyDownError():
            return behind_proxy(provider, url, error)
        case ProviderUnreachableError() | StreamInterruptedError():
            return unreachable(provider, url, raw=raw, cause=cause)
        case HostNameRefusedError():
            return host_name_refused(provider, url, raw=raw)
        case AuthenticationNeededError():
            return auth_needed(provider, url, raw=raw)
        case AuthenticationFailedError():
            return token_refused(provider, url, raw=raw)
        case WrongPathError():
            suggestion = error.details.get("suggestion", "")
            return wrong_path(provider, url, suggestion=suggestion, raw=raw)
        case NotAnApiError():
            return something_else(provider, url, raw=raw, is_proxy=error.is_proxy)
        case MalformedResponseError():
            return something_else(provider, url, raw=raw)
    return degraded(provider, url, raw=raw or str(error))


def _state(
    kind: ConnectionKind,
    provider: str,
    url: str,
    templates: tuple[str, str, str],
    remedy: Remedy | None = None,
    error: ProviderError | None = None,
    *,
    suggestion: str = "",
    raw: str = "",
    models: int = 0,
    loaded: int = 0,
    reason: str = "",
) -> ConnectionState:
    values = {"provider": provider, "url": url, "models": str(models), "loaded": str(loaded)}
    if reason:
        values["reason"] = reason
    sentence, short, cause = (template.format(**values) for template in templates)
    return ConnectionState(
        kind=kind,
        provider=provider,
        url=url,
        sentence=sentence,
        short=short,
        cause=cause,
        remedy=remedy,
        suggestion=suggestion,
        raw=raw or (error.raw if error else ""),
        models=models,
        loaded=loaded,
        error=error,
        templates=templates,
        values=tuple(values.items()),
    )
