from __future__ import annotations

import json
import zipfile

import pytest

from ai_coder.chat.imports import read_chats
from ai_coder.llm.models import FinishReason, TokenUsage
from tests.chat.conftest import MODEL
from tests.chat.foreign_chats import CHATGPT, LM_STUDIO


@pytest.mark.parametrize("as_zip", [False, True])
def test_chats_of_chatgpt_keep_their_branches(tmp_path, as_zip):
    path = tmp_path / "export"
    if as_zip:
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("data/conversations.json", json.dumps(CHATGPT))
    else:
        path.write_text(json.dumps(CHATGPT))

    (archived,) = read_chats(path)

    assert archived.conversation.title == "Sorting"
    assert archived.conversation.created_at.timestamp() == 1700000000.5
    assert [(m.id, m.parent_id, m.role.value, m.text, m.reasoning) for m in archived.messages] == [
        (1, None, "user", "Sort a list", ""),
        (2, 1, "assistant", "Use sorted", "Let me see"),
        (3, 1, "assistant", "Use\n\n[A picture that the export does not contain]", ""),
    ]
    assert archived.messages[1].model_ref == "openai/gpt-4o"
    assert [m.id for m in archived.shown] == [1, 3]


def test_conversations_of_lm_studio_keep_versions_and_figures(tmp_path):
    path = tmp_path / "1.conversation.json"
    path.write_text(json.dumps(LM_STUDIO))

    (archived,) = read_chats(path)

    assert archived.conversation.is_pinned
    assert archived.conversation.settings.system_prompt == "Be kind."
    assert [(m.id, m.parent_id, m.text) for m in archived.messages] == [
        (1, None, "Hi\n[File that was not imported: 1.png]"),
        (2, 1, "First"),
        (3, 1, "Second"),
        (4, 3, "Thanks"),
    ]
    answer = archived.messages[2]
    assert answer.reasoning == "Hm"
    assert answer.model_ref == MODEL
    assert answer.finish_reason is FinishReason.STOP
    assert answer.usage == TokenUsage(10, 5)
    assert answer.output_per_second == 40.5
    assert [m.id for m in archived.shown] == [1, 3, 4]
