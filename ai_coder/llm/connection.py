"""What exactly is the matter with a server, and what mends it.

`connection_states.py` has one function for each state.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from ai_coder.errors import ProviderError, ProviderUnreachableError

if TYPE_CHECKING:
    from ai_coder.errors import Remedy


class ConnectionKind(StrEnum):
    """The states a server can be in, as a client sees it."""

    UNKNOWN = "unknown"
    UNREACHABLE = "unreachable"
    SOMETHING_ELSE = "something_else"
    WRONG_PATH = "wrong_path"
    AUTH_NEEDED = "auth_needed"
    TOKEN_REFUSED = "token_refused"
    NOTHING_DOWNLOADED = "nothing_downloaded"
    NOTHING_LOADED = "nothing_loaded"
    READY = "ready"
    STARTING = "starting"
    DEGRADED = "degraded"
    BLOCKED = "blocked"
    NOT_SET_UP = "not_set_up"


class Health(StrEnum):
    """The colour of the dot: grey, amber, green, red."""

    OFF = "off"
    WAITING = "waiting"
    READY = "ready"
    FAILED = "failed"


_NOT_THERE = (
    ConnectionKind.UNKNOWN,
    ConnectionKind.BLOCKED,
    ConnectionKind.NOT_SET_UP,
    ConnectionKind.UNREACHABLE,
    ConnectionKind.SOMETHING_ELSE,
    ConnectionKind.STARTING,
)

_HEALTH = {
    ConnectionKind.UNKNOWN: Health.OFF,
    ConnectionKind.UNREACHABLE: Health.OFF,
    ConnectionKind.BLOCKED: Health.OFF,
    ConnectionKind.STARTING: Health.WAITING,
    ConnectionKind.DEGRADED: Health.WAITING,
    ConnectionKind.NOTHING_DOWNLOADED: Health.WAITING,
    ConnectionKind.NOTHING_LOADED: Health.READY,
    ConnectionKind.READY: Health.READY,
    ConnectionKind.NOT_SET_UP: Health.FAILED,
    ConnectionKind.SOMETHING_ELSE: Health.FAILED,
    ConnectionKind.WRONG_PATH: Health.FAILED,
    ConnectionKind.AUTH_NEEDED: Health.FAILED,
    ConnectionKind.TOKEN_REFUSED: Health.FAILED,
}


@dataclass(frozen=True, slots=True)
class ConnectionState:
    """The state of one server, in words.

    `sentence` says what is, `cause` the likely reason, `remedy` the action that mends it,
    `raw` what the server said (for the folded detail; never a secret).
    """

    kind: ConnectionKind
    provider: str
    url: str
    sentence: str
    short: str
    """A few words for the status bar, such as `3 models, 1 loaded` or `off`."""

    cause: str = ""
    remedy: Remedy | None = None
    suggestion: str = ""
    """The address that would work, when `remedy` is USE_ADDRESS."""

    raw: str = ""
    models: int = 0
    loaded: int = 0
    error: ProviderError | None = field(default=None, compare=False)
    templates: tuple[str, str, str] = ("", "", "")
    """The untranslated templates of `sentence`, `short` and `cause`, in the context
    `connection`; `values` fill them."""

    values: tuple[tuple[str, str], ...] = ()

    @property
    def health(self) -> Health:
        """The colour of the dot in the status bar."""
        return _HEALTH[self.kind]

    @property
    def is_up(self) -> bool:
        """Whether the server itself answers, whatever it says: a token may be wanted."""
        return self.kind not in _NOT_THERE

    @property
    def can_chat(self) -> bool:
        """Whether a prompt can be answered now (a model may have to be loaded first)."""
        return self.kind in (
            ConnectionKind.READY,
            ConnectionKind.NOTHING_LOADED,
            ConnectionKind.DEGRADED,
        )

    def raise_for_failure(self) -> None:
        """Raise the error that explains a state in which the server cannot be used."""
        if self.error is not None:
            raise self.error
        if self.kind is ConnectionKind.UNREACHABLE:
            raise ProviderUnreachableError(provider=self.provider, url=self.url, raw=self.raw)
