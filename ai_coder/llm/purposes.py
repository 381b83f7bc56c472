"""What a connection is for, in the words of Settings → Privacy and of the request inspector."""

from __future__ import annotations

_ANSWERS = ": answers"


def answers_of(server: str) -> str:
    """Return the purpose of connections over which models answer."""
    return f"{server}{_ANSWERS}"


def status_of(server: str) -> str:
    """Return the purpose of connections over which a server is asked how it is."""
    return f"{server}: status"


def is_for_answers(purpose: str) -> bool:
    """Whether a model was asked, and not only its server."""
    return purpose.endswith(_ANSWERS)
