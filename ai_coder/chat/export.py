"""Conversations as Markdown, HTML or JSON files."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import TYPE_CHECKING

from ai_coder.chat.archive_format import to_json
from ai_coder.chat.conversation import AttachmentKind
from ai_coder.chat.request import text_block
from ai_coder.llm.models import Role

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ai_coder.chat.archive import ArchivedConversation
    from ai_coder.chat.conversation import Message

_NOT_IN_NAMES = re.compile(r'[\x00-\x1f<>:"/\\|?*]+')


class ExportFormat(StrEnum):
    """The kind of file; the value is its suffix. Only JSON can be imported again."""

    MARKDOWN = "md"
    JSON = "json"
    HTML = "html"


def exported(archived: Sequence[ArchivedConversation], export_format: ExportFormat) -> str:
    """Return conversations as the text of one file; call it in a worker thread.

    Markdown and HTML hold the branch that is shown, JSON holds everything.
    """
    match export_format:
        case ExportFormat.JSON:
            return to_json(archived)
        case ExportFormat.MARKDOWN:
            return "\n\n---\n\n".join(to_markdown(each) for each in archived)
        case ExportFormat.HTML:
            from ai_coder.chat.export_html import to_html  # loads the Markdown parser

            return to_html(archived)


def to_markdown(archived: ArchivedConversation) -> str:
    """Return the shown branch as Markdown."""
    parts = [f"# {archived.conversation.title or 'Untitled'}"]
    if prompt := archived.conversation.settings.system_prompt.strip():
        parts.append(_quoted(prompt, "System prompt"))
    for message in archived.shown:
        parts.append(f"## {speaker(message)}")
        parts += _attachments(message, archived)
        if message.reasoning.strip():
            parts.append(_quoted(message.reasoning.strip(), "Thoughts"))
        if message.text.strip():
            parts.append(message.text.strip("\n"))
        if message.failure:
            parts.append(f"*{message.failure.text}*")
    return "\n\n".join(parts) + "\n"


def speaker(message: Message) -> str:
    """Return who speaks: the user, or the model that answered."""
    if message.role is Role.USER:
        return "You"
    if message.role is Role.SYSTEM:
        return "System"
    ref = message.answered_by or message.model_ref or ""
    return ref.partition("/")[2] or "Assistant"


def file_name(title: str, export_format: ExportFormat) -> str:
    """Return a file name for a conversation that every system accepts."""
    stem = _NOT_IN_NAMES.sub(" ", title)
    stem = " ".join(stem.split()).strip(" .")[:80].rstrip(" .")
    return f"{stem or 'Chat'}.{export_format}"


def _attachments(message: Message, archived: ArchivedConversation) -> list[str]:
    blocks = []
    for attachment in message.attachments:
        if attachment.kind is AttachmentKind.TEXT:
            content = archived.contents.get(attachment.digest, b"").decode("utf-8", "replace")
            blocks.append(text_block(attachment, content))
        else:
            blocks.append(f"*Picture: {attachment.name}*")
    return blocks


def _quoted(text: str, heading: str) -> str:
    lines = [f"**{heading}**", "", *text.splitlines()]
    return "\n".join(f"> {line}".rstrip() for line in lines)
