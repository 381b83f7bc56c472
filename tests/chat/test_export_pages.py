"""Exported pages and Markdown, and the names of their files."""

from __future__ import annotations

import base64
from datetime import UTC, datetime

import pytest

from ai_coder.chat.archive import ArchivedConversation
from ai_coder.chat.conversation import AttachedFile, AttachmentKind, Conversation, Message
from ai_coder.chat.export import ExportFormat, exported, file_name
from ai_coder.llm.models import Role

PNG = b"\x89PNG\r\n\x1a\nx"


def hostile_conversation():
    now = datetime.now(UTC)
    picture = AttachedFile("a<b.png", AttachmentKind.IMAGE, "image/png", PNG)
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


def page_of(text, role=Role.ASSISTANT):
    now = datetime.now(UTC)
    message = Message(1, 0, None, role, text, now, model_ref="x/y")
    conversation = Conversation(0, "One", now, now, head=1)
    return exported([ArchivedConversation(conversation, (message,), {})], ExportFormat.HTML)


def test_the_page_speaks_the_dialect_of_the_window():
    page = page_of(
        "- [x] done\n- [ ] todo\n\nsee https://example.org/a_b now ~~gone~~ a<br>b\n\n"
        "\\( a*b*c \\) and\n$$\nx < 1\n- y\n$$\n\n<div>\n**raw**\n</div>\n"
    )

    assert '<li class="task">\u2611 done</li>' in page
    assert "\u2610 todo" in page
    assert '<a href="https://example.org/a_b">https://example.org/a_b</a>' in page
    assert "<s>gone</s> a<br>b" in page
    assert "\\( a*b*c \\) and" in page
    assert "<p>$$<br>\nx &lt; 1<br>\n- y<br>\n$$</p>" in page
    assert "<p>&lt;div&gt;<br>\n**raw**<br>\n&lt;/div&gt;</p>" in page


def test_the_line_ends_of_a_prompt_are_kept():
    assert "one<br />\ntwo" in page_of("one\ntwo", Role.USER)
    assert "one\ntwo" in page_of("one\ntwo")


def test_pictures_that_came_with_an_answer_are_in_the_page():
    url = f"data:image/png;base64,{base64.b64encode(PNG).decode()}"

    page = page_of(f'Look ![a "dot"]({url}) here')

    assert f'Look <img alt="a &quot;dot&quot;" src="{url}"> here' in page


@pytest.mark.parametrize("data", [b"<svg onload=alert(1)>", b"<html>", b""])
def test_what_only_says_that_it_is_a_picture_is_its_name(data):
    url = f"data:image/png;base64,{base64.b64encode(data).decode()}"

    page = page_of(f"Look ![the dot]({url}) here")

    assert "Look the dot here" in page
    assert "<img" not in page


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
