"""Chats from the conversations.json of a ChatGPT data export, with their branches."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, NamedTuple

from pydantic import ConfigDict, Field, ValidationError

from ai_coder.chat.archive import ArchivedConversation
from ai_coder.chat.chat_file_errors import UnreadChat
from ai_coder.chat.chatgpt_tools import tool_call, tool_output
from ai_coder.chat.code_fence import fenced
from ai_coder.chat.conversation import Conversation, Message
from ai_coder.chat.foreign_record import ForeignRecord, time_of
from ai_coder.llm.models import Role


class _Author(ForeignRecord):
    needed = frozenset({"role"})

    role: str = ""


class _Content(ForeignRecord):
    needed = frozenset({"content_type", "parts", "text"})

    content_type: str = "text"
    parts: list[Any] | None = None
    text: str | None = None
    language: str | None = None
    thoughts: list[dict[str, Any]] | None = None


class _Message(ForeignRecord):
    needed = frozenset({"author", "content"})

    author: _Author = _Author()
    create_time: float | None = None
    content: _Content | None = None
    metadata: dict[str, Any] | None = None
    recipient: str | None = None


class _Node(ForeignRecord):
    needed = frozenset({"message"})

    message: _Message | None = None
    parent: str | None = None
    children: list[str] = Field(default_factory=list)


class _Conversation(ForeignRecord):
    model_config = ConfigDict(coerce_numbers_to_str=True)

    title: str | None = None
    create_time: float | None = None
    update_time: float | None = None
    mapping: dict[str, _Node]
    current_node: str | None = None


_ROLES = {"user": Role.USER, "assistant": Role.ASSISTANT}


def is_chatgpt(value: object) -> bool:
    """Whether a JSON value looks like a chat in a ChatGPT export."""
    return isinstance(value, dict) and "mapping" in value


def from_chatgpt(value: object) -> ArchivedConversation | UnreadChat | None:
    """Read a conversation of an export; None when nothing is said in it."""
    try:
        archived = _Reader(_Conversation.model_validate(value)).archived()
    except ValidationError as error:
        title = value.get("title") if isinstance(value, dict) else None
        return UnreadChat(str(title or ""), str(error))
    return archived if archived.messages else None


class _Before(NamedTuple):
    """What stands above a node: the message it answers, and what belongs to the next answer."""

    parent: int | None = None
    thoughts: str = ""
    work: str = ""
    """What tools were given and gave back."""


class _Reader:
    """Walks one tree; hidden nodes are left out and their children move up."""

    def __init__(self, source: _Conversation) -> None:
        self._source = source
        self._began = time_of(source.create_time, datetime.now(UTC))
        self._messages: list[Message] = []
        self._ids: dict[str, int | None] = {}
        self._by_parent: dict[str | None, list[str]] = {}
        for key, node in source.mapping.items():
            self._by_parent.setdefault(node.parent, []).append(key)

    def archived(self) -> ArchivedConversation:
        source = self._source
        roots = [key for key, node in source.mapping.items() if node.parent not in source.mapping]
        waiting = [(key, _Before()) for key in reversed(roots)]
        while waiting:
            key, before = waiting.pop()
            if key in self._ids or key not in source.mapping:
                continue  # a damaged tree may name a child twice
            children = self._children(key)
            after = self._visit(key, source.mapping[key], before)
            if after.work and not children:
                after = self._say_work(key, after)
            waiting += [(child, after) for child in reversed(children)]
        self._messages.sort(key=lambda message: message.id)
        return ArchivedConversation(self._conversation(), tuple(self._messages))

    def _children(self, key: str) -> list[str]:
        """Return the children that a node names, and those that only name it."""
        return list(
            dict.fromkeys([*self._source.mapping[key].children, *self._by_parent.get(key, ())])
        )

    def _visit(self, key: str, node: _Node, before: _Before) -> _Before:
        """Take over a node; return what stands above its children."""
        self._ids[key] = before.parent
        message = node.message
        if message is None or _is_hidden(message):
            return before
        if work := _work(message):
            return before._replace(work=_joined(before.work, work))
        role = _ROLES.get(message.author.role)
        if role is None or message.recipient not in {None, "all"}:
            return before
        if message.content and message.content.content_type == "thoughts":
            return before._replace(thoughts=_joined(before.thoughts, _thoughts(message.content)))
        text = _text(message.content)
        if not text:
            return before
        if role is Role.ASSISTANT:
            text = _joined(before.work, text)
        elif before.work:
            before = self._say_work(key, before)
        return self._say(key, before, role, text, message)

    def _say_work(self, key: str, before: _Before) -> _Before:
        """Make an answer of what tools did, as none follows that it belongs to."""
        return self._say(key, before, Role.ASSISTANT, before.work, None)

    def _say(
        self, key: str, before: _Before, role: Role, text: str, source: _Message | None
    ) -> _Before:
        is_answer = role is Role.ASSISTANT
        new = Message(
            len(self._messages) + 1,
            0,
            before.parent,
            role,
            text,
            time_of(source.create_time if source else None, self._began),
            reasoning=before.thoughts if is_answer else "",
            model_ref=_model(source) if source and is_answer else None,
        )
        self._messages.append(new)
        self._ids[key] = new.id
        return _Before(new.id)

    def _conversation(self) -> Conversation:
        source = self._source
        title = (source.title or "").strip()
        last = self._messages[-1].id if self._messages else None
        return Conversation(
            0,
            title,
            self._began,
            time_of(source.update_time, self._began),
            is_title_automatic=not title,
            head=self._ids.get(source.current_node or "") or last,
        )


def _is_hidden(message: _Message) -> bool:
    return bool((message.metadata or {}).get("is_visually_hidden_from_conversation"))


def _work(message: _Message) -> str:
    """Return what a tool was given, or gave back, for the reader."""
    content = message.content or _Content()
    if message.author.role == "tool":
        return tool_output(content.content_type, content.text or "")
    if message.recipient in {None, "all"}:
        return ""
    return tool_call(message.recipient, _words(content))


def _text(content: _Content | None) -> str:
    if content is None or content.content_type in {"user_editable_context", "reasoning_recap"}:
        return ""
    if content.content_type == "code":
        language = content.language if content.language != "unknown" else None
        return fenced(content.text, language or "") if content.text else ""
    return _words(content)


def _words(content: _Content) -> str:
    pieces = [_part(part) for part in content.parts or []]
    return "\n\n".join(piece for piece in pieces if piece) or (content.text or "")


def _part(part: object) -> str:
    if isinstance(part, str):
        return part
    if isinstance(part, dict):
        if isinstance(part.get("text"), str):
            return str(part["text"])
        if part.get("content_type") == "image_asset_pointer":
            return "[A picture that the export does not contain]"
    return ""


def _thoughts(content: _Content) -> str:
    pieces = [str(t.get("content") or t.get("summary") or "") for t in content.thoughts or []]
    return "\n\n".join(piece for piece in pieces if piece)


def _joined(first: str, second: str) -> str:
    return "\n\n".join(part for part in (first, second) if part)


def _model(message: _Message) -> str | None:
    slug = (message.metadata or {}).get("model_slug")
    return f"openai/{slug}" if isinstance(slug, str) and slug else None
