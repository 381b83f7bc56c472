"""The colour of a server's state and the words on the button that mends it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PyQt6.QtCore import QCoreApplication

from ai_coder.errors import Remedy
from ai_coder.llm.connection import ConnectionKind
from ai_coder.translation import QT_TRANSLATE_NOOP

if TYPE_CHECKING:
    from ai_coder.llm.connection import ConnectionState

_ROLES = {
    ConnectionKind.UNKNOWN: "off",
    ConnectionKind.BLOCKED: "off",
    ConnectionKind.UNREACHABLE: "off",
    ConnectionKind.NOT_SET_UP: "failed",
    ConnectionKind.SOMETHING_ELSE: "failed",
    ConnectionKind.WRONG_PATH: "failed",
    ConnectionKind.AUTH_NEEDED: "waiting",
    ConnectionKind.TOKEN_REFUSED: "failed",
    ConnectionKind.NOTHING_DOWNLOADED: "waiting",
    ConnectionKind.NOTHING_LOADED: "ok",
    ConnectionKind.READY: "ok",
    ConnectionKind.STARTING: "waiting",
    ConnectionKind.DEGRADED: "waiting",
}

_REMEDIES = {
    Remedy.RETRY: QT_TRANSLATE_NOOP("remedies", "Try again"),
    Remedy.START_SERVER: QT_TRANSLATE_NOOP("remedies", "Start {provider}"),
    Remedy.GET_SERVER: QT_TRANSLATE_NOOP("remedies", "Get {provider}"),
    Remedy.ENTER_TOKEN: QT_TRANSLATE_NOOP("remedies", "Enter token"),
    Remedy.USE_ADDRESS: QT_TRANSLATE_NOOP("remedies", "Use this address"),
    Remedy.OPEN_SETTINGS: QT_TRANSLATE_NOOP("remedies", "Open Settings"),
    Remedy.LOAD_MODEL: QT_TRANSLATE_NOOP("remedies", "Load a model"),
    Remedy.DOWNLOAD_MODEL: QT_TRANSLATE_NOOP("remedies", "Get a model"),
    Remedy.CHOOSE_MODEL: QT_TRANSLATE_NOOP("remedies", "Choose a model"),
    Remedy.RELOAD_LARGER: QT_TRANSLATE_NOOP("remedies", "Reload with a larger window"),
    Remedy.SEND_ANYWAY: QT_TRANSLATE_NOOP("remedies", "Send anyway"),
    Remedy.START_FRESH: QT_TRANSLATE_NOOP("remedies", "Start fresh"),
    Remedy.CONTINUE: QT_TRANSLATE_NOOP("remedies", "Continue"),
    Remedy.UNLOCK: QT_TRANSLATE_NOOP("remedies", "Unlock"),
}

_SHORT_REMEDIES = {
    Remedy.START_SERVER: QT_TRANSLATE_NOOP("remedies", "Start"),
    Remedy.GET_SERVER: QT_TRANSLATE_NOOP("remedies", "Get"),
    Remedy.ENTER_TOKEN: QT_TRANSLATE_NOOP("remedies", "Enter"),
}


def dot_role(state: ConnectionState) -> str:
    """Return the colour role of the dot: `off`, `waiting`, `ok` or `failed`."""
    return _ROLES[state.kind]


def remedy_text(remedy: Remedy | None, provider: str = "") -> str:
    """Return what the button says; empty when nothing is to be done."""
    if remedy is None:
        return ""
    return QCoreApplication.translate("remedies", _REMEDIES[remedy]).format(provider=provider)


def short_remedy_text(remedy: Remedy | None) -> str:
    """Return one word for the remedies that can be carried out from a line of text, else empty."""
    if remedy not in _SHORT_REMEDIES:
        return ""
    return QCoreApplication.translate("remedies", _SHORT_REMEDIES[remedy])


def camel_id(provider_id: str) -> str:
    """Return `lmStudio` for `lm_studio`, as object names are written."""
    head, *rest = provider_id.split("_")
    return head + "".join(part.capitalize() for part in rest)
