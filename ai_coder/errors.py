"""Errors that are written for the user.

* AICoderError
  + ProviderError
    - ProviderUnreachableError, ServerSilentError, WrongPathError
      . ProxyDownError > ProxyRefusedError
    - NotAnApiError, ProxyTimeoutError, HostNameRefusedError
    - AuthenticationNeededError, AuthenticationFailedError, AccessDeniedError
    - ModelNotFoundError, ModelNotLoadedError, ModelLoadFailedError
      . FormerWindowKeptError
    - ContextOverflowError
    - RequestRefusedError, RequestTooLargeError, ServerFailedError, MalformedResponseError
      . ConnectionLostError > ServerLeftError, and LeftWhileLoadingError
    - StreamInterruptedError, EmptyAnswerError
      . ModelDiedError
    - RateLimitedError, QuotaExceededError, OverloadedError, AnswerBlockedError
    - HostBlockedError, RedirectedError
    - UnknownModelError, WrongAddressError
      . NoModelError
  + SettingsError
    - UnwritableFileError, KeyNotForgottenError, and those in `settings/problems.py`
  + StoreError
  + EngineError

Anything else that escapes is a bug: it goes to the log and the crash dialog.
"""

from __future__ import annotations

import math
from enum import StrEnum
from typing import ClassVar

from ai_coder.translation import QT_TRANSLATE_NOOP


class Remedy(StrEnum):
    """The one action that mends a failure; the window turns it into a button."""

    RETRY = "retry"
    START_SERVER = "start_server"
    GET_SERVER = "get_server"
    ENTER_TOKEN = "enter_token"
    USE_ADDRESS = "use_address"
    OPEN_SETTINGS = "open_settings"
    LOAD_MODEL = "load_model"
    DOWNLOAD_MODEL = "download_model"
    CHOOSE_MODEL = "choose_model"
    RELOAD_LARGER = "reload_larger"
    START_FRESH = "start_fresh"
    SEND_ANYWAY = "send_anyway"
    CONTINUE = "continue"
    UNLOCK = "unlock"


class AICoderError(Exception):
    """An expected failure that can be explained to the user.

    `message` and `hint` are templates in English. The user interface translates
    the template and then fills in `details`; `str(error)` is the English text.
    `raw` is what the other side said, for the folded detail of an error card;
    it never holds a secret.
    """

    message: ClassVar[str]
    hint: str = ""
    remedy: Remedy | None = None

    def __init__(self, *, raw: str = "", **details: str) -> None:
        self.details = details
        self.raw = raw
        super().__init__(self.message.format(**details))

    @property
    def hint_text(self) -> str:
        """The English hint with its details filled in; empty when there is none."""
        return self.hint.format(**self.details)


class ProviderError(AICoderError):
    """A request to a provider failed."""

    message = QT_TRANSLATE_NOOP("errors", "{provider} could not answer.")


class ProviderUnreachableError(ProviderError):
    """No server answers at the provider's address."""

    message = QT_TRANSLATE_NOOP("errors", "{provider} does not answer at {url}.")
    hint = QT_TRANSLATE_NOOP("errors", "Start the server or correct its address in Settings.")
    remedy = Remedy.START_SERVER


class ProxyDownError(ProviderUnreachableError):
    """The proxy of the system, through which the internet is reached, is not there."""

    message = QT_TRANSLATE_NOOP("errors", "The proxy {proxy} does not answer.")
    hint = QT_TRANSLATE_NOOP(
        "errors",
        "Correct {variable}, or name {host} in NO_PROXY, then start the application again.",
    )
    remedy = Remedy.RETRY

    def __init__(
        self, *, proxy: str, host: str, variable: str, raw: str = "", **details: str
    ) -> None:
        super().__init__(proxy=proxy, host=host, variable=variable, raw=raw, **details)
        if not variable:
            self.hint = QT_TRANSLATE_NOOP(
                "errors", "Correct it in the network settings of the system, or except {host}."
            )


class ProxyRefusedError(ProxyDownError):
    """The proxy of the system does not let a request through."""

    message = QT_TRANSLATE_NOOP("errors", "The proxy {proxy} refuses: {reason}")


class ServerSilentError(ProviderError):
    """The server accepted the connection and then said nothing while doing no work."""

    message = QT_TRANSLATE_NOOP("errors", "{provider} accepted the request but went silent.")
    hint = QT_TRANSLATE_NOOP("errors", "Restart the server, then try again.")
    remedy = Remedy.RETRY


class NotAnApiError(ProviderError):
    """Something answers at the address, but it is a web page, or a proxy (`is_proxy`)."""

    message = QT_TRANSLATE_NOOP("errors", "What answers at {url} is not {provider}.")
    hint = QT_TRANSLATE_NOOP(
        "errors", "A web page or a proxy answered. Check the port and the address in Settings."
    )
    remedy = Remedy.OPEN_SETTINGS

    def __init__(self, *, provider: str, url: str, is_proxy: bool = False, raw: str = "") -> None:
        self.is_proxy = is_proxy
        super().__init__(provider=provider, url=url, raw=raw)


class ProxyTimeoutError(NotAnApiError):
    """A proxy lost its patience; the server behind it may still be working."""

    message = QT_TRANSLATE_NOOP(
        "errors", "The proxy before {provider} stopped waiting for the answer."
    )
    hint = QT_TRANSLATE_NOOP(
        "errors",
        "Raise the time limit of the proxy, or enter the server's own address in Settings.",
    )

    def __init__(self, *, provider: str, url: str, raw: str = "") -> None:
        super().__init__(provider=provider, url=url, is_proxy=True, raw=raw)


class WrongPathError(ProviderError):
    """The server is the right one, but the path of the address is wrong."""

    message = QT_TRANSLATE_NOOP("errors", "{provider} answered, but the path of {url} is wrong.")
    hint = QT_TRANSLATE_NOOP("errors", "Use the address {suggestion} in Settings.")
    remedy = Remedy.USE_ADDRESS


class HostNameRefusedError(ProviderError):
    """The server answers, but not under the host name of the address."""

    message = QT_TRANSLATE_NOOP("errors", "{provider} accepts no requests for the name {host}.")
    hint = QT_TRANSLATE_NOOP("errors", "Enter the IP address of that computer in Settings.")
    remedy = Remedy.OPEN_SETTINGS


class AuthenticationNeededError(ProviderError):
    """The server wants a token and none is set."""

    message = QT_TRANSLATE_NOOP("errors", "{provider} asks for a token.")
    hint = QT_TRANSLATE_NOOP("errors", "Enter the token of this server in Settings.")
    remedy = Remedy.ENTER_TOKEN


class AuthenticationFailedError(ProviderError):
    """The provider rejected the token or API key."""

    message = QT_TRANSLATE_NOOP("errors", "{provider} refused the key.")
    hint = QT_TRANSLATE_NOOP("errors", "Enter a valid key in Settings.")
    remedy = Remedy.ENTER_TOKEN


class AccessDeniedError(AuthenticationFailedError):
    """The key is known, but it, its account or its country may not have this."""

    message = QT_TRANSLATE_NOOP("errors", "{provider} does not allow this: {reason}")
    hint = QT_TRANSLATE_NOOP("errors", "Choose another model, or use a key that may do this.")

    def __init__(self, *, provider: str, reason: str, raw: str = "") -> None:
        super().__init__(provider=provider, reason=reason, raw=raw)
        if "key" not in reason.casefold():
            self.remedy = Remedy.CHOOSE_MODEL


class ModelNotFoundError(ProviderError):
    """The server does not have the model."""

    message = QT_TRANSLATE_NOOP("errors", "{provider} has no model named {model}.")
    hint = QT_TRANSLATE_NOOP("errors", "Choose one of its models in the dropdown.")
    remedy = Remedy.CHOOSE_MODEL


class ModelNotLoadedError(ProviderError):
    """The server has the model but it is not loaded and is not loaded on demand."""

    message = QT_TRANSLATE_NOOP("errors", "{model} is not loaded in {provider}.")
    hint = QT_TRANSLATE_NOOP("errors", "Load the model, then send again.")
    remedy = Remedy.LOAD_MODEL


class ModelLoadFailedError(ProviderError):
    """Loading the model failed, usually for want of memory."""

    message = QT_TRANSLATE_NOOP("errors", "{provider} could not load {model}: {reason}")
    hint = QT_TRANSLATE_NOOP(
        "errors", "Try a smaller context window, a smaller quantization, or unload other models."
    )
    remedy = Remedy.LOAD_MODEL


class FormerWindowKeptError(ModelLoadFailedError):
    """Loading with another window failed, and the model is loaded as it was before."""

    message = QT_TRANSLATE_NOOP(
        "errors", "{provider} could not load {model} with that window: {reason}"
    )
    hint = QT_TRANSLATE_NOOP("errors", "It is loaded again as it was before.")


class ContextOverflowError(ProviderError):
    """The conversation does not fit the context window.

    `prompt_tokens` and `context_length` are None where the server did not say. An
    *is_estimate* was made here, before anything was sent.
    """

    message = QT_TRANSLATE_NOOP("errors", "The conversation is too long for {model}.")
    hint = QT_TRANSLATE_NOOP(
        "errors", "Reload the model with a larger window, remove attachments, or start fresh."
    )
    remedy = Remedy.RELOAD_LARGER

    def __init__(
        self,
        *,
        model: str,
        provider: str,
        prompt_tokens: int | None = None,
        context_length: int | None = None,
        is_estimate: bool = False,
        raw: str = "",
    ) -> None:
        self.prompt_tokens = prompt_tokens
        self.context_length = context_length
        self.is_estimate = is_estimate or None
        super().__init__(model=model, provider=provider, raw=raw)


class RequestRefusedError(ProviderError):
    """The provider understood the request and declined it."""

    message = QT_TRANSLATE_NOOP("errors", "{provider} refused the request: {reason}")


class RequestTooLargeError(RequestRefusedError):
    """What was sent has more bytes than the provider takes."""

    message = QT_TRANSLATE_NOOP("errors", "The request is too large for {provider}: {reason}")
    hint = QT_TRANSLATE_NOOP("errors", "Remove attachments, or start fresh.")
    remedy = Remedy.START_FRESH


class ServerFailedError(ProviderError):
    """The server or its engine failed while working.

    `is_passing` says that it did nothing of what was asked and may do it in a moment.
    """

    message = QT_TRANSLATE_NOOP("errors", "{provider} failed: {reason}")
    hint = QT_TRANSLATE_NOOP("errors", "Try again; if it fails again, reload the model.")
    remedy = Remedy.RETRY

    def __init__(
        self, *, provider: str, reason: str, is_passing: bool = False, raw: str = ""
    ) -> None:
        self.is_passing = is_passing
        super().__init__(provider=provider, reason=reason, raw=raw)
        if is_passing:
            self.hint = QT_TRANSLATE_NOOP("errors", "Try again in a minute.")


class ConnectionLostError(ServerFailedError):
    """The connection ended before the first word."""

    message = QT_TRANSLATE_NOOP("errors", "The connection to {provider} broke off too early.")
    hint = QT_TRANSLATE_NOOP("errors", "No word of an answer arrived. Try again.")

    def __init__(self, *, provider: str, raw: str = "") -> None:
        super().__init__(provider=provider, reason="connection lost", raw=raw)


class ServerLeftError(ConnectionLostError):
    """The server went away before the first word; *remedy* is what brings it back."""

    message = QT_TRANSLATE_NOOP("errors", "{provider} stopped before it answered.")
    hint = QT_TRANSLATE_NOOP("errors", "Start it again, then try again.")

    def __init__(self, *, provider: str, remedy: Remedy, raw: str = "") -> None:
        super().__init__(provider=provider, raw=raw)
        self.remedy = remedy


class LeftWhileLoadingError(ProviderError):
    """The server went away while it loaded a model; *remedy* is what brings it back."""

    message = QT_TRANSLATE_NOOP("errors", "{provider} stopped while it loaded {model}.")
    hint = QT_TRANSLATE_NOOP(
        "errors",
        "Start it again. If memory ran out, choose a smaller model or context window.",
    )

    def __init__(self, *, provider: str, model: str, remedy: Remedy, raw: str = "") -> None:
        super().__init__(provider=provider, model=model, raw=raw)
        self.remedy = remedy


class MalformedResponseError(ProviderError):
    """The answer is not what this kind of server sends."""

    message = QT_TRANSLATE_NOOP("errors", "{provider} sent something that cannot be read.")
    hint = QT_TRANSLATE_NOOP("errors", "Check that the address belongs to this kind of server.")
    remedy = Remedy.OPEN_SETTINGS


class StreamInterruptedError(ProviderError):
    """The stream ended before the server said that the answer is complete."""

    message = QT_TRANSLATE_NOOP("errors", "The connection to {provider} broke off mid-answer.")
    hint = QT_TRANSLATE_NOOP("errors", "What arrived is kept. Continue or regenerate the answer.")
    remedy = Remedy.CONTINUE


class ModelDiedError(StreamInterruptedError):
    """What runs the model ended in the middle of an answer."""

    message = QT_TRANSLATE_NOOP("errors", "{model} stopped in the middle of its answer: {reason}")
    hint = QT_TRANSLATE_NOOP(
        "errors",
        "What arrived is kept. If memory ran out, choose a smaller model or context window before "
        "you continue.",
    )


class EmptyAnswerError(ProviderError):
    """The server finished without a single word; `reason` says the likely cause."""

    message = QT_TRANSLATE_NOOP("errors", "{model} finished without an answer: {reason}")
    remedy = Remedy.RETRY


class TryLaterError(ProviderError):
    """The provider is up, but not for us at this moment.

    `retry_after` is in seconds, None where the provider did not say.
    """

    remedy = Remedy.RETRY

    def __init__(self, *, provider: str, retry_after: float | None = None, raw: str = "") -> None:
        self.retry_after = retry_after
        told = {"delay": _delay_text(retry_after)} if retry_after else {}
        super().__init__(provider=provider, raw=raw, **told)
        if told:
            self.hint = QT_TRANSLATE_NOOP("errors", "Try again in {delay}, as it asks.")


class RateLimitedError(TryLaterError):
    """Too many requests."""

    message = QT_TRANSLATE_NOOP("errors", "{provider} asks to slow down.")
    hint = QT_TRANSLATE_NOOP("errors", "Wait a moment, then try again.")


class QuotaExceededError(ProviderError):
    """The account has no credit or quota left; waiting a moment does not help."""

    message = QT_TRANSLATE_NOOP("errors", "Your {provider} account has no quota left.")
    hint = QT_TRANSLATE_NOOP("errors", "Check the plan and billing there, or use a local model.")
    remedy = Remedy.CHOOSE_MODEL


class OverloadedError(TryLaterError):
    """The provider has no capacity."""

    message = QT_TRANSLATE_NOOP("errors", "{provider} is overloaded right now.")
    hint = QT_TRANSLATE_NOOP("errors", "Try again in a minute.")


class AnswerBlockedError(ProviderError):
    """The provider's safety rules blocked the prompt or the answer."""

    message = QT_TRANSLATE_NOOP("errors", "{provider} blocked this answer: {reason}")
    hint = QT_TRANSLATE_NOOP("errors", "Rephrase the prompt or use another model.")
    remedy = Remedy.CHOOSE_MODEL


class HostBlockedError(ProviderError):
    """The local-only lock forbids this host."""

    message = QT_TRANSLATE_NOOP("errors", "Local only is on: {host} was not contacted.")
    hint = QT_TRANSLATE_NOOP("errors", "Unlock it in the status bar to use this host.")
    remedy = Remedy.UNLOCK


class RedirectedError(ProviderError):
    """A server wants the request, with its key and its words, to go to another address."""

    message = QT_TRANSLATE_NOOP("errors", "{host} redirects to {target}; nothing was sent there.")
    hint = QT_TRANSLATE_NOOP(
        "errors", "If that is the right server, enter its address in Settings."
    )
    remedy = Remedy.OPEN_SETTINGS


class WrongAddressError(ProviderError):
    """The address in the settings is no address of a server."""

    message = QT_TRANSLATE_NOOP("errors", "The address of {provider} cannot be used: {reason}")
    hint = QT_TRANSLATE_NOOP("errors", "Correct it in Settings.")
    remedy = Remedy.OPEN_SETTINGS


class UnknownModelError(ProviderError):
    """A model reference names no enabled provider."""

    message = QT_TRANSLATE_NOOP("errors", "No enabled server offers {model}.")
    hint = QT_TRANSLATE_NOOP("errors", "Choose a model in the dropdown.")
    remedy = Remedy.CHOOSE_MODEL


class NoModelError(UnknownModelError):
    """No server offers any model that could be chosen."""

    message = QT_TRANSLATE_NOOP("errors", "There is no model yet that could answer.")
    hint = QT_TRANSLATE_NOOP("errors", "Connect a server in Settings, or add a GGUF file.")
    remedy = Remedy.OPEN_SETTINGS

    def __init__(self) -> None:
        super().__init__(model="")


class SettingsError(AICoderError):
    """Settings could not be read, validated or written."""

    message = QT_TRANSLATE_NOOP("errors", "The settings are not valid: {reason}")


class UnwritableFileError(SettingsError):
    """A file of the application cannot be written."""

    message = QT_TRANSLATE_NOOP("errors", "{path} cannot be written: {reason}")
    hint = QT_TRANSLATE_NOOP("errors", "Check free space and permissions of that folder.")


class KeyNotForgottenError(SettingsError):
    """The system keyring did not let go of a key."""

    message = QT_TRANSLATE_NOOP("errors", "The key is still in the system keyring.")
    hint = QT_TRANSLATE_NOOP("errors", "Unlock the keyring, then forget the key again.")


class StoreError(AICoderError):
    """The chats could not be read or written."""

    message = QT_TRANSLATE_NOOP("errors", "The chats could not be saved: {reason}")
    hint = QT_TRANSLATE_NOOP("errors", "This chat goes on in memory. Export it to keep it.")


class EngineError(AICoderError):
    """The built-in engine could not start or run a model."""

    message = QT_TRANSLATE_NOOP("errors", "The built-in engine could not run {model}: {reason}")
    hint = QT_TRANSLATE_NOOP("errors", "Choose another model file, or download it again.")
    remedy = Remedy.CHOOSE_MODEL


def _delay_text(seconds: float) -> str:
    """Return a delay in round numbers that are not too short."""
    if seconds <= 120:
        return f"{math.ceil(seconds)} s"
    return f"{math.ceil(seconds / 60)} min"
