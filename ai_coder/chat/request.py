"""Turn the shown branch of a conversation into what is sent to a model."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING

from ai_coder.chat.code_fence import fenced
from ai_coder.chat.conversation import AttachmentKind
from ai_coder.chat.surrogates import repaired
from ai_coder.llm.models import ChatMessage, ChatRequest, Image, Role

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from ai_coder.chat.conversation import Attachment, ConversationSettings, Message
    from ai_coder.llm.models import GenerationParameters

CONTINUE = (
    "Continue your last answer exactly where it stopped."
    " Do not repeat anything and do not comment on it."
)
"""What a model is told when an answer that was cut off goes on."""


def build_request(
    model_ref: str,
    settings: ConversationSettings,
    history: Iterable[Message],
    contents: Mapping[str, bytes],
    *,
    parameters: GenerationParameters | None = None,
    is_continued: bool = False,
) -> ChatRequest:
    """Return the request for an answer to the last message of *history*.

    `contents` holds the attachments by digest. Messages without content, such as answers that
    failed at once, are left out; neighbours of the same role become one message, because the
    templates of many models insist on turns that alternate.
    """
    messages = [_chat_message(message, contents) for message in history]
    if is_continued:
        messages.append(ChatMessage(Role.USER, CONTINUE))
    if settings.system_prompt.strip():
        messages.insert(0, ChatMessage(Role.SYSTEM, repaired(settings.system_prompt)))
    return ChatRequest(
        model=model_ref.partition("/")[2],
        messages=_alternating(messages),
        parameters=parameters or settings.parameters,
        context_length=settings.context_length,
    )


def text_block(attachment: Attachment, text: str) -> str:
    """Return a text attachment as a fenced block under its name."""
    language = PurePath(attachment.name).suffix.removeprefix(".")
    return f"File {attachment.name}:\n\n{fenced(text, language)}"


def _chat_message(message: Message, contents: Mapping[str, bytes]) -> ChatMessage:
    blocks, images = [], []
    for attachment in message.attachments:
        content = contents.get(attachment.digest, b"")
        if attachment.kind is AttachmentKind.IMAGE:
            images.append(Image(attachment.media_type, content))
        else:
            blocks.append(text_block(attachment, content.decode("utf-8", "replace")))
    if message.text:
        blocks.append(message.text)
    reasoning = message.reasoning if message.text else ""
    return ChatMessage(message.role, "\n\n".join(blocks), tuple(images), reasoning)


def _alternating(messages: Sequence[ChatMessage]) -> tuple[ChatMessage, ...]:
    joined: list[ChatMessage] = []
    for message in messages:
        if not message.text and not message.images:
            continue
        if joined and joined[-1].role is message.role:
            before = joined.pop()
            message = ChatMessage(
                message.role,
                f"{before.text}\n\n{message.text}".strip(),
                before.images + message.images,
                message.reasoning,
            )
        joined.append(message)
    return tuple(joined)
