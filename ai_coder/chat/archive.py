"""A whole conversation as a value, for export and import."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ai_coder.chat.conversation import Conversation, Message


@dataclass(frozen=True, slots=True)
class ArchivedConversation:
    """A conversation with every branch and the contents of its attachments by digest.

    The ids are only good inside this value; parents come before their children.
    """

    conversation: Conversation
    messages: tuple[Message, ...]
    contents: dict[str, bytes] = field(default_factory=dict)

    @property
    def shown(self) -> list[Message]:
        """The branch that is shown."""
        by_id = {message.id: message for message in self.messages}
        shown: list[Message] = []
        current = self.conversation.head
        while current is not None and current in by_id:
            shown.append(by_id[current])
            current = by_id[current].parent_id
        shown.reverse()
        return shown
