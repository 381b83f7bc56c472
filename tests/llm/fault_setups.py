"""How a fake LM Studio is made to misbehave, for the rows of the fault matrix."""

from __future__ import annotations

from collections.abc import Callable

from ai_coder.llm.models import ChatMessage, Role
from tests.fake_http import Answer
from tests.fake_lm_studio import FakeLMStudio, Reply

CODER = "qwen2.5-coder-7b-instruct"
CHAT = "/v1/chat/completions"
NATIVE = "/api/v1/chat"
HISTORY = (
    ChatMessage(Role.USER, "Hi"),
    ChatMessage(Role.ASSISTANT, "Hello"),
    ChatMessage(Role.USER, "Again"),
)
FIRST = (ChatMessage(Role.USER, "Hi"),)
Setup = Callable[[FakeLMStudio], None]


def scripted(answer: Answer, path: str = CHAT) -> Setup:
    return lambda server: server.always(path, answer)


def saying(**reply) -> Setup:
    def set_up(server: FakeLMStudio) -> None:
        server.reply = Reply(**reply)

    return set_up


def having(**attributes) -> Setup:
    def set_up(server: FakeLMStudio) -> None:
        for name, value in attributes.items():
            setattr(server, name, value)

    return set_up


def everything_is(answer: Answer) -> Setup:
    def set_up(server: FakeLMStudio) -> None:
        for path in ("/lmstudio-greeting", "/api/v1/models", "/api/v0/models", "/v1/models"):
            server.always(path, answer)

    return set_up


def both(*setups: Setup) -> Setup:
    return lambda server: [set_up(server) for set_up in setups] and None
