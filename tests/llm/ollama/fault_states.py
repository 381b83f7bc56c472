"""States of a server, as data: behaviour → state, words, action (ollama.md §7 and §11)."""

from __future__ import annotations

from dataclasses import dataclass

from ai_coder.errors import Remedy
from ai_coder.llm.connection import ConnectionKind
from tests.fake_ollama import (
    Answer,
    OllamaModel,
)
from tests.llm.ollama.fault_setups import (
    GONE,
    PAGE,
    Arrange,
    always,
    tags_answer,
)


@dataclass(frozen=True)
class State:
    """One state of the connection: what the server does, and what the dot says."""

    name: str
    arrange: Arrange
    kind: ConnectionKind
    words: str
    remedy: Remedy | None
    path: str = ""
    cause: str = ""
    models: int | None = None


STATES = [
    State(
        "off",
        lambda server: server.close(),
        ConnectionKind.UNREACHABLE,
        "does not answer",
        Remedy.START_SERVER,
    ),
    State(
        "a web page",
        tags_answer(Answer(200, PAGE)),
        ConnectionKind.SOMETHING_ELSE,
        "is not Ollama",
        Remedy.OPEN_SETTINGS,
    ),
    State(
        "a web page that says 404",
        tags_answer(Answer(404, PAGE)),
        ConnectionKind.SOMETHING_ELSE,
        "is not Ollama",
        Remedy.OPEN_SETTINGS,
    ),
    State(
        "another server's JSON",
        tags_answer(Answer(200, {"error": "Unexpected endpoint or method. (GET /api/tags)"})),
        ConnectionKind.SOMETHING_ELSE,
        "is not Ollama",
        Remedy.OPEN_SETTINGS,
    ),
    State(
        "llama.cpp's JSON",
        tags_answer(Answer(404, {"error": {"code": 404, "message": "File Not Found"}})),
        ConnectionKind.SOMETHING_ELSE,
        "is not Ollama",
        Remedy.OPEN_SETTINGS,
    ),
    State(
        "half a list",
        tags_answer(Answer(200, '{"models":[{"name":')),
        ConnectionKind.SOMETHING_ELSE,
        "is not Ollama",
        Remedy.OPEN_SETTINGS,
    ),
    State(
        "wrong path",
        lambda _server: None,
        ConnectionKind.WRONG_PATH,
        "not at this path",
        Remedy.USE_ADDRESS,
        path="/ollama",
    ),
    State(
        "foreign host name",
        tags_answer(Answer(403)),
        ConnectionKind.WRONG_PATH,
        "does not accept this host name",
        Remedy.OPEN_SETTINGS,
        cause="IP address",
    ),
    *(
        State(
            f"does not tell what is in memory, {name}",
            always("/api/ps", answer),
            ConnectionKind.DEGRADED,
            "with errors",
            Remedy.RETRY,
            models=5,
        )
        for name, answer in (
            ("failing", Answer(500, {"error": "internal"})),
            ("hanging up", GONE),
        )
    ),
    State(
        "a gateway that wants a token",
        tags_answer(Answer(401, "Authorization required")),
        ConnectionKind.AUTH_NEEDED,
        "asks for a token",
        Remedy.ENTER_TOKEN,
    ),
    State(
        "failing inside",
        tags_answer(Answer(500, {"error": "database is locked"})),
        ConnectionKind.DEGRADED,
        "with errors",
        Remedy.RETRY,
    ),
    *(
        State(
            f"a proxy without its server, {status}",
            tags_answer(Answer(status, PAGE)),
            ConnectionKind.SOMETHING_ELSE,
            "is not Ollama",
            Remedy.OPEN_SETTINGS,
            cause="proxy answered",
        )
        for status in (502, 503, 504)
    ),
    State(
        "closes every connection",
        tags_answer(GONE),
        ConnectionKind.UNREACHABLE,
        "does not answer",
        Remedy.START_SERVER,
    ),
    State(
        "nothing on disk",
        lambda server: server.models.clear(),
        ConnectionKind.NOTHING_DOWNLOADED,
        "no chat model yet",
        Remedy.DOWNLOAD_MODEL,
    ),
    State(
        "embedding models only",
        lambda server: setattr(server, "models", [OllamaModel("emb", capabilities=("embedding",))]),
        ConnectionKind.NOTHING_DOWNLOADED,
        "no chat model yet",
        Remedy.DOWNLOAD_MODEL,
    ),
    State(
        "nothing loaded",
        lambda _server: None,
        ConnectionKind.NOTHING_LOADED,
        "no model is loaded",
        Remedy.LOAD_MODEL,
    ),
    State(
        "details of the models cannot be read",
        lambda server: server.always("/api/show", Answer(500, {"error": "no"})),
        ConnectionKind.NOTHING_LOADED,
        "no model is loaded",
        Remedy.LOAD_MODEL,
    ),
]
