"""Exported pages and Markdown, and the names of their files."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from ai_coder.chat.archive import ArchivedConversation
from ai_coder.chat.conversation import AttachedFile, AttachmentKind, Conversation, Message
from ai_coder.chat.export import ExportFormat, exported, file_name
from ai_coder.llm.models import Role


def hostile_conversation():
    now = datetime.now(UTC)
    picture = AttachedFile("a<b.png", AttachmentKind.IMAGE, "image/png", b"\x89PNG\r\n\x1a\nx")
    fake = AttachedFile("c.svg", AttachmentKind.IMAGE, "image/svg+xml", b"<svg onload=alert(1)>")
    code = AttachedFile("x.py", AttachmentKind.TEXT, "text/x-python", b"<script>1</script>")
    files = [picture, fake, code]
    messages = (
        Message(
            1,
            0,
            None,
            Role.USER,
            "<script>alert(1)</script>",
            now,
            attachments=tuple(file.record for file in files),
        ),
        Message(
            2,
            0,
            1,
            Role.ASSISTANT,
            "**bold** <img src=x onerror=alert(1)> ![pic](http://evil.test/p.png)\n\n"
            "[a](javascript:alert(1)) [b](https://ok.test)\n\n|a|b|\n|-|-|\n|1|2|\n",
            now,
            model_ref="x/<b>evil</b>",
            reasoning="<i>hm</i>",
        ),
    )
    conversation = Conversation(0, "</title><script>", now, now, head=2)
    contents = {file.record.digest: file.content for file in files}
    return ArchivedConversation(conversation, messages, contents)


def test_the_page_runs_and_loads_nothing():
    page = exported([hostile_conversation()], ExportFormat.HTML)

    assert "<strong>bold</strong>" in page
    assert "<td>1</td>" in page
    assert 'href="https://ok.test"' in page
    assert 'src="data:image/png;base64,' in page
    for bad in ("<script", "onerror=alert(1)>", "http://evil.test", 'href="javascript:', "svg+xml"):
        assert bad not in page.replace("&lt;img src=x onerror=alert(1)&gt;", "")


def test_markdown_holds_the_shown_branch():
    text = exported([hostile_conversation()], ExportFormat.MARKDOWN)

    assert "## You" in text
    assert "File x.py:\n\n```py\n<script>1</script>\n```" in text
    assert "> **Thoughts**" in text


@pytest.mark.parametrize(
    ("title", "name"),
    [("a/b: c?", "a b c.md"), ("", "Chat.md"), ("...", "Chat.md"), ("x" * 200, "x" * 80 + ".md")],
)
def test_file_names_suit_every_system(title, name):
    assert file_name(title, ExportFormat.MARKDOWN) == name
