from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from ai_coder.chat.archive import ArchivedConversation
from ai_coder.chat.conversation import (
    AttachedFile,
    AttachmentKind,
    Conversation,
    ConversationSettings,
    Failure,
    Message,
)
from ai_coder.chat.search import SearchQuery
from ai_coder.llm.models import GenerationParameters, Notice, NoticeKind, Role
from tests.chat.conftest import imported
from tests.chat.foreign_chats import CHATGPT

HALF = "cut \ud83d"
MENDED = "cut \ufffd"
NOW = datetime.now(UTC)


def chat_of(word):
    """Return a chat that has *word* wherever it can have one."""
    file = AttachedFile(word, AttachmentKind.TEXT, word, b"content")
    parameters = GenerationParameters(stop=(word,))
    answer = Message(
        1,
        0,
        None,
        Role.ASSISTANT,
        word,
        NOW,
        reasoning=word,
        model_ref=word,
        answered_by=word,
        parameters=parameters,
        notices=(Notice(next(iter(NoticeKind)), ((word, word),)),),
        failure=Failure("AICoderError", word, word, ((word, word),), None, word),
        attachments=(file.record,),
    )
    conversation = Conversation(
        0,
        word,
        NOW,
        NOW,
        model_ref=word,
        draft=word,
        settings=ConversationSettings(word, parameters, word),
        head=1,
    )
    return ArchivedConversation(conversation, (answer,), {file.record.digest: b"content"})


def unnumbered(archived):
    messages = [replace(m, id=0, conversation_id=0) for m in archived.messages]
    return replace(archived.conversation, id=0, head=0, message_count=0), messages


async def test_half_a_character_is_mended_wherever_it_comes_into_the_store(store):
    (made,) = await store.add_archived([chat_of(HALF)])

    stored = await store.archive(made.id)

    assert unnumbered(stored) == unnumbered(chat_of(MENDED))


async def test_half_a_character_in_a_prompt_that_waits_to_be_sent_is_mended(store):
    made = await store.create_conversation(HALF, model_ref=HALF)
    file = AttachedFile(HALF, AttachmentKind.TEXT, "text/plain", b"content")

    await store.set_model(made.id, HALF)
    await store.set_draft(made.id, HALF)
    await store.set_draft_files(made.id, [file])

    again = await store.conversation(made.id)
    assert (again.title, again.model_ref, again.draft) == (MENDED, MENDED, MENDED)
    assert [file.name for file in await store.draft_files(made.id)] == [MENDED]


@pytest.mark.parametrize("place", ["title", "model_slug"])
async def test_half_a_character_of_chatgpt_keeps_no_chat_away(store, tmp_path, place):
    path = tmp_path / "conversations.json"
    text = json.dumps(CHATGPT).replace('"Sorting"', '"Sort\\ud83d"')
    path.write_text(text.replace('"gpt-4o"', '"gpt\\ud83d"') if place == "model_slug" else text)

    (made,), problems = await imported(store, [path])

    assert not problems
    assert made.title == "Sort\ufffd"


async def test_half_a_character_can_be_looked_for(store):
    await store.add_archived([chat_of(MENDED)])

    assert await store.search(SearchQuery(HALF))
