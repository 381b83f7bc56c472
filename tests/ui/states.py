"""Connection states as servers really have them."""

from __future__ import annotations

from ai_coder.errors import Remedy
from ai_coder.llm.connection import ConnectionKind, ConnectionState

LM_STUDIO_READY = ConnectionState(
    ConnectionKind.READY,
    "LM Studio",
    "http://127.0.0.1:1234",
    "LM Studio is ready.",
    "3 models, 1 loaded",
    models=3,
    loaded=1,
)
OLLAMA_OFF = ConnectionState(
    ConnectionKind.UNREACHABLE,
    "Ollama",
    "http://127.0.0.1:11434",
    "Ollama is installed but not running.",
    "off",
    cause="Nothing answers at 127.0.0.1:11434.",
    remedy=Remedy.START_SERVER,
    raw="[Errno 111] Connection refused",
)
WRONG_PATH = ConnectionState(
    ConnectionKind.WRONG_PATH,
    "LM Studio",
    "http://127.0.0.1:1234/x",
    "LM Studio answered, but the path is wrong.",
    "wrong path",
    remedy=Remedy.USE_ADDRESS,
    suggestion="http://127.0.0.1:1234",
)
TOKEN_NEEDED = ConnectionState(
    ConnectionKind.AUTH_NEEDED,
    "LM Studio",
    "http://127.0.0.1:1234",
    "LM Studio asks for a token.",
    "token needed",
    remedy=Remedy.ENTER_TOKEN,
)
STATES = {"lm_studio": LM_STUDIO_READY, "ollama": OLLAMA_OFF}
