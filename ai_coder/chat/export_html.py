"""Conversations as one HTML page that needs nothing else and runs nothing."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from ai_coder.chat.conversation import AttachmentKind
from ai_coder.chat.data_pictures import data_of_url, url_of_data
from ai_coder.chat.export import speaker
from ai_coder.llm.models import Role
from ai_coder.markdown.html import HtmlWriter

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ai_coder.chat.archive import ArchivedConversation
    from ai_coder.chat.conversation import Message

_STYLE = """
:root { color-scheme: light dark; }
body { font: 15px/1.55 system-ui, sans-serif; max-width: 820px; margin: 32px auto; padding: 0 16px;
  color: light-dark(#1c1e21, #e4e6eb); background: light-dark(#ffffff, #17191c); }
h1 { font-size: 22px; }
h2 { font-size: 13px; margin: 32px 0 8px; color: light-dark(#5f6670, #9aa1ab); }
article + article { border-top: 1px solid light-dark(#e3e5e8, #2c2f34); margin-top: 48px; }
pre { overflow-x: auto; padding: 12px; border-radius: 8px;
  background: light-dark(#f4f5f7, #202327); }
code { font: 13px/1.5 ui-monospace, monospace; } img { max-width: 100%; }
table { border-collapse: collapse; } th, td { border: 1px solid light-dark(#d9dce0, #373b41);
  padding: 4px 8px; }
blockquote, details { margin: 8px 0; padding-left: 12px; border-left: 3px solid
  light-dark(#d9dce0, #373b41); color: light-dark(#5f6670, #9aa1ab); }
.task { list-style: none; }
.failure { color: light-dark(#b3261e, #f2b8b5); }
""".strip()
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"


def to_html(archived: Sequence[ArchivedConversation]) -> str:
    """Return the shown branches; text of models is escaped, nothing is loaded from elsewhere."""
    markdown = HtmlWriter(lambda url: url_of_data(data_of_url(url)))
    title = archived[0].conversation.title if len(archived) == 1 else "Chats"
    articles = "\n".join(_article(each, markdown) for each in archived)
    return (
        '<!DOCTYPE html>\n<html>\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        f"<title>{escape(title or 'Untitled')}</title>\n<style>\n{_STYLE}\n</style>\n</head>\n"
        f"<body>\n{articles}\n</body>\n</html>\n"
    )


def _article(archived: ArchivedConversation, markdown: HtmlWriter) -> str:
    parts = [f"<article>\n<h1>{escape(archived.conversation.title or 'Untitled')}</h1>"]
    if prompt := archived.conversation.settings.system_prompt.strip():
        parts.append(_folded("System prompt", markdown.html(prompt, keep_breaks=True)))
    for message in archived.shown:
        parts.append(f"<section>\n<h2>{escape(speaker(message))}</h2>")
        parts += _attachments(message, archived)
        if message.reasoning.strip():
            parts.append(_folded("Thoughts", markdown.html(message.reasoning)))
        is_prompt = message.role is Role.USER
        parts.append(markdown.html(message.text, keep_breaks=is_prompt))
        if message.failure:
            parts.append(f'<p class="failure">{escape(message.failure.text)}</p>')
        parts.append("</section>")
    parts.append("</article>")
    return "\n".join(parts)


def _attachments(message: Message, archived: ArchivedConversation) -> list[str]:
    blocks = []
    for attachment in message.attachments:
        content = archived.contents.get(attachment.digest, b"")
        name = escape(attachment.name)
        if attachment.kind is AttachmentKind.TEXT:
            text = escape(content.decode("utf-8", "replace"))
            blocks.append(_folded(name, f"<pre><code>{text}</code></pre>"))
        elif url := url_of_data(content):
            blocks.append(f'<p><img alt="{name}" src="{url}"></p>')
        else:
            blocks.append(f"<p>{name}</p>")
    return blocks


def _folded(heading: str, html: str) -> str:
    return f"<details><summary>{heading}</summary>\n{html}</details>"
